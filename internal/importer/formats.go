package importer

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/config"
)

// sloth reads a file of version prometheus/v1 (https://sloth.dev/specs/default/) or its Kubernetes resource.
func (r *reader) sloth(m *config.Map) []SLO {
	if m.Optional("spec").Present() {
		pass(m, "apiVersion", "kind", "metadata")
		return config.Object(m.Required("spec"), r.slothService)
	}
	pass(m, "version")
	return r.slothService(m)
}

func (r *reader) slothService(m *config.Map) []SLO {
	service, labels := m.Required("service"), m.Optional("labels")
	return config.Objects(m.Required("slos"), func(s *config.Map) SLO {
		o := r.named(s.Required("name").String(), service.Raw(), labels)
		o.Objective, o.Description = percent(s.Required("objective")), s.Optional("description").String()
		r.leave(s.Optional("labels"), "labels of the objective", "")
		r.leave(s.Optional("plugins"), "plugins", "")
		r.leave(s.Optional("alerting"), "alerting", "alerts follow from the objective; write tiers for other windows")
		o.SLI = config.Object(s.Required("sli"), r.slothSLI)
		return o
	})
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

// pyrra reads a ServiceLevelObjective (https://github.com/pyrra-dev/pyrra).
func (r *reader) pyrra(m *config.Map) []SLO {
	pass(m, "apiVersion", "kind")
	var name string
	var labels config.Value
	config.Object(m.Required("metadata"), func(meta *config.Map) struct{} {
		name, labels = meta.Required("name").String(), meta.Optional("labels")
		pass(meta, "namespace")
		r.leave(meta.Optional("annotations"), "annotations", "")
		return struct{}{}
	})
	return config.Object(m.Required("spec"), func(s *config.Map) []SLO {
		o := r.named(name, "", labels)
		o.Objective, o.Period, o.Description = percent(s.Required("target")), period(s.Required("window")), s.Optional("description").String()
		r.leave(s.Optional("alerting"), "alerting", "alerts follow from the objective; write tiers for other windows")
		pass(s, "performanceOverAccuracy")
		o.SLI = config.Object(s.Required("indicator"), r.pyrraIndicator)
		return []SLO{o}
	})
}

func (r *reader) pyrraIndicator(m *config.Map) SLI {
	ratio, latency, native, gauge := m.Optional("ratio"), m.Optional("latency"), m.Optional("latencyNative"), m.Optional("bool_gauge")
	switch {
	case ratio.Present():
		return config.Object(ratio, r.pyrraRatio)
	case latency.Present():
		return config.Object(latency, func(l *config.Map) SLI {
			r.grouping(l)
			return SLI{Good: sum(metricOf(l, "success")), Total: sum(metricOf(l, "total"))}
		})
	case native.Present():
		return config.Object(native, func(l *config.Map) SLI {
			r.grouping(l)
			return SLI{Latency: &Latency{Histogram: metricOf(l, "total"), Threshold: l.Required("latency").Raw(), Native: true}}
		})
	}
	return config.Object(gauge, func(g *config.Map) SLI {
		r.grouping(g)
		return SLI{Probe: g.Required("metric").String()}
	})
}

func (r *reader) pyrraRatio(m *config.Map) SLI {
	r.grouping(m)
	return SLI{Errors: sum(metricOf(m, "errors")), Total: sum(metricOf(m, "total"))}
}

func (r *reader) grouping(m *config.Map) {
	r.leave(m.Optional("grouping"), "grouping", "an objective is one series: write one for each group that matters")
}

func metricOf(m *config.Map, key string) string {
	return config.Object(m.Required(key), func(x *config.Map) string { return x.Required("metric").String() })
}

func sum(selector string) string { return fmt.Sprintf("sum(increase(%s[$window]))", selector) }

// openSLO reads an SLO of OpenSLO v1 (https://github.com/OpenSLO/OpenSLO) with its indicator inside and Prometheus as the source.
func (r *reader) openSLO(m *config.Map) []SLO {
	pass(m, "apiVersion", "kind")
	var name, title string
	var labels config.Value
	config.Object(m.Required("metadata"), func(meta *config.Map) struct{} {
		name, title, labels = meta.Required("name").String(), meta.Optional("displayName").String(), meta.Optional("labels")
		r.leave(meta.Optional("annotations"), "annotations", "")
		return struct{}{}
	})
	return config.Object(m.Required("spec"), func(s *config.Map) []SLO {
		o := r.named(name, s.Optional("service").Raw(), labels)
		if title != "" {
			o.Title = title
		}
		o.Description = s.Optional("description").String()
		r.leave(s.Optional("alertPolicies"), "alert policies", "alerts follow from the objective; write tiers for other windows")
		r.leave(s.Optional("indicatorRef"), "an indicator in another file", "write the indicator into the objective")
		method := s.Optional("budgetingMethod")
		if method.Present() && method.Raw() != "Occurrences" {
			r.leave(method, "the budgeting method "+method.Raw(), "events are counted; slices are written as time_slice")
		}
		for _, w := range config.Objects(s.Optional("timeWindow"), r.openWindow) {
			o.Period = w
		}
		for _, target := range config.Objects(s.Required("objectives"), r.openObjective) {
			o.Objective = target
		}
		o.SLI = config.Object(s.Optional("indicator"), r.openIndicator)
		return []SLO{o}
	})
}

func (r *reader) openWindow(m *config.Map) string {
	r.leave(m.Optional("calendar"), "a calendar's begin and time zone", "write period: week, month or quarter")
	m.Optional("isRolling")
	return period(m.Required("duration"))
}

func (r *reader) openObjective(m *config.Map) string {
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
	return config.Object(m.Required("spec"), func(s *config.Map) SLI {
		r.leave(s.Optional("thresholdMetric"), "a threshold metric", "write latency, probe or time_slice")
		pass(s, "description")
		return config.Object(s.Optional("ratioMetric"), func(x *config.Map) SLI {
			pass(x, "counter", "rawType")
			r.leave(x.Optional("raw"), "a raw ratio", "count failed and all events: a mean of ratios is no ratio of events")
			return SLI{Good: r.openQuery(x.Optional("good")), Errors: r.openQuery(x.Optional("bad")), Total: r.openQuery(x.Optional("total"))}
		})
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
