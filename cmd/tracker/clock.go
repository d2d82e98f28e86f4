package main

import (
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

// clock is the tracker's own: it starts at the wall clock, or at the newest record if that is later, and never steps.
type clock struct {
	origin rto.Instant
	began  time.Time // with its monotonic reading
	now    func() time.Time
}

// Now is the instant.
func (c *clock) Now() rto.Instant { return c.origin.Add(c.now().Sub(c.began)) }

func newClock(w world, log *evidence.Log, cfg tracker.Config, sum string) (*clock, rto.Session, error) {
	began := w.now()
	c := &clock{origin: max(rto.InstantOf(began), rto.Instant(log.Head().At)), began: began, now: w.now}
	return c, rto.Session{Vantage: cfg.Vantage, Version: buildVersion(), Began: c.origin, ConfigSHA256: sum}, nil
}
