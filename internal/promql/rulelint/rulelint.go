// Package rulelint judges generated rules by what the offline checks of pint are about (https://cloudflare.github.io/pint/checks/), which most teams
// hold their rules to. It asks no server, reads no configuration of pint, and judges nothing that takes either: Skipped says why.
package rulelint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/rules"
)

// Options is what is known of the server that loads the rules.
type Options struct {
	Checker   *promql.Checker // knows every series
	Scrape    time.Duration   // how often targets are scraped
	Retention time.Duration   // how long samples are kept
}

// Finding is one thing that a check finds wrong with a rule, or with a group where there is none.
type Finding struct {
	Check string // as pint names it
	Group string
	Rule  string
	What  string
}

// Check is one of pint's, and what it is about here.
type Check struct {
	Name  string
	judge func(*run, rule) []string
}

// rule is a rule with its group and its parsed expression.
type rule struct {
	rules.Rule
	group    rules.Group
	expr     parser.Expr // nil where it does not parse
	problems []promql.Problem
	place    int // among all rules
}

// run is the judgement of some rule files.
type run struct {
	Options
	all     []rule
	made    map[string]int    // the place of the first rule that makes a record
	written map[string]string // the group of a record with its labels
}

// Checks lists what is judged, in the order of their names.
func Checks() []Check {
	return []Check{
		{"alerts/absent", absent}, {"alerts/annotation", annotation}, {"alerts/comparison", comparison}, {"alerts/for", alertFor}, {"alerts/template", templates},
		{"group/interval", groupInterval},
		{"promql/counter", told("is read as a level")}, {"promql/features", features}, {"promql/fragile", fragile}, {"promql/impossible", impossible},
		{"promql/nan", nan}, {"promql/offset", offsets}, {"promql/range_query", ranges}, {"promql/rate", rates}, {"promql/regexp", regexps},
		{"promql/series", told("unknown metric", "is never", "has no bucket", "has no label", "does not name a metric")}, {"promql/syntax", told("PromQL syntax")},
		{"promql/vector_matching", told("never match", "several series on", "many series on", "neither side has")},
		{"rule/dependency", dependency}, {"rule/duplicate", duplicate}, {"rule/for", ruleFor}, {"rule/label", labels}, {"rule/link", link}, {"rule/name", names},
		{"rule/owner", owner},
	}
}

// Skipped are the checks of pint that judge nothing here, with the reason.
func Skipped() map[string]string {
	return map[string]string{
		"alerts/count":           "it asks a server how often an alert would have come: obsgen backtest does",
		"alerts/external_labels": "it compares templates with a server's external labels, which no generated text uses",
		"labels/conflict":        "it compares labels with a server's external labels, of which the generated configuration has none",
		"promql/aggregate":       "it holds aggregations to labels that a team configures; the labels of each record are declared, and a test holds its rule to them",
		"promql/performance":     "it looks for what another record has already, by a server's rules; make footprint measures what ours load",
		"promql/selector":        "it demands labels in selectors that a team configures",
		"query/cost":             "it asks a server what a query loads: the samples of each objective are estimated, printed by obsgen check, and measured by make accuracy",
		"rule/reject":            "it forbids words that a team configures",
		"rule/report":            "it reports each rule that a team's configuration picks",
		"yaml/parse":             "the files are written from typed values, and promtool reads them in make check",
	}
}

// Judge returns what the checks find in rule files, in the order of the rules.
func Judge(files []rules.RuleFile, opts Options) []Finding {
	r := &run{Options: opts, made: make(map[string]int), written: make(map[string]string)}
	for _, f := range files {
		for g, one := range f.All() {
			judged := rule{Rule: one, group: g, place: len(r.all), problems: opts.Checker.Check(one.Expr)}
			judged.expr, _ = promql.Parser().ParseExpr(one.Expr) // what does not parse is among the problems
			r.all = append(r.all, judged)
			if _, known := r.made[one.Record]; one.Record != "" && !known {
				r.made[one.Record] = judged.place
			}
		}
	}
	var found []Finding
	for _, one := range r.all {
		for _, c := range Checks() {
			for _, what := range c.judge(r, one) {
				found = append(found, Finding{Check: c.Name, Group: one.group.Name, Rule: one.Record + one.Alert, What: what})
			}
		}
	}
	return found
}

// told is what the checker says in certain words.
func told(words ...string) func(*run, rule) []string {
	return func(_ *run, one rule) []string {
		var found []string
		for _, p := range one.problems {
			if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(p.What, w) }) {
				found = append(found, p.What)
			}
		}
		return found
	}
}

// nodes calls a function with each part of an expression, and the parts around it.
func (one rule) nodes(visit func(node parser.Node, path []parser.Node)) {
	if one.expr == nil {
		return
	}
	parser.Inspect(one.expr, func(node parser.Node, path []parser.Node) error {
		visit(node, path)
		return nil
	})
}

// dependency finds a record that is read and never made, or made after it was read in its own group. That groups read each other is no finding: what
// reads another group's records does so at whole multiples of their window, so that no value depends on which group came first.
func dependency(r *run, one rule) []string {
	var found []string
	one.nodes(func(node parser.Node, _ []parser.Node) {
		s, ok := node.(*parser.VectorSelector)
		if !ok || !strings.Contains(s.Name, ":") || s.Name == one.Record {
			return
		}
		at, made := r.made[s.Name]
		switch {
		case !made && !r.scraped(s.Name):
			found = append(found, s.Name+" is made by no rule")
		case made && at > one.place && r.all[at].group.Name == one.group.Name:
			found = append(found, s.Name+" is made after it is read")
		}
	})
	return found
}

// scraped reports whether a series with a colon in its name comes from a target: the tracker tells of maintenance so.
func (r *run) scraped(name string) bool { return len(r.Checker.Check(name)) == 0 }

// duplicate finds a record of the same labels, or an alert of the same labels and expression, that is there already.
func duplicate(r *run, one rule) []string {
	key := one.Record + one.Alert
	for _, l := range slices.Sorted(maps.Keys(one.Labels)) {
		key += fmt.Sprintf(" %s=%q", l, one.Labels[l])
	}
	if one.Alert != "" {
		key += " " + one.Expr
	}
	if group, known := r.written[key]; known {
		return []string{"it is in group " + group + " already"}
	}
	r.written[key] = one.group.Name
	return nil
}

// groupInterval finds a group whose records an instant query would miss between two evaluations.
func groupInterval(_ *run, one rule) []string {
	const lookback = 5 * time.Minute
	if every, err := time.ParseDuration(one.group.Interval); one.group.Interval != "" && (err != nil || every > lookback) {
		return []string{"the group is evaluated every " + one.group.Interval}
	}
	return nil
}
