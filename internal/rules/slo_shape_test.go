package rules

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// ofShape is an objective over the requests of an edge.
func ofShape(name, good, total string) spec.SLO {
	o := spec.SLO{
		Name: name, Owner: "voip", Tier: "sip_edge", Objective: 0.999, Period: 30 * 24 * time.Hour, MinFailures: 3,
		Description: "Probes get through.", Dashboard: "edge",
	}
	o.Traffic.PeakPerHour, o.Traffic.TroughPerHour = 4000, 1000
	o.SLI = spec.SLI{
		Kind: spec.Events, Good: spec.Expr{Text: `sum(increase(sip_probes_reached_total{` + good + `}[$window]))`},
		Total: spec.Expr{Text: `sum(increase(sip_probes_total{` + total + `}[$window]))`},
	}
	return o
}

// variants are objectives that are like the first of them in shape, or are not, by what differs.
func variants() (alike, other map[string]spec.SLO) {
	const one, two, long = `instance="edge-1"`, `instance="edge-2"`, `instance="edge-10"`
	first := func(change func(*spec.SLO)) spec.SLO {
		o := ofShape("edge_a", one, one)
		change(&o)
		return o
	}
	alike = map[string]spec.SLO{
		"first": ofShape("edge_a", one, one), "name": ofShape("edge_b", one, one), "values": ofShape("edge_a", two, two),
		"words": first(func(o *spec.SLO) {
			o.Title, o.Description, o.Owner, o.Dashboard = "Edge", "Calls.", "other", "overview"
		}),
	}
	other = map[string]spec.SLO{
		"longer name": ofShape("edge_aa", one, one), "longer value": ofShape("edge_a", long, long), "values that differ": ofShape("edge_a", one, two),
		"operator": ofShape("edge_a", `instance=~"edge-1"`, one), "one condition more": ofShape("edge_a", one+`,grade="L3"`, one), "value that is the name": ofShape("edge-1", one, one),
		"objective": first(func(o *spec.SLO) { o.Objective = 0.99 }), "period": first(func(o *spec.SLO) { o.Period = 7 * 24 * time.Hour }),
		"calendar": first(func(o *spec.SLO) { o.Calendar = spec.Month }), "tier": first(func(o *spec.SLO) { o.Tier = "sip_proxy" }),
		"failures": first(func(o *spec.SLO) { o.MinFailures = 4 }), "traffic": first(func(o *spec.SLO) { o.Traffic.TroughPerHour = 0 }),
		"burns": first(func(o *spec.SLO) {
			o.Tiers = []slo.Tier{{Name: "slow", Severity: slo.Ticket, Share: 0.2, Long: 48 * time.Hour, Short: 4 * time.Hour}}
		}),
		"no description": first(func(o *spec.SLO) { o.Description = "" }), "no board": first(func(o *spec.SLO) { o.Dashboard = "" }),
		"policy":      first(func(o *spec.SLO) { o.Policy = []spec.PolicyStep{{Consumed: 1, Action: "stop"}} }),
		"short value": first(func(o *spec.SLO) { o.SLI.Total.Text = strings.ReplaceAll(o.SLI.Total.Text, "edge-1", "e1") }),
		"marks":       first(func(o *spec.SLO) { o.Title = "\u07ca" }),
		"exclusion":   first(func(o *spec.SLO) { o.Exclusions = []spec.Exclusion{{From: time.Unix(0, 0), To: time.Unix(60, 0)}} }),
		"histogram": first(func(o *spec.SLO) {
			o.SLI = spec.SLI{Kind: spec.Latency, Metric: spec.Expr{Text: `sip_session_request_delay_seconds{instance="edge-1"}`}, Threshold: 5}
		}),
	}
	return alike, other
}

// Objectives are of one shape when nothing differs but words: then their files are cast from one pattern, and no expression is printed twice.
func TestOneShapeOnePattern(t *testing.T) {
	t.Parallel()
	server, limits := loadSpec(t).Platform.Prometheus, loadSpec(t).Alerts.Objectives
	alike, other := variants()
	m, met := newMoulds(sampling(costTargets, server.ScrapeInterval)), newShapes()
	make := func(o spec.SLO, from source) (*objective, madeOf) {
		return makeObjective(o, from, m, met, func(o spec.SLO, from source, like *shape) *objective {
			return newObjective(o, nil, links{}, from, like, server, limits)
		})
	}
	from := source{inputs: inputsOf(alike["first"], catalogue())}
	first, made := make(alike["first"], from)
	if first.shape == nil || first.like != nil {
		t.Fatalf("want the first as a whole, got %v and %v", first.shape, first.like)
	}
	known := len(m.known)
	for what, o := range alike {
		like, others := make(o, from)
		if like.like != first.shape || len(m.known) != known || others.rules != made.rules {
			t.Errorf("%s: want the same shape, %d moulds and %d rules, got %d and %d", what, known, made.rules, len(m.known), others.rules)
		}
	}
	for what, o := range other {
		if like, _ := make(o, from); like.shape == first.shape || like.like != nil {
			t.Errorf("%s: want another shape, got the same", what)
		}
	}
	for what, other := range map[string]source{"windows": {inputs: from.inputs, windows: []time.Duration{time.Hour}}, "records": {inputs: from.inputs, born: func() pair { return pair{} }}, "inputs": {}} {
		if _, same, _ := shapeOf(alike["first"], other); reflect.DeepEqual(same, first.shape.rest) {
			t.Errorf("%s: want another shape, got the same", what)
		}
	}
	for _, kind := range []spec.Kind{spec.AllOf, spec.Weighted, spec.Probe, spec.TimeSlice} {
		if got, _, _ := shapeOf(spec.SLO{Name: "calls", SLI: spec.SLI{Kind: kind}}, source{}); got != "" {
			t.Errorf("%s: want none, got %s", kind, got)
		}
	}
}

// What comes of an objective does not depend on whether another of its shape came before.
func TestShapesChangeNothing(t *testing.T) {
	t.Parallel()
	alike, other := variants()
	one, two, third := alike["first"], ofShape("edge_b", `instance="edge-2"`, `instance="edge-2"`), other["objective"]
	third.Name = "edge_c"
	of := func(objectives ...spec.SLO) *Output { return buildSpec(t, func(s *spec.Spec) { s.SLOs = objectives }) }
	together, alone := of(one, two, third), of(two)
	pick := func(out *Output) (list []written) {
		for _, f := range whole(out) {
			if strings.Contains(f.Path, two.Name) {
				list = append(list, f)
			}
		}
		return list
	}
	if diff := cmp.Diff(pick(alone), pick(together)); diff != "" || len(pick(alone)) < 4 {
		t.Errorf("files (-alone +together):\n%s", diff)
	}
	if diff := cmp.Diff(alone.SLOs[0], together.SLOs[1]); diff != "" {
		t.Errorf("summary (-alone +together):\n%s", diff)
	}
	about := func(out *Output) (list []Alert) {
		for _, a := range out.Alerts {
			if strings.HasPrefix(a.Name, "EdgeB") {
				list = append(list, a)
			}
		}
		return list
	}
	if diff := cmp.Diff(about(alone), about(together)); diff != "" || len(about(alone)) == 0 {
		t.Errorf("alerts (-alone +together):\n%s", diff)
	}
	if rules := rulesOf(t, together); len(rules) != together.Rules {
		t.Errorf("want %d rules counted, got %d", len(rules), together.Rules)
	}
	if a, b := len(alone.Records), len(together.Records); a != b {
		t.Errorf("want %d records, got %d", a, b)
	}
}
