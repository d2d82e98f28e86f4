// Package sql probes a database as a customer of it: by a canary that is written and read back on the writer's endpoint, with the identity
// of the server that did it. It refuses to speak to a database itself; the canary is given.
package sql

import (
	"context"
	"fmt"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// Answer is what a canary found.
type Answer struct {
	// Outcome says how the asking ended: Denied for a write that was refused, because the account may not or the server is read-only.
	Outcome rto.Outcome
	// Server identifies who answered: server_uuid, host name. Empty if nobody did.
	Server string
	// Read says that a row was read, ReadBack that the very row was which had been written just before.
	Read, ReadBack bool
}

// Canary writes a row of the tracker's own, commits it and reads it back. It returns by the deadline of ctx.
type Canary func(ctx context.Context) Answer

// Config is one critical path to a database.
type Config struct {
	probe.Target
	Canary Canary
	// Regions says in which region a server is, by what the canary calls it. A server that is not in it is in none.
	Regions map[string]string
}

// Prober probes one path. Connections are the canary's.
type Prober struct {
	Config
}

var _ probe.Prober = (*Prober)(nil)

// New checks the configuration.
func New(c Config) (*Prober, error) {
	if err := c.Check(rto.Served); err != nil {
		return nil, err
	}
	if c.Canary == nil {
		return nil, fmt.Errorf("path %s: no canary", c.Path)
	}
	return &Prober{c}, nil
}

// Probe runs the canary once.
func (p *Prober) Probe(ctx context.Context) rto.ProbeResult {
	ctx, cancel := probe.Bounded(ctx)
	defer cancel()
	return p.Run(func() probe.Finding { return p.finding(p.Canary(ctx)) })
}

func (p *Prober) finding(a Answer) probe.Finding {
	f := probe.Finding{Outcome: a.Outcome, Region: a.Server}
	if p.Region != "" || len(p.Regions) > 0 {
		f.Region = p.Regions[a.Server]
	}
	switch {
	case a.ReadBack:
		f.Grade = rto.Served
	case a.Read:
		f.Grade, f.Detail = rto.Registered, "read, but not written"
	case a.Server != "", a.Outcome == rto.OK, a.Outcome == rto.Denied:
		f.Grade, f.Detail = rto.Answered, "neither read nor written"
	default:
		f.Detail = "no answer"
	}
	return f
}
