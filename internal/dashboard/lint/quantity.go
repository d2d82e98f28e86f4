package lint

import (
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

func quantityRules() []Rule {
	return []Rule{{
		Name:        "unit-quantity",
		Description: "The unit is one of what the query measures, where that follows from the units of what it reads: bytes that are shown as seconds are believed.",
		panel:       unitQuantity,
	}}
}

// unitsOf lists the units (getValueFormats of @grafana/data 12.4.10) in which a quantity may be shown, none for those about which nothing is said.
func unitsOf(q promql.Quantity) []string {
	plain := "none short sishort locale"
	fitting := map[promql.Quantity]string{
		{Base: metric.None}:                     plain + " bool bool_yes_no bool_on_off",
		{Base: metric.None, PerSecond: true}:    plain + " cps ops reqps rps wps iops eps mps recps rowsps pps hertz",
		{Base: metric.Bytes}:                    "bytes decbytes",
		{Base: metric.Bytes, PerSecond: true}:   "binBps Bps",
		{Base: metric.Seconds}:                  "s dtdurations dthms clocks",
		{Base: metric.Seconds, PerSecond: true}: plain + " percentunit", // of one processor, or processors
		{Base: metric.Milliseconds}:             "ms dtdurationms dtdhms clockms",
		{Base: metric.Ratio}:                    "percentunit " + plain,
		{Base: metric.MOS}:                      plain,
	}
	return strings.Fields(fitting[promql.Quantity{Base: q.Base, PerSecond: q.PerSecond}])
}

// fits reports whether a quantity may be shown in a unit, or nothing is said about it. A text of one's own may stand behind a number of anything but bytes and
// time, which Grafana then does not scale.
func fits(q promql.Quantity, unit string) bool {
	allowed := unitsOf(q)
	scaled := q.Base == metric.Bytes || q.Base == metric.Seconds && !q.PerSecond || q.Base == metric.Milliseconds
	return len(allowed) == 0 || slices.Contains(allowed, unit) || !scaled && ownUnit.MatchString(unit)
}

// unitQuantity compares the unit in which each query is shown with what it measures. Of a heatmap the buckets' bounds have a unit as well.
func unitQuantity(r *report, _ *board, p *panel) {
	if p.Type == "logs" {
		return
	}
	for _, t := range p.Targets {
		unit, known := p.unitOf(t)
		if !known || t.Expr == "" || sourceType(t.Datasource) == "loki" {
			continue
		}
		q, ok := r.Checker.Quantity(t.Expr)
		if !ok {
			continue
		}
		if !fits(q, unit) {
			r.say("query %s: measures %s and is shown in %q", t.RefID, q, unit)
		}
		axis, _ := p.Options["yAxis"].(map[string]any)
		if bounds, _ := axis["unit"].(string); p.Type == "heatmap" && q.Bounds != metric.None && !fits(promql.Quantity{Base: q.Bounds}, bounds) {
			r.say("query %s: its buckets are bounded by %s and the axis is in %q", t.RefID, q.Bounds, bounds)
		}
	}
}

// unitOf returns the unit in which a query's values are shown, or false where that depends on names of series, or nothing is shown.
func (p *panel) unitOf(t target) (string, bool) {
	column, shown := p.columnOf(t)
	if !shown {
		return "", false
	}
	unit := p.Field.Defaults.Unit
	for _, o := range p.Field.Overrides {
		for _, property := range o.Properties {
			if property.ID != "unit" {
				continue
			}
			text, _ := property.Value.(string)
			names, _ := o.Matcher.Options.(string)
			switch {
			case o.Matcher.ID == "byFrameRefID" && names != t.RefID:
			case o.Matcher.ID == "byFrameRefID", o.Matcher.ID == "byName" && slices.Contains(column, names):
				unit = text
			case o.Matcher.ID == "byName" && p.Type == "table":
			default:
				return "", false
			}
		}
	}
	return unit, unit != "" || p.Type != "table"
}

// columnOf returns what the column of a query's values is called in a table, at first and as it is shown, and false where it is hidden or another
// transformation than those that put columns together and in order makes something else of it. What is no table has no columns.
func (p *panel) columnOf(t target) (names []string, shown bool) {
	if p.Type != "table" {
		return nil, len(p.Transformations) == 0
	}
	name := "Value"
	if len(p.Targets) > 1 {
		name = "Value #" + t.RefID
	}
	names = []string{name}
	for _, step := range p.Transformations {
		switch step.ID {
		case "organize":
			options, _ := step.Options.(map[string]any)
			hidden, _ := options["excludeByName"].(map[string]any)
			renamed, _ := options["renameByName"].(map[string]any)
			if hide, _ := hidden[name].(bool); hide {
				return nil, false
			}
			if other, ok := renamed[name].(string); ok && other != "" {
				names = append(names, other)
			}
		case "merge", "sortBy", "limit":
		default:
			return nil, false
		}
	}
	return names, true
}
