// Package blackhole passes TCP connections between a client and a server on loopback, and swallows, delays and cuts them as it is told, so
// that a test makes the partition that no process notices. It refuses addresses beyond loopback, and knows nothing of what it passes on.
package blackhole

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Proxy is a running proxy.
type Proxy struct {
	listener net.Listener
	target   string
	ctx      context.Context //nolint:containedctx // the life of the proxy, ended by Close: it has no other caller
	stop     context.CancelFunc
	ends     sync.WaitGroup

	mu     sync.Mutex
	paused chan struct{} // nil while bytes pass; closed by Resume
	delay  time.Duration
	links  map[*link]struct{}
}

// Start listens on a free port of 127.0.0.1 and passes connections on to target, a loopback address.
func Start(target netip.AddrPort) (*Proxy, error) {
	if !target.Addr().IsLoopback() {
		return nil, fmt.Errorf("blackhole to %s: not a loopback address", target)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // does not block
	if err != nil {
		return nil, fmt.Errorf("blackhole: %w", err)
	}
	p := &Proxy{listener: l, target: target.String(), links: map[*link]struct{}{}}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.ends.Go(p.accept)
	return p, nil
}

// Addr is where clients connect to.
func (p *Proxy) Addr() netip.AddrPort {
	return p.listener.Addr().(*net.TCPAddr).AddrPort() //nolint:forcetypeassert // what net.Listen gives for tcp
}

// Pause swallows from now on what either side sends, new connections and the ends of old ones included: to both it looks as if the
// other had nothing to say. What was already read and not yet passed on is held as well.
func (p *Proxy) Pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused == nil {
		p.paused = make(chan struct{})
	}
}

// Resume passes on what was held, and all that follows.
func (p *Proxy) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused != nil {
		close(p.paused)
		p.paused = nil
	}
}

// Delay holds each byte back for d in either direction, in order; connecting takes twice as long.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Cut ends all connections that there are, with whatever they held.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.cut()
	}
}

// Close ends the proxy and all its connections, and returns when nothing of it is left.
func (p *Proxy) Close() error {
	p.stop()
	err := p.listener.Close()
	p.Cut()
	p.ends.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.ends.Go(func() { p.serve(conn) })
	}
}

// passing waits until bytes that came at the given moment may be passed on; false if the link was cut meanwhile.
func (p *Proxy) passing(ctx context.Context, came time.Time) bool {
	for {
		p.mu.Lock()
		paused, due := p.paused, came.Add(p.delay)
		p.mu.Unlock()
		if paused != nil {
			select {
			case <-paused:
				continue
			case <-ctx.Done():
				return false
			}
		}
		wait := time.Until(due)
		if wait <= 0 {
			return ctx.Err() == nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
}

func (p *Proxy) serve(client net.Conn) {
	ctx, cancel := context.WithCancel(p.ctx)
	l := &link{ctx: ctx, cancel: cancel, client: client}
	p.mu.Lock()
	p.links[l] = struct{}{}
	delay := p.delay
	p.mu.Unlock()
	defer func() {
		l.cut()
		p.mu.Lock()
		delete(p.links, l)
		p.mu.Unlock()
	}()
	if p.ctx.Err() != nil || !p.passing(ctx, time.Now().Add(delay)) {
		return
	}
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.target)
	if err != nil || !l.join(server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.pump(p, server, client) })
	both.Go(func() { l.pump(p, client, server) })
	both.Wait()
}
