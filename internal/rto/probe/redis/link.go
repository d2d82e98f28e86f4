package redis

import (
	"context"
	"sync"

	client "github.com/redis/go-redis/v9"

	"github.com/voipbin/observability/internal/rto"
)

// link keeps a client from one asking to the next and makes it anew after a failure. The library's own pool would not do: after some
// failures to connect it repeats the last one for up to a second without trying (measured, v9.23: a server that was back was found 1.1 s
// late), and a probe must never tell what it did not see.
type link struct {
	server Server

	mu      sync.Mutex // guards all below
	current *held
	closed  bool
}

// held is a client and how many use it.
type held struct {
	*client.Client
	users   int
	dropped bool
}

// with asks with the client. One that failed is given up, and closed when nobody uses it any more, so that askings side by side do not
// end each other.
func (l *link) with(ctx context.Context, ask func(*client.Client) error) error {
	h := l.take()
	err := ask(h.Client)
	o := outcomeOf(ctx, err)
	l.release(h, o == rto.OK || o == rto.Denied)
	return err
}

func (l *link) take() *held {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current == nil || l.closed {
		l.current = &held{Client: l.server.connect()}
	}
	l.current.users++
	return l.current
}

func (l *link) release(h *held, good bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h.users--
	h.dropped = h.dropped || !good || l.closed
	if h.dropped && l.current == h {
		l.current = nil
	}
	if h.dropped && h.users == 0 {
		_ = h.Close() // nothing of it is wanted any more
	}
}

// close closes the client, or lets its last user do so.
func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if h := l.current; h != nil {
		l.current, h.dropped = nil, true
		if h.users == 0 {
			_ = h.Close()
		}
	}
}

// noLog drops what the library writes.
type noLog struct{}

// Printf writes nothing.
func (noLog) Printf(context.Context, string, ...any) {}

// Silence keeps the library, for the whole process, from writing to standard error what its callers are told already. It is for a main to
// call, once.
func Silence() { client.SetLogger(noLog{}) }
