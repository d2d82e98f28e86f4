package sipprobe_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/voipbin/observability/internal/sipprobe"
)

// identity is a certificate for names, and the pool that trusts it.
func identity(t *testing.T, until time.Time, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: names, NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// secured listens for TLS on loopback.
func secured(t *testing.T, c *tls.Config) net.Listener {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func portOf(l net.Listener) uint16 { return uint16(l.Addr().(*net.TCPAddr).Port) }

func TestCertificates(t *testing.T) {
	t.Parallel()
	later, before := time.Now().Add(24*time.Hour).Truncate(time.Second), time.Now().Add(-time.Hour).Truncate(time.Second)
	f := func(name string, until time.Time, domain string, change func(*sipprobe.TLSOptions), o sipprobe.Outcome, trusted bool) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cert, roots := identity(t, until, "sip.example")
			l := secured(t, &tls.Config{Certificates: []tls.Certificate{cert}})
			go serveStream(l)
			p := sipprobe.Probe{Transport: sipprobe.TLS, Host: "127.0.0.1", Port: portOf(l), Domain: domain, TLS: sipprobe.TLSOptions{Roots: roots}}
			if change != nil {
				change(&p.TLS)
			}
			r := ask(t, "", 5*time.Second, p)
			if r.Outcome != o {
				t.Errorf("want %s, got %s (%v)", o, r.Outcome, r.Err)
			}
			if c := r.Certificate; c == nil || !c.NotAfter.Equal(until) || c.Verified != trusted || c.Version != "TLS 1.3" {
				t.Errorf("certificate %+v", c)
			}
			if (r.Handshake != nil) != (o == sipprobe.OK) || r.Connect == nil {
				t.Errorf("connect %v, handshake %v", show(r.Connect), show(r.Handshake))
			}
		})
	}
	f("good", later, "sip.example", nil, sipprobe.OK, true)
	f("good for an address", later, "", nil, sipprobe.OK, true)
	f("expired", before, "sip.example", nil, sipprobe.FailCert, false)
	f("expired and not checked", before, "sip.example", func(o *sipprobe.TLSOptions) { o.SkipVerify = true }, sipprobe.OK, false)
	f("of another name", later, "other.example", nil, sipprobe.FailCert, false)
	f("of another name that was asked for", later, "other.example", func(o *sipprobe.TLSOptions) { o.ServerName = "sip.example" }, sipprobe.OK, true)
	f("of an unknown issuer", later, "sip.example", func(o *sipprobe.TLSOptions) { o.Roots = x509.NewCertPool() }, sipprobe.FailCert, false)
}

// A server that wants to see a certificate gets one.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	cert, roots := identity(t, time.Now().Add(time.Hour), "sip.example")
	l := secured(t, &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots})
	go serveStream(l)
	p := sipprobe.Probe{Transport: sipprobe.TLS, Host: "127.0.0.1", Port: portOf(l), TLS: sipprobe.TLSOptions{Roots: roots}}
	if r := ask(t, "", 5*time.Second, p); r.Outcome == sipprobe.OK {
		t.Error("a server that wants a certificate took none")
	}
	p.TLS.Certificates = []tls.Certificate{cert}
	expect(t, ask(t, "", 5*time.Second, p), sipprobe.OK, sipprobe.GradeServed, 200)
}

// A server that accepts and says nothing, or no TLS, does not keep the probe beyond its time.
func TestHandshakeThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, transport := range []sipprobe.Transport{sipprobe.TLS, sipprobe.WSS} {
		start := time.Now()
		r := ask(t, "", 300*time.Millisecond, sipprobe.Probe{Transport: transport, Host: "127.0.0.1", Port: portOf(l)})
		expect(t, r, sipprobe.FailTLS, sipprobe.GradeNone, 0)
		if r.Connect == nil || time.Since(start) > 5*time.Second {
			t.Errorf("%+v", r)
		}
	}
}

// webSockets serves SIP over WebSockets (RFC 7118).
func webSockets(l net.Listener, protocol, path string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			u := ws.Upgrader{
				Protocol: func(p []byte) bool { return string(p) == protocol },
				OnRequest: func(uri []byte) error {
					if string(uri) != path {
						return ws.RejectConnectionError(ws.RejectionStatus(404))
					}
					return nil
				},
			}
			if _, err := u.Upgrade(conn); err != nil {
				return
			}
			_ = wsutil.WriteServerMessage(conn, ws.OpPing, []byte("are you there?"))
			for {
				data, op, err := wsutil.ReadClientData(conn)
				if err != nil {
					return
				}
				m, err := sip.ParseMessage(data)
				req, ok := m.(*sip.Request)
				if err != nil || !ok || op != ws.OpText || req.Via().Transport != "WSS" {
					continue
				}
				text := sip.NewResponseFromRequest(req, 200, "OK", nil).String()
				half := len(text) / 2 // one message in two frames
				_ = ws.WriteFrame(conn, ws.NewFrame(ws.OpText, false, []byte(text[:half])))
				_ = ws.WriteFrame(conn, ws.NewFrame(ws.OpContinuation, true, []byte(text[half:])))
			}
		}()
	}
}

func TestWebSocket(t *testing.T) {
	t.Parallel()
	cert, roots := identity(t, time.Now().Add(time.Hour), "sip.example")
	l := secured(t, &tls.Config{Certificates: []tls.Certificate{cert}})
	go webSockets(l, "sip", "/ws")
	p := sipprobe.Probe{Transport: sipprobe.WSS, Host: "127.0.0.1", Port: portOf(l), Path: "/ws", TLS: sipprobe.TLSOptions{Roots: roots}}
	r := ask(t, "", 5*time.Second, p)
	expect(t, r, sipprobe.OK, sipprobe.GradeServed, 200)
	if r.Handshake == nil || r.Certificate == nil || !r.Certificate.Verified {
		t.Errorf("%+v", r)
	}
	p.Path = ""
	r = ask(t, "", 5*time.Second, p)
	expect(t, r, sipprobe.FailTLS, sipprobe.GradeNone, 0)

	other := secured(t, &tls.Config{Certificates: []tls.Certificate{cert}})
	go webSockets(other, "mqtt", "/ws")
	p.Path, p.Port = "/ws", portOf(other)
	r = ask(t, "", 5*time.Second, p)
	expect(t, r, sipprobe.FailTLS, sipprobe.GradeNone, 0)
}

// Probes of every kind, good and bad, leave no goroutine behind once the prober is closed.
func TestNothingIsLeftBehind(t *testing.T) { //nolint:paralleltest // it counts the goroutines of the process
	good := answerer(t, "127.0.0.1")
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	quiet := uint16(silent.LocalAddr().(*net.UDPAddr).Port)
	cert, roots := identity(t, time.Now().Add(time.Hour), "sip.example")
	l := secured(t, &tls.Config{Certificates: []tls.Certificate{cert}})
	go serveStream(l)
	all := []sipprobe.Probe{
		{Method: sipprobe.Options, Port: port(good), Transport: sipprobe.UDP},
		{Method: sipprobe.Options, Port: port(good), Transport: sipprobe.TCP},
		{Method: sipprobe.Options, Port: quiet, Transport: sipprobe.UDP},
		{Method: sipprobe.Invite, User: "x", Port: quiet, Transport: sipprobe.UDP},
		{Method: sipprobe.Invite, User: "x", Port: port(good), Transport: sipprobe.TCP}, // 200 without a description
		{Method: sipprobe.Register, Account: account(), Port: port(good), Transport: sipprobe.TCP},
		{Method: sipprobe.Options, Port: portOf(l), Transport: sipprobe.TLS, TLS: sipprobe.TLSOptions{Roots: roots}},
		{Method: sipprobe.Options, Port: portOf(l), Transport: sipprobe.TLS},
		{Method: sipprobe.Options, Port: portOf(l), Transport: sipprobe.WSS, TLS: sipprobe.TLSOptions{Roots: roots}},
		{Method: sipprobe.Options, Port: uint16(freePort(t)), Transport: sipprobe.TCP},
	}
	for _, p := range all {
		p.Host = "127.0.0.1"
		ask(t, "", 200*time.Millisecond, p)
	}
	deadline := time.Now().Add(5 * time.Second)
	for {
		buf := make([]byte, 1<<20)
		stacks := string(buf[:runtime.Stack(buf, true)])
		left := 0
		for _, g := range strings.Split(stacks, "\n\n") {
			if strings.Contains(g, "internal/sipprobe.") && !strings.Contains(g, "testing.(*T).Parallel") { // tests that wait for their turn
				left++
			}
		}
		if left == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left:\n%s", left, stacks)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
