package importer

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/config"
)

// sloth reads a file of version prometheus/v1 (https://sloth.dev/specs/default/) or its Kubernetes resource.
func (r *reader) sloth(m *config.Map) struct{} {
	if m.Optional("spec").Present() {
		pass(m, "apiVersion", "kind", "metadata")
		return config.Object(m.Required("spec"), r.slothService)
	}
	pass(m, "version")
	return r.slothService(m)
}

func (r *reader) slothService(m *config.Map) struct{} {
	service, labels := m.Required("service"), m.Optional("labels")
	config.Objects(m.Required("slos"), func(s *config.Map) struct{} {
		name := s.Required("name")
		o := r.named(name.String(), service.Raw(), labels)
		o.Objective, o.Description = percent(s.Required("objective")), s.Optional("description").String()
		r.leave(s.Optional("labels"), "labels of the objective", "")
		r.leave(s.Optional("plugins"), "plugins", "")
		r.leave(s.Optional("alerting"), "alerting", "alerts follow from the objective; write tiers for other windows")
		o.SLI = config.Object(s.Required("sli"), r.slothSLI)
		r.add(o, name, false) // the period is a flag of its command line
		return struct{}{}
	})
	return struct{}{}
}

func (r *reader) slothSLI(m *config.Map) SLI {
	r.leave(m.Optional("plugin"), "an indicator of a plugin", "write its queries as errors and total")
	r.leave(m.Optional("raw"), "a raw ratio", "count failed and all events: a mean of ratios is no ratio of events")
	events := m.Optional("events")
	return config.Object(events, func(e *config.Map) SLI {
		failed, total := e.Required("error_query"), e.Required("total_query")
		return SLI{Errors: r.count(failed), Total: r.count(total)}
	})
}

// count carries a query over, and tells of a window that is fixed.
func (r *reader) count(v config.Value) string {
	text, _ := v.Text()
	out := counted(text)
	if v.Present() && !strings.Contains(out, "$window") {
		r.leave(v, "a query with a window of its own", "put $window in its place")
	}
	return out
}

func sum(selector string) string { return fmt.Sprintf("sum(increase(%s[$window]))", selector) }

// openSLO reads an SLO or an SLI of OpenSLO v1 (https://github.com/OpenSLO/OpenSLO) with Prometheus as the source. Its other kinds are left.
func (r *reader) openSLO(m *config.Map) struct{} {
	kind := m.Optional("kind")
	pass(m, "apiVersion")
	var name, title, labels config.Value
	config.Object(m.Required("metadata"), func(meta *config.Map) struct{} {
		name, title, labels = meta.Required("name"), meta.Optional("displayName"), meta.Optional("labels")
		r.leave(meta.Optional("annotations"), "annotations", "")
		return struct{}{}
	})
	switch kind.Raw() {
	case "SLI":
		r.indicators[name.Raw()] = config.Object(m.Required("spec"), r.openSpec)
	case "", "SLO":
		config.Object(m.Required("spec"), func(s *config.Map) struct{} { return r.openObjective(s, name, title.String(), labels) })
	default:
		pass(m, "spec")
		r.leave(kind, "the "+kind.Raw()+" "+name.Raw(), "objectives alone are read")
	}
	return struct{}{}
}

// openObjective reads what an SLO promises. Its indicator stands in it, or by itself under a name.
func (r *reader) openObjective(s *config.Map, name config.Value, title string, labels config.Value) struct{} {
	o := r.named(name.String(), s.Optional("service").Raw(), labels)
	if title != "" {
		o.Title = title
	}
	o.Description = s.Optional("description").String()
	r.leave(s.Optional("alertPolicies"), "alert policies", "alerts follow from the objective; write tiers for other windows")
	if ref := s.Optional("indicatorRef"); ref.Present() {
		r.wanted[len(r.slos)] = ref
	}
	method := s.Optional("budgetingMethod")
	if method.Present() && method.Raw() != "Occurrences" {
		r.leave(method, "the budgeting method "+method.Raw(), "events are counted; slices are written as time_slice")
	}
	windows := config.Objects(s.Optional("timeWindow"), r.openWindow)
	for _, w := range windows {
		o.Period = w
	}
	for _, target := range config.Objects(s.Required("objectives"), r.openTarget) {
		o.Objective = target
	}
	if inner := s.Optional("indicator"); inner.Present() {
		o.SLI = config.Object(inner, r.openIndicator)
	}
	r.add(o, name, len(windows) > 0)
	return struct{}{}
}

func (r *reader) openWindow(m *config.Map) string {
	r.leave(m.Optional("calendar"), "a calendar's begin and time zone", "write period: week, month or quarter")
	m.Optional("isRolling")
	return period(m.Required("duration"))
}

func (r *reader) openTarget(m *config.Map) string {
	pass(m, "displayName", "op", "value", "timeSliceTarget", "timeSliceWindow", "compositeWeight")
	r.leave(m.Optional("indicator"), "an indicator of its own for an objective", "")
	if p := m.Optional("targetPercent"); p.Present() {
		return percent(p)
	}
	target := m.Required("target").Float(0, 1)
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.6f", 100*target), "0"), ".") + "%"
}

func (r *reader) openIndicator(m *config.Map) SLI {
	pass(m, "metadata")
	return config.Object(m.Required("spec"), r.openSpec)
}

// openSpec reads how an indicator counts.
func (r *reader) openSpec(s *config.Map) SLI {
	r.leave(s.Optional("thresholdMetric"), "a threshold metric", "write latency, probe or time_slice")
	pass(s, "description")
	return config.Object(s.Optional("ratioMetric"), func(x *config.Map) SLI {
		pass(x, "counter", "rawType")
		r.leave(x.Optional("raw"), "a raw ratio", "count failed and all events: a mean of ratios is no ratio of events")
		return SLI{Good: r.openQuery(x.Optional("good")), Errors: r.openQuery(x.Optional("bad")), Total: r.openQuery(x.Optional("total"))}
	})
}

// openQuery finds the query of a metric source, whose key is not settled among users.
func (r *reader) openQuery(v config.Value) string {
	return config.Object(v, func(m *config.Map) string {
		return config.Object(m.Required("metricSource"), func(source *config.Map) string {
			pass(source, "type", "metricSourceRef")
			return config.Object(source.Required("spec"), func(s *config.Map) string {
				for _, key := range []string{"query", "promql"} {
					if q := s.Optional(key); q.Present() {
						return r.count(q)
					}
				}
				return ""
			})
		})
	})
}
