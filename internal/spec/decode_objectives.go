package spec

import (
	"fmt"
	"slices"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// objectiveChange decodes by which series an objective is measured instead. What is promised stays. A name of a grouping is about all of its groups;
// the change is told whether those of groupings are made now, or the others.
func (l *loader) objectiveChange(m *config.Map) func(l *loader, groupings bool) {
	name, sli := m.Required("name"), m.Required("sli")
	l.unique("objective", name)
	measured := config.Object(sli, indicator)
	if measured.Composite() {
		sli.Reject("a profile changes by which series an objective is measured, and not what it is made of", "count events: errors or good, and total")
	}
	identifier(name)
	return func(l *loader, groupings bool) {
		if g := l.spec.Grouping(name.Raw()); g != nil {
			if groupings {
				l.measureGroups(g, measured)
			}
			return
		}
		if groupings {
			return
		}
		names := Names(l.spec.SLOs)
		i, meant := slices.IndexFunc(l.spec.SLOs, func(o SLO) bool { return o.Name == name.Raw() }), diag.DidYouMean(name.Raw(), names)
		switch {
		case i < 0 && meant == "": // what is not promised need not be measured
		case i < 0:
			name.Reject(fmt.Sprintf("there is no objective %q", name.Raw()), meant)
		case l.spec.SLOs[i].SLI.Composite():
			name.Reject(fmt.Sprintf("%q is a composite", name.Raw()), "it is measured by its parts: change those")
		default:
			l.spec.SLOs = slices.Clone(l.spec.SLOs)
			l.measure(&l.spec.SLOs[i], measured)
		}
	}
}

// measure has one objective measured otherwise. That of a group may have its value written out, or the grouping's variable.
func (l *loader) measure(o *SLO, by SLI) {
	g := o.Group.Of
	l.variables(by, g, false)
	if g != nil {
		by = by.forGroup(o.Group)
	}
	o.SLI = by
}

// measureGroups has all objectives of a grouping measured otherwise, and what no group has be looked for there.
func (l *loader) measureGroups(g *Grouping, by SLI) {
	l.variables(by, g, true)
	changed := *g
	changed.SLI = by
	l.spec.SLOs = slices.Clone(l.spec.SLOs)
	for i := range l.spec.SLOs {
		if o := &l.spec.SLOs[i]; o.Group.Of == g {
			o.Group.Of = &changed
			o.SLI = by.forGroup(o.Group)
		}
	}
}
