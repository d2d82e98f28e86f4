package main

import (
	"net/http"
	"sync/atomic"
)

// gate lets nothing through that could write until the first records of a session are safe: what came before them would hide the time in which no tracker ran.
// Readers are answered meanwhile, however long a disk takes.
type gate struct{ begun atomic.Bool }

func (g *gate) open() { g.begun.Store(true) }

// before is the handler behind the gate.
func (g *gate) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if g.begun.Load() || reads && r.URL.Path != "/-/ready" {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Retry-After", "1")
		http.Error(w, "the tracker begins: its first records are not safe yet; try again", http.StatusServiceUnavailable)
	})
}
