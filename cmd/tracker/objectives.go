package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tracker"
)

// objectivesWatch follows error budgets; without a follower it does nothing.
type objectivesWatch struct {
	follower *budget.Follower
	interval time.Duration
}

// followObjectives makes the follower of the spec's objectives, where the configuration names a server that records them.
func followObjectives(cfg tracker.ObjectivesConfig, folder string, now func() time.Time, logger *slog.Logger) (objectivesWatch, error) {
	if cfg.Prometheus == "" {
		return objectivesWatch{}, nil
	}
	described, problems := spec.Load(os.DirFS(folder), folder)
	if described == nil {
		return objectivesWatch{}, problems.Err()
	}
	if len(described.SLOs) == 0 {
		return objectivesWatch{}, errors.New("objectives: the spec has none: leave them out of the configuration, or write slos.yaml")
	}
	client, err := promapi.Open(cfg.Prometheus, cfg.HTTPConfigFile)
	if err != nil {
		return objectivesWatch{}, fmt.Errorf("objectives: %w", err)
	}
	return objectivesWatch{budget.New(described.SLOs, client, now, logger), cfg.Interval}, nil
}

func (o objectivesWatch) run(ctx context.Context) error {
	if o.follower == nil {
		<-ctx.Done()
		return nil
	}
	return o.follower.Run(ctx, o.interval)
}
