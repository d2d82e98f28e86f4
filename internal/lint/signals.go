package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Signals holds what a profile says of series to the catalogue of metrics: that each service has the family, of the signal's type, with
// the labels and bounds and in the unit, and that the limit of how long requests may take is one of the bounds. Records, whose names have colons, are the rules' own.
func Signals(s *spec.Spec, catalogue *metric.Catalogue) diag.Problems {
	var problems diag.Problems
	limited := false // the same limit is one mistake, whatever stumbles over it
	for _, signal := range s.Profile.Signals {
		unlike := unlikeCatalogue(s, signal, catalogue)
		if len(unlike) == 0 && !limited {
			unlike = betweenBounds(s, signal, catalogue)
			limited = len(unlike) > 0
		}
		problems = append(problems, unlike...)
	}
	return problems
}

// unlikeCatalogue is what a profile says of a signal that the catalogue does not. What all services have alike is one mistake.
func unlikeCatalogue(s *spec.Spec, signal spec.Signal, catalogue *metric.Catalogue) diag.Problems {
	var unknown, differing diag.Problems
	told := map[string]bool{} // one service's word is enough
	for _, o := range s.Services.List {
		name, has := signal.MetricOf(o)
		if !has || told[name] || strings.Contains(name, ":") {
			continue
		}
		told[name] = true
		family, suffix, known := catalogue.Resolve(name)
		switch {
		case !known:
			unknown = append(unknown, diag.At(signal.Pos, fmt.Sprintf("signal %s of %s is %s, which is in no catalogue", signal.Name, o.Name, name),
				cmp.Or(diag.DidYouMean(name, catalogue.Names()), "docs/METRICS.md lists the metrics; a service without it goes below except, with none")))
		case len(differing) == 0:
			differing = differences(signal, name, family, suffix)
		}
	}
	if len(unknown) > 1 && len(unknown) == len(told) {
		unknown = unknown[:1]
	}
	return append(unknown, differing...)
}

// betweenBounds reports a limit of how long requests may take at which no bucket of a signal ends: which requests took longer is then not known.
func betweenBounds(s *spec.Spec, signal spec.Signal, catalogue *metric.Catalogue) diag.Problems {
	bounds := signal.Bounds
	if len(bounds) == 0 && signal.Shared() {
		if family, _, known := catalogue.Resolve(signal.Metric); known {
			bounds = family.Buckets
		}
	}
	limit := s.Alerts.Services.Latency.Seconds()
	if signal.Type != "histogram" || len(bounds) == 0 || !s.Services.Described() {
		return nil
	}
	in := make([]float64, len(bounds)) // seconds
	for i, b := range bounds {
		in[i] = slo.Clean(b * signal.Scale)
	}
	at, found := slices.BinarySearch(in, limit)
	if found {
		return nil
	}
	seconds := func(i int) string { return slo.FormatNumber(in[i]) + "s" }
	hint := "the nearest are " + seconds(max(at-1, 0)) + " and " + seconds(min(at, len(in)-1))
	switch at {
	case 0:
		hint = "the lowest is " + seconds(0)
	case len(in):
		hint = "the highest is " + seconds(len(in)-1)
	}
	pos := s.Alerts.Services.Pos
	if pos.File == "" { // the limit is the usual one, which nobody wrote
		pos = signal.Pos
	}
	what := fmt.Sprintf("services: a latency of %s is no bucket bound of signal %s (%s) in profile %s", slo.FormatDuration(s.Alerts.Services.Latency), signal.Name, signal.Metric, s.Profile.Name)
	return diag.Problems{diag.At(pos, what, hint)}
}

// differences are what a profile says of a family that the catalogue says otherwise.
func differences(signal spec.Signal, name string, family *metric.Family, suffix string) diag.Problems {
	var problems diag.Problems
	wrong := func(what, hint string) {
		problems = append(problems, diag.At(signal.Pos, fmt.Sprintf("signal %s: %s %s", signal.Name, name, what), hint))
	}
	kind := family.Type.String()
	if suffix == "_count" || suffix == "_bucket" {
		kind = "counter"
	}
	if kind != signal.Type {
		wrong(fmt.Sprintf("is a %s, and the signal a %s", kind, signal.Type), "the number of a histogram's observations is a counter: its name ends in _count")
	}
	for i, label := range signal.LabelNames {
		if label != "" && !family.HasLabel(label) {
			wrong(fmt.Sprintf("has no label %q for %s", label, signal.Labels[i]), cmp.Or(diag.DidYouMean(label, family.LabelNames()), "it has: "+strings.Join(family.LabelNames(), ", ")))
		}
	}
	if milliseconds := family.Unit == metric.Milliseconds; signal.Type == "histogram" && family.Unit != metric.None && milliseconds != (signal.Scale < 1) {
		wrong(fmt.Sprintf("is in %s", family.Unit), "unit: "+string(family.Unit))
	}
	for _, b := range signal.Bounds {
		if family.Buckets != nil && !slices.Contains(family.Buckets, b) {
			wrong(fmt.Sprintf("has no bucket bound %s", slo.FormatNumber(b)), "thresholds can stand only where a bucket ends")
		}
	}
	return problems
}
