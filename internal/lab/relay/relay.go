// Package relay passes UDP datagrams between a client and a server on loopback, and loses, delays and blocks them as it is told,
// by a seeded chance, so that a test knows what a measurement must find. It refuses addresses beyond loopback, and knows nothing of
// what it passes on.
package relay

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Impairment is what becomes of datagrams in one direction. The zero value passes all on at once.
type Impairment struct {
	// Loss is the share of datagrams that are lost, 0 to 1, each by itself.
	Loss float64
	// Delay holds back all of them.
	Delay time.Duration
	// Jitter holds back each for another time besides, evenly spread from 0 to this. What is held back longer than the pause to the
	// next datagram comes after it.
	Jitter time.Duration
	// Blocked loses all.
	Blocked bool
}

// Counts are datagrams in one direction.
type Counts struct{ Passed, Lost int }

// maxClients bounds sockets: each client has its own towards the server, so that answers find back.
const maxClients = 64

// Relay is a running relay.
type Relay struct {
	conn   *net.UDPConn
	target *net.UDPAddr
	ends   sync.WaitGroup
	done   chan struct{}

	mu      sync.Mutex
	there   direction
	back    direction
	clients map[netip.AddrPort]*net.UDPConn
	closed  bool
}

// direction is one way with what it did so far.
type direction struct {
	Impairment
	chance *rand.Rand // of its own, so that the other direction's traffic changes nothing
	counts Counts
}

// Start listens on a free port of 127.0.0.1 and passes what comes on to target, a loopback address. Equal seeds lose the same
// datagrams of equal traffic in one direction.
func Start(target netip.AddrPort, seed uint64) (*Relay, error) {
	return startOn(0, target, seed)
}

// startOn is Start on a certain port; 0 is any free one.
func startOn(port int, target netip.AddrPort, seed uint64) (*Relay, error) {
	if err := local(target); err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	r := &Relay{
		conn: conn, target: net.UDPAddrFromAddrPort(target), done: make(chan struct{}),
		there: direction{chance: rand.New(rand.NewPCG(seed, 0))}, back: direction{chance: rand.New(rand.NewPCG(seed, 1))}, clients: make(map[netip.AddrPort]*net.UDPConn),
	}
	r.ends.Go(r.accept)
	return r, nil
}

func local(target netip.AddrPort) error {
	if !target.Addr().IsLoopback() {
		return fmt.Errorf("relay to %s: not a loopback address", target)
	}
	return nil
}

// Addr is where clients send to.
func (r *Relay) Addr() netip.AddrPort {
	return r.conn.LocalAddr().(*net.UDPAddr).AddrPort() //nolint:forcetypeassert // what ListenUDP gives
}

// Set says what becomes of datagrams from now on: of those to the server, and of those from it.
func (r *Relay) Set(there, back Impairment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.there.Impairment, r.back.Impairment = there, back
}

// Counts tells what was passed on and lost so far, to the server and from it.
func (r *Relay) Counts() (there, back Counts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.there.counts, r.back.counts
}

// Close stops the relay; what it still holds back is lost.
func (r *Relay) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	close(r.done)
	errs := []error{r.conn.Close()}
	for _, c := range r.clients {
		errs = append(errs, c.Close())
	}
	r.mu.Unlock()
	r.ends.Wait()
	return errors.Join(errs...)
}

// accept passes on what clients send.
func (r *Relay) accept() {
	buf := make([]byte, 65535)
	for {
		n, from, err := r.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return // closed
		}
		up, err := r.client(from)
		if err != nil {
			continue // as good as lost
		}
		data := append([]byte(nil), buf[:n]...)
		r.pass(&r.there, func() { _, _ = up.Write(data) }) // a server that is not there loses it
	}
}

// client is the socket of a client towards the server.
func (r *Relay) client(from netip.AddrPort) (*net.UDPConn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if up, ok := r.clients[from]; ok {
		return up, nil
	}
	if r.closed || len(r.clients) >= maxClients {
		return nil, errors.New("no room for another client")
	}
	up, err := net.DialUDP("udp4", nil, r.target)
	if err != nil {
		return nil, err
	}
	r.clients[from] = up
	r.ends.Go(func() { r.answer(up, from) })
	return up, nil
}

// answer passes on what the server sends to one client.
func (r *Relay) answer(up *net.UDPConn, to netip.AddrPort) {
	buf := make([]byte, 65535)
	for {
		n, err := up.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // the server refused a datagram (ICMP); it may come up yet
		}
		data := append([]byte(nil), buf[:n]...)
		r.pass(&r.back, func() { _, _ = r.conn.WriteToUDPAddrPort(data, to) }) // a client that is gone loses it
	}
}

// pass decides what becomes of one datagram.
func (r *Relay) pass(d *direction, send func()) {
	r.mu.Lock()
	lost := d.chance.Float64() < d.Loss || d.Blocked
	hold := d.Delay
	if d.Jitter > 0 {
		hold += time.Duration(d.chance.Int64N(int64(d.Jitter)))
	}
	if lost {
		d.counts.Lost++
	} else {
		d.counts.Passed++
	}
	r.mu.Unlock()
	switch {
	case lost:
	case hold == 0:
		send()
	default:
		r.later(hold, send)
	}
}

func (r *Relay) later(hold time.Duration, send func()) {
	r.ends.Go(func() {
		timer := time.NewTimer(hold)
		defer timer.Stop()
		select {
		case <-timer.C:
			send()
		case <-r.done:
		}
	})
}
