package binrpc

import (
	"bytes"
	"encoding/hex"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAppendValue(t *testing.T) {
	t.Parallel()
	f := func(v Value, want string) {
		t.Helper()
		got, err := AppendValue(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(hex.EncodeToString(unhex(t, want)), hex.EncodeToString(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	f(IntOf(0), "00")
	f(IntOf(7), "10 07")
	f(IntOf(0x1234), "20 1234")
	f(IntOf(-1), "40 ffffffff")
	f(IntOf(math.MaxUint32), "40 ffffffff")
	f(DoubleOf(0), "02")
	f(DoubleOf(0.235), "12 eb")
	f(DoubleOf(6291456000), "62 05b8d8000000")
	f(DoubleOf(-1), "82 fffffffffffffc18")
	f(DoubleOf(0.2), "12 c8") // 0.2*1000 is a little more than 200 in binary
	f(StringOf(""), "11 00")
	f(StringOf("abcdef"), "71 616263646566 00")
	f(StringOf("abcdefg"), "91 08 61626364656667 00")
	f(StringOf(strings.Repeat("x", 255)), "a1 0100"+strings.Repeat("78", 255)+"00")
	f(BytesOf([]byte("abcdefg")), "76 61626364656667")
	f(BytesOf([]byte("abcdefgh")), "96 08 6162636465666768")
	f(StructOf(), "03 83")
	f(ArrayOf(IntOf(1), IntOf(2)), "04 1001 1002 84")
	f(StructOf(Member{"intval", IntOf(3)}, Member{"s", StringOf("abc")}), "03 75 696e7476616c00 1003 25 7300 41 61626300 83")
}

func TestAppendValueRefuses(t *testing.T) {
	t.Parallel()
	deep := IntOf(1)
	for range MaxDepth {
		deep = ArrayOf(deep)
	}
	if _, err := AppendValue(nil, deep); err != nil {
		t.Errorf("want %d levels to pass, got %v", MaxDepth, err)
	}
	f := func(v Value, want string) {
		t.Helper()
		_, err := AppendReply(nil, 1, IntOf(1), v)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want error %q, got %v", want, err)
		}
	}
	f(ArrayOf(deep), "nested deeper than 32")
	f(Value{}, "value 2: invalid value: BINRPC cannot carry it")
	f(IntOf(math.MaxUint32+1), "invalid value")
	f(IntOf(math.MinInt32-1), "invalid value")
	f(DoubleOf(math.NaN()), "invalid value")
	f(DoubleOf(math.Inf(-1)), "invalid value")
	f(DoubleOf(1e16), "invalid value")
	f(StructOf(Member{"a", Value{}}), `value 2: member "a": invalid value`)
}

// TestAppendRequest repeats calls that real daemons have answered.
func TestAppendRequest(t *testing.T) {
	t.Parallel()
	for folder, cookie := range map[string]uint32{"kamailio-5.6.3": 0x6e882419, "kamailio-6.1.5": 0x737b4632} {
		want, err := os.ReadFile(filepath.Join("testdata", folder, "stats.get_statistics.request.bin"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := AppendRequest(nil, cookie, "stats.get_statistics", "all")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(hex.Dump(want), hex.Dump(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", folder, diff)
		}
	}
}

func TestAppendRequestRefuses(t *testing.T) {
	t.Parallel()
	f := func(want, method string, args ...any) {
		t.Helper()
		_, err := AppendRequest(nil, 1, method, args...)
		if err == nil {
			t.Fatalf("want error %q, got none", want)
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("error (-want +got):\n%s", diff)
		}
	}
	f(`method "": not a name`, "")
	f(`method "a\x00b": not a name`, "a\x00b")
	f(`argument 2: "a\x00b" holds a NUL`, "m", 1, "a\x00b")
	f(`argument 1: 4294967296 does not fit 32 bits`, "m", 1<<32)
	f(`argument 1: NaN does not fit 63 bits of thousandths`, "m", math.NaN())
	f(`argument 1: bool: want int, string, float64 or Value`, "m", true)
	f(`argument 1: invalid value: BINRPC cannot carry it`, "m", Value{})
	f(`request of 65540 bytes: Kamailio reads at most 65535`, "m", strings.Repeat("x", 65533))
}

// TestPacketRoundTrip goes through all sizes of cookie and length, and reads packets that follow each other.
func TestPacketRoundTrip(t *testing.T) {
	t.Parallel()
	var stream []byte
	var want []Packet
	for _, cookie := range []uint32{0, 1, 0xff, 0x100, 0xffff, 0x10000, 0xffffff, 0x1000000, 0xffffffff} {
		for _, size := range []int{0, 1, 200, 300, 70000} {
			values := []Value{StringOf(strings.Repeat("x", size))}
			var err error
			if stream, err = AppendReply(stream, cookie, values...); err != nil {
				t.Fatal(err)
			}
			want = append(want, Packet{Type: TypeReply, Cookie: cookie, Values: values})
		}
		stream = AppendFault(stream, cookie, 404, "no such thing")
		want = append(want, Packet{Type: TypeFault, Cookie: cookie, Fault: &Fault{404, "no such thing"}})
		stream = AppendPacket(stream, TypeReply, cookie, nil)
		want = append(want, Packet{Type: TypeReply, Cookie: cookie})
	}
	reader := NewReader(bytes.NewReader(stream), 0)
	for i, w := range want {
		got, err := reader.ReadPacket()
		if err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("packet %d (-want +got):\n%s", i, diff)
		}
	}
	if got := reader.Buffered(); got != 0 {
		t.Errorf("want nothing left, got %d bytes", got)
	}
}
