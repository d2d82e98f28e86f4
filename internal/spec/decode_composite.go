package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/slo"
)

// Bounds of a composite: one part is no composite, and a sum of many says nothing about any.
const (
	fewestParts = 2
	mostParts   = 20
	leastWeight = 0.001
	mostWeight  = 1000
)

// allOf decodes the steps of a journey, of which each must succeed.
func allOf(v config.Value) SLI {
	s := SLI{Kind: AllOf, Parts: config.List(v, func(part config.Value) Part { return Part{Name: part.String(), Pos: part.Pos(), value: part} })}
	enough(v, s.Parts)
	return s
}

// weighted decodes parts and their weights, which are brought to a sum of 1.
func weighted(v config.Value) SLI {
	s := SLI{Kind: Weighted}
	sum := 0.0
	for _, e := range v.Entries() {
		weight := e.Value.Float(leastWeight, mostWeight)
		sum += weight
		s.Parts = append(s.Parts, Part{Name: e.Key.Raw(), Weight: weight, Pos: e.Key.Pos(), value: e.Key})
	}
	for i := range s.Parts {
		if sum > 0 {
			s.Parts[i].Weight = slo.Clean(s.Parts[i].Weight / sum)
		}
	}
	enough(v, s.Parts)
	return s
}

// enough reports a composite of too few or too many parts, or of the same part twice.
func enough(v config.Value, parts []Part) {
	if parts == nil && !v.Present() {
		return
	}
	if len(parts) < fewestParts || len(parts) > mostParts {
		v.Reject(fmt.Sprintf("%d parts", len(parts)), fmt.Sprintf("name %d to %d other objectives", fewestParts, mostParts))
	}
	for i, p := range parts {
		if p.Name != "" && slices.ContainsFunc(parts[:i], func(other Part) bool { return other.Name == p.Name }) {
			p.value.Reject(fmt.Sprintf("%q is named twice", p.Name), "each part counts once")
		}
	}
}

// composite judges what an objective has in common with its parts, once all objectives are known, and lends it the
// traffic of the part that it goes by.
func (l *loader) composite(name string, period config.Value, sli SLI) {
	for _, p := range sli.Parts {
		l.exists("slo", p.value)
	}
	l.afterwards(func() {
		at := slices.IndexFunc(l.spec.SLOs, func(o SLO) bool { return o.Name == name })
		if at < 0 {
			return // what has no proper name is reported elsewhere
		}
		o := &l.spec.SLOs[at]
		for i, p := range sli.Parts {
			if g := l.spec.Grouping(p.Name); g != nil {
				p.value.Reject(fmt.Sprintf("%q stands for several objectives", p.Name), "name those of its groups that are meant: "+strings.Join(l.spec.Called(p.Name), ", "))
			}
			part, ok := l.spec.Objective(p.Name)
			if !ok {
				continue // reported
			}
			switch {
			case p.Name == name:
				p.value.Reject(fmt.Sprintf("%q would be a part of itself", name), "name other objectives")
			case part.SLI.Composite():
				p.value.Reject(fmt.Sprintf("%q is a composite itself", p.Name), "name its parts instead: what fails is then told once, and no circle can arise")
			case part.Period != o.Period || part.Calendar != o.Calendar || !part.Clock.Equal(o.Clock):
				period.Reject(fmt.Sprintf("the period differs from that of the part %q", p.Name), "a composite and its parts have one period: "+part.periodText())
			case i == 0 && sli.Kind == AllOf:
				o.Traffic = part.Traffic
			}
		}
	})
}

// periodText is the period as it stands in the spec.
func (o SLO) periodText() string {
	if o.Calendar != Rolling {
		return string(o.Calendar)
	}
	return slo.FormatDuration(o.Period)
}
