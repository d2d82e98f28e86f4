package drill

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// ttl of the record in seconds: what the platform would have to wait for besides.
const ttl = 1

// Names is an authoritative DNS server with one name, which can be pointed elsewhere. It answers over UDP on loopback only.
type Names struct {
	name   string
	server *dns.Server
	conn   net.PacketConn
	done   chan struct{}

	mu      sync.Mutex
	address netip.Addr
}

// StartNames serves an A record. Close it.
func StartNames(name string, address netip.Addr) (*Names, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0") //nolint:noctx // does not block
	if err != nil {
		return nil, fmt.Errorf("names: %w", err)
	}
	n := &Names{name: dns.Fqdn(name), conn: conn, done: make(chan struct{}), address: address}
	started := make(chan struct{})
	n.server = &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(n.answer), NotifyStartedFunc: func() { close(started) }}
	failed := make(chan error, 1)
	go func() {
		defer close(n.done)
		failed <- n.server.ActivateAndServe() // ends by Close
	}()
	select {
	case <-started:
		return n, nil
	case err := <-failed:
		return nil, errors.Join(err, conn.Close())
	}
}

// Address is host:port of the server.
func (n *Names) Address() string { return n.conn.LocalAddr().String() }

// Point changes the record.
func (n *Names) Point(address netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.address = address
}

// Close ends the server.
func (n *Names) Close() error {
	err := n.server.ShutdownContext(context.Background())
	<-n.done
	return err
}

func (n *Names) answer(w dns.ResponseWriter, q *dns.Msg) {
	n.mu.Lock()
	address := n.address
	n.mu.Unlock()
	m := new(dns.Msg).SetReply(q)
	m.Authoritative = true
	if len(q.Question) == 1 && strings.EqualFold(q.Question[0].Name, n.name) {
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: n.name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: ttl}, A: address.AsSlice()}}
		}
	} else {
		m.Rcode = dns.RcodeNameError
	}
	_ = w.WriteMsg(m) // the asker is gone: nobody to tell
}
