package scrapecfg_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/spec"
)

func TestReadTargets(t *testing.T) {
	t.Parallel()
	const text = `kamailio:
  - address: 127.0.0.1:19494
    labels: {instance: kamailio-2, build: debug}
  - {address: "127.0.0.1:19495", labels: {instance: kamailio-1, region: lab}}
  - {address: "[::1]:19496", labels: {instance: kamailio-9}}
  - address: 127.0.0.1:19497
rtpengine:
  - {address: "127.0.0.1:19742", labels: {instance: rtpengine-2}, control: "udp:127.0.0.1:12222"}
asterisk:
  - {address: "127.0.0.1:19815", labels: {instance: asterisk-1}, sip: "sip:127.0.0.1:5080"}
sip: [{address: "127.0.0.1:19743", probes: [echo]}, {address: "127.0.0.1:19744", probes: [edge]}]
prometheus: 127.0.0.1:19090
alertmanager: 127.0.0.1:19093
webhook: http://127.0.0.1:19999/slack
unmeasured: [audio]
`
	var report config.Report
	got := scrapecfg.ReadTargets(&report, "targets.yaml", []byte(text), described())
	if err := report.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	want := scrapecfg.Targets{
		Kamailio: []scrapecfg.Target{
			{Address: "127.0.0.1:19494", Labels: map[string]string{"instance": "kamailio-2", "node": "kamailio-2", "region": "us-east1", "build": "debug"}},
			{Address: "127.0.0.1:19495", Labels: map[string]string{"instance": "kamailio-1", "node": "kamailio-1", "region": "lab"}},
			{Address: "[::1]:19496", Labels: map[string]string{"instance": "kamailio-9"}},
			{Address: "127.0.0.1:19497", Labels: map[string]string{}},
		},
		RTPEngine: []scrapecfg.Target{{
			Address: "127.0.0.1:19742", Control: "udp:127.0.0.1:12222",
			Labels: map[string]string{"instance": "rtpengine-2", "node": "rtpengine-2", "region": "us-central1"},
		}},
		Asterisk: []scrapecfg.Target{{
			Address: "127.0.0.1:19815", SIP: "sip:127.0.0.1:5080",
			Labels: map[string]string{"instance": "asterisk-1", "node": "asterisk-1", "region": "us-central1", "farm": "call"},
		}},
		SIP: []string{"127.0.0.1:19743", "127.0.0.1:19744"}, Probes: []string{"echo", "edge"},
		Prometheus: "127.0.0.1:19090", Alertmanagers: []string{"127.0.0.1:19093"}, Only: true, Webhook: "http://127.0.0.1:19999/slack", Unmeasured: []string{"audio"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// described is a spec with the platform and an objective.
func described() *spec.Spec {
	return &spec.Spec{Platform: platform(), SLOs: []spec.SLO{{Name: "audio"}}}
}

func TestReadTargetsRefuses(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) {
		t.Helper()
		var report config.Report
		scrapecfg.ReadTargets(&report, "t.yaml", []byte(text), described())
		if diff := cmp.Diff(strings.Join(want, "\n"), report.Problems().Error()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	const servers = "prometheus: a:1\nalertmanager: b:2\n"
	f(servers, `t.yaml:1:1: key "kamailio" is missing`)
	f(servers+"kamailio: []\n", "t.yaml:3:11: kamailio: no targets: name one at least")
	f(servers+"kamailio: [{address: a}]\n", `t.yaml:3:22: kamailio[0].address: "a" has no port: write host:port, an IPv6 address in brackets`)
	f(servers+"kamailio: [{address: 'a:1', lables: {}}]\n", `t.yaml:3:29: kamailio[0]: unknown key "lables": did you mean "labels"?`)
	f(servers+"kamailio: [{address: 'a:1'}]\nunmeasured: [audios]\n", `t.yaml:4:14: unmeasured[0]: there is no objective "audios": did you mean "audio"?`)
	f(servers+"kamailio: [{address: 'a:1'}]\nwebhook: 127.0.0.1:9\n", `t.yaml:4:10: webhook: "127.0.0.1:9" is not a web address: begin it with https://`)
}

func TestPresent(t *testing.T) {
	t.Parallel()
	f := func(instances []string, want ...string) {
		t.Helper()
		var targets scrapecfg.Targets
		for _, name := range instances {
			targets.Kamailio = append(targets.Kamailio, scrapecfg.Target{Labels: map[string]string{"instance": name}})
		}
		var got []string
		for _, n := range targets.Present(platform()).SIPProxies.Nodes {
			got = append(got, n.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", instances, diff)
		}
	}
	f([]string{"kamailio-2"}, "kamailio-2")
	f([]string{"kamailio-2", "kamailio-1"}, "kamailio-1", "kamailio-2")
	f([]string{"kamailio-2", "stranger"}, "kamailio-2")
	f([]string{"stranger"}, "kamailio-1", "kamailio-2")
	f(nil, "kamailio-1", "kamailio-2")
}

// An engine that no target names is not there: a laboratory may have none. Where one is, its own control address counts.
func TestPresentMediaProxies(t *testing.T) {
	t.Parallel()
	f := func(targets []scrapecfg.Target, want ...string) {
		t.Helper()
		var got []string
		for _, n := range (scrapecfg.Targets{RTPEngine: targets}).Present(platform()).MediaProxies.Nodes {
			got = append(got, n.Name+" "+n.Control)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	engine := func(name, control string) scrapecfg.Target {
		return scrapecfg.Target{Labels: map[string]string{"instance": name}, Control: control}
	}
	f(nil)
	f([]scrapecfg.Target{engine("stranger", "")})
	f([]scrapecfg.Target{engine("rtpengine-2", "")}, "rtpengine-2 udp:rtpengine-2:22222")
	f([]scrapecfg.Target{engine("rtpengine-2", "udp:127.0.0.1:9"), engine("rtpengine-1", "")},
		"rtpengine-1 udp:rtpengine-1:22222", "rtpengine-2 udp:127.0.0.1:9")
}

// Probes are those that the targets name, else those of the spec, and none where nobody probes.
func TestPresentProbes(t *testing.T) {
	t.Parallel()
	f := func(targets scrapecfg.Targets, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, targets.Present(platform()).SIPProber.Probes); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	f(scrapecfg.Targets{})
	f(scrapecfg.Targets{SIP: []string{"a:1"}}, "edge-udp")
	f(scrapecfg.Targets{SIP: []string{"a:1"}, Probes: []string{"echo"}}, "echo")
}
