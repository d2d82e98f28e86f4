package httpserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/httpserver"
)

// TestCheckHealth: a server that is well, one with TLS, one that wants a password, one that is ill, and none.
func TestCheckHealth(t *testing.T) {
	t.Parallel()
	status := func(code int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/-/healthy" {
				code = http.StatusNotFound
			}
			w.WriteHeader(code)
		})
	}
	f := func(name string, server *httptest.Server, well bool) {
		t.Helper()
		defer server.Close()
		_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
		for _, address := range []string{server.Listener.Addr().String(), ":" + port, "0.0.0.0:" + port} {
			if err := httpserver.CheckHealth(t.Context(), address); (err == nil) != well {
				t.Errorf("%s at %s: %v", name, address, err)
			}
		}
	}
	f("well", httptest.NewServer(status(http.StatusOK)), true)
	f("with TLS", httptest.NewTLSServer(status(http.StatusOK)), true)
	f("with a password", httptest.NewServer(status(http.StatusUnauthorized)), true)
	f("ill", httptest.NewServer(status(http.StatusServiceUnavailable)), false)
	gone := httptest.NewServer(status(http.StatusOK))
	gone.Close()
	if err := httpserver.CheckHealth(t.Context(), gone.Listener.Addr().String()); err == nil {
		t.Error("a server that is gone is well")
	}
	if err := httpserver.CheckHealth(t.Context(), "nowhere"); err == nil {
		t.Error("what is no address is well")
	}
}
