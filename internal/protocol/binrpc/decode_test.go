package binrpc

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unhex reads hex digits; spaces and line ends are for the reader.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatalf("test data: %v", err)
	}
	return b
}

func decodePayload(b []byte) ([]Value, error) {
	records, err := newDecoder(string(b), 0).records()
	return valuesOf(records), err
}

func TestDecodeValues(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		payload string
		want    []Value
	}{
		"no records":                             {"", nil},
		"int zero has no bytes":                  {"00", []Value{IntOf(0)}},
		"int zero written with one":              {"10 00", []Value{IntOf(0)}},
		"int of one byte":                        {"10 ff", []Value{IntOf(255)}},
		"int of two bytes":                       {"20 1234", []Value{IntOf(0x1234)}},
		"int with a length":                      {"90 02 1234", []Value{IntOf(0x1234)}},
		"int with a length of two bytes":         {"a0 0002 1234", []Value{IntOf(0x1234)}},
		"int minus one":                          {"40 ffffffff", []Value{IntOf(-1)}},
		"string":                                 {"41 616263 00", []Value{StringOf("abc")}},
		"empty string":                           {"11 00", []Value{StringOf("")}},
		"null string":                            {"01", []Value{StringOf("")}},
		"string of seven letters takes a length": {"91 08 61626364656667 00", []Value{StringOf("abcdefg")}},
		"string with a NUL inside":               {"41 610062 00", []Value{StringOf("a\x00b")}},
		"bytes end without NUL":                  {"66 616263646566", []Value{BytesOf([]byte("abcdef"))}},
		"no bytes":                               {"06", []Value{BytesOf(nil)}},
		"double zero":                            {"02", []Value{DoubleOf(0)}},
		"double of one byte":                     {"12 eb", []Value{DoubleOf(0.235)}},
		"double of four bytes is positive":       {"42 fa000000", []Value{DoubleOf(4194304)}},
		"double of five bytes, 6000 MiB":         {"62 05b8d8000000", []Value{DoubleOf(6291456000)}},
		"double of eight bytes, minus one":       {"82 fffffffffffffc18", []Value{DoubleOf(-1)}},
		"double of eight bytes, minus 0.001":     {"82 ffffffffffffffff", []Value{DoubleOf(-0.001)}},
		"double of eight bytes, large":           {"82 0100000000000000", []Value{DoubleOf(72057594037927.936)}},
		"empty struct":                           {"03 83", []Value{StructOf()}},
		"empty array":                            {"04 84", []Value{ArrayOf()}},
		"array":                                  {"04 10 07 41 61626300 84", []Value{ArrayOf(IntOf(7), StringOf("abc"))}},
		"struct with values that lack a name":    {"03 10 07 83", []Value{StructOf(Member{Value: IntOf(7)})}},
		"array with a name":                      {"04 25 6100 10 07 84", []Value{{kind: Array, list: []Member{{"a", IntOf(7)}}}}},
		"long name": {
			"03 95 08 67726f7773757000 00 83",
			[]Value{StructOf(Member{"growsup", IntOf(0)})},
		},
		"names repeat and keep their order": {
			"03 25 6200 10 01 25 6100 10 02 25 6200 10 03 83",
			[]Value{StructOf(Member{"b", IntOf(1)}, Member{"a", IntOf(2)}, Member{"b", IntOf(3)})},
		},
		"values after an inner struct": {
			"03 25 6100 03 25 6200 00 83 25 6300 10 01 83 10 02",
			[]Value{
				StructOf(Member{"a", StructOf(Member{"b", IntOf(0)})}, Member{"c", IntOf(1)}),
				IntOf(2),
			},
		},
		"a nameless value after a named struct stays nameless": {
			"03 25 6100 03 83 10 05 83",
			[]Value{StructOf(Member{"a", StructOf()}, Member{Value: IntOf(5)})},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decodePayload(unhex(t, test.payload))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeValuesRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		payload string
		want    string
	}{
		"unknown type":               {"10 01 17 00", "bad packet at byte 2: record type 7 is not known"},
		"int beyond the end":         {"20 12", "bad packet at byte 0: a record of 2 bytes where 1 are left"},
		"int of five bytes":          {"50 0102030405", "bad packet at byte 0: an int of 5 bytes, at most 4 are known"},
		"length beyond the end":      {"91", "bad packet at byte 0: a record of 1 bytes where 0 are left"},
		"length of no bytes":         {"81", "bad packet at byte 0: a length of 0 bytes, 1 to 4 are known"},
		"length of five bytes":       {"d1 0000000001 00", "bad packet at byte 0: a length of 5 bytes, 1 to 4 are known"},
		"string beyond the end":      {"c1 ffffffff 00", "bad packet at byte 0: a record of 4294967295 bytes where 1 are left"},
		"string without NUL":         {"21 6162", "bad packet at byte 0: a text that does not end in NUL"},
		"double of nine bytes":       {"92 010203040506070809", "bad packet at byte 0: a double of 9 bytes, at most 8 are known"},
		"double beyond the end":      {"82 01", "bad packet at byte 0: a record of 8 bytes where 1 are left"},
		"struct mark with a size":    {"13 00 83", "bad packet at byte 0: a struct or array mark with a size"},
		"end mark with a size":       {"03 93 00", "bad packet at byte 1: a struct or array mark with a size"},
		"struct without end":         {"10 01 03 25 6100 00", "bad packet at byte 2: a struct or array that never ends"},
		"end without struct":         {"83", "bad packet at byte 0: an end mark with nothing of its kind to end"},
		"array ended as a struct":    {"04 83", "bad packet at byte 1: an end mark with nothing of its kind to end"},
		"name outside of a struct":   {"25 6100 00", "bad packet at byte 0: a name outside of a struct"},
		"name without value":         {"03 25 6100 83", "bad packet at byte 1: a name without a value"},
		"name after name":            {"03 25 6100 25 6200 00 83", "bad packet at byte 1: a name without a value"},
		"name at the end":            {"03 25 6100", "bad packet at byte 1: a name without a value"},
		"name without NUL":           {"03 15 61 00 83", "bad packet at byte 1: a text that does not end in NUL"},
		"name of no bytes":           {"03 05 00 83", "bad packet at byte 1: a text that does not end in NUL"},
		"nested too deep":            {strings.Repeat("03", 33), "bad packet at byte 32: nested deeper than 32"},
		"garbage behind the records": {"10 01 ff", "bad packet at byte 2: a record of 7 bytes where 0 are left"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values, err := decodePayload(unhex(t, test.payload))
			var bad *DecodeError
			if !errors.As(err, &bad) {
				t.Fatalf("want a *DecodeError, got %v and %d values", err, len(values))
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNumbers is about the one thing the wire does not tell: whether an int is signed.
func TestNumbers(t *testing.T) {
	t.Parallel()
	type numbers struct {
		Int   int64
		Uint  uint64
		Float float64
	}
	f := func(payload string, want numbers) {
		t.Helper()
		values, err := decodePayload(unhex(t, payload))
		if err != nil {
			t.Fatal(err)
		}
		v := values[0]
		if diff := cmp.Diff(want, numbers{v.Int(), v.Uint(), v.Float()}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", payload, diff)
		}
	}
	f("00", numbers{})
	f("40 7fffffff", numbers{1<<31 - 1, 1<<31 - 1, 1<<31 - 1})
	f("40 80000000", numbers{-1 << 31, 1 << 31, -1 << 31})
	f("40 ffffffff", numbers{-1, 1<<32 - 1, -1})
	f("22 05db", numbers{1, 1, 1.499})
	f("82 fffffffffffffa25", numbers{-1, 1<<64 - 1, -1.499})
	f("62 05b8d8000000", numbers{6291456000, 6291456000, 6291456000})
	f("21 3700", numbers{}) // the text "7" is no number
}

func TestCaptures(t *testing.T) {
	t.Parallel()
	reply := func(file string) []Value {
		t.Helper()
		raw, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		packet, err := NewReader(bytes.NewReader(raw), 0).ReadPacket()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		return packet.Values
	}
	lookup := func(v Value, names ...string) Value {
		t.Helper()
		for _, name := range names {
			inner, ok := v.Lookup(name)
			if !ok {
				t.Fatalf("no member %q", name)
			}
			v = inner
		}
		return v
	}

	t.Run("shared memory is an int in 5.6 and a double in 6.1", func(t *testing.T) {
		t.Parallel()
		want := StructOf(
			Member{"total", IntOf(0x08000000)}, Member{"free", IntOf(0x07a26ba8)}, Member{"used", IntOf(0x41d230)},
			Member{"real_used", IntOf(0x5d9458)}, Member{"max_used", IntOf(0x6eed78)}, Member{"fragments", IntOf(0x78)},
		)
		if diff := cmp.Diff([]Value{want}, reply("kamailio-5.6.3/core.shmmem.bin")); diff != "" {
			t.Errorf("5.6.3 (-want +got):\n%s", diff)
		}
		want = StructOf(
			Member{"total", DoubleOf(134217728)}, Member{"free", DoubleOf(127584384)}, Member{"used", DoubleOf(4357920)},
			Member{"real_used", DoubleOf(6633344)}, Member{"max_used", DoubleOf(7685200)}, Member{"fragments", DoubleOf(74)},
		)
		if diff := cmp.Diff([]Value{want}, reply("kamailio-6.1.5/core.shmmem.bin")); diff != "" {
			t.Errorf("6.1.5 (-want +got):\n%s", diff)
		}
	})
	t.Run("several records in one packet", func(t *testing.T) {
		t.Parallel()
		processes := reply("kamailio-6.1.5/pkg.stats.bin")
		if want, got := 16, len(processes); want != got {
			t.Fatalf("want %d processes, got %d", want, got)
		}
		want := StringOf("main process - attendant")
		if diff := cmp.Diff(want, lookup(processes[0], "desc")); diff != "" {
			t.Errorf("description of the first (-want +got):\n%s", diff)
		}
		if want, got := int64(-4), lookup(processes[15], "rank").Int(); want != got { // the main TCP process
			t.Errorf("want rank %d of the last, got %d", want, got)
		}
	})
	t.Run("statistics are strings", func(t *testing.T) {
		t.Parallel()
		for file, want := range map[string]int{"kamailio-5.6.3": 163, "kamailio-6.1.5": 196} {
			statistics := reply(file + "/stats.get_statistics.bin")
			if got := len(statistics); want != got {
				t.Errorf("%s: want %d statistics, got %d", file, want, got)
			}
			if want, got := "core:bad_URIs_rcvd = 0", statistics[0].Text(); want != got {
				t.Errorf("%s: want %q first, got %q", file, want, got)
			}
		}
	})
	t.Run("sets and destinations repeat their name", func(t *testing.T) {
		t.Parallel()
		for file, want := range map[string][]string{
			"kamailio-5.6.3": {"sip:127.0.0.1:5999", "sip:127.0.0.1:5080"},
			"kamailio-6.1.5": {"sip:127.0.0.1:5999", "sip:127.0.0.1:5080"},
		} {
			records := lookup(reply(file + "/dispatcher.list.bin")[0], "RECORDS")
			if want, got := 4, len(records.Members()); want != got {
				t.Errorf("%s: want %d sets, got %d", file, want, got)
			}
			var uris []string
			for _, dest := range lookup(records, "SET", "TARGETS").Items() {
				uris = append(uris, lookup(dest, "URI").Text())
			}
			if diff := cmp.Diff(want, uris); diff != "" {
				t.Errorf("%s: destinations of the first set (-want +got):\n%s", file, diff)
			}
		}
	})
}

// TestDecodeAllocation feeds the payloads that cost most for their size and holds the decoder to its promise.
func TestDecodeAllocation(t *testing.T) {
	const size = 1 << 20
	f := func(name, unit string) {
		t.Helper()
		payload := bytes.Repeat(unhex(t, unit), size)[:size]
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decodePayload(payload)
		runtime.ReadMemStats(&after)
		t.Logf("%s: %.1f bytes for each, error %v", name, float64(after.TotalAlloc-before.TotalAlloc)/size, err)
		if want, got := uint64(40*size+1<<20), after.TotalAlloc-before.TotalAlloc; got > want {
			t.Errorf("%s: want at most %d bytes allocated, got %d", name, want, got)
		}
	}
	f("zeros", "00")
	f("small ints", "10 07")
	f("ints of four bytes", "30 010203")
	f("short strings", "31 6162 00")
	f("empty structs", "03 83")
	f("structs of one", "03 25 6100 00 83")
	f("structs of two", "03 25 6100 00 25 6200 00 83")
	f("deep", strings.Repeat("03", 31)+strings.Repeat("83", 31))
}
