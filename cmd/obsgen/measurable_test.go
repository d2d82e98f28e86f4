package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/spec"
)

// TestMeasurable: what a laboratory cannot measure has no rules there, for an alert would wait for its data for ever; what it can has.
func TestMeasurable(t *testing.T) {
	t.Parallel()
	probes := func(name, instance string) spec.SLO {
		selector := "[$window]))"
		return spec.SLO{Name: name, Tier: "sip_edge", SLI: spec.SLI{
			Kind:  spec.Events,
			Good:  spec.Expr{Text: `sum(increase(sip_probes_reached_total{` + instance + `,grade="L3"}` + selector},
			Total: spec.Expr{Text: `sum(increase(sip_probes_total{` + instance + `}` + selector},
		}}
	}
	all := []spec.SLO{
		probes("registration", `instance="edge-register"`), probes("edge", `instance=~"edge-udp|edge-tcp"`), probes("pattern", `instance=~"edge-.+"`), probes("others", `instance!="edge-echo"`),
		{Name: "delay", Tier: "sip_edge", SLI: spec.SLI{Kind: spec.Latency, Metric: spec.Expr{Text: `sip_session_request_delay_seconds{instance="edge-echo"}`}}},
		{Name: "calls", Tier: "sip_proxy", SLI: spec.SLI{Kind: spec.Events, Total: spec.Expr{Text: `sum(increase(kamailio_call_setup_attempts_total{instance="kamailio-9"}[$window]))`}}},
		{Name: "audio", Tier: "media_proxy"}, {Name: "standby", Tier: "recovery"}, {Name: "database", Tier: "mysql"},
		{Name: "journey", Tier: "journey", SLI: spec.SLI{Kind: spec.AllOf, Parts: []spec.Part{{Name: "calls"}, {Name: "registration"}}}},
		{Name: "heard", Tier: "journey", SLI: spec.SLI{Kind: spec.AllOf, Parts: []spec.Part{{Name: "calls"}, {Name: "audio"}}}},
	}
	before := len(all)
	engines := spec.Platform{}
	engines.MediaProxies.Nodes = []spec.Node{{Name: "rtpengine-1"}}
	f := func(probes []string, p spec.Platform, targets scrapecfg.Targets, want ...string) {
		t.Helper()
		p.SIPProber.Probes = probes
		var got []string
		for _, o := range measurable(all, targets, p, metric.NewCatalogue(metric.All())) {
			got = append(got, o.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", probes, diff)
		}
	}
	none := scrapecfg.Targets{}
	f([]string{"edge-udp", "edge-register", "edge-echo"}, engines, scrapecfg.Targets{Trackers: []scrapecfg.Target{{}}},
		"registration", "edge", "pattern", "others", "delay", "calls", "audio", "standby", "journey", "heard")
	f([]string{"edge-echo"}, engines, scrapecfg.Targets{Unmeasured: []string{"audio", "pattern"}}, "others", "delay", "calls")
	f([]string{"edge-udp"}, spec.Platform{}, none, "edge", "pattern", "others", "calls")
	f([]string{"edge-udp", "edge-register"}, spec.Platform{}, none, "registration", "edge", "pattern", "others", "calls", "journey")
	f([]string{"edge-echo"}, spec.Platform{}, none, "pattern", "others", "delay", "calls")
	f(nil, spec.Platform{}, none, "others", "calls")
	each := &spec.Grouping{Name: "each"}
	groups := []spec.SLO{{Name: "each_a", Group: spec.Group{Of: each}}, {Name: "each_b", Group: spec.Group{Of: each}}, {Name: "eachone"}}
	for unmeasured, want := range map[string]int{"each": 1, "each_a": 2, "eachone": 2} {
		if got := measurable(groups, scrapecfg.Targets{Unmeasured: []string{unmeasured}}, engines, metric.NewCatalogue(metric.All())); len(got) != want {
			t.Errorf("without %s: want %d objectives, got %d", unmeasured, want, len(got))
		}
	}
	if len(all) != before || all[0].Name != "registration" || all[before-1].Name != "heard" {
		t.Error("the spec itself was changed")
	}
}

// TestObjectivesOfALaboratory: of the published platform, one that runs a proxy and two probes has rules for what these count, and for nothing else.
func TestObjectivesOfALaboratory(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(os.DirFS(filepath.Join("..", "..", "spec")), "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	proxy := scrapecfg.Target{Address: "127.0.0.1:1", Labels: map[string]string{"instance": "kamailio-1"}}
	j, err := judge(s, scrapecfg.Targets{
		Kamailio: []scrapecfg.Target{proxy}, SIP: []string{"127.0.0.1:2"}, Probes: []string{"edge-udp", "edge-register"},
		Prometheus: "127.0.0.1:3", Alertmanagers: []string{"127.0.0.1:4"}, Only: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range j.made.SLOs {
		got = append(got, o.Name)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"call_setup", "registration", "sip_reachable"}, got); diff != "" {
		t.Errorf("objectives (-want +got):\n%s", diff)
	}
	for _, a := range j.made.Alerts {
		if a.Name == "PostDialDelayDataMissing" || a.Name == "MediaQualityDataMissing" || a.Name == "CallJourneyDataMissing" {
			t.Errorf("%s waits for what does not come", a.Name)
		}
	}
}
