package promapi

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCertificateAsked has servers refuse a client without a certificate in each way that such a refusal was seen to arrive: an alert, an
// HTTP/2 connection that ends at once, a reset. Each time the client is told what is missing.
func TestCertificateAsked(t *testing.T) {
	t.Parallel()
	refuse := func(listen func(*httptest.Server), config *tls.Config) {
		t.Helper()
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.EnableHTTP2 = true
		s.TLS = config
		s.Config.ErrorLog = quiet()
		if listen != nil {
			listen(s)
		}
		s.StartTLS()
		t.Cleanup(s.Close)
		file := filepath.Join(t.TempDir(), "http.yml")
		ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), "ca.pem"), ca, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("tls_config: {ca_file: ca.pem}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		transport, err := Transport(file)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := transport.RoundTrip(r)
			if err == nil {
				_ = answer.Body.Close() // it should not be there
				t.Fatal("it was answered")
			}
			if !strings.Contains(err.Error(), "asks for a client's certificate and none is configured") {
				t.Errorf("it says %q", err)
			}
		}
	}
	refuse(nil, &tls.Config{ClientAuth: tls.RequireAnyClientCert})
	refuse(nil, &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12})
	refuse(func(s *httptest.Server) { s.Listener = resets{s.Listener} }, &tls.Config{ClientAuth: tls.RequireAnyClientCert})
	answered := httptest.NewTLSServer(http.NotFoundHandler())
	defer answered.Close()
	answered.Config.ErrorLog = quiet()
	c, err := New(answered.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.About(t.Context()); err == nil || strings.Contains(err.Error(), "none is configured") {
		t.Errorf("a server that asks for nothing: %v", err)
	}
}

// resets ends connections with a reset, so that an alert on its way is lost.
type resets struct{ net.Listener }

// Accept implements net.Listener.
func (l resets) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return c, c.(*net.TCPConn).SetLinger(0)
}

// quiet drops what a server says of handshakes that fail as they must.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
