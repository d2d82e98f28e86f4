// Package ports gives a laboratory loopback ports that no other laboratory and, as far as a bind can tell, no other program uses.
// It refuses to hand out the same port twice.
package ports

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
)

// Ports come in blocks below the range from which Linux takes the ports of outgoing connections, 32768 to 60999 unless configured
// otherwise (ip(7), ip_local_port_range): a daemon's port is then not taken by somebody's connection between our look and its bind.
const (
	first     = 21000
	blockSize = 350 // some 205 for a laboratory with media, 75 without, five for each further caller
	blocks    = 33
)

// loopback is the only address a laboratory listens on.
const loopback = "127.0.0.1"

// Block is a range of ports that belongs to this process until Close or its end.
type Block struct {
	claim net.Listener
	next  int
	end   int
	held  map[int]held
}

// held keeps a port occupied until its daemon starts.
type held struct {
	tcp net.Listener
	udp net.PacketConn
}

// Claim takes the first block that no other process has claimed. The claim is an abstract unix socket (unix(7)): it is seen wherever the
// ports themselves are, in the network namespace, and the kernel drops it when the process ends.
func Claim() (*Block, error) {
	for i := range blocks {
		claim, err := net.Listen("unix", fmt.Sprintf("@voipbin-lab-ports-%d", i)) //nolint:noctx // does not block
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("claim ports: %w", err)
		}
		start := first + i*blockSize
		return &Block{claim: claim, next: start, end: start + blockSize, held: map[int]held{}}, nil
	}
	return nil, fmt.Errorf("claim ports: all %d blocks are in use by other laboratories", blocks)
}

// Free returns a port that is free for TCP and UDP and holds it until Release.
func (b *Block) Free() (int, error) {
	return b.FreeRun(1)
}

// FreeRun returns the first of n ports in a row, all free and held.
func (b *Block) FreeRun(n int) (int, error) {
	for b.next+n <= b.end {
		start := b.next
		ports := make([]int, 0, n)
		for port := start; port < start+n && b.Hold(port) == nil; port++ {
			ports = append(ports, port)
		}
		b.next = start + len(ports) + 1
		if len(ports) == n {
			b.next--
			return start, nil
		}
		b.Release(ports...)
	}
	return 0, fmt.Errorf("no %d free ports in a row left below %d", n, b.end)
}

// Hold holds a port that the caller chose. The error says so if it is occupied.
func (b *Block) Hold(port int) error {
	addr := net.JoinHostPort(loopback, strconv.Itoa(port))
	tcp, err := net.Listen("tcp", addr) //nolint:noctx // does not block
	if err != nil {
		return occupied(port, err)
	}
	udp, err := net.ListenPacket("udp", addr) //nolint:noctx // does not block
	if err != nil {
		return errors.Join(occupied(port, err), tcp.Close())
	}
	b.held[port] = held{tcp: tcp, udp: udp}
	return nil
}

func occupied(port int, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("port %d is occupied by another program", port)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("port %d needs root: choose one above 1023", port)
	}
	return fmt.Errorf("port %d: %w", port, err)
}

// Release lets go of held ports, just before their daemon takes them.
func (b *Block) Release(ports ...int) {
	for _, p := range ports {
		h, ok := b.held[p]
		if !ok {
			continue
		}
		h.tcp.Close() // nothing was accepted or read: there is nothing to lose
		h.udp.Close()
		delete(b.held, p)
	}
}

// Close gives the whole block back.
func (b *Block) Close() error {
	for p := range b.held {
		b.Release(p)
	}
	return b.claim.Close()
}
