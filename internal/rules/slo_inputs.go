package rules

import (
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/spec"
)

// Outcome says which events a series counts.
type Outcome string

// What a series that is made up for an objective tells. A series of CountsUp is 1 while its target is scraped.
const (
	CountsAll    Outcome = "all"
	CountsGood   Outcome = "good"
	CountsFailed Outcome = "failed"
	CountsUp     Outcome = "up"
	// CountsNone is no count but a state: 1 while all is well, else 0.
	CountsNone Outcome = "state"
)

// Input is one series that an objective is judged by, so that its events can be made up for stories and replays.
type Input struct {
	Name   string
	Labels map[string]string
	// Fixed are the labels among them that the objective's expression asks for; the others are the story's own.
	Fixed  map[string]string
	Counts Outcome
	// Histogram is true for a native histogram of all events.
	Histogram bool
}

// inputsOf finds series that an objective's expressions count as good, as failed and as all events. It is nil when the
// expressions read something that cannot be made up from their text.
func inputsOf(s spec.SLO, catalogue *metric.Catalogue) []Input {
	switch {
	case s.SLI.Kind == spec.Latency && s.SLI.Native:
		return histogramInput(s.SLI.Metric.Text, catalogue)
	case s.SLI.Kind == spec.Latency:
		good, err := promql.Suffixed(s.SLI.Metric.Text, "_bucket", &s.SLI.Threshold)
		if err != nil {
			return nil
		}
		total, err := promql.Suffixed(s.SLI.Metric.Text, "_count", nil)
		if err != nil {
			return nil
		}
		return eventInputs(good, total, CountsGood, catalogue)
	case s.SLI.Kind != spec.Events:
		return nil
	}
	window := func(e spec.Expr) string { return promql.Expand(e.Text, promql.Window(tile)).Text }
	if s.SLI.Good.Text != "" {
		return eventInputs(window(s.SLI.Good), window(s.SLI.Total), CountsGood, catalogue)
	}
	return eventInputs(window(s.SLI.Errors), window(s.SLI.Total), CountsFailed, catalogue)
}

// eventInputs makes up series for an expression of a part of the events and one of all of them, when each reads one
// counter.
func eventInputs(part, total string, counts Outcome, catalogue *metric.Catalogue) []Input {
	p, okPart := oneSelection(part)
	w, okTotal := oneSelection(total)
	if !okPart || !okTotal || !isCounter(p.Name, catalogue) || !isCounter(w.Name, catalogue) {
		return nil
	}
	of := func(s promql.Selection, not *promql.Selection, counts Outcome) (Input, bool) {
		set, ok := s.Example(not, labelValues(s.Name, catalogue))
		return Input{Name: s.Name, Labels: merge(storyTarget(), set), Fixed: set, Counts: counts}, ok
	}
	rest, other := CountsAll, (*promql.Selection)(nil)
	if p.Name == w.Name {
		other, rest = &p, CountsGood
		if counts == CountsGood {
			rest = CountsFailed
		}
	}
	first, ok := of(p, nil, counts)
	second, both := of(w, other, rest)
	if !ok || !both {
		return nil
	}
	return []Input{{Name: metric.Up.Name, Labels: targetOf(first.Labels), Counts: CountsUp}, first, second}
}

// histogramInput makes up a native histogram.
func histogramInput(selector string, catalogue *metric.Catalogue) []Input {
	s, ok := oneSelection(selector)
	if !ok {
		return nil
	}
	set, ok := s.Example(nil, labelValues(s.Name, catalogue))
	if !ok {
		return nil
	}
	labels := merge(storyTarget(), set)
	return []Input{
		{Name: metric.Up.Name, Labels: targetOf(labels), Counts: CountsUp},
		{Name: s.Name, Labels: labels, Fixed: set, Counts: CountsAll, Histogram: true},
	}
}

// probeOf makes up the gauge of a probe; nil for other objectives.
func probeOf(o spec.SLO, catalogue *metric.Catalogue) *Input {
	if o.SLI.Kind != spec.Probe {
		return nil
	}
	s, ok := oneSelection(o.SLI.Metric.Text)
	if !ok {
		return nil
	}
	set, ok := s.Example(nil, labelValues(s.Name, catalogue))
	if !ok {
		return nil
	}
	return &Input{Name: s.Name, Labels: merge(storyTarget(), set), Fixed: set, Counts: CountsNone}
}

// targetOf are the labels of a series by which its target is known: an objective may be about one target alone.
func targetOf(labels map[string]string) map[string]string {
	return map[string]string{"job": labels["job"], "instance": labels["instance"]}
}

func oneSelection(text string) (promql.Selection, bool) {
	found, err := promql.Selections(text)
	if err != nil || len(found) != 1 {
		return promql.Selection{}, false
	}
	return found[0], true
}

// isCounter reports whether a series only rises, and is no record.
func isCounter(series string, catalogue *metric.Catalogue) bool {
	f, suffix, ok := catalogue.Resolve(series)
	return ok && (f.Type == metric.Counter || f.Type == metric.Histogram && suffix != "")
}

// labelValues are the values of a series' labels as far as the catalogue knows them.
func labelValues(series string, catalogue *metric.Catalogue) func(string) []string {
	f, _, ok := catalogue.Resolve(series)
	return func(label string) []string {
		if !ok {
			return nil
		}
		for _, l := range f.Labels {
			if l.Name == label {
				return append([]string(nil), l.Values...)
			}
		}
		return nil
	}
}

// sourceOf makes the series of stories from inputs; nil when there are none, or when they are not plain counters.
func sourceOf(inputs []Input) eventSource {
	for _, in := range inputs {
		if in.Histogram {
			return nil
		}
	}
	if len(inputs) == 0 {
		return nil
	}
	return func(step time.Duration, phases ...traffic) []TestSeries {
		var length time.Duration
		counts := map[Outcome][]phase{}
		for _, t := range phases {
			length += t.length
			for counted, rise := range map[Outcome]float64{CountsAll: t.events, CountsGood: t.events - t.failed, CountsFailed: t.failed} {
				counts[counted] = append(counts[counted], phase{length: t.length, rise: rise, gap: t.gap})
			}
		}
		var made []TestSeries
		for _, in := range inputs {
			if in.Counts == CountsUp {
				made = append(made, series(in.Name, in.Labels, gauge(step, phase{length: length + step, value: 1})))
				continue
			}
			made = append(made, series(in.Name, in.Labels, counterValues(step, counts[in.Counts]...)))
		}
		return made
	}
}

// untested says why an objective's alerts come without tests.
func (o *objective) untested() string {
	switch {
	case !o.anchored:
		return "this server extrapolates, so that no number of events is exact: tests come with Prometheus 3.16 or newer, or with 3.7 and its feature " + spec.ExtendedRanges
	}
	return "events can be made up where each expression reads one counter, and for the records voipbin:call_setup_*"
}
