package main

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/policy"
	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/tracker"
)

// TestAFreezeIsInForceFromTheStart: whoever asks a tracker that has not looked yet hears of the freeze that its evidence has.
func TestAFreezeIsInForceFromTheStart(t *testing.T) {
	t.Parallel()
	cfg := tracker.Config{Data: t.TempDir(), Vantage: "tracker-dr"}
	cfg.Objectives.Prometheus, cfg.Objectives.Interval = "http://127.0.0.1:1", time.Minute
	log, err := evidence.Open(objectivesDir(cfg.Data), evidence.Options{Name: cfg.Vantage})
	if err != nil {
		t.Fatal(err)
	}
	frozen := policy.Change{Objective: "api_availability", At: time.Now(), Consumed: 1.1, Step: &policy.Step{Consumed: 1, Action: "stop releases", Freeze: true}}
	if err := (inLog{log}).Append(t.Context(), policy.RecordChange, frozen.At, frozen); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	o, err := followObjectives(cfg, source{folder: "../../spec"}, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.close() }()
	all := o.follower.Snapshot().Objectives
	i := slices.IndexFunc(all, func(o budget.Objective) bool { return o.Name == frozen.Objective })
	if i < 0 || all[i].Freeze() == "" {
		t.Error("the freeze is not in force before the first look")
	}
}
