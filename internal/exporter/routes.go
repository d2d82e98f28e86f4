package exporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/httpserver"
)

// routes are all paths of an exporter.
func (s *site) routes() (http.Handler, error) {
	links := []httpserver.Link{{Path: strings.TrimPrefix(s.options.path, "/"), Text: "Metrics", Description: s.metricsAbout()}}
	mux := http.NewServeMux()
	mux.Handle("GET "+s.options.path, s.answer(s.metrics))
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "healthy") })
	mux.Handle("GET /-/ready", s.answer(s.readiness))
	mux.Handle("POST /-/reload", s.answer(s.reloadNow))
	mux.Handle("PUT /-/reload", s.answer(s.reloadNow))
	for pattern, h := range s.program.Handlers {
		mux.Handle(pattern, h)
	}
	if s.fleet != nil {
		mux.Handle("GET "+probePath, s.answer(s.probe))
		mux.Handle("GET "+discoveryPath, s.answer(s.discover))
		links = append(links, httpserver.Link{Path: strings.TrimPrefix(discoveryPath, "/"), Text: "Targets", Description: "for Prometheus' HTTP service discovery"})
	}
	page, err := httpserver.Landing(s.program.Name, s.program.About, buildVersion(), links)
	if err != nil {
		return nil, err
	}
	mux.Handle("GET /{$}", page)
	return mux, nil
}

func (s *site) metricsAbout() string {
	if s.fleet != nil {
		return "about this exporter; those of a target are at " + probePath + "?target=NAME"
	}
	return "of " + s.options.address
}

// refusal is a request that is not served, and the line that the client gets.
type refusal struct {
	status int
	line   string
}

// Error is the line for the client.
func (r *refusal) Error() string { return r.line }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// answer makes a handler of a function that returns an error, which is the client's mistake if it is a refusal and else
// ours: then it is logged, and the client is told nothing of it.
func (s *site) answer(f func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := f(w, r)
		if err == nil {
			return
		}
		var no *refusal
		if !errors.As(err, &no) {
			s.logger.Error("request failed", "path", r.URL.Path, "err", err)
			no = &refusal{http.StatusInternalServerError, "internal error, see the exporter's log"}
		}
		http.Error(w, no.line, no.status)
	})
}

func (s *site) readiness(w http.ResponseWriter, _ *http.Request) error {
	if !s.ready.Load() {
		return refuse(http.StatusServiceUnavailable, "stopping")
	}
	fmt.Fprintln(w, "ready")
	return nil
}

func (s *site) reloadNow(w http.ResponseWriter, _ *http.Request) error {
	if s.fleet == nil {
		return refuse(http.StatusNotFound, "nothing to reload: this exporter runs without --config.file")
	}
	if err := s.reload(); err != nil {
		return refuse(http.StatusInternalServerError, "configuration not loaded: %v", err)
	}
	fmt.Fprintln(w, "configuration loaded")
	return nil
}

// metrics serves the exporter's own metrics and, without a fleet, those of the one target.
func (s *site) metrics(w http.ResponseWriter, r *http.Request) error {
	withOwn := s.process.begin() // beside the scrape, which mostly waits
	if s.fleet != nil {
		own, err := withOwn(s.set.Exposition())
		if err != nil {
			return err
		}
		return s.write(w, r, own)
	}
	x, err := s.scrape(r, s.single, module{
		Collectors: s.options.collectors, Timeout: s.options.deadlines.Max,
	})
	if err != nil {
		return err
	}
	if x, err = withOwn(x); err != nil {
		return err
	}
	return s.write(w, r, x)
}

// scrape observes a target as the request asks for.
func (s *site) scrape(r *http.Request, o *Observer, m module) (*emit.Exposition, error) {
	timeout, err := s.options.deadlines.Timeout(r.Header)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%v", err)
	}
	selection, err := ParseSelection(r.URL.Query(), s.program.Collectors, m.Collectors)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%v", err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), min(timeout, m.Timeout))
	defer cancel()
	return o.Observe(ctx, selection), nil
}

// write answers in the format that the client prefers.
func (s *site) write(w http.ResponseWriter, r *http.Request, x *emit.Exposition) error {
	return s.bodies.serve(w, r, func(b *body) error { return encode(b, r, x) })
}

// probe scrapes one target of the fleet. It takes names only, so nothing can be dialled that is not configured.
func (s *site) probe(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	o, m, release, err := s.fleet.acquire(query.Get("target"), query.Get("module"))
	if err != nil {
		return err
	}
	defer release()
	x, err := s.scrape(r, o, m)
	if err != nil {
		return err
	}
	return s.write(w, r, x)
}

// discover lists the targets for Prometheus' HTTP service discovery.
func (s *site) discover(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(discovery(s.fleet.config(), r.Host, r.TLS != nil)) // fails only when the client has hung up
	return nil
}
