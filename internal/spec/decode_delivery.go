package spec

import (
	"cmp"
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/config"
)

// Bounds of delivery.yaml.
const (
	maxTerm   = 5 * 365 * 24 * time.Hour
	lastHour  = 23
	minReview = 24 * time.Hour

	usualFailedDeploys = 0.1

	usualIdle = 30 * time.Minute
	maxIdle   = 45 * time.Minute // the shortest night is an hour
)

// delivery decodes delivery.yaml.
func (l *loader) delivery(m *config.Map) Delivery {
	return Delivery{
		Pos: m.Pos(), Pipeline: config.Object(m.Optional("pipeline"), l.pipeline), Rollout: config.Object(m.Optional("rollout"), rollout),
		Cost: config.Object(m.Optional("cost"), l.cost),
	}
}

// pipeline decodes what a change goes through.
func (l *loader) pipeline(m *config.Map) Pipeline {
	steps := m.Required("steps")
	p := Pipeline{
		Pos: m.Pos(), Name: m.Required("name").String(), BrokenFor: m.Required("broken_for").Duration(time.Minute, 0),
		Steps: config.Objects(steps, func(m *config.Map) PipelineStep {
			name := m.Required("name")
			l.unique("pipeline step", name)
			return PipelineStep{Pos: m.Pos(), Name: identifier(name), MainOnly: m.Optional("main_only").Bool(false)}
		}),
	}
	if p.Steps != nil && len(p.Steps) == 0 {
		steps.Reject("no steps", "name what a change goes through")
	}
	return p
}

// rollout decodes what is promised while a new version replaces the old one.
func rollout(m *config.Map) Rollout {
	surge, stuck := m.Required("max_surge"), m.Required("stuck_after")
	r := Rollout{
		Pos: m.Pos(), MaxSurge: surge.Int(0, maxReplicas), MaxUnavailable: m.Required("max_unavailable").Int(0, maxReplicas),
		MinReady: m.Required("min_ready").Int(0, maxReplicas), Within: m.Required("within").Duration(time.Second, 0),
		StuckAfter: stuck.Duration(time.Second, 0),
	}
	if r.MaxSurge == 0 && r.MaxUnavailable == 0 {
		surge.Reject("neither a pod more nor a pod less is allowed", "a rollout needs one of them: Kubernetes refuses this")
	}
	if r.StuckAfter > 0 && r.StuckAfter <= r.Within {
		stuck.Reject(fmt.Sprintf("%s is not above %s, which a rollout may take", config.FormatDuration(r.StuckAfter), config.FormatDuration(r.Within)), "a rollout that is in time is not stuck")
	}
	return r
}

// cost decodes what keeps the platform cheap.
func (l *loader) cost(m *config.Map) Cost {
	return Cost{
		Pos: m.Pos(),
		Commitments: config.Objects(m.Optional("commitments"), func(m *config.Map) Commitment {
			name := m.Required("name")
			l.unique("commitment", name)
			return Commitment{
				Pos: m.Pos(), Name: identifier(name), Title: prose(m.Optional("title")),
				Term: m.Required("term").Duration(minReview, maxTerm), Discount: percentAboveZero(m.Required("discount")),
			}
		}),
		Preemptible: config.Objects(m.Optional("preemptible"), func(m *config.Map) Preemptible {
			name := m.Required("name")
			l.unique("preemptible work", name)
			return Preemptible{Pos: m.Pos(), Name: identifier(name), Title: prose(m.Optional("title")), Savings: percentAboveZero(m.Optional("savings"))}
		}),
		FailedDeploys: shareOr(m.Optional("failed_deploys"), usualFailedDeploys),
		RightSizing:   config.Object(m.Optional("right_sizing"), rightSizing),
		OffPeak:       config.Object(m.Optional("off_peak"), offPeak),
	}
}

// rightSizing decodes how often sizes are reviewed.
func rightSizing(m *config.Map) RightSizing {
	small := m.Required("too_small")
	r := RightSizing{
		Pos: m.Pos(), Every: m.Required("every").Duration(minReview, 0), TooLarge: percentAboveZero(m.Required("too_large")),
		TooSmall: percentAboveZero(small), For: cmp.Or(m.Optional("for").Duration(time.Second, busyStep), time.Hour),
	}
	if r.TooSmall > 0 && r.TooSmall <= r.TooLarge {
		small.Reject(fmt.Sprintf("%s is not above too_large", small.Raw()), "what is used little is too large, what is used much is too small")
	}
	return r
}

// offPeak decodes the time of day in which replicas should be few.
func offPeak(m *config.Map) OffPeak {
	to := m.Required("to_hour")
	o := OffPeak{Pos: m.Pos(), FromHour: m.Required("from_hour").Int(0, lastHour), ToHour: to.Int(0, lastHour), Idle: percentAboveZero(m.Required("idle"))}
	o.For = cmp.Or(m.Optional("for").Duration(time.Second, maxIdle), usualIdle)
	if o.FromHour == o.ToHour {
		to.Reject("the time is empty", "it ends at another hour than it begins")
	}
	return o
}
