package spec

import (
	"cmp"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// ServicesThresholds are the limits at which what runs in Kubernetes alerts.
type ServicesThresholds struct {
	DownFor        time.Duration // how long fewer pods than Rollout.MinReady must be ready before it pages
	Errors         Limits        // requests answered with an error as a share of all
	MinRequests    int           // in five minutes; below it no share counts
	Latency        time.Duration // that one request in twenty may exceed
	LatencyFor     time.Duration
	RestartsAnHour int           // of one container
	WaitingFor     time.Duration // how long a container must not be able to start
	Throttled      float64       // share of the periods in which the CPU limit held a container up
	ThrottledFor   time.Duration
	ScalingFor     time.Duration // how long an autoscaler must be at its bound or must not do what it should
	DiffersFor     time.Duration // how long the cluster may differ from the spec
	Pos            diag.Position
}

// usualServices are the limits of a spec that says nothing of them.
func usualServices() ServicesThresholds {
	return ServicesThresholds{
		DownFor: time.Minute, Errors: Limits{Warn: 0.01, Page: 0.05, For: 5 * time.Minute}, MinRequests: 20,
		Latency: 500 * time.Millisecond, LatencyFor: 10 * time.Minute, RestartsAnHour: restartsUsual, WaitingFor: 5 * time.Minute,
		Throttled: 0.25, ThrottledFor: 15 * time.Minute, ScalingFor: 15 * time.Minute, DiffersFor: 30 * time.Minute,
	}
}

// servicesThresholds decodes the limits of what runs in Kubernetes. Each has a usual value.
func servicesThresholds(v config.Value) ServicesThresholds {
	usual := usualServices()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) ServicesThresholds {
		return ServicesThresholds{
			Pos:            m.Pos(),
			DownFor:        wait(m, "down_for", usual.DownFor),
			Errors:         limitsOr(m.Optional("errors"), usual.Errors),
			MinRequests:    cmp.Or(m.Optional("min_requests").Int(1, maxCount), usual.MinRequests),
			Latency:        cmp.Or(m.Optional("latency").Duration(time.Millisecond, time.Hour), usual.Latency),
			LatencyFor:     wait(m, "latency_for", usual.LatencyFor),
			RestartsAnHour: cmp.Or(m.Optional("restarts_an_hour").Int(1, maxRestarts), usual.RestartsAnHour),
			WaitingFor:     wait(m, "waiting_for", usual.WaitingFor),
			Throttled:      shareOr(m.Optional("throttled"), usual.Throttled),
			ThrottledFor:   wait(m, "throttled_for", usual.ThrottledFor),
			ScalingFor:     wait(m, "scaling_for", usual.ScalingFor),
			DiffersFor:     wait(m, "differs_for", usual.DiffersFor),
		}
	})
}

// shareOr decodes a share, or takes the usual one.
func shareOr(v config.Value, usual float64) float64 {
	if !v.Present() {
		return usual
	}
	return share(v)
}
