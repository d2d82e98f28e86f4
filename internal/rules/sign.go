package rules

import (
	"time"

	"github.com/voipbin/observability/internal/slo"
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
}

// signs makes the alerts of one group of systems.
type signs struct {
	links
	section
}

// clause is one rule of a sign.
type clause struct{ severity, cause, expr, summary, description string }

// add makes the alert with its stories: it holds and fires with the first clause alone, and is silent while all is well.
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
	c := gauged(g.wait)
	if g.window > 0 {
		c = counted(g.wait+g.late, g.window)
	}
	s.alert(g.Alert,
		c.fires(g.Name, "it lasts, and is over", one(firing(g.Rules[0], g.whose, g.value, nil)), g.fault(c)...),
		c.quiet(g.Name, "all is well", Silent, g.well(c)...))
}

// steady is a gauge that keeps a value for the whole course.
func (c lapse) steady(v float64) string { return c.gauge(v, v) }
