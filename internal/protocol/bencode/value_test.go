package bencode_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/bencode"
)

func TestInt(t *testing.T) {
	t.Parallel()
	f := func(digits string, want int64, fits bool) {
		t.Helper()
		v, ok := bencode.ParseInt(digits)
		if !ok {
			t.Fatalf("%s: not taken for an integer", digits)
		}
		if got, ok := v.Int(); ok != fits || (fits && got != want) {
			t.Errorf("%s: want %d %v, got %d %v", digits, want, fits, got, ok)
		}
		if v.Text() != digits {
			t.Errorf("want the digits %s kept, got %s", digits, v.Text())
		}
	}
	f("0", 0, true)
	f("-1", -1, true)
	f("9223372036854775807", 1<<63-1, true)
	f("9223372036854775808", 0, false)
	f("18446744073709551605", 0, false) // 2^64-11, a gauge counted down below zero
	f("-9223372036854775808", -1<<63, true)
	for _, digits := range []string{"", "-", "-0", "00", "1 ", "+1", "0x1", "1e3", strings.Repeat("9", 21)} {
		if v, ok := bencode.ParseInt(digits); ok || v.Kind() != bencode.Invalid {
			t.Errorf("%q was taken for an integer", digits)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	v := bencode.DictOf(
		bencode.Member{Key: "a", Value: bencode.IntOf(1)},
		bencode.Member{Key: "a", Value: bencode.IntOf(2)},
	)
	if got, ok := v.Lookup("a"); !ok || !got.Equal(bencode.IntOf(1)) {
		t.Errorf("want the first of two, got %v %v", got, ok)
	}
	if _, ok := v.Lookup("b"); ok {
		t.Error("found what is not there")
	}
	for _, other := range []bencode.Value{{}, bencode.StringOf("a"), bencode.IntOf(1), bencode.ListOf(bencode.StringOf("a"))} {
		if _, ok := other.Lookup(""); ok {
			t.Errorf("%s: found a member", other.Kind())
		}
		if _, ok := other.Int(); ok && other.Kind() != bencode.Int {
			t.Errorf("%s: found a number", other.Kind())
		}
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	values := []bencode.Value{{}, bencode.IntOf(1), bencode.StringOf("1"), bencode.ListOf(), bencode.DictOf()}
	var got []string
	for i, v := range values {
		got = append(got, v.Kind().String())
		for j, w := range values {
			if v.Equal(w) != (i == j) {
				t.Errorf("%s equal to %s: %v", v.Kind(), w.Kind(), v.Equal(w))
			}
		}
	}
	if diff := cmp.Diff([]string{"invalid", "int", "string", "list", "dict"}, got); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

func TestDictOfCopies(t *testing.T) {
	t.Parallel()
	members := []bencode.Member{{Key: "a", Value: bencode.IntOf(1)}}
	v := bencode.DictOf(members...)
	members[0].Key = "b"
	if v.Members()[0].Key != "a" {
		t.Error("a Value changed with the slice it was made of")
	}
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	f := func(v bencode.Value, want string) {
		t.Helper()
		if _, err := bencode.Append(nil, v); err == nil || err.Error() != want {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	f(bencode.Value{}, "invalid value: bencoding cannot carry it")
	f(bencode.DictOf(bencode.Member{Key: "k"}), `member 1 "k": invalid value: bencoding cannot carry it`)
	if _, err := bencode.Append(nil, nested(bencode.MaxDepth)); err != nil {
		t.Errorf("as deep as may be: %v", err)
	}
	if _, err := bencode.Append(nil, nested(bencode.MaxDepth+1)); err == nil || !strings.HasSuffix(err.Error(), "nested deeper than 32") {
		t.Errorf("too deep: got %v", err)
	}
}
