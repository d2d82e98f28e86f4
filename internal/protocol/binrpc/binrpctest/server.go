// Package binrpctest is a ctl server of Kamailio to test against: it listens on a real unix or TCP socket, answers each
// method as the test scripts it, and can misbehave in every way that a daemon or a network does. It runs no command
// and checks no arguments.
//
//	server := binrpctest.Start(t, "unix")
//	server.Handle("core.uptime", binrpctest.Recorded(t, "testdata/core.uptime.bin"))
//	server.Handle("tm.stats", binrpctest.Silent())
//	client := binrpc.NewClient(server.Address(), binrpc.Options{})
package binrpctest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/scripted"
)

// Request is a call that the server has read.
type Request struct {
	Method string
	Args   []binrpc.Value
	Cookie uint32
	// Connection counts the connections of the server from 1.
	Connection int
	// Call counts the calls of one connection from 1.
	Call int
}

// Server is a scripted ctl server.
type Server struct {
	*scripted.Script[Request, Reply]

	addr   binrpc.Address
	ctx    context.Context // ends with the test; the server lives exactly as long
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil while stopped
	conns    map[net.Conn]struct{}
	accepted int
}

// Start starts a server on network "unix" or "tcp" (loopback, a free port). It ends with the test. A method without a script
// is answered as Kamailio does: fault 500, "command X not found".
func Start(t testing.TB, network string) *Server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		Script: scripted.New(func(r Request) Reply { return Fault(500, fmt.Sprintf("command %s not found", r.Method)) }),
		ctx:    ctx,
		cancel: cancel,
		conns:  make(map[net.Conn]struct{}),
	}
	t.Cleanup(s.close)
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(socketDir(t), "ctl")
	}
	s.listen(t, network, address)
	return s
}

// socketDir makes a folder with a short name: a test's own would outgrow what the address of a unix socket holds.
func socketDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ctl")
	if err != nil {
		t.Fatalf("folder for a socket: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (s *Server) listen(t testing.TB, network, address string) {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(s.ctx, network, address)
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addr = binrpc.Address{Network: network, Address: listener.Addr().String()}
	s.listener = listener
	s.done.Go(func() { s.accept(listener) })
}

// Address returns where the server listens.
func (s *Server) Address() binrpc.Address {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// Connections tells how many connections were made so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

// Disconnect closes all connections, as Kamailio does with idle ones after 120 s, and goes on listening.
func (s *Server) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hangUp()
}

// Stop closes all connections and the socket, as when the daemon ends.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		_ = s.listener.Close()
		s.listener = nil
	}
	s.hangUp()
}

// Restart listens again, after Stop, where the server listened before.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	addr := s.Address()
	s.listen(t, addr.Network, addr.Address)
}

func (s *Server) hangUp() {
	for conn := range s.conns {
		_ = conn.Close()
	}
	clear(s.conns)
}

func (s *Server) close() {
	s.cancel()
	s.Stop()
	s.done.Wait()
}

func (s *Server) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return // Stop has closed the listener
		}
		number, ok := s.admit(listener, conn)
		if !ok {
			_ = conn.Close()
			return
		}
		s.done.Go(func() { s.serve(conn, number) })
	}
}

// admit numbers a connection and notes it for hangUp; not ok is one that came while Stop closed the listener, and that nobody
// would hang up any more.
func (s *Server) admit(listener net.Listener, conn net.Conn) (number int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != listener {
		return 0, false
	}
	s.accepted++
	s.conns[conn] = struct{}{}
	return s.accepted, true
}

// serve answers the calls of one connection until the peer or a script ends it.
func (s *Server) serve(conn net.Conn, number int) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		_ = conn.Close()
		delete(s.conns, conn)
	}()
	packets := binrpc.NewReader(conn, binrpc.MaxRequest)
	for call := 1; ; call++ {
		packet, err := packets.ReadPacket()
		if err != nil || packet.Type != binrpc.TypeRequest || len(packet.Values) == 0 {
			return
		}
		request := Request{
			Method:     packet.Values[0].Text(),
			Args:       packet.Values[1:],
			Cookie:     packet.Cookie,
			Connection: number,
			Call:       call,
		}
		_, answer := s.Asked(request.Method, func(int) Request { return request })
		if err := answer(request).send(s.ctx, conn, request); err != nil {
			return
		}
	}
}

// Deaf starts a listener that accepts in the kernel alone: connecting works, nothing is ever read or answered. So does a
// Kamailio that hangs in its start. It ends with the test.
func Deaf(t testing.TB, network string) binrpc.Address {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(socketDir(t), "ctl")
	}
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), network, address)
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	t.Cleanup(func() {
		if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Errorf("close: %v", err)
		}
	})
	return binrpc.Address{Network: network, Address: listener.Addr().String()}
}
