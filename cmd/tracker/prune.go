package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/archive"
	"github.com/voipbin/observability/internal/rto/store"
	"github.com/voipbin/observability/internal/tracker"
)

// pruneEvery is how often it is looked for evidence that may go. A segment is a day at most.
const pruneEvery = 6 * time.Hour

// pruner lets seconds go that are older than the configuration says. Drills stay as they were taken down, and of the rest the index's hours and
// days and every record that was no look go on in the log.
type pruner struct {
	log     *evidence.Log
	index   *store.Store
	service *tracker.Service
	looks   time.Duration // 0 keeps everything
	now     func() rto.Instant
	logger  *slog.Logger
}

// run prunes until ctx ends.
func (p *pruner) run(ctx context.Context) error {
	if p.looks == 0 {
		<-ctx.Done()
		return nil
	}
	return every(ctx, pruneEvery, func(ctx context.Context) {
		gone, err := p.prune(ctx)
		if len(gone) > 0 {
			p.logger.Info("evidence was pruned", "segments", len(gone), "records_from", gone[0].First, "to", gone[len(gone)-1].Last)
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, evidence.ErrClosed) {
			p.logger.Warn("evidence could not be pruned", "err", err)
		}
	})
}

func (p *pruner) prune(ctx context.Context) ([]evidence.Tombstone, error) {
	// What has to be kept is asked of the index, which has to have seen it.
	if _, err := p.index.CatchUp(ctx, p.log); err != nil {
		return nil, err
	}
	now := p.now()
	drills := p.service.Drills()
	return p.log.Prune(ctx, evidence.Pruning{
		Before: int64(now.Add(-p.looks)), Now: int64(now), Why: fmt.Sprintf("looks are kept for %d days", p.looks/(24*time.Hour)),
		Segment: func(c evidence.Candidate) (any, bool, error) {
			for _, d := range drills {
				if archive.Of(&d).Touches(rto.Instant(c.Before), rto.Instant(c.After)) {
					return nil, false, nil
				}
			}
			return p.index.Prune(ctx, c)
		},
	})
}
