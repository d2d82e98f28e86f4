package bencode_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/bencode"
)

// captures are replies of real daemons; they belong to package ng.
func captures(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../ng/testdata/rtpengine-*/*.bencode")
	if err != nil || len(files) < 12 {
		t.Fatalf("captures: %d found, error %v", len(files), err)
	}
	texts := make([]string, len(files))
	for i, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(b)
	}
	return texts
}

func TestDecode(t *testing.T) {
	t.Parallel()
	f := func(data string, want bencode.Value) {
		t.Helper()
		got, err := bencode.Decode(data)
		if err != nil {
			t.Errorf("%q: %v", data, err)
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", data, diff)
		}
	}
	str, list, dict := bencode.StringOf, bencode.ListOf, bencode.DictOf
	f("i0e", bencode.IntOf(0))
	f("i-7e", bencode.IntOf(-7))
	f("i9223372036854775807e", bencode.IntOf(1<<63-1))
	f("i-9223372036854775808e", bencode.IntOf(-1<<63))
	f("0:", str(""))
	f("4:spam", str("spam"))
	f("3:\x00e\xff", str("\x00e\xff")) // any bytes, also those that look like marks
	f("10:0123456789", str("0123456789"))
	f("le", list())
	f("li1e1:ae", list(bencode.IntOf(1), str("a")))
	f("de", dict())
	f("d1:b0:1:ai1ee", dict(bencode.Member{Key: "b", Value: str("")}, bencode.Member{Key: "a", Value: bencode.IntOf(1)}))
	f("d1:ai1e1:ai2ee", dict(bencode.Member{Key: "a", Value: bencode.IntOf(1)}, bencode.Member{Key: "a", Value: bencode.IntOf(2)}))
	f("d0:lee", dict(bencode.Member{Value: list()}))
	f(strings.Repeat("l", bencode.MaxDepth)+strings.Repeat("e", bencode.MaxDepth), nested(bencode.MaxDepth))
}

// nested is a list in a list, and so on.
func nested(depth int) bencode.Value {
	v := bencode.ListOf()
	for range depth - 1 {
		v = bencode.ListOf(v)
	}
	return v
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	f := func(data string, offset int, what string) {
		t.Helper()
		_, err := bencode.Decode(data)
		var bad *bencode.DecodeError
		if !errors.As(err, &bad) {
			t.Errorf("%.40q: want a *DecodeError, got %v", data, err)
			return
		}
		if diff := cmp.Diff(&bencode.DecodeError{Offset: offset, What: what}, bad); diff != "" {
			t.Errorf("%.40q (-want +got):\n%s", data, diff)
		}
	}
	const notOneWay = "an integer that is not written in the one way"
	f("", 0, "it ends where a value is due")
	f("x", 0, "neither integer, string, list nor dictionary")
	f("-1:a", 0, "neither integer, string, list nor dictionary")
	f("i1", 0, "an integer without its end")
	f("i"+strings.Repeat("1", 30)+"e", 0, "an integer without its end")
	f("ie", 0, notOneWay)
	f("i-e", 0, notOneWay)
	f("i-0e", 0, notOneWay)
	f("i01e", 0, notOneWay)
	f("i+1e", 0, notOneWay)
	f("i1.5e", 0, notOneWay)
	f("i"+strings.Repeat("1", 21)+"e", 0, notOneWay)
	f("1", 0, "a string without its length")
	f("2:a", 0, "a string of 2 bytes where 1 are left")
	f("999999999:a", 0, "a string of 999999999 bytes where 1 are left")
	f("9999999999:a", 0, "a length of too many digits")
	f("01:a", 0, "a length with a leading zero")
	f("1a:b", 0, "a length that is no number")
	f("l", 0, "a list or dictionary without its end")
	f("li1e", 0, "a list or dictionary without its end")
	f("d1:a", 4, "it ends where a value is due")
	f("d1:ae", 4, "neither integer, string, list nor dictionary")
	f("di1ei2ee", 1, "a key that is no string")
	f("dle1:ae", 1, "a key that is no string")
	f("i1ei2e", 3, "3 bytes after the end of the value")
	f("e", 0, "neither integer, string, list nor dictionary")
	f(strings.Repeat("l", bencode.MaxDepth+1), bencode.MaxDepth, "nested deeper than 32")
	f("l"+strings.Repeat("0:", 4096)+"e", 5119, "more than 2560 values in 8194 bytes")
}

func TestDecodeErrorHoldsNothingReceived(t *testing.T) {
	t.Parallel()
	_, err := bencode.Decode("d6:secret7:hunter2x")
	if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "secret") {
		t.Errorf("want an error without what was received, got %v", err)
	}
	if want := "bad bencoding at byte 18: a key that is no string"; err.Error() != want {
		t.Errorf("want %q, got %q", want, err)
	}
}

// TestCaptures reads what real daemons sent, and writes it again without a difference.
func TestCaptures(t *testing.T) {
	t.Parallel()
	for _, text := range captures(t) {
		v, err := bencode.Decode(text)
		if err != nil {
			t.Fatalf("%.60q: %v", text, err)
		}
		again, err := bencode.Append(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text, string(again)); diff != "" {
			t.Errorf("read and written again (-want +got):\n%s", diff)
		}
	}
}

// TestScannerFindsTheEndByteByByte feeds each capture, and bytes after it, in pieces of one byte.
func TestScannerFindsTheEndByteByByte(t *testing.T) {
	t.Parallel()
	for _, text := range append(captures(t), "i1e", "0:", "le", "d1:ali2eee", "3:abc") {
		stream := []byte(text + "d1:xi1ee")
		var s bencode.Scanner
		end := 0
		for n := 1; n <= len(stream) && end == 0; n++ {
			var err error
			if end, err = s.End(stream[:n]); err != nil {
				t.Fatalf("%.60q after %d bytes: %v", text, n, err)
			}
		}
		if end != len(text) {
			t.Errorf("%.60q: want its end at %d, got %d", text, len(text), end)
		}
	}
}

func TestScannerRefuses(t *testing.T) {
	t.Parallel()
	f := func(data string, offset int) {
		t.Helper()
		var s bencode.Scanner
		_, err := s.End([]byte(data))
		var bad *bencode.DecodeError
		if !errors.As(err, &bad) || bad.Offset != offset {
			t.Errorf("%.40q: want a *DecodeError at %d, got %v", data, offset, err)
		}
	}
	f("x", 0)
	f("e", 0)
	f("l?", 1)
	f("i"+strings.Repeat("1", 40), 0)
	f("1234567890:", 0)
	f("01:", 0)
	f(strings.Repeat("d", 40), bencode.MaxDepth)
}
