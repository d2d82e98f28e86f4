package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestGate: who reads is answered while a tracker begins, but is not told that it is ready; who writes waits.
func TestGate(t *testing.T) {
	t.Parallel()
	var g gate
	h := g.before(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	ask := func(want int, method, path string) {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
		if w.Code != want || want == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
			t.Errorf("%s %s: %d, %v", method, path, w.Code, w.Header())
		}
	}
	const through, waits = http.StatusTeapot, http.StatusServiceUnavailable
	ask(through, http.MethodGet, "/-/healthy")
	ask(through, http.MethodGet, "/metrics")
	ask(through, http.MethodHead, "/")
	ask(waits, http.MethodGet, "/-/ready")
	ask(waits, http.MethodPost, "/api/v1/drills")
	ask(waits, http.MethodDelete, "/api/v1/maintenance/x")
	g.open()
	ask(through, http.MethodGet, "/-/ready")
	ask(through, http.MethodPost, "/api/v1/drills")
}
