package kamailio

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// compatAt is a target that repeats all that kamailio_exporter 1.x knows.
func compatAt(t testing.TB, address string, collectors ...string) *exporter.Target {
	t.Helper()
	o := options(t, address, append(collectors, "compat")...)
	o.CompatMethods = CompatMethods()
	return targetOf(t, o)
}

// TestGoldenCompat is what a Prometheus that asks for the old names gets, from the versions before and after Kamailio made
// doubles of them.
func TestGoldenCompat(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"5.6.3", "6.1.5"} {
		suite().Golden(t, compatAt(t, recorded(t, version).Address().String()), "testdata/golden/"+version+"-compat.prom")
	}
}

// oldNames are names, types and labels as kamailio_exporter 1.0.1 states them in its README, and for core.tcp_info, where
// the README errs, and its own two counters, which are not in it, as it emits them.
func oldNames() map[string]string {
	old := map[string]string{
		"kamailio_up": "gauge", "kamailio_core_uptime_uptime_total": "counter",
		"kamailio_dispatcher_list_target{uri,flags,setid}": "gauge",
		"kamailio_sl_stats_codes_total{code}":              "counter",
		"kamailio_tm_stats_codes_total{code}":              "counter",
		"kamailio_tm_stats_current":                        "gauge", "kamailio_tm_stats_waiting": "gauge",
		"kamailio_tls_info_opened_connections": "gauge", "kamailio_tls_info_max_connections": "gauge",
		"kamailio_exporter_total_scrapes": "counter", "kamailio_exporter_failed_scrapes": "counter",
	}
	for _, name := range []string{"created", "delayed_free", "freed", "rpl_generated", "rpl_received", "rpl_sent", "total_local", "total"} {
		old["kamailio_tm_stats_"+name+"_total"] = "counter"
	}
	for _, name := range []string{"fragments", "free", "max_used", "real_used", "total", "used"} {
		old["kamailio_core_shmmem_"+name] = "gauge"
	}
	for _, name := range []string{"readers", "max_connections", "max_tls_connections", "opened_connections", "opened_tls_connections", "write_queued_bytes"} {
		old["kamailio_core_tcp_info_"+name] = "gauge"
	}
	for _, name := range []string{"all", "answering", "connecting", "ongoing", "starting"} {
		old["kamailio_dlg_stats_active_"+name] = "gauge"
	}
	return old
}

func TestCompatNamesAreTheOldOnes(t *testing.T) {
	t.Parallel()
	got := map[string]string{"kamailio_up": metric.KamailioKit.Up.Type.String()}
	for _, f := range metric.Kamailio() {
		if f.Collector != "compat" {
			continue
		}
		name := f.Name
		if len(f.Labels) > 0 {
			name += "{" + strings.Join(f.LabelNames(), ",") + "}"
		}
		got[name] = f.Type.String()
		if f.Stability != metric.Compat {
			t.Errorf("%s: stability is %s", f.Name, f.Stability)
		}
	}
	if diff := cmp.Diff(oldNames(), got); diff != "" {
		t.Errorf("(-kamailio_exporter 1.0.1 +ours):\n%s", diff)
	}
}

// TestCompatIsWhole: every old name is in what a whole Kamailio gives.
func TestCompatIsWhole(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile("testdata/golden/6.1.5-compat.prom")
	if err != nil {
		t.Fatal(err)
	}
	for name, typ := range oldNames() {
		name, _, _ = strings.Cut(name, "{")
		if !strings.Contains(string(golden), "\n# TYPE "+name+" "+typ+"\n") {
			t.Errorf("%s of type %s is missing", name, typ)
		}
	}
}

// TestCompatWidth: counters beyond 32 bits, which tm.stats cannot hold, and sizes beyond 4 GiB, which core.shmmem could
// not before 5.7, come from the statistics.
func TestCompatWidth(t *testing.T) {
	t.Parallel()
	server := withStatistics(t,
		"tmx:UAS_transactions = 4294967297", "tmx:2xx_transactions = 9007199254740991", "tmx:inuse_transactions = 18446744073709551615",
		"shmem:total_size = 6291456000", "sl:200_replies = 4294967300", "sl:1xx_replies = 7",
	)
	got := suite().Scrape(t, compatAt(t, server.Address().String()))
	suite().Check(t, got)
	wantLines(t, got.Text,
		"kamailio_tm_stats_total_total 4.294967297e+09", `kamailio_tm_stats_codes_total{code="2xx"} 9.007199254740991e+15`,
		"kamailio_core_shmmem_total 6.291456e+09", `kamailio_sl_stats_codes_total{code="200"} 4.2949673e+09`)
	if strings.Contains(got.Text, "kamailio_tm_stats_current") || strings.Contains(got.Text, `code="1xx"`) {
		t.Error("a level below zero, or a code that the old exporter had not, was exported")
	}
}

// TestCompatWithoutStatistics: module kex is not needed for the old names, as it was not for the old exporter.
func TestCompatWithoutStatistics(t *testing.T) {
	t.Parallel()
	server := recorded(t, "5.6.3")
	server.Handle("stats.get_statistics", binrpctest.Fault(500, "command stats.get_statistics not found"))
	got := suite().Scrape(t, compatAt(t, server.Address().String()))
	suite().Check(t, got)
	if got.Outcomes["compat"] != exporter.OutcomeOK {
		t.Errorf("outcome %s", got.Outcomes["compat"])
	}
	golden, err := os.ReadFile("testdata/golden/5.6.3-compat.prom")
	if err != nil {
		t.Fatal(err)
	}
	series := func(text string) []string {
		return regexp.MustCompile(`(?m)^kamailio_(tm|sl|core)_[a-z_]*(\{.*\})?`).FindAllString(text, -1)
	}
	if diff := cmp.Diff(series(string(golden)), series(got.Text)); diff != "" {
		t.Errorf("series (-with kex +without):\n%s", diff)
	}
}

// TestCompatGoesOn: one method that fails costs its own series, where the old exporter lost all after it and said up 0.
func TestCompatGoesOn(t *testing.T) {
	t.Parallel()
	f := func(reply binrpctest.Reply, wantOutcome string) {
		t.Helper()
		server := recorded(t, "6.1.5")
		server.Handle("dispatcher.list", reply)
		got := suite().Scrape(t, compatAt(t, server.Address().String()))
		if got.Outcomes["compat"] != wantOutcome || !got.Up {
			t.Errorf("up %v, want %s, got %s", got.Up, wantOutcome, got.Outcomes["compat"])
		}
		wantLines(t, got.Text, "kamailio_tls_info_max_connections 2048", "kamailio_core_shmmem_total 6.7108864e+07")
	}
	f(binrpctest.Fault(500, "No Destination Sets"), exporter.OutcomeOK)
	f(binrpctest.Fault(500, "command dispatcher.list not found"), exporter.OutcomeOK)
	f(binrpctest.Fault(500, "Internal error creating dest"), exporter.OutcomeFault)
	f(binrpctest.Values(listOf(setOf(0, destinationOf("sip:192.0.2.1", "AP", "a"), destinationOf("sip:192.0.2.1", "AP", "b")))), exporter.OutcomeOK)
}

func TestCompatOfNothing(t *testing.T) {
	t.Parallel()
	o := options(t, recorded(t, "6.1.5").Address().String(), "compat")
	o.CompatMethods = []string{"dispatcher.list"}
	server := recorded(t, "6.1.5")
	server.Handle("dispatcher.list", binrpctest.Fault(500, "No Destination Sets"))
	o.Address = server.Address().String()
	target := targetOf(t, o)
	if got := suite().Scrape(t, target); got.Outcomes["compat"] != exporter.OutcomeEmpty {
		t.Errorf("want empty, got %s", got.Outcomes["compat"])
	}
}

// TestCompatStopsWithTheConnection: when Kamailio is gone, the methods that remain are not asked for.
func TestCompatStopsWithTheConnection(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	server.Handle("core.uptime", binrpctest.HangUp())
	got := suite().Scrape(t, compatAt(t, server.Address().String()))
	if got.Outcomes["compat"] != exporter.OutcomeTransport {
		t.Errorf("want transport, got %s", got.Outcomes["compat"])
	}
	if slices.ContainsFunc(server.Requests(), func(r binrpctest.Request) bool { return r.Method == "tls.info" }) {
		t.Error("asked on")
	}
}

func TestCompatCountsScrapes(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	target := compatAt(t, server.Address().String())
	suite().Scrape(t, target)
	server.Handle("core.version", binrpctest.Fault(500, "busy"))
	if got := suite().Scrape(t, target); got.Up {
		t.Error("up")
	}
	server.Handle("core.version", binrpctest.Values(binrpc.StringOf("kamailio")))
	got := suite().Scrape(t, target)
	wantLines(t, got.Text, "# TYPE kamailio_exporter_total_scrapes counter", "kamailio_exporter_total_scrapes 3",
		"# TYPE kamailio_exporter_failed_scrapes counter", "kamailio_exporter_failed_scrapes 1")
}

// TestCompatCountersKeepTheirNames: OpenMetrics knows no counter without _total, but queries ask for the names as they are.
func TestCompatCountersKeepTheirNames(t *testing.T) {
	t.Parallel()
	set := emit.NewSet(metric.Kamailio())
	b := set.Batch(0)
	b.Add(metric.CompatScrapes, 3)
	b.Add(metric.CompatFailedScrapes, 1)
	var text bytes.Buffer
	if err := set.Exposition(b).Write(&text, emit.OpenMetrics, nil); err != nil {
		t.Fatal(err)
	}
	wantLines(t, text.String(), "# TYPE kamailio_exporter_total_scrapes unknown", "kamailio_exporter_total_scrapes 3.0",
		"# TYPE kamailio_exporter_failed_scrapes unknown", "kamailio_exporter_failed_scrapes 1.0")
}

// TestEachQuestionOnce: with the old names beside the new ones, no answer is asked for twice in a scrape, and none is kept
// for the next.
func TestEachQuestionOnce(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	target := compatAt(t, server.Address().String(), everything()...)
	suite().Scrape(t, target)
	asked := func() map[string]int {
		n := map[string]int{}
		for _, r := range server.Requests() {
			name := r.Method
			for _, a := range r.Args {
				name += " " + a.Text()
			}
			n[name]++
		}
		return n
	}
	for question, n := range asked() {
		if n != 1 {
			t.Errorf("%s was asked %d times", question, n)
		}
	}
	suite().Scrape(t, target)
	for question, n := range asked() {
		if n != 2 {
			t.Errorf("%s was asked %d times in two scrapes", question, n)
		}
	}
}

func TestUnknownCompatMethod(t *testing.T) {
	t.Parallel()
	_, err := NewTarget(Options{Address: "unix:///x", CompatMethods: []string{"tm.stats", "tm.status"}})
	if err == nil || !strings.Contains(err.Error(), `"tm.status"`) || !strings.Contains(err.Error(), "dlg.stats_active") {
		t.Errorf("want an error that names the method and the choice, got %v", err)
	}
}
