package blackhole

import (
	"context"
	"net"
	"sync"
	"time"
)

// chunkBytes and chunks bound what one direction of a connection holds: beyond it the sender is slowed down by TCP itself, as by a
// real network that swallows everything.
const (
	chunkBytes = 32 << 10
	chunks     = 64
)

// link is one connection through the proxy.
type link struct {
	ctx    context.Context //nolint:containedctx // the life of one connection, ended by cut
	cancel context.CancelFunc
	client net.Conn

	mu     sync.Mutex
	server net.Conn // nil until connected
}

// join takes the server's side; false, with that side closed, if the link was cut before.
func (l *link) join(server net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		_ = server.Close() // nothing was sent on it
		return false
	}
	l.server = server
	return true
}

// cut ends both sides; errors of closing say nothing that is not known.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cancel()
	_ = l.client.Close()
	if l.server != nil {
		_ = l.server.Close()
	}
}

// held is a piece of a stream with the moment at which it came; an empty one is the stream's end.
type held struct {
	bytes []byte
	came  time.Time
}

// pump passes what comes from one side to the other, in order, and ends the link with the stream's end.
func (l *link) pump(p *Proxy, to, from net.Conn) {
	queue := make(chan held, chunks)
	var reader sync.WaitGroup
	reader.Go(func() { l.read(from, queue) })
	defer reader.Wait()
	defer l.cut()
	for h := range queue {
		if !p.passing(l.ctx, h.came) || len(h.bytes) == 0 {
			return
		}
		if _, err := to.Write(h.bytes); err != nil {
			return
		}
	}
}

func (l *link) read(from net.Conn, queue chan<- held) {
	defer close(queue)
	for {
		buf := make([]byte, chunkBytes)
		n, err := from.Read(buf)
		pieces := []held{{bytes: buf[:n], came: time.Now()}}
		if err != nil && n > 0 {
			pieces = append(pieces, held{came: time.Now()})
		}
		for _, h := range pieces {
			select {
			case queue <- h:
			case <-l.ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}
