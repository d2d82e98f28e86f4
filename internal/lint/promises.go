package lint

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// halfBudget is the share of an error budget from which on one failover is worth a word.
const halfBudget = 0.5

// failoverBudgets finds objectives whose error budget one failover within the promised recovery time uses up: in it every
// event fails.
func failoverBudgets(s *spec.Spec, found *findings) {
	scenario, ok := s.Recovery.Scenario(s.Recovery.Plan.Scenario)
	if !ok {
		return
	}
	for _, o := range s.SLOs {
		if o.SLI.Composite() {
			continue // its parts say it
		}
		allowed := time.Duration(slo.Budget(o.Objective) * float64(o.Period))
		share := float64(scenario.RTO) / float64(allowed)
		report, hint := found.fault, fmt.Sprintf("promise less, recover within %s, or count on no more than %.2g failovers in the time", config.FormatDuration(allowed.Truncate(time.Second)), 1/share)
		switch {
		case share <= halfBudget:
			continue
		case share <= 1:
			report = found.doubt
		}
		report(o.Name, o.Pos, fmt.Sprintf("one failover that takes the %s which scenario %s allows uses %.0f%% of the budget of %q: %s%% over %s allow %s",
			config.FormatDuration(scenario.RTO), scenario.Name, 100*share, o.Name, o.ObjectiveText, config.FormatDuration(o.Period), config.FormatDuration(allowed.Truncate(time.Second))), hint)
	}
}

// supplierSeries finds objectives above what the services that they need promise together.
func supplierSeries(s *spec.Spec, found *findings) {
	for _, o := range s.SLOs {
		promised := 1.0
		names := make([]string, 0, len(o.Suppliers))
		for _, supplier := range o.Suppliers {
			promised *= supplier.Objective
			names = append(names, supplier.Name)
		}
		if len(names) == 0 || promised >= o.Objective {
			continue
		}
		found.doubt(o.Name, o.Suppliers[0].Pos,
			fmt.Sprintf("the suppliers of %q promise %.4g%% together, less than its objective of %s%%", o.Name, 100*promised, o.ObjectiveText),
			"lower the objective, or do without one of "+strings.Join(names, ", ")+" when it fails")
	}
}

// rolloutPromise finds a promise of ready pods that says less than the strategy holds, so that nobody knows what is meant.
func rolloutPromise(s *spec.Spec, found *findings) {
	r := s.Delivery.Rollout
	if r.Pos.Line == 0 {
		return
	}
	least := 0
	for i, o := range s.Services.List {
		if ready := o.Replicas - r.MaxUnavailable; i == 0 || ready < least {
			least = ready
		}
	}
	switch {
	case len(s.Services.List) == 0 || r.MinReady == least:
	case r.MinReady > least:
		found.fault("min_ready", r.Pos, fmt.Sprintf("%d ready pods are promised at every moment, and the strategy leaves %d of the smallest service", r.MinReady, least),
			"lower max_unavailable or the promise, or give the service more replicas")
	default:
		found.doubt("min_ready", r.Pos, fmt.Sprintf("%d ready pods are promised at every moment, and the strategy never leaves fewer than %d", r.MinReady, least),
			"state the stronger one: rules watch the strategy")
	}
}
