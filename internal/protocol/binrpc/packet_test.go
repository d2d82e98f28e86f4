package binrpc

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestReadPacketRefuses(t *testing.T) {
	t.Parallel()
	f := func(packet, want string) {
		t.Helper()
		_, err := NewReader(bytes.NewReader(unhex(t, packet)), 1000).ReadPacket()
		if err == nil {
			t.Fatalf("%s: want error %q, got none", packet, want)
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", packet, diff)
		}
	}
	f("", "EOF")
	f("a1", "reply cut off in its header: unexpected EOF")
	f("a1 13 02 00", "reply cut off in its header: unexpected EOF")
	f("a1 10 02 00 10", "reply cut off after 1 of 2 bytes: unexpected EOF")
	f("a2 10 00 00", "bad packet at byte 0: not BINRPC version 1")
	f("a1 40 00 00", "bad packet at byte 1: packet type 4 is not known")
	f("a1 14 03e9 00", "bad packet at byte 2: a payload of 1001 bytes, at most 1000 are read")
	f("a1 1f ffffffff 00000000", "bad packet at byte 2: a payload of 4294967295 bytes, at most 1000 are read")
	f("a1 10 01 00 20", "bad packet at byte 4: a record of 2 bytes where 0 are left")
	f("a1 13 01 00000000 20", "bad packet at byte 7: a record of 2 bytes where 0 are left")
	f("a1 30 00 00", "bad packet at byte 4: a fault without code and reason")
	f("a1 30 02 00 10 01", "bad packet at byte 6: a fault without code and reason")
	f("a1 30 03 00 11 00 00", "bad packet at byte 4: a fault with a record of type 1 in place of 0")
	f("a1 30 05 00 10 01 11 00 00", "bad packet at byte 8: more than code and reason in a fault")
	f("a1 30 08 00 50 0000000001 11 00", "bad packet at byte 4: an int of 5 bytes, at most 4 are known")
	f("a1 30 03 00 10 01 41", "bad packet at byte 6: a record of 4 bytes where 0 are left")
}

// TestReadFaultOverrun: a reason of exactly 256 letters comes with a byte of the daemon's stack behind its NUL.
func TestReadFaultOverrun(t *testing.T) {
	t.Parallel()
	payload := appendNumber(nil, recordInt, 500)
	payload = append(payload, 0xa1, 0x01, 0x01)
	payload = append(payload, strings.Repeat("x", 255)...)
	payload = append(payload, 0, 0x7f)
	packet, err := NewReader(bytes.NewReader(AppendPacket(nil, TypeFault, 1, payload)), 0).ReadPacket()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&Fault{500, strings.Repeat("x", 255)}, packet.Fault); diff != "" {
		t.Errorf("fault (-want +got):\n%s", diff)
	}
}

// TestReadPacketPieces: how the stream is cut into reads makes no difference.
func TestReadPacketPieces(t *testing.T) {
	t.Parallel()
	stream, err := AppendReply(nil, 1, StringOf(strings.Repeat("x", 10000)), IntOf(1))
	if err != nil {
		t.Fatal(err)
	}
	want, err := NewReader(bytes.NewReader(stream), 0).ReadPacket()
	if err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]io.Reader{
		"bytes":           iotest.OneByteReader(bytes.NewReader(stream)),
		"halves":          iotest.HalfReader(bytes.NewReader(stream)),
		"end with data":   iotest.DataErrReader(bytes.NewReader(stream)),
		"a broken stream": io.MultiReader(bytes.NewReader(stream), iotest.ErrReader(errors.New("broken"))),
	} {
		got, err := NewReader(source, 0).ReadPacket()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadPacketError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	packet, err := AppendReply(nil, 1, StringOf("whole"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range packet {
		source := io.MultiReader(bytes.NewReader(packet[:n]), iotest.ErrReader(broken))
		if _, err := NewReader(source, 0).ReadPacket(); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: want the stream's own error, got %v", n, err)
		}
	}
}

// TestReadPacketAllocation holds the Reader to its promises: a header alone costs nothing, and the worst payload of the
// default bound stays below 208 MiB.
func TestReadPacketAllocation(t *testing.T) {
	f := func(name string, packet []byte, most uint64) {
		t.Helper()
		source := bytes.NewReader(packet)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := NewReader(source, 0).ReadPacket()
		runtime.ReadMemStats(&after)
		got := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: %d bytes allocated, error %v", name, got, err)
		if got > most {
			t.Errorf("%s: want at most %d bytes allocated, got %d", name, most, got)
		}
	}
	f("header", unhex(t, "a1 1c 01000000 00"), 32<<10)
	ints := bytes.Repeat([]byte{0x40, 1, 2, 3, 4}, 1<<20-16)
	text := appendText(nil, recordString, strings.Repeat("x", DefaultMaxReply-len(ints)-6))
	f("many values", AppendPacket(nil, TypeReply, 1, append(ints, text...)), 208<<20)
}
