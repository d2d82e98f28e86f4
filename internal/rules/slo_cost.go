package rules

import (
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

// costTargets is for how many targets the cost of an objective is told: three, with two series each, are what others
// publish their figures for.
const costTargets = 3

// samplesPerMinute estimates how many samples Prometheus loads in a minute for the rules of the objective, when its series
// come from a number of targets that are scraped at an interval. Records of other rules that it reads count as one series a target.
func (o *objective) samplesPerMinute(targets int, scrape time.Duration) int {
	of := func(s promql.Selection) promql.Sampling {
		switch {
		case strings.HasPrefix(s.Name, "slo:"):
			return promql.Sampling{Series: 1, Spacing: eventInterval}
		case s.Name == metric.SLOMaintenanceActive.Name:
			return promql.Sampling{} // nothing, but for hours of a year
		case s.Name == metric.Up.Name, strings.HasPrefix(s.Name, "voipbin:"):
			return promql.Sampling{Series: targets, Spacing: scrape}
		case s.Conditions() > 0:
			return promql.Sampling{Series: targets, Spacing: scrape}
		}
		return promql.Sampling{Series: 2 * targets, Spacing: scrape}
	}
	perMinute := 0.0
	for _, g := range append(o.eventGroups(), o.budgetGroup()) {
		every := map[string]time.Duration{promDuration(eventInterval): eventInterval, promDuration(budgetInterval): budgetInterval}[g.Interval]
		if every == 0 {
			every = o.evaluation
		}
		for _, r := range g.Rules {
			samples, err := promql.Samples(r.Expr, of)
			if err != nil {
				continue // Build says so
			}
			perMinute += float64(samples) * time.Minute.Seconds() / every.Seconds()
		}
	}
	return int(perMinute)
}
