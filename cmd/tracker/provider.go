package main

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

// How often a provider's metric is read, and for how long a value stands: Cloud SQL's is sampled every minute and seen up to three later (Cloud
// Monitoring, list of metrics), so that reading it more often tells nothing.
const (
	providerEvery   = 15 * time.Second
	providerTimeout = 5 * time.Second
	providerStale   = 2 * time.Minute
)

// instantQuerier asks a server with Prometheus' API for the value of an expression now, which the zero time is.
type instantQuerier interface {
	Query(ctx context.Context, query string, at time.Time) ([]promapi.Sample, error)
}

// providerLag is what the provider of a database says of a replica's lag, for comparison only.
type providerLag struct {
	api   instantQuerier
	query string
	now   func() rto.Instant

	mu    sync.Mutex
	value float64
	at    rto.Instant // 0 before there was a value
}

// read asks once. An answer that is not one number is none.
func (l *providerLag) read(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, providerTimeout)
	defer cancel()
	samples, err := l.api.Query(ctx, l.query, time.Time{})
	if err != nil || len(samples) != 1 || math.IsNaN(samples[0].Value) || math.IsInf(samples[0].Value, 0) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.value, l.at = samples[0].Value, l.now()
}

// newest is the value, nil if there is none that is recent.
func (l *providerLag) newest() *float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == 0 || l.now().Sub(l.at) > providerStale {
		return nil
	}
	v := l.value
	return &v
}

// comparedReplica is a replica whose looks have its provider's word beside them.
type comparedReplica struct {
	replica tracker.Replica
	lag     *providerLag
}

// Replica looks at the replica.
func (r comparedReplica) Replica(ctx context.Context) rto.ReplicaSample {
	s := r.replica.Replica(ctx)
	if s.Outcome == rto.OK {
		s.Estimates.Cloud = r.lag.newest()
	}
	return s
}

// compared adds the provider's word where one is configured.
func (p *parts) compared(c tracker.ServerConfig, replica tracker.Replica) (tracker.Replica, error) {
	if c.ProviderLag == "" {
		return replica, nil
	}
	api, err := promapi.New(p.prometheus)
	if err != nil {
		return nil, fmt.Errorf("server %s: %w", c.Name, err)
	}
	l := &providerLag{api: api, query: c.ProviderLag, now: p.now}
	p.lags = append(p.lags, l)
	return comparedReplica{replica, l}, nil
}

// readProvider reads what providers say until ctx ends.
func (p *parts) readProvider(ctx context.Context) error {
	return every(ctx, providerEvery, func(ctx context.Context) {
		for _, l := range p.lags {
			l.read(ctx)
		}
	})
}
