package sipprobe_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/voipbin/observability/internal/sipprobe"
)

// The addresses of the fake network (RFC 5737).
const (
	clientHost = "192.0.2.1"
	serverHost = "192.0.2.9"
)

// world is a network in memory: nothing in it takes time but what the server waits for, so whole timer schedules of RFC 3261
// pass in no time in a synctest bubble.
type world struct {
	t      *testing.T
	prober *sipprobe.Prober
	// onMessage is called with each message that reaches the server, one at a time.
	onMessage func(s *side, m sip.Message)

	mu      sync.Mutex
	sides   []*side
	closers []func()
	port    int
	sockets map[int]*memoryConn
}

// side is the server's end of one connection.
type side struct {
	w      *world
	conn   net.Conn
	framed bool
	stream *sip.ParserStream
	log    []string // start lines of what came
	count  map[string]int
}

// within runs a test in a bubble with such a network, and checks at its end that nothing of the prober is left.
func within(t *testing.T, test func(w *world)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, port: 20000, sockets: make(map[int]*memoryConn)}
		w.prober = sipprobe.New(sipprobe.Config{Now: time.Now, Dial: w.dial, Listen: w.listen})
		test(w)
		if err := w.prober.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		for _, s := range w.sides {
			_ = s.conn.Close()
		}
		if n := w.open(); n != 0 {
			t.Errorf("%d media sockets are left open", n)
		}
		for _, c := range w.closers {
			c()
		}
		synctest.Wait() // what were left now would be a deadlock of the bubble
	})
}

// named is a connection in memory with addresses.
type named struct {
	net.Conn
	local, remote net.Addr
}

func (c named) LocalAddr() net.Addr  { return c.local }
func (c named) RemoteAddr() net.Addr { return c.remote }

func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	from := netip.AddrPortFrom(netip.MustParseAddr(clientHost), 5090)
	local, remote := net.Addr(net.TCPAddrFromAddrPort(from)), net.Addr(net.TCPAddrFromAddrPort(to))
	if network == "udp" {
		local, remote = net.UDPAddrFromAddrPort(from), net.UDPAddrFromAddrPort(to)
	}
	ours, theirs := net.Pipe()
	s := &side{w: w, conn: theirs, framed: network == "udp", stream: sip.NewParser().NewSIPStream(), count: make(map[string]int)}
	w.mu.Lock()
	w.sides = append(w.sides, s)
	w.mu.Unlock()
	go s.serve()
	return named{ours, local, remote}, nil
}

func (s *side) serve() {
	buf := make([]byte, 65535)
	for {
		n, err := s.conn.Read(buf)
		if err != nil {
			return
		}
		var messages []sip.Message
		if s.framed {
			m, err := sip.ParseMessage(append([]byte(nil), buf[:n]...))
			if err != nil {
				s.w.t.Errorf("the prober sent what cannot be read: %v", err)
				return
			}
			messages = append(messages, m)
		} else if err := s.stream.ParseSIPStream(buf[:n], func(m sip.Message) { messages = append(messages, m) }); err != nil && !errors.Is(err, sip.ErrParseSipPartial) {
			s.w.t.Errorf("the prober sent what cannot be read: %v", err)
			return
		}
		for _, m := range messages {
			s.note(m)
			if s.w.onMessage != nil {
				s.w.onMessage(s, m)
			}
		}
	}
}

// note keeps the method or code of what came.
func (s *side) note(m sip.Message) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	switch m := m.(type) {
	case *sip.Request:
		s.log = append(s.log, string(m.Method))
		s.count[string(m.Method)]++
	case *sip.Response:
		s.log = append(s.log, fmt.Sprint(m.StatusCode))
		s.count[fmt.Sprint(m.StatusCode)]++
	}
}

// heard is what came to the server, in order.
func (w *world) heard() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, s := range w.sides {
		all = append(all, strings.Join(s.log, " "))
	}
	return strings.Join(all, " | ")
}

// seen is how often a method came.
func (s *side) seen(method sip.RequestMethod) int {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return s.count[string(method)]
}

// write sends bytes as they are.
func (s *side) write(text string) { _, _ = s.conn.Write([]byte(text)) }

// toTag is the tag of the server in all dialogs that a test does not say otherwise of.
const toTag = "far"

// answer makes an answer, lets the test change it, and sends it.
func (s *side) answer(req *sip.Request, code int, change ...func(*sip.Response)) {
	s.write(s.prepare(req, code, change...).String())
}

func (s *side) prepare(req *sip.Request, code int, change ...func(*sip.Response)) *sip.Response {
	res := sip.NewResponseFromRequest(req, code, "Whatever", nil)
	if code != 100 {
		res.To().Params.Add("tag", toTag)
	}
	if code < 300 && req.IsInvite() {
		res.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "phone", Host: serverHost, Port: 5060}})
	}
	for _, f := range change {
		f(res)
	}
	return res
}

// with adds a header.
func with(name, value string) func(*sip.Response) {
	return func(res *sip.Response) { res.AppendHeader(sip.NewHeader(name, value)) }
}

// probe makes a probe with a deadline.
func (w *world) probe(timeout time.Duration, p sipprobe.Probe) sipprobe.Result {
	w.t.Helper()
	if p.Host == "" {
		p.Host = serverHost
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), timeout)
	defer cancel()
	start := time.Now()
	r := w.prober.Run(ctx, p)
	if took := time.Since(start); took > timeout {
		w.t.Errorf("the probe took %v, its deadline was after %v", took, timeout)
	}
	synctest.Wait() // the server is idle, and what it did is seen
	return r
}

// expect compares the outcome, the grade and the code.
func expect(t *testing.T, r sipprobe.Result, o sipprobe.Outcome, g sipprobe.Grade, status int) {
	t.Helper()
	if r.Outcome != o || r.Grade != g || r.Status != status {
		t.Errorf("want %s, grade %d, status %d; got %s, grade %d, status %d (%v)", o, g, status, r.Outcome, r.Grade, r.Status, r.Err)
	}
	if (r.Err == nil) != (r.Outcome == sipprobe.OK) {
		t.Errorf("outcome %s with error %v", r.Outcome, r.Err)
	}
}

// took compares a delay.
func took(t *testing.T, what string, got *time.Duration, want time.Duration) {
	t.Helper()
	if got == nil || *got != want {
		t.Errorf("%s: want %v, got %v", what, want, show(got))
	}
}

func show(d *time.Duration) string {
	if d == nil {
		return "nothing"
	}
	return d.String()
}

// memoryConn is a UDP socket in memory.
type memoryConn struct {
	w       *world
	port    int
	packets chan memoryPacket
	done    chan struct{}
	once    sync.Once
}

type memoryPacket struct {
	data []byte
	from int
}

func (w *world) listen(_, address string) (net.PacketConn, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	port := int(at.Port())
	if port == 0 {
		port = w.port
		w.port++
	}
	if w.sockets[port] != nil {
		return nil, errors.New("in use")
	}
	c := &memoryConn{w: w, port: port, packets: make(chan memoryPacket, 1000), done: make(chan struct{})}
	w.sockets[port] = c
	return c, nil
}

// open is how many sockets of the prober are open.
func (w *world) open() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for port := range w.sockets {
		if port < farMedia {
			n++
		}
	}
	return n
}

func (c *memoryConn) ReadFrom(p []byte) (int, net.Addr, error) {
	select {
	case m := <-c.packets:
		return copy(p, m.data), &net.UDPAddr{IP: net.ParseIP(serverHost), Port: m.from}, nil
	case <-c.done:
		return 0, nil, net.ErrClosed
	}
}

func (c *memoryConn) WriteTo(p []byte, to net.Addr) (int, error) {
	c.w.mu.Lock()
	target := c.w.sockets[to.(*net.UDPAddr).Port]
	c.w.mu.Unlock()
	if target != nil {
		select {
		case target.packets <- memoryPacket{append([]byte(nil), p...), c.port}:
		default:
		}
	}
	return len(p), nil
}

func (c *memoryConn) Close() error {
	c.once.Do(func() {
		close(c.done)
		c.w.mu.Lock()
		delete(c.w.sockets, c.port)
		c.w.mu.Unlock()
	})
	return nil
}

func (c *memoryConn) LocalAddr() net.Addr {
	return &net.UDPAddr{IP: net.ParseIP(clientHost), Port: c.port}
}
func (c *memoryConn) SetDeadline(time.Time) error      { return nil }
func (c *memoryConn) SetReadDeadline(time.Time) error  { return nil }
func (c *memoryConn) SetWriteDeadline(time.Time) error { return nil }

// farMedia is the far end's port for audio; RTCP is at the next.
const farMedia = 40000

// farSDP is the far end's description.
func farSDP(res *sip.Response) {
	kind := sip.ContentTypeHeader("application/sdp")
	res.AppendHeader(&kind)
	res.SetBody([]byte(fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 0\r\n", serverHost, farMedia)))
}

// far opens the far end's audio: each packet goes through f, which says what comes back, if anything.
func (w *world) far(port int, f func(packet []byte, reply func([]byte))) {
	conn, err := w.listen("udp", netip.AddrPortFrom(netip.MustParseAddr(serverHost), uint16(port)).String())
	if err != nil {
		w.t.Fatal(err)
	}
	w.closers = append(w.closers, func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 2000)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			f(append([]byte(nil), buf[:n]...), func(p []byte) { _, _ = conn.WriteTo(p, from) })
		}
	}()
}

func udpAddr(port int) net.Addr { return &net.UDPAddr{IP: net.ParseIP(clientHost), Port: port} }
