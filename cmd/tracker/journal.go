package main

import (
	"context"
	"log/slog"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
)

// journal writes into the evidence log, and repairs it when the disk takes writes again.
type journal struct {
	log    *evidence.Log
	logger *slog.Logger
	// took is told of every record that is safe.
	took func(evidence.Record)
}

// Append implements tracker.Journal.
func (j *journal) Append(ctx context.Context, kind rto.RecordKind, at rto.Instant, body any) error {
	if j.log.Err() != nil {
		// It stopped because a write failed. What was not acknowledged is taken out, and only then is it tried again.
		if err := j.log.Repair(ctx); err != nil {
			return err
		}
		j.logger.Info("the evidence log was repaired")
	}
	r, err := j.log.Append(ctx, string(kind), int64(at), body)
	if err == nil {
		j.took(r)
	}
	return err
}
