package main

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

// alertWatch is what sees alerts.
type alertWatch struct {
	webhook http.Handler
	run     func(context.Context) error
}

func watchAlerts(cfg tracker.Config, s *tracker.Service, now func() rto.Instant, logger *slog.Logger) (alertWatch, error) {
	return alertWatch{run: func(ctx context.Context) error { <-ctx.Done(); return nil }}, nil
}
