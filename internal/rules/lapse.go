package rules

import (
	"time"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// lapse is the course of a story about a fault: all is well, then something is wrong, then all is well again. It is no
// longer than its proof needs, since promtool evaluates every rule of the file at every step of it.
type lapse struct {
	step                 time.Duration
	before, fault, after time.Duration
	hold                 time.Duration // from the story's begin to when the alert must fire
	reset                time.Duration // from the story's begin to when it must be over
}

// lapseOf is the course in which the alert fires a time after the fault began, and is over a time after the fault's end.
func lapseOf(wait, over time.Duration) lapse {
	const step = storyStep
	up := func(d time.Duration) time.Duration { return (d + step - 1) / step * step }
	c := lapse{step: step, before: 8 * step, fault: up(wait) + 8*step, after: up(over) + 2*step}
	c.hold, c.reset = c.before+up(wait), c.before+c.fault+up(over)
	return c
}

// later is the course with a longer time before it in which all is well.
func (c lapse) later(by time.Duration) lapse {
	c.before, c.hold, c.reset = c.before+by, c.hold+by, c.reset+by
	return c
}

// gauged is the course of what is known at once.
func gauged(wait time.Duration) lapse { return lapseOf(wait, 0) }

// counted is the course of what counters tell over a window: the first event stands in the first sample after the fault
// began, and the last one leaves the window a window after the last sample of the fault.
func counted(wait, window time.Duration) lapse { return lapseOf(wait+storyStep, window) }

// length is how long the whole course takes.
func (c lapse) length() time.Duration { return c.before + c.fault + c.after }

// gauge is a gauge that has another value during the fault.
func (c lapse) gauge(normal, faulty float64) string {
	return gauge(c.step, phase{length: c.before, value: normal}, phase{length: c.fault, value: faulty}, phase{length: c.after, value: normal})
}

// counter is a counter that rises during the fault only, by so much a step.
func (c lapse) counter(faulty float64) string {
	return counterValues(c.step, phase{length: c.before}, phase{length: c.fault, rise: faulty}, phase{length: c.after})
}

// always is the value 1 all the time.
func (c lapse) always() []phase { return []phase{{length: c.length(), value: 1}} }

// fires tells of a fault: the alert holds for a time, fires, and resets.
func (c lapse) fires(alert, title string, expected []ExpectedAlert, input ...TestSeries) TestGroup {
	return TestGroup{
		Name: alert + ": " + title, Interval: slo.FormatDuration(c.step), Proves: []Proof{Fires, Holds, Resets}, InputSeries: input,
		AlertTests: []AlertTest{
			at(c.hold-c.step, alert),
			at(c.hold, alert, expected...),
			at(c.before+c.fault-c.step, alert, expected...),
			at(c.reset, alert),
		},
	}
}

// quiet tells of what must not alert, at any of the times at which a fault would.
func (c lapse) quiet(alert, title string, proof Proof, input ...TestSeries) TestGroup {
	return TestGroup{
		Name: alert + ": " + title, Interval: slo.FormatDuration(c.step), Proves: []Proof{proof}, InputSeries: input,
		AlertTests: []AlertTest{at(c.hold, alert), at(c.before+c.fault-c.step, alert)},
	}
}

// limits tells of a share just above and just below each of two limits, so that neither may move by a tenth unseen: of the two rules, the
// first is that of the lower limit. Input makes the series in which a share of all is bad.
func (c lapse) limits(alert string, l spec.Limits, labels map[string]string, rules []Rule, input func(share float64) []TestSeries) []TestGroup {
	const near = 0.1
	between := (l.Warn + l.Page) / 2
	low, high, over := min(l.Warn*(1+near), between), max(l.Page*(1-near), between), min(l.Page*(1+near), (1+l.Page)/2)
	return []TestGroup{
		c.fires(alert, "just above both limits", all(labels, percent(over), rules...), input(over)...),
		c.fires(alert, "just below the upper limit", all(labels, percent(high), rules[0]), input(high)...),
		c.fires(alert, "just above the lower limit", all(labels, percent(low), rules[0]), input(low)...),
		c.quiet(alert, "just below the lower limit", Holds, input(l.Warn*(1-near))...),
	}
}

// nothingElse are the series of a tier's nodes that are up and tell nothing else.
func (w *watched) nothingElse(c lapse) []TestSeries {
	up := c.always()
	return w.upSeries(up, up, up)
}

// one is a list of one expected alert.
func one(e ExpectedAlert) []ExpectedAlert { return []ExpectedAlert{e} }

// all are the alerts of several rules over the same series and with the same value.
func all(labels map[string]string, value string, rules ...Rule) []ExpectedAlert {
	list := make([]ExpectedAlert, len(rules))
	for i, r := range rules {
		list[i] = firing(r, labels, value, nil)
	}
	return list
}
