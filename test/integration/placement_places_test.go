//go:build integration

package integration

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/netns"
)

// place is where parts of a platform run: a namespace with the cables that lead to it, or an address of loopback.
type place struct {
	name    string
	address netip.Addr
	space   *netns.Space // nil for an address of loopback
	cables  []*netns.Cable
}

// in does something in the place. What it starts and what sockets it opens stay there. No place is where everything else of the test is.
func (p *place) in(f func() error) error {
	if p == nil || p.space == nil {
		return f()
	}
	return p.space.Do(f)
}

// port is host:port at which the place's part may listen: the port that it has in a deployment, or a free one of the loopback that all share.
func (p *place) port(t *testing.T, usual uint16) string {
	t.Helper()
	if p.space != nil {
		return netip.AddrPortFrom(p.address, usual).String()
	}
	l, err := net.Listen("tcp", net.JoinHostPort(p.address.String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start starts a process there, which does not survive this one.
func (p *place) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return p.in(cmd.Start)
}

// cut takes all of the place's cables away.
func (p *place) cut(t *testing.T) {
	t.Helper()
	for _, c := range p.cables {
		if err := c.Cut(); err != nil {
			t.Fatal(err)
		}
	}
}

// mend lays them again.
func (p *place) mend(t *testing.T) {
	t.Helper()
	for _, c := range p.cables {
		if err := c.Mend(); err != nil {
			t.Fatal(err)
		}
	}
}

// places are where the parts of docs/placement.md run.
type places struct {
	primary, standby, outside *place
	link                      *netns.Cable // between the two regions; nil on loopback, which has none
}

// onLoopback gives every place an address of its own.
func onLoopback() places {
	at := func(name string, third byte) *place {
		return &place{name: name, address: netip.AddrFrom4([4]byte{127, 0, third, 1})}
	}
	return places{primary: at("primary", 1), standby: at("standby", 2), outside: at("outside", 3)}
}

// inNamespaces makes each place a namespace, with a cable to each of the others; this process is outside.
func inNamespaces(t *testing.T) places {
	t.Helper()
	at := func(name string, third byte, enter func(string, netip.Addr) (*netns.Space, error)) *place {
		p := &place{name: name, address: netip.AddrFrom4([4]byte{10, 0, third, 1})}
		var err error
		if p.space, err = enter(name, p.address); err != nil {
			t.Fatal(err)
		}
		return p
	}
	connect := func(a, b *place) *netns.Cable {
		c, err := netns.Connect(a.space, b.space)
		if err != nil {
			t.Fatal(err)
		}
		a.cables, b.cables = append(a.cables, c), append(b.cables, c)
		return c
	}
	all := places{primary: at("primary", 1, netns.New), standby: at("standby", 2, netns.New), outside: at("outside", 3, netns.Here)}
	connect(all.outside, all.primary)
	connect(all.outside, all.standby)
	all.link = connect(all.primary, all.standby)
	return all
}

// gate passes connections from an address of one place on to another address, as seen from a second place. With it a database is in a place for all
// who ask for it.
type gate struct {
	address  string // host:port
	in, from *place
	to       string

	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]struct{}
}

// heartbeat has the end of a line be noticed in some three seconds, as a replica's own settings would.
func heartbeat() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 2}
}

// serve opens the gate.
func (g *gate) serve(t *testing.T) {
	t.Helper()
	err := g.in.in(func() error {
		l, err := (&net.ListenConfig{KeepAliveConfig: heartbeat()}).Listen(t.Context(), "tcp", g.address)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.listener, g.open = l, map[net.Conn]struct{}{}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	go g.accept(t.Context(), g.listener)
}

func (g *gate) accept(ctx context.Context, l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // closed
		}
		go g.pass(ctx, c)
	}
}

// pass passes one connection on, until either side ends it.
func (g *gate) pass(ctx context.Context, client net.Conn) {
	defer client.Close()
	var server net.Conn
	err := g.from.in(func() (err error) {
		server, err = (&net.Dialer{Timeout: 2 * time.Second, KeepAliveConfig: heartbeat()}).DialContext(ctx, "tcp", g.to)
		return err
	})
	if err != nil {
		return // the client sees its connection end
	}
	defer server.Close()
	if !g.keep(client, server) {
		return
	}
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		go func() {
			_, _ = io.Copy(way[0], way[1]) // either side's end is the end of both
			ended <- struct{}{}
		}()
	}
	<-ended
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, client)
	delete(g.open, server)
}

// keep remembers connections to be ended with the gate; false if it has been shut.
func (g *gate) keep(all ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range all {
		if g.open != nil {
			g.open[c] = struct{}{}
		}
	}
	return g.open != nil
}

// shut ends the gate and all that passes it.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == nil {
		return
	}
	err := g.listener.Close()
	for c := range g.open {
		err = errors.Join(err, c.Close())
	}
	_ = err // a connection may have ended by itself
	g.open = nil
}
