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

// sampling says what the series are like that the rules of objectives read, when they come from a number of targets that
// are scraped at an interval. Records of other rules that they read count as one series a target.
func sampling(targets int, scrape time.Duration) func(promql.Selection) promql.Sampling {
	return func(s promql.Selection) promql.Sampling {
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
}

// groupCost is how many samples a group loads when it is evaluated, and how often it is.
type groupCost struct {
	interval string // the server's own when empty
	samples  int
}

// samplesPerMinute estimates how many samples Prometheus loads in a minute for the groups of the objective.
func (o *objective) samplesPerMinute(groups []groupCost) int {
	perMinute := 0.0
	for _, g := range groups {
		every := o.evaluation
		switch g.interval {
		case promDuration(eventInterval):
			every = eventInterval
		case promDuration(budgetInterval):
			every = budgetInterval
		}
		perMinute += float64(g.samples) * time.Minute.Seconds() / every.Seconds()
	}
	return int(perMinute)
}
