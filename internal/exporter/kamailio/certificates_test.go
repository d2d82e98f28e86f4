package kamailio

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	cryptotls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// notAfter is when the test's certificates run out; it is over, which must not matter.
func notAfter() time.Time { return time.Date(2021, time.June, 1, 12, 0, 0, 0, time.UTC) }

// presenting returns a dialler that gets a TLS listener wherever it dials.
func presenting(t testing.TB) dialFunc {
	t.Helper()
	var once sync.Once
	var address string
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		once.Do(func() {
			address = tlsListener(t, &cryptotls.Config{Certificates: []cryptotls.Certificate{selfSigned(t, "lab.invalid")}})
		})
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}

// tlsListener accepts, shakes hands and waits for the other side to hang up.
func tlsListener(t testing.TB, c *cryptotls.Config) string {
	t.Helper()
	l, err := cryptotls.Listen("tcp", "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 1)) // makes the handshake, and then waits
			}()
		}
	}()
	return l.Addr().String()
}

func selfSigned(t testing.TB, commonName string, dnsNames ...string) cryptotls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: commonName}, DNSNames: dnsNames,
		NotBefore: notAfter().AddDate(-1, 0, 0), NotAfter: notAfter(),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return cryptotls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// listening is a Kamailio with these listeners, as protocol and address.
func listening(t *testing.T, sockets ...[3]string) *binrpctest.Server {
	t.Helper()
	server := recorded(t, "6.1.5")
	members := make([]binrpc.Member, len(sockets))
	for i, s := range sockets {
		members[i] = binrpc.Member{Name: "socket", Value: binrpc.StructOf(
			binrpc.Member{Name: "proto", Value: binrpc.StringOf(s[0])},
			binrpc.Member{Name: "ipaddress", Value: binrpc.StringOf(s[1])},
			binrpc.Member{Name: "port", Value: binrpc.StringOf(s[2])},
		)}
	}
	server.Handle("core.sockets_list", binrpctest.Values(binrpc.StructOf(members...)))
	return server
}

// scrapeCertificates reads the certificates of a Kamailio whose one TLS listener is at an address.
func scrapeCertificates(t *testing.T, listener, host string) (string, string) {
	t.Helper()
	h, port, err := net.SplitHostPort(listener)
	if err != nil {
		t.Fatal(err)
	}
	if host == "" {
		host = h
	}
	o := options(t, listening(t, [3]string{"tls", host, port}).Address().String(), "certificates")
	o.dial = nil
	got := scraped(t, o)
	return got.Text, got.Outcomes["certificates"]
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	f := func(name string, config *cryptotls.Config, host, wantLabels string) {
		t.Helper()
		text, outcome := scrapeCertificates(t, tlsListener(t, config), host)
		want := wantLabels + "} 1.6225488e+09\n"
		if outcome != exporter.OutcomeOK || !strings.Contains(text, want) {
			t.Errorf("%s: outcome %s, want %s in:\n%s", name, outcome, want, text)
		}
	}
	plain := selfSigned(t, "lab.invalid")
	config := func(c cryptotls.Certificate) *cryptotls.Config {
		return &cryptotls.Config{Certificates: []cryptotls.Certificate{c}}
	}
	f("an expired, self-signed certificate", config(plain), "", `subject="lab.invalid"`)
	f("a listener on all addresses", config(plain), "0.0.0.0", `subject="lab.invalid"`)
	f("no common name", config(selfSigned(t, "", "sip.lab.invalid", "lab.invalid")), "", `subject="sip.lab.invalid"`)
	f("an old protocol", &cryptotls.Config{Certificates: []cryptotls.Certificate{plain}, MinVersion: cryptotls.VersionTLS10, MaxVersion: cryptotls.VersionTLS11}, "", `subject="lab.invalid"`)
	for _, version := range []uint16{cryptotls.VersionTLS12, cryptotls.VersionTLS13} {
		f("a listener that wants our certificate, too", &cryptotls.Config{
			Certificates: []cryptotls.Certificate{plain}, ClientAuth: cryptotls.RequireAnyClientCert, MaxVersion: version,
		}, "", `subject="lab.invalid"`)
	}
	chain := plain
	chain.Certificate = append(chain.Certificate, selfSigned(t, "Lab CA").Certificate...)
	f("the chain's first", config(chain), "", `subject="lab.invalid"`)
	f("the chain's second", config(chain), "", `subject="Lab CA"`)
}

// TestCertificatesOfIllListeners: one that accepts and never speaks ends with the scrape's deadline, one that is gone or
// speaks something else is a failure of this collector.
func TestCertificatesOfIllListeners(t *testing.T) {
	t.Parallel()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	if _, outcome := scrapeCertificates(t, nobody.Addr().String(), ""); outcome != exporter.OutcomeTransport {
		t.Errorf("nobody listens: want transport, got %s", outcome)
	}
	mute := binrpctest.Deaf(t, "tcp")
	_, port, _ := net.SplitHostPort(mute.Address)
	server := listening(t, [3]string{"tls", "127.0.0.1", port}, [3]string{"tls", "not an address", "1"}, [3]string{"tls", "127.0.0.1", "70000"})
	o := options(t, server.Address().String(), "certificates")
	o.dial = nil
	target := targetOf(t, o)
	err = target.Scrapers[0].Scrape(deadline(t, 100*time.Millisecond), batch(t))
	if exporter.OutcomeOf(err) != exporter.OutcomeTimeout || !strings.Contains(err.Error(), "tls:127.0.0.1:"+port) {
		t.Errorf("a mute listener: want a timeout with its name, got %v", err)
	}
}

func TestNoTLSListener(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, observed(t, listening(t, [3]string{"udp", "127.0.0.1", "5060"}), "certificates"))
	if got.Outcomes["certificates"] != exporter.OutcomeDisabled {
		t.Errorf("want disabled, got %s", got.Outcomes["certificates"])
	}
	got = suite().Scrape(t, observed(t, listening(t), "certificates", "sockets"))
	if got.Outcomes["certificates"] != exporter.OutcomeEmpty || got.Outcomes["sockets"] != exporter.OutcomeEmpty {
		t.Errorf("without listeners: want empty, got %v", got.Outcomes)
	}
}

// TestHandshakesAreBounded: whatever Kamailio says that it listens on.
func TestHandshakesAreBounded(t *testing.T) {
	t.Parallel()
	sockets := make([][3]string, maxHandshakes+7)
	for i := range sockets {
		sockets[i] = [3]string{"tls", "192.0.2.1", strconv.Itoa(5061 + i)}
	}
	var dialled atomic.Int32
	o := options(t, listening(t, sockets...).Address().String(), "certificates")
	o.dial = func(context.Context, string, string) (net.Conn, error) {
		dialled.Add(1)
		return nil, errors.New("no route")
	}
	target := targetOf(t, o)
	got := suite().Scrape(t, target)
	if dialled.Load() != maxHandshakes || got.Dropped[[2]string{"certificates", "limit"}] != 7 {
		t.Errorf("%d handshakes, dropped %v", dialled.Load(), got.Dropped)
	}
}

// TestHandshakesRunTogether: as many mute listeners as there are cost the time of one.
func TestHandshakesRunTogether(t *testing.T) {
	t.Parallel()
	const n = 20
	sockets := make([][3]string, n)
	for i := range sockets {
		sockets[i] = [3]string{"tls", "192.0.2.1", "5061"}
	}
	var waiting sync.WaitGroup
	waiting.Add(n)
	o := options(t, listening(t, sockets...).Address().String(), "certificates")
	o.dial = func(context.Context, string, string) (net.Conn, error) {
		waiting.Done()
		waiting.Wait() // ends only if all are here at once
		return nil, errors.New("no route")
	}
	target := targetOf(t, o)
	if err := target.Scrapers[0].Scrape(deadline(t, 10*time.Second), batch(t)); exporter.OutcomeOf(err) != exporter.OutcomeTransport {
		t.Errorf("want transport, got %v", err)
	}
}
