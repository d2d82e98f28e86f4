package rules

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/spec"
)

// How much of each tier is used, what it carries, and what the busy hour is follows from what the daemons tell; the numbers are worked out by hand.
func TestCapacityRecords(t *testing.T) {
	t.Parallel()
	tool := promtool(t)
	out := buildSpec(t)
	const steady = "x90"
	of := func(family, labels, value string) TestSeries {
		return TestSeries{Series: family + "{" + labels + "}", Values: value + steady}
	}
	var input []TestSeries
	for _, n := range []string{"1", "2", "3"} {
		input = append(input,
			of("kamailio_up", `instance="kamailio-`+n+`"`, "1"),
			of("rtpengine_up", `instance="rtpengine-`+n+`"`, "1"),
			of("rtpengine_sessions", `instance="rtpengine-`+n+`",type="own"`, "400"),
			of("rtpengine_sessions", `instance="rtpengine-`+n+`",type="foreign"`, "70"),
			of("rtpengine_media_streams", `instance="rtpengine-`+n+`",path="kernel"`, "1280"),
			of("mysql_up", `job="mysqld",instance="mysql-replica-`+n+`"`, "1"),
			of("mysql_global_status_threads_connected", `job="mysqld",instance="mysql-replica-`+n+`"`, "100"),
			of("mysql_global_variables_max_connections", `job="mysqld",instance="mysql-replica-`+n+`"`, n+"00"))
	}
	for _, n := range []string{"1", "2", "3", "4"} {
		input = append(input, of("asterisk_up", `instance="asterisk-`+n+`",farm="call"`, "1"), of("asterisk_active_calls", `instance="asterisk-`+n+`",farm="call"`, "200"))
	}
	input = append(input,
		// Only two of three proxies have the dialog module.
		of("kamailio_dialogs", `instance="kamailio-1",state="ongoing"`, "500"), of("kamailio_dialogs", `instance="kamailio-2",state="ongoing"`, "500"),
		// Two calls are answered a second, and last three minutes.
		TestSeries{Series: `kamailio_call_setup_outcomes_total{instance="kamailio-1",cause="2xx"}`, Values: "0+120" + steady},
		of(averageCallDuration, "", "180"),
		of("redis_connected_clients", `job="redis",instance="redis"`, "13000"),
		of("kube_horizontalpodautoscaler_status_desired_replicas", `namespace="production",horizontalpodautoscaler="bin-call-manager"`, "6"),
		of("kube_horizontalpodautoscaler_spec_max_replicas", `namespace="production",horizontalpodautoscaler="bin-call-manager"`, "10"))
	value := func(record string, want float64, labels ...string) ExprTest {
		text := record + "{" + strings.Join(labels, ",") + "}"
		return ExprTest{Expr: text, EvalTime: "80m", Expected: []ExpectedSample{{Labels: text, Value: want}}}
	}
	nothing := func(expr, at string) ExprTest {
		return ExprTest{Expr: expr, EvalTime: at, Expected: []ExpectedSample{}}
	}
	tier := func(tier, part string, more ...string) []string {
		return append([]string{`part="` + part + `"`, `tier="` + tier + `"`}, more...)
	}
	story := TestGroup{
		Name: "capacity", Interval: "1m", InputSeries: input,
		ExprTests: []ExprTest{
			nothing(proxyCalls+`{method="dialogs"}`, "80m"), value(proxyCalls, 1200, `method="media_sessions"`), value(proxyCalls, 360, `method="little"`),
			value(capacityUse, 1200, tier("sip_proxies", "all")...), value(capacityTotal, 15000, tier("sip_proxies", "all")...), value(capacityLive, 10000, tier("sip_proxies", "all")...),
			value(capacityUse, 800, tier("media_servers", "call")...), value(capacityOneLost, 1500, tier("media_servers", "call")...),
			nothing(capacityUse+`{part="conference"}`, "80m"),
			value(capacityHeadroom, 0.6, `nodes="all"`, `part="call"`, `tier="media_servers"`),
			value(capacityHeadroom, 1-800.0/1500, `nodes="one_lost"`, `part="call"`, `tier="media_servers"`),
			value(capacityUse, 3840, tier("media_proxies", "all")...), value(capacityTraffic, 1920, tier("media_proxies", "all")...), value(capacityBlocking, 0.01, tier("media_proxies", "all")...),
			value(capacityBlocking, 0.0001, tier("media_servers", "call")...),
			value(capacityUse, 6, tier("services", "bin-call-manager")...), value(capacityTotal, 10, tier("services", "bin-call-manager")...), value(capacityOneLost, 9, tier("services", "bin-call-manager")...),
			// The smallest of the replicas counts: each may have to carry the load of another.
			value(capacityUse, 300, tier("mysql", "replicas")...), value(capacityTotal, 300, tier("mysql", "replicas")...), value(capacityLive, 200, tier("mysql", "replicas")...),
			value(capacityHeadroom, 0.8, `nodes="one_lost"`, `part="connections"`, `tier="redis"`),
			// Ten minutes are no busy hour, and a day is no forecast.
			nothing(capacityHour+" or "+capacityBusy, "10m"), value(capacityBusy, 6, tier("services", "bin-call-manager")...), nothing(capacityGrowth+" or "+capacityEnd, "80m"),
		},
	}
	test := testFile("capacity-records_test.yaml", time.Minute, []string{"capacity.yaml", "busyhours.yaml"}, []string{"capacity", "busyhours"}, told(story))
	dir := writeFiles(t, append(ruleFiles(out), written{test.Path, test.Make()}))
	run(t, tool, "test", "rules", filepath.Join(dir, test.Path))
}

// What a platform does not have, it has no capacity of; and nothing is foretold from fewer days than a forecast needs.
func TestCapacityOfWhatIsThere(t *testing.T) {
	t.Parallel()
	out := buildSpec(t, func(s *spec.Spec) {
		s.Platform.Prometheus.Retention = 10 * 24 * time.Hour
		s.Platform.MediaProxies = spec.MediaProxyTier{}
		s.Platform.MediaServers.Trunks = []spec.Trunk{{Endpoint: "trunk-a", Channels: 30}}
		s.Stores, s.Services = spec.Stores{}, spec.Services{}
	})
	var tiers []string
	for _, r := range rulesOf(t, out) {
		if r.Record == capacityTotal {
			tiers = append(tiers, r.Labels["tier"]+" "+r.Labels["part"]+" "+r.Expr)
		}
		if r.Record == capacityEnd || r.Alert == "CapacityEnds" {
			t.Errorf("%s%s: ten days are kept, and a forecast needs fourteen", r.Record, r.Alert)
		}
	}
	want := []string{"sip_proxies all vector(15000)", "media_servers call vector(2000)", "media_servers conference vector(1000)", "trunks trunk-a vector(30)"}
	if !slices.Equal(want, tiers) {
		t.Errorf("tiers: want %q, got %q", want, tiers)
	}
	for _, r := range rulesOf(t, out) {
		if r.Record == capacityOffered && r.Labels["tier"] == "trunks" && r.Expr != "vector(16)" { // 16.68 erlangs at 0.1 %
			t.Errorf("traffic of a trunk of 30 channels: %s", r.Expr)
		}
	}
}

// Where every tier is one node, none can be lost and nobody is told that none can.
func TestCapacityOfOneHost(t *testing.T) {
	t.Parallel()
	out := buildSpec(t, func(s *spec.Spec) {
		s.Platform.SIPProxies.Nodes, s.Platform.MediaProxies.Nodes = s.Platform.SIPProxies.Nodes[:1], s.Platform.MediaProxies.Nodes[:1]
		s.Platform.MediaServers.Nodes = s.Platform.MediaServers.Nodes[:1]
		s.Stores, s.Services = spec.Stores{}, spec.Services{}
	})
	for _, r := range rulesOf(t, out) {
		if r.Record == capacityLive || r.Alert == "CapacityNotRedundant" {
			t.Errorf("%s%s: there is no node to lose", r.Record, r.Alert)
		}
		if r.Record == capacityOneLost && r.Labels["tier"] == "sip_proxies" && r.Expr != "vector(5000)" {
			t.Errorf("a tier of one node has its node as the limit, got %s", r.Expr)
		}
	}
}
