package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// watched is what the rules of all tiers have in common: nodes of one kind, each with an exporter of our kit beside it.
type watched struct {
	links
	section
	daemon   string // its name in texts and at the begin of its alerts' names, for example Kamailio
	service  string // its name on the machine, for example kamailio
	exporter string // the program that watches it
	port     int    // where that listens
	job      string // the job label of the targets, as the scrape configuration sets it
	board    string // the end of the uid of the board that shows the tier
	kit      metric.Kit
	start    *metric.Family // when the daemon started
	nodes    []spec.Node
	plan     string                // the file of the spec that lists the nodes
	stores   spec.StoresThresholds // of what holds data; tiers have limits of their own
}

// survivors is the number of nodes that carry the traffic when one is lost (N-1). A tier of one node cannot lose any: its
// limit is the node itself.
func (w *watched) survivors() int { return max(len(w.nodes)-1, 1) }

// targetLabels are the labels of every series that is scraped from a node.
func (w *watched) targetLabels(n spec.Node) map[string]string {
	labels := map[string]string{"job": w.job, "instance": n.Name}
	if n.Region != "" { // the jobs of scrape.yaml have no more than these two
		labels["node"], labels["region"] = n.Name, n.Region
	}
	if n.Farm != "" {
		labels["farm"] = n.Farm
	}
	return labels
}

// upSeries are the series that tell of every node whether it is scraped and up: the first node in its own way, the
// others in another.
func (w *watched) upSeries(scraped, up, others []phase) []TestSeries {
	list := make([]TestSeries, 0, 2*len(w.nodes))
	for i, n := range w.nodes {
		if i > 0 {
			scraped, up = others, others
		}
		list = append(list,
			series(metric.Up.Name, w.targetLabels(n), gauge(storyStep, scraped...)),
			series(w.kit.Up.Name, w.targetLabels(n), gauge(storyStep, up...)))
	}
	return list
}

// limitRules are the two rules of a measure with two limits. The expression's value is above the limit; text says in the
// description what {{ $value }} is of what.
func (w *watched) limitRules(alert, expr string, l spec.Limits, labels map[string]string, warns, pages, text string) []Rule {
	rule := func(severity string, limit float64, summary string) Rule {
		return Rule{
			Expr: fmt.Sprintf("%s > %s", expr, slo.FormatNumber(limit)), For: slo.FormatDuration(l.For),
			Labels: merge(labels, map[string]string{"severity": severity}),
			Annotations: w.annotations(alert, w.board, summary,
				fmt.Sprintf("{{ $value | humanizePercentage }} %s; the limit is %s.", text, slo.FormatPercent(limit))),
		}
	}
	return []Rule{rule(slo.Ticket, l.Warn, warns), rule(slo.Page, l.Page, pages)}
}

// ticketAndPage says in a runbook what the two limits do.
func ticketAndPage(l spec.Limits) string {
	return fmt.Sprintf("%s opens a ticket, %s pages, each after %s.", slo.FormatPercent(l.Warn), slo.FormatPercent(l.Page), slo.FormatDuration(l.For))
}
