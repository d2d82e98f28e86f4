package sipprobe

import (
	"encoding/binary"
	"testing"
	"time"
)

// The far end's numbering, whatever the network does to it.
func TestStreamCounts(t *testing.T) {
	t.Parallel()
	f := func(name string, expected, seen int, numbers ...uint16) {
		t.Helper()
		var s stream
		at := time.Unix(1e9, 0)
		for _, n := range numbers {
			s.take(7, n, uint32(n)*packetSamples, at)
		}
		if s.expected() != expected || len(s.seen) != seen {
			t.Errorf("%s: want %d of %d, got %d of %d", name, seen, expected, len(s.seen), s.expected())
		}
	}
	f("nothing", 0, 0)
	f("one", 1, 1, 5)
	f("in order", 3, 3, 5, 6, 7)
	f("one lost", 3, 2, 5, 7)
	f("the second came first", 3, 3, 6, 5, 7)
	f("one twice", 2, 2, 5, 6, 6)
	f("over the end of 16 bits", 4, 3, 65534, 65535, 1)
	f("over the end of 16 bits and back", 3, 3, 0, 65535, 1)
}

// A source that comes later is another stream.
func TestStreamOfAnotherSource(t *testing.T) {
	t.Parallel()
	var s stream
	at := time.Unix(1e9, 0)
	s.take(7, 10, 0, at)
	s.take(8, 500, 0, at)
	s.take(7, 11, packetSamples, at.Add(packetTime))
	if s.expected() != 2 || s.loss() != 0 || *s.jitter.mean() != 0 {
		t.Errorf("%+v", s)
	}
}

// The time stamps wrap after 2^32 samples, and jitter does not notice.
func TestStreamJitter(t *testing.T) {
	t.Parallel()
	var s stream
	at := time.Unix(1e9, 0)
	stamp := ^uint32(0) - packetSamples
	for i, late := range []time.Duration{0, 4 * time.Millisecond, 0, 4 * time.Millisecond} {
		s.take(7, uint16(i), stamp, at.Add(time.Duration(i)*packetTime+late))
		stamp += packetSamples
	}
	if got := *s.jitter.mean(); got != 4*time.Millisecond {
		t.Errorf("jitter %v", got)
	}
}

// A block tells the share that was lost since the one before, in parts of 256, and what was lost in all.
func TestBlockTellsWhatIsNew(t *testing.T) {
	t.Parallel()
	var s stream
	f := func(name string, share byte, lost uint32, numbers ...uint16) {
		t.Helper()
		for _, n := range numbers {
			s.take(7, n, uint32(n)*packetSamples, time.Unix(1e9, 0))
		}
		b := s.block()
		if got := binary.BigEndian.Uint32(b[4:]); b[4] != share || got&0xffffff != lost {
			t.Errorf("%s: want %d of 256 and %d lost, got %d and %d", name, share, lost, b[4], got&0xffffff)
		}
	}
	f("half of four", 128, 2, 1, 4)
	f("nothing new", 0, 2)
	f("none of two", 0, 2, 5, 6)
	f("a quarter of four", 64, 3, 8, 9, 10)
	f("a late one, and one more", 0, 2, 7, 11)
	f("nearly all", 254, 202, 212)
}
