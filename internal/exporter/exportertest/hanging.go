package exportertest

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// Partial is what a scrape of a daemon that hangs halfway must still bring.
type Partial struct {
	// Read was answered before the daemon hung, Unread was not.
	Read, Unread *metric.Family
	// Outcomes are of the collectors that matter; others may end as they like.
	Outcomes map[string]string
}

// Hanging scrapes a target whose daemon hangs for three callers at once, each with a deadline of timeout, by the clock now, which must be a real
// one. All must end in time, with what was read and the reason why the rest is missing.
func (s Suite) Hanging(t *testing.T, target *exporter.Target, now func() time.Time, timeout time.Duration, want Partial) {
	t.Helper()
	observer, err := exporter.NewObserver(target, exporter.Observing{
		Set: emit.NewSet(s.Families), Kit: s.Kit, Logger: slog.New(slog.DiscardHandler), Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = observer.Close() })
	var callers sync.WaitGroup
	for range 3 {
		callers.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			start := now()
			families := observer.Observe(ctx, nil).Families()
			// One after the other they would take three times as long; a busy machine may add some.
			if took := now().Sub(start); took > 2*timeout {
				t.Errorf("a scrape took %v of %v", took, timeout)
			}
			got, names := Scrape{Outcomes: map[string]string{}, Dropped: map[[2]string]int{}}, map[string]bool{}
			for _, f := range families {
				names[f.GetName()] = true
				got.read(f, s.Kit)
			}
			if !names[want.Read.Name] || names[want.Unread.Name] {
				t.Errorf("want %s and no %s, got %v", want.Read.Name, want.Unread.Name, names)
			}
			maps.DeleteFunc(got.Outcomes, func(collector, _ string) bool { _, asked := want.Outcomes[collector]; return !asked })
			if !maps.Equal(got.Outcomes, want.Outcomes) {
				t.Errorf("outcomes %v, want %v", got.Outcomes, want.Outcomes)
			}
		})
	}
	callers.Wait()
}
