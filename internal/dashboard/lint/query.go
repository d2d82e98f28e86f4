package lint

import (
	"regexp"
	"slices"
	"strings"
)

// legendLabel finds the labels in a legend: {{name}}.
var legendLabel = regexp.MustCompile(`\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}`)

func queryRules() []Rule {
	return []Rule{
		{
			Name:        "query-promql",
			Description: "Every query parses, every metric, label and label value in it exists, and functions fit the metric's type: else the panel is empty or wrong for ever.",
			panel: func(r *report, _ *board, p *panel) {
				for _, expr := range p.queries() {
					r.expression("query", expr)
				}
			},
		},
		{
			Name:        "query-interval",
			Description: "Every range is $__rate_interval, which grows with the time shown: a fixed one skips samples on long ranges and finds none on short ones.",
			panel: func(r *report, _ *board, p *panel) {
				for _, expr := range p.queries() {
					for _, selected := range ranges(expr) {
						if selected != "$__rate_interval" {
							r.say("range [%s], want [$__rate_interval]", selected)
						}
					}
				}
			},
		},
		{
			Name:        "query-step",
			Description: "A query over a range says how often data come, no oftener than they do: Grafana takes 15 seconds otherwise, and of a slower scrape a rate would find no two samples. A rate up to one moment says so where its job is scraped less often than others.",
			panel:       queryStep,
		},
		{
			Name:        "query-mode",
			Description: "Every query asks either for one moment or for the whole range. Numbers and tables ask for the moment: of a range they would show the last value that there was, however old. Graphs ask for the range.",
			panel:       queryMode,
		},
		{
			Name:        "query-legend",
			Description: "Where a query can return several series, or a panel has several queries, the legend tells them apart, by labels that the result has.",
			panel:       queryLegend,
		},
		{
			Name:        "query-exemplar",
			Description: "Queries of histograms ask for exemplars, and no others: only histograms have them.",
			panel: func(r *report, _ *board, p *panel) {
				for _, t := range p.Targets {
					histogram := asksForBuckets(t.Expr)
					if sourceType(t.Datasource) == "prometheus" && t.Range && t.Exemplar != histogram {
						r.say("query %s: exemplar is %v, want %v", t.RefID, t.Exemplar, histogram)
					}
				}
			},
		},
	}
}

// asksForBuckets reports whether a query reads the buckets of a histogram, and not a series with that word within its name.
func asksForBuckets(expr string) bool {
	_, rest, found := strings.Cut(expr, "_bucket")
	for found {
		if rest == "" || strings.ContainsAny(rest[:1], "{[) ") {
			return true
		}
		_, rest, found = strings.Cut(rest, "_bucket")
	}
	return false
}

// expression judges one PromQL expression.
func (r *report) expression(what, expr string) {
	for _, p := range r.Checker.Check(expr) {
		r.say("%s: %s in %q", what, p, expr)
	}
}

// ranges returns what stands in brackets in an expression, outside of quoted text: the ranges, and those of subqueries.
func ranges(expr string) []string {
	var out []string
	quote, open := byte(0), -1
	for i := 0; i < len(expr); i++ {
		c := expr[i]
		switch {
		case quote != 0 && c == '\\' && quote != '`':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '[':
			open = i + 1
		case c == ']' && open >= 0:
			out = append(out, strings.TrimSpace(expr[open:i]))
			open = -1
		}
	}
	return out
}

func queryStep(r *report, _ *board, p *panel) {
	for _, t := range p.Targets {
		every := r.Every(t.Expr)
		slow := every > r.ScrapeInterval && strings.Contains(t.Expr, "$__rate_interval")
		if !t.Range && !slow || sourceType(t.Datasource) != "prometheus" {
			continue
		}
		if d, err := grafanaDuration(t.Interval); err != nil || d < every {
			r.say("query %s: interval %q, want %s or more", t.RefID, t.Interval, every)
		}
	}
}

func queryMode(r *report, _ *board, p *panel) {
	for _, t := range p.Targets {
		if sourceType(t.Datasource) == "loki" {
			continue
		}
		switch {
		case t.Instant == t.Range:
			r.say("query %s: want one of instant and range", t.RefID)
		case p.Type == "table" && (!t.Instant || t.Format != "table"):
			r.say("query %s: a table wants instant and the format table", t.RefID)
		case slices.Contains([]string{"stat", "gauge", "bargauge"}, p.Type) && !t.Instant:
			r.say("query %s: a %s wants instant", t.RefID, p.Type)
		case slices.Contains([]string{"timeseries", "state-timeline", "heatmap"}, p.Type) && !t.Range:
			r.say("query %s: a %s wants range", t.RefID, p.Type)
		case p.Type == "heatmap" && t.Format != "heatmap":
			r.say("query %s: a heatmap wants the format heatmap", t.RefID)
		}
	}
}

func queryLegend(r *report, _ *board, p *panel) {
	if p.Type == "table" || p.Type == "logs" {
		return
	}
	seen := map[string]string{}
	for _, t := range p.Targets {
		labels := r.Checker.Labels(t.Expr)
		named := legendLabel.FindAllStringSubmatch(t.Legend, -1)
		if len(labels) > 0 && len(named) == 0 {
			r.say("query %s: several series (%s) and the legend %q names no label", t.RefID, strings.Join(labels, ", "), t.Legend)
		}
		for _, m := range named {
			if !slices.Contains(labels, m[1]) {
				r.say("query %s: the legend names label %q, the result has %q", t.RefID, m[1], labels)
			}
		}
		if other, ok := seen[t.Legend]; ok {
			r.say("queries %s and %s have the same legend %q", other, t.RefID, t.Legend)
		}
		seen[t.Legend] = t.RefID
	}
}
