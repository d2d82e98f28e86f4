package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// unlistedWindow is how far back events are looked for that no group has, at least. Twice the time for which they must be seen is the other bound:
// one event has to be seen for as long.
const unlistedWindow = time.Hour

// unlistedSuffix ends the names of the files with these alerts: what an objective's are called stands before it.
const unlistedSuffix = "-groups"

// unlisted makes the alert about events that no group of a grouping has.
type unlisted struct {
	links
	section
	*spec.Grouping
	wait  time.Duration
	reads []unlistedSeries
	asks  string // what is asked of the label in the place of a group's value
}

// unlistedSeries is one series of which the objectives count the events.
type unlistedSeries struct {
	promql.Selection
	counts reading
	labels map[string]string // of one that no group has
}

// reading is how it is seen that a series has events.
type reading string

// Counters grow, and begin with their first events. Records of increases are above zero. Of other series it is an event that they are there, and of all that
// are no counters where the samples themselves are the events: those of a probe that fails are 0.
const (
	growing  reading = "counter"
	positive reading = "record"
	present  reading = "state"
)

// UnlistedAlert is the name of the alert about what no group of a grouping has.
func UnlistedAlert(g *spec.Grouping) string { return camel(g.Name) + "GroupUnknown" }

// unlistedParts are the alerts about what no group has, each in a file of its own, and warnings of the groupings of which none can be made.
func unlistedParts(s *spec.Spec, l links, catalogue *metric.Catalogue) (parts []part, problems diag.Problems) {
	for _, g := range spec.Groupings(s.SLOs) {
		u := &unlisted{links: l, Grouping: g, wait: s.Alerts.Objectives.GroupUnknownFor, asks: noneOf(g.Label, g.Values)}
		if u.find(catalogue); len(u.reads) > 0 {
			u.tell()
		} else {
			// Expressions that cannot be read are errors, which the objectives report.
			problems = append(problems, diag.Problem{
				Pos: g.Pos, Warning: true, What: fmt.Sprintf("nothing tells of events of another %s than those that %q lists", g.Label, g.Name),
				Hint: fmt.Sprintf("let a series that counts all events ask for %s alone: a further condition on that label leaves no value that could be tried", g.Condition()),
			})
		}
		parts = append(parts, part{"slo_" + g.Name + unlistedSuffix, u.section, nil})
	}
	return parts, problems
}

// noneOf is the condition that a label has none of some values, which are taken by the letter. A series without the label fulfils it.
func noneOf(label string, values []string) string {
	if len(values) == 1 {
		return fmt.Sprintf("%s!=%q", label, values[0])
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = regexp.QuoteMeta(v)
	}
	return fmt.Sprintf("%s!~%q", label, strings.Join(quoted, "|"))
}

// find looks through the expression of all events for the series that are told apart by the label.
func (u *unlisted) find(catalogue *metric.Catalogue) {
	for _, s := range u.selections() {
		if !strings.Contains(s.String(), u.asks) || slices.ContainsFunc(u.reads, func(have unlistedSeries) bool { return have.String() == s.String() }) {
			continue
		}
		labels, ok := s.Example(nil, labelValues(s.Name, catalogue))
		if !ok {
			continue
		}
		read := unlistedSeries{Selection: s, counts: present, labels: merge(storyTarget(), labels)}
		switch {
		case strings.Contains(s.Name, ":"):
			read.labels = labels // a record has no target
			if u.SLI.Kind != spec.Probe && u.SLI.Kind != spec.TimeSlice {
				read.counts = positive
			}
		case isCounter(s.Name, catalogue):
			read.counts = growing
		}
		u.reads = append(u.reads, read)
	}
}

// selections are the selections of all events, with none of the groups' values in the place of one.
func (u *unlisted) selections() []promql.Selection {
	other := func(e spec.Expr) string {
		return overWindow(strings.ReplaceAll(e.Text, u.Condition(), u.asks), tile)
	}
	var found []promql.Selection
	var err error
	switch u.SLI.Kind {
	case spec.Latency:
		text := other(u.SLI.Metric)
		if !u.SLI.Native {
			text, err = promql.Suffixed(text, "_count", nil)
		}
		if err == nil {
			found, err = promql.Selections(text)
		}
	case spec.Probe:
		found, err = promql.Selections(other(u.SLI.Metric))
	case spec.TimeSlice:
		found, err = promql.Selections(other(u.SLI.Known))
	default:
		found, err = promql.Counted(other(u.SLI.Total))
	}
	if err != nil {
		return nil
	}
	return found
}

// window is how far back the rule looks.
func (u *unlisted) window() time.Duration { return max(unlistedWindow, 2*u.wait) }

// expr yields the values of the label of which there are events and no group.
func (u *unlisted) expr() string {
	window := promDuration(u.window())
	var parts []string
	for _, s := range u.reads {
		switch s.counts {
		case growing:
			// An increase does not see the first events of a counter that begins with them.
			parts = append(parts, fmt.Sprintf("sum by (%s) (increase(%s[%s])) > 0", u.Label, s, window),
				fmt.Sprintf("sum by (%s) (%s unless %s offset %s) > 0", u.Label, s, s, window))
		case positive:
			parts = append(parts, fmt.Sprintf("sum by (%s) (max_over_time(%s[%s])) > 0", u.Label, s, window))
		case present:
			parts = append(parts, fmt.Sprintf("count by (%s) (present_over_time(%s[%s])) > 0", u.Label, s, window))
		}
	}
	return strings.Join(parts, " or ")
}

// value stands for the label's value in texts.
func (u *unlisted) value() string { return "{{ $labels." + u.Label + " }}" }

// tell makes the alert and what proves it.
func (u *unlisted) tell() {
	name := UnlistedAlert(u.Grouping)
	rule := Rule{
		Expr: u.expr(), For: promDuration(u.wait),
		Labels: map[string]string{"slo": u.Name, "tier": u.Tier, "owner": u.Owner, "severity": slo.Ticket},
		Annotations: u.annotations(name, u.Dashboard, fmt.Sprintf("%s: nobody promises anything for %s %q", u.Title, u.Label, u.value()),
			fmt.Sprintf("There are events of %s %q, which is in no group of the objective: they count for no budget, and no alert watches them.", u.Label, u.value())),
	}
	u.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: u.Title + ": there are events that no group has",
		Meaning: fmt.Sprintf("The objective is grouped by %s, and its groups are listed: %s. There were events within the last %s of another value, or of series without the label.",
			u.Label, strings.Join(u.Values, ", "), promDuration(u.window())),
		Impact: "What is not listed has no budget: if all of it fails, no objective is missed and nobody is woken for it.",
		Look: []string{
			fmt.Sprintf("`promtool query instant http://localhost:9090 'count by (%s) (%s)'`: which values there are, of what targets", u.Label, u.reads[0]),
			"whether the value is new, as that of a service that was deployed for the first time, or is a slip of one that is listed",
		},
		Do: []string{
			fmt.Sprintf("Add the value to grouping.values of %s in spec/slos.yaml, with its own traffic where that differs, and `obsgen check` and `obsgen generate` again, then `curl -X POST http://localhost:9090/-/reload`.", u.Name),
			"If nothing is to be promised for it, leave it out of the expressions by a further condition: then it is left out where it can be read.",
			"If it is a slip, or the label is missing, mend what exposes it.",
		},
		FalsePositives: []string{"A value that was taken out of the list on purpose while there are events of it: they are told until a condition of the expressions leaves them out."},
	}, u.stories(name, rule)...)
}
