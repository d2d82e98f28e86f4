package budget_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/promapi"
)

// TestMissingSince is the look that found it missing first: those after it, and a server that is gone meanwhile, leave it as it is.
func TestMissingSince(t *testing.T) {
	t.Parallel()
	s, at := &server{values: healthy()}, noon
	f := budget.New(calls(), s, func() time.Time { return at }, slog.New(slog.DiscardHandler))
	missing, none := []promapi.Sample{missingData("CallsDataMissing")}, []promapi.Sample{}
	for i, c := range []struct {
		alerts []promapi.Sample
		err    error
		want   int // minutes after noon; -1: it is not missing
	}{
		{none, nil, -1}, {missing, nil, 1}, {missing, nil, 1}, {missing, errors.New("connection refused"), 1}, {missing, nil, 1}, {none, nil, -1}, {missing, nil, 6},
	} {
		at = noon.Add(time.Duration(i) * time.Minute)
		s.alerts, s.err = c.alerts, c.err
		f.Look(t.Context())
		want := time.Time{}
		if c.want >= 0 {
			want = noon.Add(time.Duration(c.want) * time.Minute)
		}
		if got := f.Snapshot().Objectives[0]; !got.MissingSince.Equal(want) || c.err == nil && (got.Missing == "") != want.IsZero() {
			t.Errorf("look %d: missing since %s (%q), want %s", i, got.MissingSince, got.Missing, want)
		}
	}
}
