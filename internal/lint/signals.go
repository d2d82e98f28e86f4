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
// the labels and bounds and in the unit. Records, whose names have colons, are the rules' own.
func Signals(s *spec.Spec, catalogue *metric.Catalogue) diag.Problems {
	var problems diag.Problems
	for _, signal := range s.Profile.Signals {
		told := map[string]bool{} // one service's word is enough
		for _, o := range s.Services.List {
			name, has := signal.MetricOf(o)
			if !has || told[name] || strings.Contains(name, ":") {
				continue
			}
			told[name] = true
			family, suffix, known := catalogue.Resolve(name)
			if !known {
				problems = append(problems, diag.At(signal.Pos, fmt.Sprintf("signal %s of %s is %s, which is in no catalogue", signal.Name, o.Name, name),
					cmp.Or(diag.DidYouMean(name, catalogue.Names()), "docs/METRICS.md lists the metrics; a service without it goes below except, with none")))
				continue
			}
			problems = append(problems, differences(signal, name, family, suffix)...)
		}
	}
	return problems
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
