// Package httpserver listens, serves HTTP and stops with a deadline, in the way of Prometheus' exporter-toolkit: TLS,
// basic auth and rate limits come from a web configuration file. It has no routes and knows no metrics.
package httpserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
)

// The times that bound a client which does not play along.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
	defaultGrace      = 5 * time.Second
	lastGrace         = 2 * time.Second
)

// Options are the settings of a server. Only Logger is required.
type Options struct {
	// WebConfig is the path of exporter-toolkit's web configuration file, or empty for plain HTTP.
	WebConfig string
	// WriteTimeout bounds a request from the end of its header to the end of the answer; 0 is no bound.
	WriteTimeout time.Duration
	// Grace is how long requests under way may take to end by themselves when the server stops; 0 is 5 seconds. Then
	// their contexts end, and 2 seconds later their connections.
	Grace  time.Duration
	Logger *slog.Logger
}

// Validate reads the web configuration file, its certificates included, without serving.
func Validate(webConfig string) error {
	if err := web.Validate(webConfig); err != nil {
		return fmt.Errorf("web configuration %q: %w", webConfig, err)
	}
	return nil
}

// Serve serves h on the listeners until ctx ends, and then stops and returns nil. Requests get a context that ends only
// when the grace of the stop is over, so those under way are answered. It closes the listeners in any case.
func Serve(ctx context.Context, listeners []net.Listener, h http.Handler, o Options) error {
	defer closeAll(listeners)
	if err := Validate(o.WebConfig); err != nil {
		return err
	}
	base, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()

	// One server a listener: the toolkit changes the server that it is given.
	servers := make([]*http.Server, len(listeners))
	ended := make(chan error, len(listeners))
	for i, l := range listeners {
		servers[i] = newServer(base, h, o)
		go func() { ended <- web.Serve(l, servers[i], toolkitFlags(o), o.Logger) }()
	}
	var failure error
	running := len(servers)
	select {
	case <-ctx.Done():
	case err := <-ended:
		failure = fmt.Errorf("serve: %w", err)
		running--
	}
	stopped := stop(base, abort, servers, o.Grace)
	for range running {
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) && failure == nil {
			failure = fmt.Errorf("serve: %w", err)
		}
	}
	return errors.Join(failure, stopped)
}

func newServer(base context.Context, h http.Handler, o Options) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      o.WriteTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelWarn),
	}
}

func toolkitFlags(o Options) *web.FlagConfig {
	systemd := false
	return &web.FlagConfig{WebSystemdSocket: &systemd, WebConfigFile: &o.WebConfig}
}

// stop lets requests under way end, then ends their contexts, then their connections.
func stop(base context.Context, abort func(), servers []*http.Server, grace time.Duration) error {
	if grace == 0 {
		grace = defaultGrace
	}
	patient, cancel := context.WithTimeout(context.WithoutCancel(base), grace)
	defer cancel()
	if shutdown(patient, servers) == nil {
		return nil
	}
	abort()
	last, cancel := context.WithTimeout(context.WithoutCancel(base), lastGrace)
	defer cancel()
	if shutdown(last, servers) == nil {
		return nil
	}
	for _, s := range servers {
		_ = s.Close() // the error below says what matters: some request did not end
	}
	return fmt.Errorf("stop: requests did not end within %s and were cut", grace+lastGrace)
}

// shutdown stops all servers at once and returns the first error, which is that of ctx.
func shutdown(ctx context.Context, servers []*http.Server) error {
	errs := make(chan error, len(servers))
	for _, s := range servers {
		go func() { errs <- s.Shutdown(ctx) }()
	}
	var first error
	for range servers {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}
