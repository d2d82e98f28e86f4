// Package amitest is an Asterisk manager for tests: it takes logins, answers actions with recordings or as it is told, sends events, and
// misbehaves on demand. It keeps no state of calls and refuses to be a model of Asterisk.
package amitest

import (
	"crypto/md5" // the protocol's only digest
	"crypto/tls"
	"encoding/hex"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/voipbin/observability/internal/protocol/ami"
)

// The user that every server knows.
const (
	Username = "observer"
	Secret   = "hunter2"
)

// challenge is what the server asks to be digested, always.
const challenge = "840415273"

// Server is one fake Asterisk.
type Server struct {
	listener net.Listener
	done     sync.WaitGroup

	mu       sync.Mutex
	banner   string
	booted   bool
	boot     string
	handlers map[string]Reply
	conns    map[*conn]struct{}
	seen     []string
	logins   int
}

// conn is one manager's connection.
type conn struct {
	net.Conn
	writing sync.Mutex
	ready   bool   // logged in; guarded by Server.mu
	events  string // classes asked for; guarded by Server.mu
}

// Request is an action that came.
type Request struct {
	Name string
	ID   string
	// Message is the whole action.
	Message ami.Message
}

// Start starts a server on a free port of 127.0.0.1 that is fully booted; it ends with the test.
func Start(t testing.TB) *Server { return start(t, nil) }

// StartTLS is Start with TLS.
func StartTLS(t testing.TB, config *tls.Config) *Server { return start(t, config) }

func start(t testing.TB, config *tls.Config) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // does not block
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		l = tls.NewListener(l, config)
	}
	s := &Server{
		listener: l, banner: "Asterisk Call Manager/11.0.0", booted: true, handlers: map[string]Reply{}, conns: map[*conn]struct{}{},
		boot: "Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\nUptime: 100\r\nLastReload: 40\r\n\r\n",
	}
	s.Handle("Ping", Lines("Response: Success", "Ping: Pong", "Timestamp: 1795401164.921673"))
	s.Handle("Filter", Lines("Response: Success"))
	s.done.Go(s.accept)
	t.Cleanup(s.Stop)
	return s
}

// Address is where it listens.
func (s *Server) Address() ami.Address {
	at := netip.MustParseAddrPort(s.listener.Addr().String())
	return ami.Address{Network: "tcp", Host: at.Addr().String(), Port: at.Port()}
}

// Handle sets the answer to an action. Unknown actions are answered as Asterisk does.
func (s *Server) Handle(action string, r Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[strings.ToLower(action)] = r
}

// Greet sets the first line.
func (s *Server) Greet(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.banner = line
}

// SetBooted says whether logins are told at once that Asterisk is fully booted. Those that are there are told when it becomes so.
func (s *Server) SetBooted(booted bool) {
	s.mu.Lock()
	tell := booted && !s.booted
	s.booted = booted
	s.mu.Unlock()
	if tell {
		s.Send(s.boot)
	}
}

// Send sends a text as it is to everybody who is logged in.
func (s *Server) Send(text string) {
	s.mu.Lock()
	var to []*conn
	for c := range s.conns {
		if c.ready && c.events != "off" {
			to = append(to, c)
		}
	}
	s.mu.Unlock()
	for _, c := range to {
		c.write(text)
	}
}

// Event sends an event of these lines.
func (s *Server) Event(lines ...string) { s.Send(strings.Join(lines, "\r\n") + "\r\n\r\n") }

// Requests are the names of the actions that came, without those of logins.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.seen...)
}

// Logins is how many logins succeeded.
func (s *Server) Logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

// Drop breaks all connections. New ones are taken.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}

// Stop ends the server.
func (s *Server) Stop() {
	_ = s.listener.Close()
	s.Drop()
	s.done.Wait()
}

func (s *Server) accept() {
	for {
		nc, err := s.listener.Accept()
		if err != nil {
			return // stopped
		}
		c := &conn{Conn: nc}
		s.mu.Lock()
		s.conns[c] = struct{}{}
		s.mu.Unlock()
		s.done.Go(func() {
			s.serve(c)
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
			_ = c.Close()
		})
	}
}

func (s *Server) serve(c *conn) {
	s.mu.Lock()
	banner := s.banner
	s.mu.Unlock()
	c.write(banner + "\r\n")
	in := ami.NewReader(c, 0)
	for {
		m, err := in.Read()
		if err != nil {
			return
		}
		r := Request{Name: m.Get("Action"), ID: m.Get("ActionID"), Message: m}
		if !s.answer(c, r) {
			return
		}
	}
}

// answer answers one action, and tells whether the connection stays.
func (s *Server) answer(c *conn, r Request) bool {
	s.mu.Lock()
	ready, reply := c.ready, s.handlers[strings.ToLower(r.Name)]
	if ready {
		s.seen = append(s.seen, r.Name)
	}
	s.mu.Unlock()
	w := Writer{conn: c, id: r.ID}
	switch {
	case r.Name == "Challenge" && reply == nil:
		w.Lines("Response: Success", "Challenge: "+challenge)
		return true
	case r.Name == "Login" && reply == nil:
		return s.login(c, w, r.Message)
	case !ready && reply == nil:
		w.Lines("Response: Error", "Message: Permission denied")
		return true
	case reply == nil:
		w.Lines("Response: Error", "Message: Invalid/unknown command: "+r.Name+". Use Action: ListCommands to show available commands.")
		return true
	}
	reply(w, r)
	return true
}

func (s *Server) login(c *conn, w Writer, m ami.Message) bool {
	sum := md5.Sum([]byte(challenge + Secret))
	good := m.Get("Secret") == Secret || m.Get("Key") == hex.EncodeToString(sum[:])
	if m.Get("Username") != Username || !good {
		w.Lines("Response: Error", "Message: Authentication failed")
		return false
	}
	w.Lines("Response: Success", "Message: Authentication accepted")
	s.mu.Lock()
	c.ready, c.events = true, m.Get("Events")
	s.logins++
	booted, boot := s.booted && c.events != "off", s.boot
	s.mu.Unlock()
	if booted {
		c.write(boot)
	}
	return true
}

func (c *conn) write(text string) {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, _ = c.Write([]byte(text))
}
