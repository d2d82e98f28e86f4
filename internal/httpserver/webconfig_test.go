package httpserver_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/voipbin/observability/internal/httpserver"
)

// secured writes a web configuration with a certificate for localhost and the user prometheus, password secret. It
// returns its path and the pool that trusts the certificate.
func secured(t *testing.T) (string, *x509.CertPool) {
	t.Helper()
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"cert.pem": cert,
		"key.pem":  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
		"web.yml":  fmt.Appendf(nil, "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\nbasic_auth_users: {prometheus: %q}\n", hash),
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return filepath.Join(dir, "web.yml"), pool
}

// TLS and a password hold on every address, not only on the first.
func TestTLSAndBasicAuth(t *testing.T) {
	t.Parallel()
	path, pool := secured(t)
	if err := httpserver.Validate(path); err != nil {
		t.Fatal(err)
	}
	s := serve(t, says("hello"), httpserver.Options{WebConfig: path}, "localhost:0", "localhost:0")
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12}}}
	defer c.CloseIdleConnections()
	for _, a := range s.addresses {
		f := func(scheme, user string, want int) {
			t.Helper()
			if status, _ := get(t, c, scheme+"://"+user+a); status != want {
				t.Errorf("%s://%s%s: want %d, got %d", scheme, user, a, want, status)
			}
		}
		f("https", "prometheus:secret@", http.StatusOK)
		f("https", "prometheus:guess@", http.StatusUnauthorized)
		f("https", "", http.StatusUnauthorized)
		f("http", "prometheus:secret@", http.StatusBadRequest)
	}
	c.CloseIdleConnections()
	if err := s.stop(t); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestBadWebConfiguration(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "web.yml")
	f := func(content, want string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		listeners, err := httpserver.Listen(t.Context(), []string{"127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		err = httpserver.Serve(t.Context(), listeners, says(""), httpserver.Options{WebConfig: path, Logger: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("web configuration %q: ", path)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want an error that says %q, got %v", content, want, err)
		}
		if c, err := listeners[0].Accept(); err == nil {
			_ = c.Close()
			t.Error("the listener is still open")
		}
	}
	f("nonsense: 1\n", "nonsense")
	f("tls_server_config: {cert_file: missing.pem, key_file: missing.pem}\n", "missing.pem")
	f("basic_auth_users: {x: plain}\n", "hashedSecret too short")
	if err := httpserver.Validate(""); err != nil {
		t.Errorf("without a file: want nil, got %v", err)
	}
}
