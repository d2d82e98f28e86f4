package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/policy"
	budgetreport "github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/whatif"
)

// objectivesDir is the log of what people and the tracker take down about objectives. It is a log of its own: it is small, is read whole at each start
// and kept for ever, while looks at servers come each second and may be pruned.
func objectivesDir(data string) string { return filepath.Join(data, objectivesName) }

const objectivesName = "objectives"

// objectivesWatch follows error budgets; without a follower it does nothing.
type objectivesWatch struct {
	follower *budget.Follower
	book     *maintenance.Book
	policies *policy.Book
	reports  *budgetreport.Ledger
	closer   *budget.Closer
	whatIf   *whatif.Engine
	log      *evidence.Log
	interval time.Duration
}

// followObjectives makes the follower of the spec's objectives, where the configuration names a server that records them.
func followObjectives(cfg tracker.Config, from source, now func() time.Time, logger *slog.Logger) (objectivesWatch, error) {
	if cfg.Objectives.Prometheus == "" {
		return objectivesWatch{}, nil
	}
	described, err := from.load()
	if err != nil {
		return objectivesWatch{}, err
	}
	if len(described.SLOs) == 0 {
		return objectivesWatch{}, errors.New("objectives: the spec has none: leave them out of the configuration, or write slos.yaml")
	}
	client, err := promapi.Open(cfg.Objectives.Prometheus, cfg.Objectives.HTTPConfigFile)
	if err != nil {
		return objectivesWatch{}, fmt.Errorf("objectives: %w", err)
	}
	log, err := evidence.Open(objectivesDir(cfg.Data), evidence.Options{Name: cfg.Vantage, OnTrouble: func(err error) { logger.Warn("evidence of objectives", "err", err) }})
	if err != nil {
		return objectivesWatch{}, fmt.Errorf("evidence of objectives: %w", err)
	}
	o := objectivesWatch{follower: budget.New(described.SLOs, client, now, logger), log: log, interval: cfg.Objectives.Interval}
	o.follower.Link(described.Platform, cmp.Or(cfg.Objectives.QueryPage, budget.PrometheusPage(cfg.Objectives.Prometheus)))
	records := &ledger{&journal{log: log, logger: logger, took: func(evidence.Record) {}}}
	o.book = maintenance.New(bookOf(described.SLOs, records, o.follower, now))
	o.follower.CorrectBy(o.book)
	o.whatIf = whatif.New(described, client, now)
	o.policies = policy.New(records)
	o.follower.HoldPolicy(o.policies)
	o.reports = budgetreport.NewLedger(log, records)
	o.closer = budget.NewCloser(described.SLOs, client, o.reports, now, logger)
	if err := o.restore(); err != nil {
		return objectivesWatch{}, errors.Join(fmt.Errorf("evidence of objectives: %w", err), log.Close())
	}
	o.follower.Recall()
	return o, nil
}

// bookOf are the options of the book of maintenance.
func bookOf(all []spec.SLO, j maintenance.Journal, past maintenance.Past, now func() time.Time) maintenance.Options {
	o := maintenance.Options{Parts: map[string][]string{}, Journal: j, Past: past, Now: now}
	for _, s := range all {
		if !s.SLI.Composite() {
			o.Objectives = append(o.Objectives, s.Name)
			continue
		}
		for _, part := range s.SLI.Parts {
			o.Parts[s.Name] = append(o.Parts[s.Name], part.Name)
		}
	}
	return o
}

// restore reads again what earlier runs took down.
func (o objectivesWatch) restore() error {
	for r, err := range o.log.Read(0) {
		if err != nil {
			return err
		}
		if err := errors.Join(o.book.Restore(r.Kind, r.Body), o.policies.Restore(r.Kind, r.Body), o.reports.Restore(r.Kind, r.Body)); err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}
	}
	return nil
}

// run follows, and takes days down, until ctx ends.
func (o objectivesWatch) run(ctx context.Context) error {
	if o.follower == nil {
		<-ctx.Done()
		return nil
	}
	return together(ctx, o.closer.Run, func(ctx context.Context) error { return o.follower.Run(ctx, o.interval) })
}

// close closes the log.
func (o objectivesWatch) close() error {
	if o.log == nil {
		return nil
	}
	return o.log.Close()
}

// active tells of each objective whether it is in maintenance now; nil where none are followed.
func (o objectivesWatch) active(now func() time.Time) func() map[string]bool {
	if o.book == nil {
		return nil
	}
	return func() map[string]bool { return o.book.Active(now()) }
}

// ledger is the journal of what is about objectives: its times are those of the wall clock, by which maintenance is agreed.
type ledger struct{ *journal }

// Append implements maintenance.Journal.
func (l *ledger) Append(ctx context.Context, kind string, at time.Time, body any) error {
	return l.journal.Append(ctx, rto.RecordKind(kind), rto.InstantOf(at), body)
}
