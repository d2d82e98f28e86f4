package ports

import (
	"fmt"
	"net"
	"testing"
)

func claim(t *testing.T) *Block {
	t.Helper()
	b, err := Claim()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestBlocksDoNotOverlap(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for range 3 {
		b := claim(t)
		for range 5 {
			port, err := b.Free()
			if err != nil {
				t.Fatal(err)
			}
			if seen[port] {
				t.Errorf("port %d was handed out twice", port)
			}
			seen[port] = true
		}
	}
}

func TestFreeSkipsOccupiedPorts(t *testing.T) {
	t.Parallel()
	b := claim(t)
	busy := b.next
	udp, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", busy))
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	port, err := b.Free()
	if err != nil {
		t.Fatal(err)
	}
	if port == busy {
		t.Errorf("want another port than %d, whose UDP side is occupied", busy)
	}
	want := fmt.Sprintf("port %d is occupied by another program", busy)
	if err := b.Hold(busy); err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}

func TestReleaseHandsOver(t *testing.T) {
	t.Parallel()
	b := claim(t)
	port, err := b.Free()
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	if l, err := net.Listen("tcp", addr); err == nil {
		l.Close()
		t.Errorf("port %d: want it held until released", port)
	}
	b.Release(port, port)
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Errorf("port %d: want it free after release, got %v", port, err)
		return
	}
	l.Close()
}

func TestBlockRunsOut(t *testing.T) {
	t.Parallel()
	b := claim(t)
	b.next = b.end
	if _, err := b.Free(); err == nil {
		t.Error("want an error from a block without ports, got none")
	}
}

func TestRunSkipsGaps(t *testing.T) {
	t.Parallel()
	b := claim(t)
	start := b.next
	busy, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", start+2))
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	got, err := b.FreeRun(4)
	if want := start + 3; err != nil || got != want {
		t.Errorf("want a run of 4 from %d, behind the occupied port, got %d, %v", want, got, err)
	}
	if next, err := b.Free(); err != nil || next != start+7 {
		t.Errorf("want %d after the run, got %d, %v", start+7, next, err)
	}
	if _, err := b.FreeRun(blockSize); err == nil {
		t.Error("want an error for a run longer than what is left, got none")
	}
}
