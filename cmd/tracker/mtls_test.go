package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// authority signs certificates for one test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, dir string) *authority {
	t.Helper()
	a := &authority{t: t, dir: dir}
	a.cert = &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.key = a.sign("ca", a.cert)
	return a
}

// sign writes NAME.pem and NAME.key; the first certificate signs itself.
func (a *authority) sign(name string, c *x509.Certificate) *ecdsa.PrivateKey {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	signer := a.key
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	for ending, block := range map[string]*pem.Block{"pem": {Type: "CERTIFICATE", Bytes: der}, "key": {Type: "EC PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(a.dir, name+"."+ending), pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	return key
}

// listening is the log of a tracker, which tells where it listens.
type listening struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *listening) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *listening) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestClientCertificates protects a tracker by client certificates: without one nobody gets as far as being asked for a token, and with one a
// token is needed all the same to change something.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	v := newVictim(t, "http://"+unused(t))
	a := newAuthority(t, v.folder)
	use := func(u x509.ExtKeyUsage) *x509.Certificate {
		return &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{u}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	}
	a.sign("server", use(x509.ExtKeyUsageServerAuth))
	a.sign("alice", use(x509.ExtKeyUsageClientAuth))
	write := func(name, text string) string {
		file := filepath.Join(v.folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	web := write("web.yml", "tls_server_config: {cert_file: server.pem, key_file: server.key, client_ca_file: ca.pem, client_auth_type: RequireAndVerifyClientCert}\n")
	ctx, stop := context.WithCancel(t.Context())
	log, ended := &listening{}, make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"serve", "--config.file=" + filepath.Join(v.folder, "tracker.yaml"), "--spec=" + specs, "--web.listen-address=127.0.0.1:0", "--web.config.file=" + web}, log, log, time.Now)
	}()
	defer func() {
		stop()
		if code := <-ended; code != exitOK {
			t.Errorf("it ended with %d:\n%s", code, log)
		}
	}()
	var url string
	for end := time.Now().Add(30 * time.Second); url == ""; time.Sleep(10 * time.Millisecond) {
		if m := regexp.MustCompile(`msg=listening address=(\S+)`).FindStringSubmatch(log.String()); m != nil {
			url = "https://" + m[1]
		}
		if time.Now().After(end) {
			t.Fatalf("it does not listen:\n%s", log)
		}
	}
	without := write("without.yml", "tls_config: {ca_file: ca.pem}\n")
	with := write("with.yml", "tls_config: {ca_file: ca.pem, cert_file: alice.pem, key_file: alice.key}\n")
	for _, c := range []struct {
		want string
		code int
		args []string
	}{
		{"certificate", exitFailure, nil},
		{"asks for a client's certificate", exitFailure, []string{"--http-config=" + without, "--token-file=" + filepath.Join(v.folder, "token")}},
		{"takes an operator's token", exitFailure, []string{"--http-config=" + with}},
		{"no HTTP client configuration", exitFailure, []string{"--http-config=" + filepath.Join(v.folder, "ca.pem")}},
		{"region-loss-1", exitOK, []string{"--http-config=" + with, "--token-file=" + filepath.Join(v.folder, "token")}},
	} {
		code, stdout, stderr := runTracker(t, append([]string{"drill", "--url=" + url, "start", "region_loss", "--kind=partial"}, c.args...)...)
		if code != c.code || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%v: want %d and %q, got %d, %q, %q", c.args, c.code, c.want, code, stdout, stderr)
		}
	}
	as := []string{"--http-config=" + with, "--token-file=" + filepath.Join(v.folder, "token")}
	for point, want := range map[string]string{"2026-01-01T00:00:00Z": "restored at", "yesterday": "is no time", "2999-01-01T00:00:00Z": "names no point in time before it"} {
		if _, stdout, stderr := runTracker(t, append([]string{"drill", "--url=" + url, "restored", point}, as...)...); !strings.Contains(stdout+stderr, want) {
			t.Errorf("restored %s: want %q, got %q, %q", point, want, stdout, stderr)
		}
	}
}
