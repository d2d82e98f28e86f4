package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/slo"
)

// storyStep is the distance of samples and evaluations in stories about alerts.
const storyStep = 15 * time.Second

// stepsUp rounds a duration up to whole steps: an alert's "for" can only be seen to end at an evaluation.
func stepsUp(d time.Duration) time.Duration { return (d + storyStep - 1) / storyStep * storyStep }

// phase is a stretch of time in which a series has one value, rises steadily, or is missing.
type phase struct {
	length time.Duration
	value  float64 // at the begin of a gauge's phase; ignored for counters
	rise   float64 // a step, for counters
	gap    bool    // no samples, as when Prometheus itself was down; a counter goes on
	gone   bool    // ended by a staleness marker, as when a scrape fails or a target is removed
}

// gauge writes the values of a gauge in promtool's notation, one sample a step, over phases of constant value.
func gauge(step time.Duration, phases ...phase) string {
	parts := make([]string, 0, len(phases))
	for _, p := range phases {
		if p.length >= step {
			parts = append(parts, repeat(p, formatValue(p.value), step))
		}
	}
	return strings.Join(parts, " ")
}

// counterValues writes the values of a counter that starts at 0 and rises by each phase's rise at every step of it. The
// first sample of a phase is one rise above the last of the phase before; the very first sample is 0.
func counterValues(step time.Duration, phases ...phase) string {
	parts := make([]string, 0, len(phases)+1)
	parts = append(parts, "0")
	at := 0.0
	for _, p := range phases {
		n := int(p.length / step)
		if n == 0 {
			continue
		}
		parts = append(parts, repeat(p, formatValue(at+p.rise)+"+"+formatValue(p.rise), step))
		at += p.rise * float64(n)
	}
	return strings.Join(parts, " ")
}

// repeat writes a sample once for every step of a phase. In promtool's notation "ax3" is four samples, but "_x3" three.
func repeat(p phase, sample string, step time.Duration) string {
	n := int(p.length / step)
	switch {
	case p.gap:
		return fmt.Sprintf("_x%d", n)
	case p.gone && n == 1:
		return "stale"
	case p.gone:
		return fmt.Sprintf("stale _x%d", n-1)
	}
	return fmt.Sprintf("%sx%d", sample, n-1)
}

// formatValue prints a number without noise.
func formatValue(v float64) string {
	const exact = 1e12 // whole numbers below it have none
	if whole := int64(v); v > -exact && v < exact && float64(whole) == v {
		return strconv.FormatInt(whole, 10)
	}
	return strconv.FormatFloat(slo.Clean(v), 'f', -1, 64)
}

// series is one input series.
func series(name string, labels map[string]string, values string) TestSeries {
	return TestSeries{Series: name + labelText(labels), Values: values}
}

// labelText prints labels as PromQL does, in the order of their names.
func labelText(labels map[string]string) string {
	if len(labels) == 0 {
		return ""
	}
	pairs := make([]string, 0, len(labels))
	for _, n := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, fmt.Sprintf("%s=%q", n, labels[n]))
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

// at is the state of an alert at a time.
func at(t time.Duration, alert string, firing ...ExpectedAlert) AlertTest {
	if firing == nil {
		firing = []ExpectedAlert{}
	}
	return AlertTest{EvalTime: slo.FormatDuration(t), Alert: alert, Expected: firing}
}

// firing is what a rule's alert looks like for given series labels and a given text of its value. More replaces further
// parts of the templates by what they become.
func firing(r Rule, labels map[string]string, value string, more map[string]string) ExpectedAlert {
	annotations := make(map[string]string, len(r.Annotations))
	for name, text := range r.Annotations {
		for from, to := range more {
			text = strings.ReplaceAll(text, from, to)
		}
		for label, v := range labels {
			text = strings.ReplaceAll(text, "{{ $labels."+label+" }}", v)
		}
		before, rest, found := strings.Cut(text, "{{ $value")
		for found {
			_, after, _ := strings.Cut(rest, "}}")
			text = before + value + after
			before, rest, found = strings.Cut(text, "{{ $value")
		}
		annotations[name] = text
	}
	return ExpectedAlert{Labels: merge(labels, r.Labels), Annotations: annotations}
}
