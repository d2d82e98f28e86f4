package rules

import (
	"cmp"
	"time"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// sign is an alert about what others' exporters tell: one or several rules that are told apart by severity or cause, and the series of the
// story that proves it.
type sign struct {
	Alert

	board  string        // the end of the uid of the board that shows it
	wait   time.Duration // how long the condition must hold
	window time.Duration // of the counters that it reads; 0 where it reads gauges
	late   time.Duration // what passes in the story until so much of the window is bad that it counts
	whose  map[string]string
	value  string // of the story's fault, as texts print it
	fault  func(c lapse) []TestSeries
	well   func(c lapse) []TestSeries
	// others are the faults of the clauses after the first, in their order: each is proven to fire.
	others []shown
}

// shown is a fault that proves another clause than the first.
type shown struct {
	whose map[string]string
	value string
	fault func(c lapse) []TestSeries
	with  []int // the clauses that fire as well, by their place, as a ticket does when its page fires; all have the same labels
	title string

	window, late time.Duration // as of a sign
}

// signs makes the alerts of one group of systems.
type signs struct {
	links
	section
	limits spec.Alerts
}

// clause is one rule of a sign.
type clause struct{ severity, cause, expr, summary, description string }

// add makes the alert with its stories: it holds and fires with each clause, and is silent while all is well.
func (s *signs) add(g sign, clauses ...clause) {
	g.Severity = slo.Ticket
	for _, c := range clauses {
		r := Rule{
			Expr: c.expr, For: slo.FormatDuration(g.wait), Labels: map[string]string{"severity": c.severity},
			Annotations: s.annotations(g.Name, g.board, c.summary, c.description),
		}
		if c.cause != "" {
			r.Labels["cause"] = c.cause
		}
		if c.severity == slo.Page {
			g.Severity = slo.Page
		}
		g.Rules = append(g.Rules, r)
	}
	course := func(window, late time.Duration) lapse {
		if window > 0 {
			return counted(g.wait+late, window)
		}
		return gauged(g.wait)
	}
	c := course(g.window, g.late)
	stories := []TestGroup{
		c.fires(g.Name, "it lasts, and is over", one(firing(g.Rules[0], g.whose, g.value, nil)), g.fault(c)...),
		c.quiet(g.Name, "all is well", Silent, g.well(c)...),
	}
	for i, other := range g.others {
		var expected []ExpectedAlert
		for _, n := range append(other.with, i+1) {
			expected = append(expected, firing(g.Rules[n], other.whose, other.value, nil))
		}
		c := course(other.window, other.late)
		stories = append(stories, c.fires(g.Name, cmp.Or(other.title, clauses[i+1].cause, clauses[i+1].severity), expected, other.fault(c)...))
	}
	s.alert(g.Alert, stories...)
}

// steady is a gauge that keeps a value for the whole course.
func (c lapse) steady(v float64) string { return c.gauge(v, v) }
