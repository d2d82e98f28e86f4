package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
	"github.com/voipbin/observability/internal/rto/store"
	"github.com/voipbin/observability/internal/tracker"
)

// How often what is not urgent is done.
const (
	indexEvery   = 5 * time.Second
	shareEvery   = time.Minute
	examineEvery = 5 * time.Minute
	month30      = 30 * 24 * time.Hour
	maxWaiting   = 10_000
)

// indexer keeps the index of the evidence: history for years, which Prometheus does not keep. The evidence is the truth; an index that cannot be
// written is told and made anew later.
type indexer struct {
	store   *store.Store
	log     *evidence.Log
	service *tracker.Service
	now     func() rto.Instant
	logger  *slog.Logger
	reports *reports
	arrived chan evidence.Record
}

// openIndex opens the index beside the evidence.
func openIndex(ctx context.Context, data string, objective, interval time.Duration, log *evidence.Log, now func() rto.Instant, logger *slog.Logger) (*indexer, error) {
	s, err := store.Open(ctx, filepath.Join(data, "index.sqlite"), store.Options{Objective: objective, Interval: interval})
	if err != nil {
		return nil, err
	}
	if why := s.Rebuilt(); why != "" {
		logger.Info("the index is made anew from the evidence", "why", why)
	}
	return &indexer{store: s, log: log, now: now, logger: logger, arrived: make(chan evidence.Record, maxWaiting)}, nil
}

// took is told of every record that was written. What does not fit is read from the log later.
func (x *indexer) took(r evidence.Record) {
	select {
	case x.arrived <- r:
	default:
	}
}

// run indexes until ctx ends.
func (x *indexer) run(ctx context.Context) error {
	tick, shares := time.NewTicker(indexEvery), time.NewTicker(shareEvery)
	defer tick.Stop()
	defer shares.Stop()
	for {
		x.learn(ctx)
		select {
		case <-ctx.Done():
			return x.store.Close()
		case <-shares.C:
		case <-tick.C:
			x.index(ctx)
		}
	}
}

// index takes what has arrived; where something is missing between, it reads the log.
func (x *indexer) index(ctx context.Context) {
	var records []evidence.Record
	for len(x.arrived) > 0 {
		records = append(records, <-x.arrived)
	}
	err := x.store.Take(ctx, records...)
	if errors.Is(err, store.ErrGap) {
		_, err = x.store.CatchUp(ctx, x.log)
	}
	if err != nil && ctx.Err() == nil {
		x.logger.Error("the evidence could not be indexed", "err", err)
	}
	x.judge()
}

// learn reads the shares of the last 30 days and of this month.
func (x *indexer) learn(ctx context.Context) {
	all, err := x.store.AllSeries(ctx)
	if err != nil {
		return // the index is being made; told above
	}
	now := x.now()
	t := now.Time()
	first := rto.InstantOf(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC))
	var shares []tracker.Share
	for _, s := range all {
		for _, p := range []struct {
			name string
			from rto.Instant
		}{{"30d", now.Add(-month30)}, {"month", first}} {
			tally, err := x.store.Total(ctx, s, store.Minute, store.Range{From: p.from, To: now})
			if err != nil {
				continue
			}
			if share, ok := tally.Share(); ok {
				shares = append(shares, tracker.Share{Store: s.Store, Replica: s.Replica, Side: s.Side, Period: p.name, Share: share})
			}
		}
	}
	x.service.SetShares(shares)
}

// judge makes the reports of drills that have ended, so that their verdicts are known to metrics and lists.
func (x *indexer) judge() {
	for _, id := range x.service.Unjudged() {
		d, err := x.service.Drill(id)
		if err != nil {
			continue
		}
		r, err := x.reports.of(&d)
		if err != nil {
			x.logger.Error("the report of a drill could not be made", "drill", id, "err", err)
			continue
		}
		x.reports.remember(r)
		x.service.Judge(id, judged(r, len(d.Events)))
	}
}

// judged is a report in short.
func judged(r report.Report, events int) tracker.Judged {
	j := tracker.Judged{Events: events, RTO: r.RTO.Took, RTOVerdict: r.RTO.Verdict, RPO: r.RPO.Bracket(), RPOVerdict: r.RPO.Verdict}
	for _, p := range r.Phases {
		j.Phases = append(j.Phases, p.PhaseTime)
	}
	return j
}

// lookForTraps examines all servers now and then, until ctx ends.
func lookForTraps(ctx context.Context, service *tracker.Service, pairs []examination) error {
	return every(ctx, examineEvery, func(ctx context.Context) {
		limited, cancel := context.WithTimeout(ctx, examineTimeout)
		defer cancel()
		service.SetTraps(examine(limited, pairs))
	})
}

// every does something at once and then at intervals, until ctx ends.
func every(ctx context.Context, interval time.Duration, do func(context.Context)) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		do(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
