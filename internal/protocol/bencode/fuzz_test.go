package bencode_test

import (
	"errors"
	"runtime/metrics"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/bencode"
)

// allocated returns how many bytes the process has allocated since its start.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// FuzzDecode reads any bytes: it never panics, fails with a *DecodeError, allocates no more than promised; what it accepts is
// written again as it was, and the scanner finds the same end.
func FuzzDecode(f *testing.F) {
	for _, text := range captures(f) {
		f.Add(text)
	}
	f.Add("d3:onei1e3:twol3:abci-2edee")
	f.Fuzz(func(t *testing.T, data string) {
		before := allocated()
		v, err := bencode.Decode(data)
		if want, got := uint64(128*len(data)+1<<20), allocated()-before; got > want {
			t.Errorf("want at most %d bytes allocated for %d, got %d", want, len(data), got)
		}
		if err != nil {
			var bad *bencode.DecodeError
			if !errors.As(err, &bad) || bad.Offset < 0 || bad.Offset > len(data) {
				t.Errorf("want a *DecodeError within the data, got %v", err)
			}
			return
		}
		again, err := bencode.Append(nil, v)
		if err != nil {
			t.Fatalf("what was accepted and written again: %v", err)
		}
		if diff := cmp.Diff(data, string(again)); diff != "" {
			t.Errorf("read and written again (-want +got):\n%s", diff)
		}
		var s bencode.Scanner
		if end, err := s.End([]byte(data)); err != nil || end != len(data) {
			t.Errorf("want the end at %d, got %d, %v", len(data), end, err)
		}
	})
}

// FuzzScanner feeds any bytes in two pieces: it never panics, and finds the same end as in one.
func FuzzScanner(f *testing.F) {
	for _, text := range captures(f) {
		f.Add([]byte(text), 7)
	}
	f.Add([]byte("li1ee"), 2)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		var whole, pieces bencode.Scanner
		want, wantErr := whole.End(data)
		if want > len(data) {
			t.Fatalf("an end at %d in %d bytes", want, len(data))
		}
		if cut < 0 || cut > len(data) {
			return
		}
		got, err := pieces.End(data[:cut])
		if got == 0 && err == nil {
			got, err = pieces.End(data)
		}
		if got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("in one piece %d, %v; in two %d, %v", want, wantErr, got, err)
		}
	})
}

// FuzzRoundTrip builds values of every kind from the input, writes them and reads them back.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte{3, 2, 1, 'a', 0, 1, 1, 1, 'b'})
	f.Add([]byte{2, 3, 0, 255, 1, 3, 'e', 'e', 'e', 2, 0})
	f.Fuzz(func(t *testing.T, program []byte) {
		want := (&builder{program}).value(0)
		data, err := bencode.Append(nil, want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := bencode.Decode(string(data))
		if err != nil {
			if len(data) < 1024 { // below, any number of values passes
				t.Fatal(err)
			}
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("written and read (-want +got):\n%s", diff)
		}
	})
}

// builder makes values out of arbitrary bytes.
type builder struct{ rest []byte }

func (b *builder) byte() int {
	if len(b.rest) == 0 {
		return 0
	}
	n := b.rest[0]
	b.rest = b.rest[1:]
	return int(n)
}

func (b *builder) text() string {
	n := min(b.byte(), len(b.rest))
	text := b.rest[:n]
	b.rest = b.rest[n:]
	return string(text)
}

func (b *builder) value(depth int) bencode.Value {
	kind := b.byte() % 4
	if depth == bencode.MaxDepth && kind > 1 {
		kind = 0
	}
	switch kind {
	case 1:
		return bencode.StringOf(b.text())
	case 2:
		items := make([]bencode.Value, b.byte()%8)
		for i := range items {
			items[i] = b.value(depth + 1)
		}
		return bencode.ListOf(items...)
	case 3:
		members := make([]bencode.Member, b.byte()%8)
		for i := range members {
			members[i] = bencode.Member{Key: b.text(), Value: b.value(depth + 1)}
		}
		return bencode.DictOf(members...)
	default:
		return bencode.IntOf(int64(b.byte()-128) << b.byte())
	}
}

func BenchmarkDecode(b *testing.B) {
	text := ""
	for _, c := range captures(b) {
		if len(c) > len(text) {
			text = c
		}
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bencode.Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}
