//go:build integration

package integration

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"text/template"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/ports"
	lossy "github.com/voipbin/observability/internal/lab/relay"
	"github.com/voipbin/observability/internal/lab/sipp"
	"github.com/voipbin/observability/internal/lab/supervise"
)

// sipSuitesVariable names Debian suites, with blanks between, whose Kamailios are probed beside that of the host's own suite.
const sipSuitesVariable = "SIP_SUITES"

// sipPassword is the password of every account of the test's registrar.
const sipPassword = "lab-Secret,1"

// sipDomain is the domain that the registrar's certificate is for.
const sipDomain = "sip.lab.example"

// sipSite is a Kamailio with an echo behind it, and a relay between the prober and the echo's audio.
type sipSite struct {
	sip, tls  uint16
	dir       string
	ca        string // file of the issuer's certificate
	expires   time.Time
	audio     *lossy.Relay
	kamailio  *supervise.Process
	echo      *supervise.Process
	echoPlace sipp.Place
}

// startSIP starts the site with the Kamailio of a suite; "" is the host's own.
func startSIP(t testing.TB, suite string) *sipSite {
	t.Helper()
	s := &sipSite{dir: t.TempDir()}
	helper, err := lab.Self()
	if err != nil {
		t.Fatal(err)
	}
	supervisor, err := supervise.New(s.dir, helper)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := supervisor.Close(); err != nil {
			t.Error(err)
		}
	})
	block, err := ports.Claim()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = block.Close() })
	s.startEcho(t, supervisor, block, helper)
	s.startProxy(t, supervisor, block, helper, suite)
	return s
}

// room is a place to run the programs of some packages in.
func sipRoom(t testing.TB, helper []string, dir string, r pkgtree.Request) *pkgtree.Room {
	t.Helper()
	root, err := filepath.Abs(repo)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := pkgtree.Ensure(t.Context(), r, filepath.Join(root, ".lab", "trees"), nil)
	if errors.Is(err, pkgtree.ErrNoNetwork) {
		t.Skipf("%s is not to be had: %v", r.Name, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	place, err := pkgtree.NewRoom(t.Context(), tree, helper, dir)
	if err != nil {
		t.Fatal(err)
	}
	return place
}

// freePorts are ports in a row, held until released.
func sipPorts(t testing.TB, block *ports.Block, n int) (first int, release func()) {
	t.Helper()
	first, err := block.FreeRun(n)
	if err != nil {
		t.Fatal(err)
	}
	return first, func() {
		for i := range n {
			block.Release(first + i)
		}
	}
}

// startEcho starts SIPp as an echo, and a relay in front of its audio.
func (s *sipSite) startEcho(t testing.TB, supervisor *supervise.Supervisor, block *ports.Block, helper []string) {
	t.Helper()
	first, release := sipPorts(t, block, sipp.PortsEach)
	s.echoPlace = sipp.Place{Port: first, Dir: s.dir}
	var err error
	s.audio, err = lossy.Start(loopbackPort(first+2), 42)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.audio.Close() })
	scenario := filepath.Join(s.dir, "echo.xml")
	sipFile(t, "sip_echo.xml.tmpl", scenario, map[string]any{"Ring": 100, "MediaPort": s.audio.Addr().Port()})
	place := sipRoom(t, helper, s.dir, pkgtree.Request{Name: "sipp", Packages: []string{"sip-tester"}})
	cmd, err := place.Command(context.WithoutCancel(t.Context()), "sipp",
		"-sf", scenario, "-i", "127.0.0.1", "-mi", "127.0.0.1", "-ci", "127.0.0.1", "-p", strconv.Itoa(first), "-cp", strconv.Itoa(first+1),
		"-mp", strconv.Itoa(first+2), "-rtp_echo", "-nostdin", "-watchdog_interval", "0")
	if err != nil {
		t.Fatal(err)
	}
	release()
	s.echo, err = supervisor.Start(t.Context(), supervise.Spec{Name: "echo", Cmd: cmd, Ready: func(ctx context.Context) error {
		return echoes(ctx, first+2)
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// echoes is nil when what is sent to the port comes back.
func echoes(ctx context.Context, port int) error {
	conn, err := new(net.Dialer).DialContext(ctx, "udp", loopbackPort(port).String())
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		return err
	}
	if _, err := conn.Write(make([]byte, 172)); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 200))
	return err
}

// startProxy starts Kamailio.
func (s *sipSite) startProxy(t testing.TB, supervisor *supervise.Supervisor, block *ports.Block, helper []string, suite string) {
	t.Helper()
	first, release := sipPorts(t, block, 2)
	s.sip, s.tls = uint16(first), uint16(first+1)
	s.makeCertificates(t)
	file := filepath.Join(s.dir, "kamailio.cfg")
	sipFile(t, "sip_kamailio.cfg.tmpl", file, map[string]any{
		"SIP": s.sip, "TLS": s.tls, "Password": sipPassword, "Echo": fmt.Sprintf("127.0.0.1:%d", s.echoPlace.Port),
		"Certificate": filepath.Join(s.dir, "server.pem"), "Key": filepath.Join(s.dir, "server.key"),
	})
	place := sipRoom(t, helper, s.dir, pkgtree.Request{
		Name: "kamailio-tls", Packages: []string{"kamailio", "kamailio-tls-modules", "kamailio-websocket-modules"}, Suite: suite, AllowExpired: suite != "",
	})
	cmd, err := place.Command(context.WithoutCancel(t.Context()), "kamailio", "-DD", "-E", "-f", file, "-P", filepath.Join(s.dir, "kamailio.pid"), "-Y", s.dir, "-m", "64", "-M", "8")
	if err != nil {
		t.Fatal(err)
	}
	release()
	s.kamailio, err = supervisor.Start(t.Context(), supervise.Spec{Name: "kamailio", Cmd: cmd, Ready: func(ctx context.Context) error {
		return sipp.Ping(ctx, fmt.Sprintf("127.0.0.1:%d", s.sip))
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func sipFile(t testing.TB, name, path string, data any) {
	t.Helper()
	text, err := template.ParseFiles(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(text.Execute(f, data), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// makeCertificates writes an issuer's certificate and one for sipDomain that it signed, with its key.
func (s *sipSite) makeCertificates(t testing.TB) {
	t.Helper()
	s.expires = time.Now().Add(20 * 24 * time.Hour).UTC().Truncate(time.Second)
	issuerKey, serverKey := sipKey(t), sipKey(t)
	issuer := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lab"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: s.expires.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: sipDomain}, DNSNames: []string{sipDomain},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: s.expires, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	s.ca = filepath.Join(s.dir, "ca.pem")
	sipPEM(t, s.ca, "CERTIFICATE", sipSign(t, issuer, issuer, issuerKey, issuerKey))
	sipPEM(t, filepath.Join(s.dir, "server.pem"), "CERTIFICATE", sipSign(t, server, issuer, serverKey, issuerKey))
	der, err := x509.MarshalPKCS8PrivateKey(serverKey)
	if err != nil {
		t.Fatal(err)
	}
	sipPEM(t, filepath.Join(s.dir, "server.key"), "PRIVATE KEY", der)
}

func sipKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sipSign(t testing.TB, c, issuer *x509.Certificate, key, issuerKey *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, issuer, &key.PublicKey, issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func sipPEM(t testing.TB, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
