package ngtest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/protocol/bencode"
	"github.com/voipbin/observability/internal/protocol/ng"
)

// peer is where an answer goes.
type peer interface {
	// write sends b: a datagram, or a piece of a stream or of an HTTP body.
	write(b []byte) error
	// expect says how much will be written in all, before the first write.
	expect(size int)
	// gone is closed when the peer, or the server, has hung up.
	gone() <-chan struct{}
}

func (s *Server) listenUDP(address string) (net.Addr, func(), error) {
	var config net.ListenConfig
	conn, err := config.ListenPacket(s.ctx, "udp", address)
	if err != nil {
		return nil, nil, err
	}
	s.done.Go(func() {
		message := make([]byte, 65536)
		for {
			n, from, err := conn.ReadFrom(message)
			if err != nil {
				return // Stop has closed it
			}
			if request, reply, ok := s.read(message[:n], from); ok {
				s.done.Go(func() { _ = reply.send(s.ctx, datagramPeer{conn, from, s.ctx}, request) })
			}
		}
	})
	return conn.LocalAddr(), func() { _ = conn.Close() }, nil
}

type datagramPeer struct {
	conn net.PacketConn
	to   net.Addr
	ctx  context.Context
}

func (p datagramPeer) write(b []byte) error {
	_, err := p.conn.WriteTo(b, p.to)
	return err
}

func (datagramPeer) expect(int) {}

func (p datagramPeer) gone() <-chan struct{} { return p.ctx.Done() }

func (s *Server) listenTCP(address string) (net.Addr, func(), error) {
	var config net.ListenConfig
	listener, err := config.Listen(s.ctx, "tcp", address)
	if err != nil {
		return nil, nil, err
	}
	stopped := false // guarded by s.mu
	admit := func(conn net.Conn) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !stopped {
			s.peers[conn] = struct{}{}
		}
		return !stopped
	}
	s.done.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // Stop has closed it
			}
			if !admit(conn) { // it came while Stop closed the listener, and nobody would hang it up any more
				_ = conn.Close()
				return
			}
			s.done.Go(func() { s.serve(conn) })
		}
	})
	return listener.Addr(), func() {
		_ = listener.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		stopped = true
	}, nil
}

// serve answers the questions of one connection until the peer or a script ends it.
func (s *Server) serve(conn net.Conn) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		_ = conn.Close()
		delete(s.peers, conn)
	}()
	p := &streamPeer{conn: conn, closed: make(chan struct{})}
	messages := make(chan []byte)
	go func() {
		defer close(messages)
		defer close(p.closed)
		p.split(s.ctx, messages)
	}()
	for message := range messages {
		request, reply, ok := s.read(message, conn.RemoteAddr())
		if ok && reply.send(s.ctx, p, request) != nil {
			return
		}
	}
}

type streamPeer struct {
	conn   net.Conn
	closed chan struct{}
}

// split cuts what the peer sends into messages.
func (p *streamPeer) split(ctx context.Context, messages chan<- []byte) {
	var arrived []byte
	chunk := make([]byte, 4096)
	for {
		n, err := p.conn.Read(chunk)
		if err != nil {
			return
		}
		arrived = append(arrived, chunk[:n]...)
		_, body, found := strings.Cut(string(arrived), " ")
		if !found {
			continue
		}
		var scanner bencode.Scanner
		if size, err := scanner.End([]byte(body)); err == nil && size > 0 {
			end := len(arrived) - len(body) + size
			select {
			case messages <- arrived[:end:end]:
			case <-ctx.Done():
				return
			}
			arrived = arrived[end:]
		}
	}
}

func (p *streamPeer) write(b []byte) error {
	_, err := p.conn.Write(b)
	return err
}

func (*streamPeer) expect(int) {}

func (p *streamPeer) gone() <-chan struct{} { return p.closed }

func (s *Server) listenHTTP(address string) (net.Addr, func(), error) {
	var config net.ListenConfig
	listener, err := config.Listen(s.ctx, "tcp", address)
	if err != nil {
		return nil, nil, err
	}
	server := &http.Server{
		Handler:           http.HandlerFunc(s.serveHTTP),
		ReadHeaderTimeout: time.Minute,
		ConnState: func(conn net.Conn, state http.ConnState) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if state == http.StateNew {
				s.peers[conn] = struct{}{}
			} else if state == http.StateClosed {
				delete(s.peers, conn)
			}
		},
	}
	s.done.Go(func() { _ = server.Serve(listener) })
	return listener.Addr(), func() {
		_ = listener.Close() // which Serve may not know yet
		_ = server.Close()
	}, nil
}

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if command, ok := strings.CutPrefix(r.URL.Path, "/cli/"); ok && r.Method == http.MethodGet {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, s.line(command))
		return
	}
	message, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost || r.URL.Path != "/ng" || r.Header.Get("Content-Type") != "application/x-rtpengine-ng" {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	from, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if at, err := net.ResolveTCPAddr("tcp", r.RemoteAddr); err == nil {
		from = at
	}
	request, reply, ok := s.read(message, from)
	if !ok {
		http.Error(w, "error", 600) // as RTPEngine does
		return
	}
	w.Header().Set("Content-Type", "application/x-rtpengine-ng")
	if err := reply.send(s.ctx, &webPeer{w: w, ctx: r.Context()}, request); err != nil {
		panic(http.ErrAbortHandler) // closes the connection
	}
}

type webPeer struct {
	w    http.ResponseWriter
	ctx  context.Context
	once sync.Once
}

func (p *webPeer) write(b []byte) error {
	_, err := p.w.Write(b)
	return errors.Join(err, http.NewResponseController(p.w).Flush())
}

func (p *webPeer) expect(size int) {
	p.once.Do(func() { p.w.Header().Set("Content-Length", strconv.Itoa(size)) })
}

func (p *webPeer) gone() <-chan struct{} { return p.ctx.Done() }

// Deaf starts a port that takes what comes and never answers: the kernel accepts connections and datagrams, nobody reads
// them. It ends with the test.
func Deaf(t testing.TB, network string) ng.Address {
	t.Helper()
	var config net.ListenConfig
	var at net.Addr
	if network == "udp" {
		conn, err := config.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
		if err != nil {
			t.Fatalf("listen: %v", err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		at = conn.LocalAddr()
	} else {
		listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatalf("listen: %v", err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		at = listener.Addr()
	}
	return addressOf(network, at)
}

func addressOf(network string, at net.Addr) ng.Address {
	port := netip.MustParseAddrPort(at.String())
	return ng.Address{Network: network, Host: port.Addr().String(), Port: port.Port()}
}
