package main

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rto"
)

// answers are what a server says, one after the other.
type answers struct {
	samples [][]promapi.Sample
	errs    []error
	asked   []string
}

func (a *answers) Query(_ context.Context, query string, _ time.Time) ([]promapi.Sample, error) {
	n := len(a.asked)
	a.asked = append(a.asked, query)
	return a.samples[n], a.errs[n]
}

type oneReplica struct{ outcome rto.Outcome }

func (r oneReplica) Replica(context.Context) rto.ReplicaSample {
	return rto.ReplicaSample{Outcome: r.outcome}
}

// TestProviderLag sets the provider's word beside a look for as long as it is recent, and never beside a look that failed.
func TestProviderLag(t *testing.T) {
	t.Parallel()
	now := rto.Instant(time.Hour)
	one := func(v float64) []promapi.Sample { return []promapi.Sample{{Point: promapi.Point{Value: v}}} }
	api := &answers{samples: [][]promapi.Sample{nil, one(-3), nil, append(one(1), one(2)...), one(math.NaN()), one(7)}, errs: []error{nil, nil, errors.New("down"), nil, nil, nil}}
	l := &providerLag{api: api, query: "lag", now: func() rto.Instant { return now }}
	says := func(o rto.Outcome) *float64 {
		return comparedReplica{oneReplica{o}, l}.Replica(t.Context()).Estimates.Cloud
	}
	for i, step := range []struct {
		wait time.Duration
		read bool
		want float64 // 0 is nothing
	}{
		{0, false, 0}, {0, true, 0}, {time.Second, true, -3}, {time.Minute, true, -3}, {time.Minute, true, -3}, {time.Nanosecond, true, 0}, {time.Second, true, 7},
	} {
		now = now.Add(step.wait)
		if step.read {
			l.read(t.Context())
		}
		got := says(rto.OK)
		if (got == nil) != (step.want == 0) || got != nil && *got != step.want {
			t.Errorf("step %d: %v, want %v", i, got, step.want)
		}
		if got := says(rto.TimedOut); got != nil {
			t.Errorf("step %d: a look that failed says %v", i, *got)
		}
	}
	if len(api.asked) != 6 || api.asked[0] != "lag" {
		t.Errorf("asked %q", api.asked)
	}
}
