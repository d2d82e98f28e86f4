// Package ngtest is the control port of an RTPEngine to test against: it listens on a real UDP, TCP or HTTP port of
// loopback, answers each command as the test scripts it, and can misbehave in every way that a daemon or a network does. It
// relays no media and checks no arguments.
//
//	server := ngtest.Start(t, "udp")
//	server.Handle("statistics", ngtest.Recorded(t, "testdata/rtpengine-26.0.1/calls/statistics"))
//	server.Handle("query", ngtest.Silent())
//	client := ng.NewClient(server.Address(), ng.Options{})
package ngtest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/voipbin/observability/internal/protocol/bencode"
	"github.com/voipbin/observability/internal/protocol/ng"
	"github.com/voipbin/observability/internal/protocol/scripted"
)

// Request is a question that the server has read.
type Request struct {
	Command string
	// Args is the whole dictionary, the command included.
	Args   bencode.Value
	Format ng.Format
	Cookie string
	// From is the address it came from.
	From netip.Addr
	// Call counts the questions of the server from 1, repeated ones included.
	Call int
}

// Server is a scripted control port.
type Server struct {
	*scripted.Script[Request, Reply]

	network string
	ctx     context.Context // ends with the test; the server lives exactly as long
	cancel  context.CancelFunc
	done    sync.WaitGroup

	mu       sync.Mutex
	addr     ng.Address
	stop     func() // closes what listens; nil while stopped
	peers    map[net.Conn]struct{}
	lines    map[string]string
	jsonless bool
}

// Start starts a server on network "udp", "tcp" or "http" at a free port of 127.0.0.1. It ends with the test. ping has an
// answer; any other command without a script is answered as RTPEngine does: error, "Unrecognized command".
func Start(t testing.TB, network string) *Server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		Script:  scripted.New(func(Request) Reply { return Refuse("Unrecognized command") }),
		network: network, ctx: ctx, cancel: cancel,
		peers: make(map[net.Conn]struct{}),
		lines: make(map[string]string),
	}
	s.Handle("ping", Result("pong"))
	t.Cleanup(s.close)
	s.listen(t, "127.0.0.1:0")
	return s
}

// Address returns where the server listens.
func (s *Server) Address() ng.Address {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// HandleCLI makes the server print text for a command of the command-line interface: over HTTP at /cli/, and as the ng
// command cli, which it has from the first such call on.
func (s *Server) HandleCLI(command, text string) {
	s.mu.Lock()
	s.lines[command] = text
	s.mu.Unlock()
	if s.network == "http" {
		return
	}
	s.HandleFunc("cli", func(r Request) Reply {
		body, _ := r.Args.Lookup("body")
		return Members("ok", bencode.Member{Key: "response", Value: bencode.StringOf(s.line(body.Text()))})
	})
}

// line is what the command line prints for a command.
func (s *Server) line(command string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text, ok := s.lines[command]; ok {
		return text
	}
	return "Unknown command: " + command + "\n"
}

// RefuseJSON makes the server behave as a version before 10.3: it answers a question in JSON in bencoding, with a complaint.
func (s *Server) RefuseJSON(refuse bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jsonless = refuse
}

// Disconnect closes all connections and goes on listening.
func (s *Server) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hangUp()
}

// Stop closes all connections and the port, as when the daemon ends.
func (s *Server) Stop() {
	s.mu.Lock()
	stop := s.stop
	s.stop = nil
	s.mu.Unlock()
	if stop != nil {
		stop()
	}
	s.Disconnect() // last: until it has stopped, new connections may come
}

// Restart listens again, after Stop, where the server listened before.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	addr := s.Address()
	s.listen(t, fmt.Sprintf("%s:%d", addr.Host, addr.Port))
}

// hangUp closes the connections. The caller holds s.mu.
func (s *Server) hangUp() {
	for conn := range s.peers {
		_ = conn.Close()
	}
	clear(s.peers)
}

func (s *Server) close() {
	s.cancel()
	s.Stop()
	s.done.Wait()
}

func (s *Server) listen(t testing.TB, address string) {
	t.Helper()
	listen := map[string]func(string) (net.Addr, func(), error){"udp": s.listenUDP, "tcp": s.listenTCP, "http": s.listenHTTP}[s.network]
	if listen == nil {
		t.Fatalf("network %q: want udp, tcp or http", s.network)
	}
	at, stop, err := listen(address)
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addr = addressOf(s.network, at)
	s.stop = stop
}

// read makes a Request of a message and says what to answer; false for a message without a cookie, which gets none.
func (s *Server) read(message []byte, from net.Addr) (Request, Reply, bool) {
	cookie, body, found := strings.Cut(string(bytes.Clone(message)), " ")
	if !found {
		return Request{}, Reply{}, false
	}
	dict, format, err := ng.Parse(body)
	command, _ := dict.Lookup("command")
	r := Request{Command: command.Text(), Args: dict, Format: format, Cookie: cookie}
	if at, err := netip.ParseAddrPort(from.String()); err == nil {
		r.From = at.Addr()
	}
	r, answer := s.Asked(r.Command, func(call int) Request {
		r.Call = call
		return r
	})
	s.mu.Lock()
	bad := err != nil || (s.jsonless && format == ng.JSON)
	s.mu.Unlock()
	if bad {
		return r, Raw([]byte("d6:result5:error12:error-reason22:Invalid NG data formate")), true
	}
	return r, answer(r), true
}
