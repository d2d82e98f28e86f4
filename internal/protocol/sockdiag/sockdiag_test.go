package sockdiag

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sequence = 7

// message is one netlink message, with what makes the next begin at a multiple of four.
func message(kind uint16, number uint32, body ...byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(headerSize+len(body)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, 2) // NLM_F_MULTI
	b = binary.NativeEndian.AppendUint32(b, number)
	b = binary.NativeEndian.AppendUint32(b, 0)
	b = append(b, body...)
	return append(b, make([]byte, (4-len(b)%4)%4)...)
}

// answer is a struct inet_diag_msg with its attributes.
func answer(family byte, local string, queue, drops uint32) []byte {
	at := netip.MustParseAddrPort(local)
	b := make([]byte, answerSize)
	b[0] = family
	binary.BigEndian.PutUint16(b[4:], at.Port())
	copy(b[8:], at.Addr().AsSlice())
	binary.NativeEndian.PutUint32(b[56:], queue)
	b = binary.NativeEndian.AppendUint16(b, 5) // another attribute, of one byte
	b = binary.NativeEndian.AppendUint16(b, 8)
	b = append(b, 1, 0, 0, 0)
	b = binary.NativeEndian.AppendUint16(b, attributeSize+4*memoryNumbers)
	b = binary.NativeEndian.AppendUint16(b, memoryInfo)
	b = append(b, make([]byte, 4*memoryDrops)...)
	return binary.NativeEndian.AppendUint32(b, drops)
}

func all(b []byte) (got []Socket, done bool, err error) {
	done, err = decode(b, sequence, func(s Socket) { got = append(got, s) })
	return got, done, err
}

func TestDecode(t *testing.T) {
	t.Parallel()
	b := slices.Concat(
		message(byFamily, sequence, answer(familyIPv4, "127.0.0.1:5060", 523008, 2773)...),
		message(1, sequence), // NLMSG_NOOP
		message(byFamily, sequence, answer(familyIPv6, "[2001:db8::1]:5060", 0, 1<<32-1)...),
	)
	want := []Socket{{netip.MustParseAddrPort("127.0.0.1:5060"), 523008, 2773}, {netip.MustParseAddrPort("[2001:db8::1]:5060"), 0, 1<<32 - 1}}
	got, done, err := all(b)
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" || done || err != nil {
		t.Errorf("more to come: done %v, %v (-want +got):\n%s", done, err, diff)
	}
	if got, done, err := all(append(b, message(isDone, sequence, 0, 0, 0, 0)...)); len(got) != 2 || !done || err != nil {
		t.Errorf("the end: %v, done %v, %v", got, done, err)
	}
}

// TestDecodeRefuses: an answer that is not whole is none, wherever it is cut.
func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	f := func(name string, b []byte, want string) {
		t.Helper()
		if _, done, err := all(b); done || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want an error with %q, got done %v, %v", name, want, done, err)
		}
	}
	whole := message(byFamily, sequence, answer(familyIPv4, "127.0.0.1:5060", 1, 1)...)
	for n := 1; n < len(whole); n++ {
		f("cut", whole[:n], "netlink message of")
	}
	body := answer(familyIPv4, "127.0.0.1:5060", 1, 1)
	for n := range body {
		want := "netlink a" // an answer or an attribute
		f("cut within", message(byFamily, sequence, body[:n]...), want)
	}
	f("in answer to another", message(byFamily, sequence+1, body...), "message 8 in answer to 7")
	f("a short error", message(isError, sequence, 1), "error of 1 bytes")
	refused := binary.NativeEndian.AppendUint32(nil, ^uint32(syscall.ENOENT)+1) // its negative
	if _, _, err := all(message(isError, sequence, refused...)); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("want ENOENT, got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(message(byFamily, sequence, answer(familyIPv4, "127.0.0.1:5060", 1, 1)...))
	f.Add(message(isDone, sequence, 0, 0, 0, 0))
	f.Add(message(isError, sequence, 0, 0, 0, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, _, _ := all(b)
		if most := len(b) / (headerSize + answerSize); len(got) > most {
			t.Errorf("%d sockets of %d bytes", len(got), len(b))
		}
	})
}
