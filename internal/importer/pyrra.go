package importer

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/config"
)

// pyrra reads a ServiceLevelObjective (https://github.com/pyrra-dev/pyrra).
func (r *reader) pyrra(m *config.Map) struct{} {
	pass(m, "apiVersion", "kind")
	var name, labels config.Value
	config.Object(m.Required("metadata"), func(meta *config.Map) struct{} {
		name, labels = meta.Required("name"), meta.Optional("labels")
		pass(meta, "namespace")
		r.leave(meta.Optional("annotations"), "annotations", "")
		return struct{}{}
	})
	return config.Object(m.Required("spec"), func(s *config.Map) struct{} {
		o := r.named(name.String(), "", labels)
		o.Objective, o.Period, o.Description = percent(s.Required("target")), period(s.Required("window")), s.Optional("description").String()
		r.leave(s.Optional("alerting"), "alerting", "alerts follow from the objective; write tiers for other windows")
		pass(s, "performanceOverAccuracy")
		indicated := config.Object(s.Required("indicator"), r.pyrraIndicator)
		o.SLI, o.Grouping = indicated.sli, indicated.by
		r.add(o, name, true)
		return struct{}{}
	})
}

// indicated is an indicator, with the grouping that stands in it.
type indicated struct {
	sli SLI
	by  *Grouping
}

func (r *reader) pyrraIndicator(m *config.Map) indicated {
	ratio, latency, native, gauge := m.Optional("ratio"), m.Optional("latency"), m.Optional("latencyNative"), m.Optional("bool_gauge")
	switch {
	case ratio.Present():
		return config.Object(ratio, func(x *config.Map) indicated {
			by := r.grouping(x)
			return indicated{SLI{Errors: sum(by.metricOf(x, "errors")), Total: sum(by.metricOf(x, "total"))}, by}
		})
	case latency.Present():
		return config.Object(latency, func(x *config.Map) indicated {
			by := r.grouping(x)
			return indicated{SLI{Good: sum(by.metricOf(x, "success")), Total: sum(by.metricOf(x, "total"))}, by}
		})
	case native.Present():
		return config.Object(native, func(x *config.Map) indicated {
			by := r.grouping(x)
			return indicated{SLI{Latency: &Latency{Histogram: by.metricOf(x, "total"), Threshold: x.Required("latency").Raw(), Native: true}}, by}
		})
	}
	return config.Object(gauge, func(x *config.Map) indicated {
		by := r.grouping(x)
		return indicated{SLI{Probe: by.selector(x.Required("metric").String())}, by}
	})
}

// grouping carries over by which label an indicator is grouped, where the values are known: ours are listed. It is nil for one that is not, and
// for what is not carried over.
func (r *reader) grouping(m *config.Map) *Grouping {
	v := m.Optional("grouping")
	var by *Grouping
	for _, l := range config.List(v, func(l config.Value) config.Value { return l }) {
		values := r.groups[l.Raw()]
		switch {
		case by != nil:
			r.leave(l, fmt.Sprintf("grouping by a second label, %s,", l.Raw()), "one label has budgets: write an objective for each value of this one")
		case values == nil:
			r.leave(l, "grouping by "+l.Raw(), fmt.Sprintf("groups are listed: say which there are, -group %s=VALUE,VALUE", l.Raw()))
		default:
			by, r.used[l.Raw()] = &Grouping{By: l.Raw(), Values: values}, true
		}
	}
	return by
}

// metricOf is the selector under a key, of a group where there are any.
func (g *Grouping) metricOf(m *config.Map, key string) string {
	return g.selector(config.Object(m.Required(key), func(x *config.Map) string { return x.Required("metric").String() }))
}

// selector puts the condition of a group into a selector.
func (g *Grouping) selector(text string) string {
	if g == nil {
		return text
	}
	condition := fmt.Sprintf(`%s="$%s"`, g.By, g.By)
	before, closed := strings.CutSuffix(strings.TrimSpace(text), "}")
	switch before = strings.TrimRight(before, ", "); {
	case !closed:
		return text + "{" + condition + "}"
	case strings.HasSuffix(before, "{"):
		return before + condition + "}"
	}
	return before + "," + condition + "}"
}
