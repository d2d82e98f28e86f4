package backtest

import (
	"context"
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/rules"
)

// Cost is how many samples the engine loads in a minute for the rules of the files, by its own statistics, when they are
// evaluated at a time over the store, which holds what they recorded until then.
func Cost(ctx context.Context, store *Store, files []rules.RuleFile, at time.Time) (float64, error) {
	batches, err := schedule(files, Options{Interval: time.Minute})
	if err != nil {
		return 0, err
	}
	engine := newEngine()
	perMinute := 0.0
	for _, batch := range batches {
		for _, j := range batch {
			query, err := engine.NewInstantQuery(ctx, store, nil, j.rule.Expr, at)
			if err != nil {
				return 0, fmt.Errorf("rule %s: %w", j.name(), err)
			}
			if result := query.Exec(ctx); result.Err != nil {
				query.Close()
				return 0, fmt.Errorf("rule %s: %w", j.name(), result.Err)
			}
			perMinute += float64(query.Stats().Samples.TotalSamples) * time.Minute.Seconds() / j.interval.Seconds()
			query.Close()
		}
	}
	return perMinute, nil
}
