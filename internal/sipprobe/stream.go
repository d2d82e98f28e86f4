package sipprobe

import "time"

// stream counts the packets of the far end's own numbering (RFC 3550, A.1 and A.3). The first synchronisation source counts;
// of one that comes later, such as after a transfer, nothing is mixed in.
type stream struct {
	ssrc     uint32
	begun    bool
	base     int64 // extended sequence numbers
	highest  int64
	seen     map[int64]bool
	firstAt  time.Time
	firstRTP uint32
	jitter   jitter
	told     struct{ expected, seen int } // when the last block was made
}

// maxSeen bounds memory; it is more than the longest call sends.
const maxSeen = 2 * int(maxTalk/packetTime)

func (s *stream) take(ssrc uint32, seq uint16, timestamp uint32, at time.Time) {
	if !s.begun {
		*s = stream{ssrc: ssrc, begun: true, base: int64(seq), highest: int64(seq), seen: make(map[int64]bool), firstAt: at, firstRTP: timestamp}
	}
	if ssrc != s.ssrc || len(s.seen) >= maxSeen {
		return
	}
	extended := s.highest + int64(int16(seq-uint16(s.highest))) //nolint:gosec // the difference modulo 2^16 is meant
	if s.seen[extended] {
		return
	}
	s.seen[extended] = true
	s.highest = max(s.highest, extended)
	s.base = min(s.base, extended)
	elapsed := time.Duration(int64(int32(timestamp-s.firstRTP))) * time.Second / clockRate //nolint:gosec // modulo 2^32 is meant
	s.jitter.take(at.Sub(s.firstAt) - elapsed)
}

// expected is how many packets the far end sent between the first and the last that came.
func (s *stream) expected() int {
	if !s.begun {
		return 0
	}
	return int(s.highest - s.base + 1)
}

// loss is the share of them that did not come.
func (s *stream) loss() float64 { return 1 - float64(len(s.seen))/float64(s.expected()) }

// jitter is the mean of |D|, the change of transit time from one packet to the next in the order of arrival: what RFC 3550's
// estimator (6.4.1) tends to, over the whole call instead of the last sixteen packets.
type jitter struct {
	last  time.Duration
	some  bool
	sum   time.Duration
	steps int
}

func (j *jitter) take(transit time.Duration) {
	if j.some {
		j.sum += (transit - j.last).Abs()
		j.steps++
	}
	j.last, j.some = transit, true
}

// mean is nil before there are two packets.
func (j *jitter) mean() *time.Duration {
	if j.steps == 0 {
		return nil
	}
	return ptr(j.sum / time.Duration(j.steps))
}
