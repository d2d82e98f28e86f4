package binrpc

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime/metrics"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// allocated returns how many bytes the process has allocated since its start.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// FuzzDecode reads any bytes as a packet: it never panics, fails with one of the errors that ReadPacket names, allocates no
// more than promised, and what it accepts can be written and read again without a difference.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/kamailio-*/*.bin")
	if err != nil || len(files) == 0 {
		f.Fatalf("captures: %d found, error %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add(unhex(f, "a1 10 0d 01 04 25 6100 82 ffffffffffffffff 84"))
	f.Add(unhex(f, "a1 10 0c 01 66 616263646566 90 02 1234 01"))

	const bound = 1 << 20
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := allocated()
		packet, err := NewReader(bytes.NewReader(raw), bound).ReadPacket()
		// 16 KiB for the Reader and its first chunk, twice the size for buffer and text, 1 MiB for what else the process does.
		if want, got := uint64(42*len(raw)+16<<10+1<<20), allocated()-before; got > want {
			t.Errorf("want at most %d bytes allocated for %d, got %d", want, len(raw), got)
		}
		if err != nil {
			var bad *DecodeError
			if !errors.As(err, &bad) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("want a *DecodeError or the end of the stream, got %v", err)
			}
			return
		}
		again, err := NewReader(bytes.NewReader(encode(t, packet)), 0).ReadPacket()
		if err != nil {
			t.Fatalf("what was accepted and written again: %v", err)
		}
		if diff := cmp.Diff(packet, again); diff != "" {
			t.Errorf("read, written and read again (-first +second):\n%s", diff)
		}
	})
}

// encode writes a packet of any type.
func encode(t *testing.T, packet Packet) []byte {
	t.Helper()
	if packet.Type == TypeFault {
		return AppendFault(nil, packet.Cookie, packet.Fault.Code, packet.Fault.Reason)
	}
	raw, err := AppendReply(nil, packet.Cookie, packet.Values...)
	if err != nil {
		t.Fatalf("write again: %v", err)
	}
	raw[1] = raw[1]&0x0F | byte(packet.Type)<<4
	return raw
}

// FuzzRoundTrip builds values of every kind from the input, writes them as a request and as a reply, and reads them back.
func FuzzRoundTrip(f *testing.F) {
	f.Add(uint32(0), "core.uptime", []byte{})
	f.Add(uint32(1), "a.b", []byte{1, 255, 255, 255, 255, 3, 0x80, 0, 0, 0, 0, 0, 0, 0, 2, 3, 'a', 'b', 'c'})
	f.Add(uint32(1<<32-1), "x", []byte{4, 1, 'a', 5, 2, 1, 'z', 0, 7, 2, 0, 0, 6, 2, 0, 1})
	f.Fuzz(func(t *testing.T, cookie uint32, method string, program []byte) {
		var values []Value
		var args []any
		for b := (&builder{program}); len(b.rest) > 0; {
			value := b.value(0)
			values, args = append(values, value), append(args, value)
		}
		reply, err := AppendReply(nil, cookie, values...)
		if err != nil {
			t.Fatal(err)
		}
		check(t, reply, Packet{Type: TypeReply, Cookie: cookie, Values: values})

		request, err := AppendRequest(nil, cookie, method, args...)
		if err != nil {
			return // the name is none, or the whole is too long
		}
		check(t, request, Packet{Type: TypeRequest, Cookie: cookie, Values: append([]Value{StringOf(method)}, values...)})
	})
}

// check reads raw and compares, unless it holds more values than a packet of its size may.
func check(t *testing.T, raw []byte, want Packet) {
	t.Helper()
	got, err := NewReader(bytes.NewReader(raw), 0).ReadPacket()
	if err != nil {
		if len(raw) < 4096 { // below, any number of values passes
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packet (-want +got):\n%s", diff)
	}
}

// builder makes values out of arbitrary bytes.
type builder struct{ rest []byte }

func (b *builder) take(n int) []byte {
	n = min(n, len(b.rest))
	taken := b.rest[:n]
	b.rest = b.rest[n:]
	return taken
}

func (b *builder) number(n int) uint64 { return bigEndian(string(b.take(n))) }

func (b *builder) text() string { return string(b.take(int(b.number(1)))) }

func (b *builder) value(depth int) Value {
	kind := Kind(b.number(1)) % 8
	if depth == MaxDepth && (kind == Struct || kind == Array) {
		kind = Int
	}
	switch kind {
	case String:
		return StringOf(b.text())
	case Bytes:
		return BytesOf([]byte(b.text()))
	case Double:
		const limit = math.MaxInt64 / 1000
		return DoubleOf(float64(int64(b.number(8)) % limit))
	case Struct:
		members := make([]Member, b.number(1)%8)
		for i := range members {
			members[i] = Member{Name: b.text(), Value: b.value(depth + 1)}
		}
		return StructOf(members...)
	case Array:
		items := make([]Value, b.number(1)%8)
		for i := range items {
			items[i] = b.value(depth + 1)
		}
		return ArrayOf(items...)
	default:
		return IntOf(int64(int32(b.number(4))))
	}
}
