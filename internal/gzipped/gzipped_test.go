package gzipped_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/gzipped"
)

// unpacked reads a stream as a reader does that knows a single member only, as browsers do, and refuses anything behind it.
func unpacked(t *testing.T, stream []byte) []byte {
	t.Helper()
	b := bufio.NewReader(bytes.NewReader(stream))
	r, err := gzip.NewReader(b)
	if err != nil {
		t.Fatal(err)
	}
	r.Multistream(false)
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(b); err != nil || len(rest) != 0 {
		t.Errorf("%d bytes behind the stream: %v", len(rest), err)
	}
	return text
}

// holds tells that parts come to a text, compressed and not, of the length that was told.
func holds(t *testing.T, want []byte, parts ...gzipped.Part) {
	t.Helper()
	var packed, plain bytes.Buffer
	if err := errors.Join(gzipped.Write(&packed, parts), gzipped.WritePlain(&plain, parts)); err != nil {
		t.Fatal(err)
	}
	if got := unpacked(t, packed.Bytes()); !bytes.Equal(got, want) {
		t.Errorf("the stream holds %d bytes, want %d", len(got), len(want))
	}
	if !bytes.Equal(plain.Bytes(), want) {
		t.Errorf("the text is not what it was")
	}
	if gzipped.Size(parts) != packed.Len() || gzipped.PlainSize(parts) != plain.Len() {
		t.Errorf("told %d and %d bytes, written were %d and %d", gzipped.Size(parts), gzipped.PlainSize(parts), packed.Len(), plain.Len())
	}
}

// noise is a text that cannot be compressed.
func noise(n int) []byte {
	text, r := make([]byte, n), rand.New(rand.NewPCG(1, uint64(n)))
	for i := range text {
		text[i] = byte(r.Uint32())
	}
	return text
}

func TestStreams(t *testing.T) {
	t.Parallel()
	lines := bytes.Repeat([]byte("<tr><td>99.9 %</td></tr>\n"), 10_000)
	head, long := []byte("<html>"), noise(200_000)
	packed := gzipped.Pack(lines[:25], lines[25:])
	if packed.Held() == 0 || packed.Held() > len(lines)/20 {
		t.Errorf("%d bytes take %d", len(lines), packed.Held())
	}
	if gzipped.Plain(lines).Held() != 0 {
		t.Error("what is plain is held compressed")
	}
	holds(t, nil)
	holds(t, nil, gzipped.Part{}, gzipped.Pack(), gzipped.Plain(nil), gzipped.Pack(nil, nil))
	holds(t, head, gzipped.Plain(head))
	holds(t, lines, packed)
	holds(t, bytes.Join([][]byte{head, lines, head, lines, long}, nil), gzipped.Plain(head), packed, gzipped.Plain(head), packed, gzipped.Plain(long))
	holds(t, bytes.Join([][]byte{long, head, lines}, nil), gzipped.Pack(long), gzipped.Plain(head), packed)
	for _, n := range []int{1, 65534, 65535, 65536, 131070, 131071} { // around the length of a stored block
		holds(t, long[:n], gzipped.Plain(long[:n]))
	}
}

// gone is a reader that goes away after so many writes.
type gone struct{ writes int }

func (g *gone) Write(b []byte) (int, error) {
	if g.writes--; g.writes < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}

func TestReaderGoesAway(t *testing.T) {
	t.Parallel()
	parts := []gzipped.Part{gzipped.Plain([]byte("a")), gzipped.Pack([]byte("bbbbbbbbbbbbbbbbbbbbbbbbbb"))}
	for n := range 5 { // header, header of a block, its text, packed, end
		if err := gzipped.Write(&gone{n}, parts); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("after %d writes: %v", n, err)
		}
	}
	if err := gzipped.WritePlain(&gone{1}, parts); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	for encoding, want := range map[string]bool{"": false, "gzip": true, "br, GZIP;q=0.5": true, "*": true, "gzip;q=0, *": false, "identity": false, "gzip;q=x": false} {
		h := http.Header{}
		h.Set("Accept-Encoding", encoding)
		if gzipped.Accepted(h) != want {
			t.Errorf("%q is accepted: %t", encoding, !want)
		}
	}
}

// FuzzParts cuts a text into parts, packed and plain by turns: the stream holds the text.
func FuzzParts(f *testing.F) {
	f.Add([]byte(strings.Repeat("abcabcabd", 300)), uint16(40), true)
	f.Add([]byte{0, 255, 0}, uint16(1), false)
	f.Fuzz(func(t *testing.T, text []byte, length uint16, pack bool) {
		var parts []gzipped.Part
		for rest := text; len(rest) > 0; pack = !pack {
			n := min(int(length)+1, len(rest))
			if pack {
				parts = append(parts, gzipped.Pack(rest[:n]))
			} else {
				parts = append(parts, gzipped.Plain(rest[:n]))
			}
			rest = rest[n:]
		}
		holds(t, text, parts...)
	})
}
