package main

import (
	"regexp"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/spec"
)

// parsedWindow stands for an objective's $window while its expressions are only looked at.
const parsedWindow = 5 * time.Minute

// measurable returns the objectives that can be measured where only the named targets are there: without those about tiers that nothing stands
// for, without those that only probes count which nobody makes, those that the targets name, and what is made of these. Whoever waits for such an objective's data
// waits for ever.
func measurable(objectives []spec.SLO, targets scrapecfg.Targets, p spec.Platform, catalogue *metric.Catalogue) []spec.SLO {
	gone := []string{"services", "monitoring", "load_balancer", "mysql", "redis", "rabbitmq", "buckets"}
	if len(p.MediaProxies.Nodes) == 0 {
		gone = append(gone, "media_proxy")
	}
	if len(targets.Trackers) == 0 {
		gone = append(gone, "recovery")
	}
	kept := slices.DeleteFunc(slices.Clone(objectives), func(o spec.SLO) bool {
		return slices.Contains(gone, o.Tier) || slices.ContainsFunc(targets.Unmeasured, o.Called) || unprobed(o.SLI, p.SIPProber.Probes, catalogue)
	})
	names := make([]string, len(kept))
	for i, o := range kept {
		names[i] = o.Name
	}
	return slices.DeleteFunc(kept, func(o spec.SLO) bool {
		return slices.ContainsFunc(o.SLI.Parts, func(part spec.Part) bool { return !slices.Contains(names, part.Name) })
	})
}

// unprobed tells whether an expression of an objective asks for probes by name, and none of those that it names is made. An expression that does
// not parse is one that the rules refuse, with its place.
func unprobed(sli spec.SLI, made []string, catalogue *metric.Catalogue) bool {
	for _, e := range []spec.Expr{sli.Errors, sli.Good, sli.Total, sli.Metric, sli.GoodWhen, sli.Known} {
		selections, _ := promql.Selections(promql.Expand(e.Text, promql.Window(parsedWindow)).Text)
		for _, s := range selections {
			family, _, known := catalogue.Resolve(s.Name)
			if asked := s.Asked()["instance"]; known && family.Emitter == metric.SIPExporter && asked != nil && !anyMade(asked, made) {
				return true
			}
		}
	}
	return false
}

// anyMade tells whether one of the probes that are asked for, each by a name or a pattern, is made.
func anyMade(asked, made []string) bool {
	return slices.ContainsFunc(asked, func(pattern string) bool {
		whole, err := regexp.Compile("^(?:" + pattern + ")$")
		return err != nil || slices.ContainsFunc(made, whole.MatchString)
	})
}
