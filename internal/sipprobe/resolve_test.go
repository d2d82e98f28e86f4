package sipprobe_test

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/miekg/dns"

	"github.com/voipbin/observability/internal/sipprobe"
)

// zone is a DNS server on loopback, over UDP and TCP, that knows these records.
type zone struct {
	addr string

	mu       sync.Mutex
	records  map[string][]dns.RR // by type and name
	rcode    int
	truncate bool
	silent   bool
	asked    []string
}

func newZone(t *testing.T, records ...string) *zone {
	t.Helper()
	z := &zone{records: make(map[string][]dns.RR)}
	for _, text := range records {
		r, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		key := dns.TypeToString[r.Header().Rrtype] + " " + r.Header().Name
		z.records[key] = append(z.records[key], r)
	}
	packets, stream := udpAndTCP(t, "127.0.0.1")
	z.addr = packets.LocalAddr().String()
	for _, s := range []*dns.Server{{PacketConn: packets, Handler: z.handler("udp")}, {Listener: stream, Handler: z.handler("tcp")}} {
		ready := make(chan struct{})
		s.NotifyStartedFunc = func() { close(ready) }
		go func() { _ = s.ActivateAndServe() }()
		<-ready
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	return z
}

func (z *zone) handler(network string) dns.Handler {
	return dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		z.mu.Lock()
		defer z.mu.Unlock()
		key := dns.TypeToString[q.Question[0].Qtype] + " " + q.Question[0].Name
		z.asked = append(z.asked, network+" "+key)
		if z.silent {
			return
		}
		m := new(dns.Msg)
		m.SetRcode(q, z.rcode)
		if z.truncate && network == "udp" {
			m.Truncated = true
		} else {
			m.Answer = z.records[key]
			for _, alias := range z.records["CNAME "+q.Question[0].Name] { // as a recursive server has it
				target := alias.(*dns.CNAME).Target
				m.Answer = append(m.Answer, alias)
				m.Answer = append(m.Answer, z.records[dns.TypeToString[q.Question[0].Qtype]+" "+target]...)
			}
		}
		_ = w.WriteMsg(m)
	})
}

// set changes how it answers.
func (z *zone) set(change func(*zone)) {
	z.mu.Lock()
	defer z.mu.Unlock()
	change(z)
}

// questions is what was asked, in order, without addresses.
func (z *zone) questions() string {
	z.mu.Lock()
	defer z.mu.Unlock()
	var list []string
	for _, q := range z.asked {
		if !strings.Contains(q, " A") {
			list = append(list, q)
		}
	}
	z.asked = nil
	return strings.Join(list, ", ")
}

// udpAndTCP listens on one port over both.
func udpAndTCP(t *testing.T, host string) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 50 { // the port that is free over UDP may be somebody's over TCP
		packets, err := net.ListenPacket("udp", host+":0")
		if err != nil {
			t.Fatal(err)
		}
		if stream, err := net.Listen("tcp", packets.LocalAddr().String()); err == nil {
			return packets, stream
		}
		_ = packets.Close()
	}
	t.Fatal("no port is free over UDP and TCP")
	return nil, nil
}

// answerer answers OPTIONS over UDP and TCP on one port of loopback.
func answerer(t *testing.T, host string) (port string) {
	t.Helper()
	packets, stream := udpAndTCP(t, host)
	t.Cleanup(func() { _, _ = packets.Close(), stream.Close() })
	go func() {
		buf := make([]byte, 65535)
		for {
			n, from, err := packets.ReadFrom(buf)
			if err != nil {
				return
			}
			if m, err := sip.ParseMessage(append([]byte(nil), buf[:n]...)); err == nil {
				_, _ = packets.WriteTo([]byte(sip.NewResponseFromRequest(m.(*sip.Request), 200, "OK", nil).String()), from)
			}
		}
	}()
	go serveStream(stream)
	_, port, _ = net.SplitHostPort(packets.LocalAddr().String())
	return port
}

// serveStream answers every request on every connection.
func serveStream(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			parser := sip.NewParser().NewSIPStream()
			buf := make([]byte, 65535)
			for {
				n, err := conn.Read(buf)
				if err != nil {
					return
				}
				_ = parser.ParseSIPStream(buf[:n], func(m sip.Message) {
					if req, ok := m.(*sip.Request); ok {
						_, _ = conn.Write([]byte(sip.NewResponseFromRequest(req, 200, "OK", nil).String()))
					}
				})
			}
		}()
	}
}

// ask probes over the real network of loopback, with a DNS server.
func ask(t *testing.T, resolver string, timeout time.Duration, p sipprobe.Probe) sipprobe.Result {
	t.Helper()
	prober := sipprobe.New(sipprobe.Config{Now: time.Now, Resolver: resolver})
	defer func() {
		if err := prober.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	if p.Method == "" {
		p.Method = sipprobe.Options
	}
	return prober.Run(ctx, p)
}

func TestDNSLeadsToTheServer(t *testing.T) {
	t.Parallel()
	good := answerer(t, "127.0.0.1")
	second := answerer(t, "127.0.0.2")
	closed := strconv.Itoa(freePort(t))
	f := func(name string, records []string, p sipprobe.Probe, transport sipprobe.Transport, peer, questions string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			z := newZone(t, records...)
			p.Host = "sip.example"
			r := ask(t, z.addr, 5*time.Second, p)
			expect(t, r, sipprobe.OK, sipprobe.GradeServed, 200)
			if r.Transport != transport || r.Peer.String() != peer || r.Resolve == nil {
				t.Errorf("went to %s over %s, want %s over %s", r.Peer, r.Transport, peer, transport)
			}
			if got := z.questions(); got != questions {
				t.Errorf("asked %s, want %s", got, questions)
			}
		})
	}
	const a1, a2 = "host1.example. 60 IN A 127.0.0.1", "host2.example. 60 IN A 127.0.0.2"
	f("NAPTR chooses the transport", []string{
		`sip.example. 60 IN NAPTR 50 50 "s" "SIP+D2T" "" _sip._tcp.sip.example.`,
		`sip.example. 60 IN NAPTR 90 50 "s" "SIP+D2U" "" _sip._udp.sip.example.`,
		`sip.example. 60 IN NAPTR 10 50 "s" "SIP+D2S" "" _sip._sctp.sip.example.`, // nothing of ours
		"_sip._tcp.sip.example. 60 IN SRV 0 0 " + good + " host1.example.", a1,
	}, sipprobe.Probe{}, sipprobe.TCP, "127.0.0.1:"+good, "udp NAPTR sip.example., udp SRV _sip._tcp.sip.example.")
	f("the preference within an order", []string{
		`sip.example. 60 IN NAPTR 50 60 "s" "SIP+D2T" "" _sip._tcp.sip.example.`,
		`sip.example. 60 IN NAPTR 50 50 "s" "SIP+D2U" "" _sip._udp.sip.example.`,
		"_sip._udp.sip.example. 60 IN SRV 0 0 " + good + " host1.example.", a1,
	}, sipprobe.Probe{}, sipprobe.UDP, "127.0.0.1:"+good, "udp NAPTR sip.example., udp SRV _sip._udp.sip.example.")
	f("no NAPTR: SRV of each transport", []string{
		"_sip._tcp.sip.example. 60 IN SRV 0 0 " + good + " host1.example.", a1,
	}, sipprobe.Probe{}, sipprobe.TCP, "127.0.0.1:"+good, "udp NAPTR sip.example., udp SRV _sip._udp.sip.example., udp SRV _sip._tcp.sip.example.")
	f("a transport given: its SRV only", []string{
		`sip.example. 60 IN NAPTR 50 50 "s" "SIP+D2T" "" _sip._tcp.sip.example.`,
		"_sip._udp.sip.example. 60 IN SRV 0 0 " + good + " host1.example.", a1,
	}, sipprobe.Probe{Transport: sipprobe.UDP}, sipprobe.UDP, "127.0.0.1:"+good, "udp SRV _sip._udp.sip.example.")
	f("a port given: addresses only", []string{"sip.example. 60 IN A 127.0.0.1"},
		sipprobe.Probe{Port: port(good)}, sipprobe.UDP, "127.0.0.1:"+good, "")
	f("an alias", []string{"sip.example. 60 IN CNAME host1.example.", a1}, sipprobe.Probe{Port: port(good)}, sipprobe.UDP, "127.0.0.1:"+good, "")
	f("the lower priority first", []string{
		"_sip._tcp.sip.example. 60 IN SRV 20 100 " + second + " host2.example.",
		"_sip._tcp.sip.example. 60 IN SRV 10 0 " + good + " host1.example.", a1, a2,
	}, sipprobe.Probe{Transport: sipprobe.TCP}, sipprobe.TCP, "127.0.0.1:"+good, "udp SRV _sip._tcp.sip.example.")
	f("the next where nobody listens", []string{
		"_sip._tcp.sip.example. 60 IN SRV 10 0 " + closed + " host1.example.",
		"_sip._tcp.sip.example. 60 IN SRV 20 0 " + second + " host2.example.", a1, a2,
	}, sipprobe.Probe{Transport: sipprobe.TCP}, sipprobe.TCP, "127.0.0.2:"+second, "udp SRV _sip._tcp.sip.example.")
	f("the next where a target has no address", []string{
		"_sip._tcp.sip.example. 60 IN SRV 10 0 5060 nowhere.example.",
		"_sip._tcp.sip.example. 60 IN SRV 20 0 " + second + " host2.example.", a2,
	}, sipprobe.Probe{Transport: sipprobe.TCP}, sipprobe.TCP, "127.0.0.2:"+second, "udp SRV _sip._tcp.sip.example.")
}

func port(text string) uint16 {
	n, _ := strconv.ParseUint(text, 10, 16)
	return uint16(n)
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// An answer that does not fit a datagram is asked for again over TCP.
func TestTruncatedDNS(t *testing.T) {
	t.Parallel()
	good := answerer(t, "127.0.0.1")
	z := newZone(t, "_sip._udp.sip.example. 60 IN SRV 0 0 "+good+" host1.example.", "host1.example. 60 IN A 127.0.0.1")
	z.set(func(z *zone) { z.truncate = true })
	expect(t, ask(t, z.addr, 5*time.Second, sipprobe.Probe{Host: "sip.example", Transport: sipprobe.UDP}), sipprobe.OK, sipprobe.GradeServed, 200)
	if got := z.questions(); got != "udp SRV _sip._udp.sip.example., tcp SRV _sip._udp.sip.example." {
		t.Errorf("asked %s", got)
	}
}

func TestDNSThatLeadsNowhere(t *testing.T) {
	t.Parallel()
	f := func(name, want string, change func(*zone), records ...string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			z := newZone(t, records...)
			if change != nil {
				z.set(change)
			}
			within := 10 * time.Second
			if z.silent {
				within = 300 * time.Millisecond
			}
			r := ask(t, z.addr, within, sipprobe.Probe{Host: "sip.example"})
			expect(t, r, sipprobe.FailDNS, sipprobe.GradeNone, 0)
			if r.Err == nil || !strings.Contains(r.Err.Error(), want) || r.Peer.IsValid() {
				t.Errorf("want an error about %q, got %v", want, r.Err)
			}
		})
	}
	f("no such name", "sip.example has no address", func(z *zone) { z.rcode = dns.RcodeNameError })
	f("a name without anything", "sip.example has no address", nil)
	f("a server that fails", "SERVFAIL", func(z *zone) { z.rcode = dns.RcodeServerFailure })
	f("a server that refuses", "REFUSED", func(z *zone) { z.rcode = dns.RcodeRefused })
	f("a server that is silent", "no answer from the DNS in time", func(z *zone) { z.silent = true })
	f("a service that is not offered", "decidedly not offered", nil, "_sip._udp.sip.example. 60 IN SRV 0 0 0 .")
	f("a target without an address", "host1.example has no address", nil, "_sip._udp.sip.example. 60 IN SRV 0 0 5060 host1.example.")
}

// Weights share the load of one priority (RFC 2782): over many probes all are asked, the heavy one more often.
func TestWeights(t *testing.T) {
	t.Parallel()
	light, heavy := answerer(t, "127.0.0.1"), answerer(t, "127.0.0.2")
	z := newZone(t, "_sip._udp.sip.example. 60 IN SRV 10 10 "+light+" host1.example.", "_sip._udp.sip.example. 60 IN SRV 10 90 "+heavy+" host2.example.",
		"host1.example. 60 IN A 127.0.0.1", "host2.example. 60 IN A 127.0.0.2")
	count := make(map[string]int)
	for range 200 {
		r := ask(t, z.addr, 5*time.Second, sipprobe.Probe{Host: "sip.example", Transport: sipprobe.UDP})
		count[r.Peer.Addr().String()]++
	}
	// 200 draws of 0.1 are 20, with a standard deviation of 4.2: five of them are never seen.
	if n := count["127.0.0.1"]; n < 2 || n > 42 {
		t.Errorf("the light one was asked %d times of 200", n)
	}
}

// The host's own way to resolve knows what its hosts file says.
func TestNamesOfTheHost(t *testing.T) {
	t.Parallel()
	good := answerer(t, "127.0.0.1")
	r := ask(t, "", 5*time.Second, sipprobe.Probe{Host: "localhost", Port: port(good), Transport: sipprobe.UDP})
	if r.Peer.Addr().Is4() {
		expect(t, r, sipprobe.OK, sipprobe.GradeServed, 200)
	}
	if r.Resolve == nil {
		t.Error("resolving took no time that is known")
	}
}

// Nobody listens: over TCP the connection is refused, over UDP the network says so.
func TestNobodyListens(t *testing.T) {
	t.Parallel()
	for _, transport := range []sipprobe.Transport{sipprobe.UDP, sipprobe.TCP, sipprobe.TLS} {
		r := ask(t, "", 700*time.Millisecond, sipprobe.Probe{Host: "127.0.0.1", Port: uint16(freePort(t)), Transport: transport})
		expect(t, r, sipprobe.FailConnect, sipprobe.GradeNone, 0)
		if r.Err == nil || !strings.Contains(r.Err.Error(), "nobody listens") {
			t.Errorf("%s: %v", transport, r.Err)
		}
	}
}

// Over IPv6 addresses stand in brackets, and audio runs as well.
func TestIPv6(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenPacket("udp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 on loopback: %v", err)
	}
	defer conn.Close()
	echo, err := net.ListenPacket("udp", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		buf := make([]byte, 2000)
		for {
			n, from, err := echo.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = echo.WriteTo(buf[:n], from)
		}
	}()
	go func() {
		buf := make([]byte, 65535)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			m, err := sip.ParseMessage(append([]byte(nil), buf[:n]...))
			if err != nil {
				t.Errorf("%v in\n%s", err, buf[:n])
				return
			}
			req := m.(*sip.Request)
			if via, from := req.Via().Value(), req.From().Value(); !strings.Contains(via, " [::1]:") || !strings.Contains(from, "@[::1]:") {
				t.Errorf("Via: %s, From: %s", via, from)
			}
			if contact := req.Contact(); contact != nil && !strings.Contains(contact.Value(), "@[::1]:") {
				t.Errorf("Contact: %s", contact.Value())
			}
			if req.IsAck() {
				continue
			}
			res := sip.NewResponseFromRequest(req, 200, "OK", nil)
			if req.IsInvite() {
				res.SetBody([]byte("v=0\r\nc=IN IP6 ::1\r\nm=audio " + strconv.Itoa(echo.LocalAddr().(*net.UDPAddr).Port) + " RTP/AVP 8\r\n"))
			}
			_, _ = conn.WriteTo([]byte(res.String()), from)
		}
	}()
	p := sipprobe.Probe{Host: "::1", Port: uint16(conn.LocalAddr().(*net.UDPAddr).Port)}
	expect(t, ask(t, "", 5*time.Second, p), sipprobe.OK, sipprobe.GradeServed, 200)
	p.Method, p.User, p.Media.Duration = sipprobe.Invite, "echo", 200*time.Millisecond
	expect(t, ask(t, "", 5*time.Second, p), sipprobe.OK, sipprobe.GradeMedia, 200)
}
