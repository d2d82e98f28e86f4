package sipp

import (
	"fmt"
	"net"
	"sync/atomic"
)

// Hole is a black-holed gateway: it takes everything that is sent to it and never answers.
type Hole struct {
	conn net.PacketConn
	took atomic.Int64
	done chan struct{}
}

// NewHole opens a hole at addr, host:port on UDP.
func NewHole(addr string) (*Hole, error) {
	conn, err := net.ListenPacket("udp", addr) //nolint:noctx // does not block
	if err != nil {
		return nil, fmt.Errorf("black-holed gateway: %w", err)
	}
	h := &Hole{conn: conn, done: make(chan struct{})}
	go h.swallow()
	return h, nil
}

// swallow reads, so that the kernel never has to say that the queue is full.
func (h *Hole) swallow() {
	defer close(h.done)
	buf := make([]byte, 65535)
	for {
		if _, _, err := h.conn.ReadFrom(buf); err != nil {
			return
		}
		h.took.Add(1)
	}
}

// Took is the number of datagrams swallowed.
func (h *Hole) Took() int64 { return h.took.Load() }

// Close closes the hole.
func (h *Hole) Close() error {
	err := h.conn.Close()
	<-h.done
	return err
}
