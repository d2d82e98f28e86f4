package kamailio

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

func deadline(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// withStatistics is a recorded 6.1.5 whose statistics are these.
func withStatistics(t *testing.T, lines ...string) *binrpctest.Server {
	t.Helper()
	server := recorded(t, "6.1.5")
	values := make([]binrpc.Value, len(lines))
	for i, line := range lines {
		values[i] = binrpc.StringOf(line)
	}
	server.Handle("stats.get_statistics", binrpctest.Values(values...))
	return server
}

func TestLargeCounters(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, observed(t, withStatistics(t,
		"core:rcv_requests = 2147483648",
		"core:fwd_requests = 4294967297",
		"core:drop_requests = 9007199254740993", // 2^53+1: the nearest double is one less
		"core:err_requests = 18446744073709551615",
		"shmem:total_size = 6291456000",
		"shmem:free_size = 18446744073709551605", // 2^64-11: counted down below zero
	), "core", "shm"))
	for _, want := range []string{
		"kamailio_requests_received_total 2.147483648e+09\n",
		"kamailio_requests_forwarded_total 4.294967297e+09\n",
		"kamailio_requests_dropped_total 9.007199254740992e+15\n",
		"kamailio_request_errors_total 1.8446744073709552e+19\n",
		"kamailio_shm_size_bytes 6.291456e+09\n",
		`kamailio_exporter_series_dropped{collector="shm",reason="invalid"} 1` + "\n",
	} {
		if !strings.Contains(got.Text, want) {
			t.Errorf("missing %s", want)
		}
	}
	if strings.Contains(got.Text, "kamailio_shm_free_bytes") {
		t.Error("a level below zero was exported")
	}
	suite().Check(t, got)
}

// TestLevelsBelowZero: what the answer of a command says to be below zero is no truth, except for a priority.
func TestLevelsBelowZero(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	server.Handle("core.tcp_info", binrpctest.Values(binrpc.StructOf(member("opened_connections", -3), member("max_connections", 2048))))
	server.Handle("dispatcher.list", binrpctest.Values(listOf(setOf(1, binrpc.StructOf(
		member("URI", "sip:192.0.2.1"), member("FLAGS", "AP"), member("PRIORITY", -5),
		binrpc.Member{Name: "RUNTIME", Value: binrpc.StructOf(member("DLGLOAD", -1))})))))
	got := suite().Scrape(t, observed(t, server, "tcp", "dispatcher"))
	suite().Check(t, got)
	wantLines(t, got.Text, "kamailio_tcp_connections_limit 2048",
		`kamailio_dispatcher_target_priority{id="",set="1",uri="sip:192.0.2.1"} -5`,
		`kamailio_exporter_series_dropped{collector="tcp",reason="invalid"} 1`, `kamailio_exporter_series_dropped{collector="dispatcher",reason="invalid"} 1`)
	for _, banned := range []string{"kamailio_tcp_connections ", "kamailio_dispatcher_target_dialogs{"} {
		if strings.Contains(got.Text, "\n"+banned) {
			t.Errorf("exported %s", banned)
		}
	}
}

func TestParseStatistic(t *testing.T) {
	t.Parallel()
	f := func(line, group, name string, value uint64, ok bool) {
		t.Helper()
		g, n, v, err := parseStatistic(line)
		if (err == nil) != ok {
			t.Errorf("%q: error %v, want success %v", line, err, ok)
		}
		if ok && (g != group || n != name || v != value) {
			t.Errorf("%q: got %s %s %d", line, g, n, v)
		}
	}
	f("core:rcv_requests = 7", "core", "rcv_requests", 7, true)
	f("usrloc:location-users = 3", "usrloc", "location-users", 3, true)
	f("script:a = -1", "script", "a", 1<<64-1, true)
	f("core:x=5", "core", "x", 5, true)
	f("core:x = 1.5", "", "", 0, false)
	f("core:x = ", "", "", 0, false)
	f("core = 5", "", "", 0, false)
	f(":x = 5", "", "", 0, false)
	f("core:x", "", "", 0, false)
	f("", "", "", 0, false)
}

// TestBrokenStatisticIsNotRepeated: the error is logged, so it has the number of the line, and of the line no more than a name.
func TestBrokenStatisticIsNotRepeated(t *testing.T) {
	t.Parallel()
	f := func(line, want string) {
		t.Helper()
		s := &statistics{rpc: constant{fromRecords(binrpc.ArrayOf(binrpc.StringOf("core:a = 1"), binrpc.StringOf(line)))}}
		_, err := s.group(t.Context(), "core", "kex")
		if err == nil || err.Error() != "stats.get_statistics: "+want {
			t.Errorf("%.40q: want %q, got %v", line, want, err)
		}
	}
	f("core:rcv_requests = secret", `line 2: statistic "core:rcv_requests": value is not a whole number`)
	f("core:rcv_requests", `line 2: statistic "core:rcv_requests": no value`)
	f("password secret", "line 2: statistic: no value")
	f("sip:+4930123456@192.0.2.1 = 1x", "line 2: statistic: value is not a whole number")
	f("secret = 5", "line 2: statistic: not group:name")
	f(strings.Repeat("x", 4096), "line 2: statistic: no value")
	f(strings.Repeat("x:", 4096)+"= many", "line 2: statistic: value is not a whole number")
}

func TestProcessKind(t *testing.T) {
	t.Parallel()
	f := func(description, want string) {
		t.Helper()
		if got := processKind(description); got != want {
			t.Errorf("%q: got %q, want %q", description, got, want)
		}
	}
	f("udp receiver child=3 sock=127.0.0.1:5060", "udp receiver")
	f("tcp receiver (generic) child=0", "tcp receiver (generic)")
	f("main process - attendant", "main process - attendant")
	f("RTIMER EXEC child=1 timer=cleanup", "RTIMER EXEC")
	f("", "unknown")
}

func TestTargetState(t *testing.T) {
	t.Parallel()
	f := func(flags, state string, probed bool) {
		t.Helper()
		gotState, gotProbed := targetState(flags)
		if gotState != state || gotProbed != probed {
			t.Errorf("%q: got %q %v", flags, gotState, gotProbed)
		}
	}
	f("AP", "active", true)
	f("AX", "active", false)
	f("AN", "active", false)
	f("TP", "trying", true)
	f("IX", "inactive", false)
	f("DX", "disabled", false)
	f("?P", "", true)
	f("", "", false)
}

func TestStatelessCode(t *testing.T) {
	t.Parallel()
	f := func(statistic, class, code string) {
		t.Helper()
		if c, x := slCode(statistic); c != class || x != code {
			t.Errorf("%s: got %s %s, want %s %s", statistic, c, x, class, code)
		}
	}
	f("404", "4xx", "404")
	f("4xx", "4xx", "other")
	f("xxx", "other", "other")
}

// TestStartTimeIsSteady: whole seconds of uptime against a moving clock must not look like restarts, and a restart must.
func TestStartTimeIsSteady(t *testing.T) {
	t.Parallel()
	clock := exportertest.Now()
	s := startTime{now: func() time.Time { return clock }}
	first := s.at(100)
	for _, step := range []struct {
		seconds int
		uptime  float64
	}{{15, 115}, {15, 131}, {15, 144}, {16, 161}} {
		clock = clock.Add(time.Duration(step.seconds) * time.Second)
		if got := s.at(step.uptime); got != first {
			t.Errorf("uptime %v: start moved from %v to %v", step.uptime, first, got)
		}
	}
	clock = clock.Add(15 * time.Second)
	if got, want := s.at(3), float64(clock.Unix()-3); got != want {
		t.Errorf("after a restart: got %v, want %v", got, want)
	}
}

func destinationOf(uri, flags, id string) binrpc.Value {
	return binrpc.StructOf(
		binrpc.Member{Name: "URI", Value: binrpc.StringOf(uri)},
		binrpc.Member{Name: "FLAGS", Value: binrpc.StringOf(flags)},
		binrpc.Member{Name: "PRIORITY", Value: binrpc.IntOf(0)},
		binrpc.Member{Name: "ATTRS", Value: binrpc.StructOf(binrpc.Member{Name: "DUID", Value: binrpc.StringOf(id)})},
	)
}

func listOf(sets ...binrpc.Member) binrpc.Value {
	return binrpc.StructOf(
		binrpc.Member{Name: "NRSETS", Value: binrpc.IntOf(int64(len(sets)))},
		binrpc.Member{Name: "RECORDS", Value: binrpc.StructOf(sets...)},
	)
}

func setOf(id int64, destinations ...binrpc.Value) binrpc.Member {
	targets := make([]binrpc.Member, len(destinations))
	for i, d := range destinations {
		targets[i] = binrpc.Member{Name: "DEST", Value: d}
	}
	return binrpc.Member{Name: "SET", Value: binrpc.StructOf(
		binrpc.Member{Name: "ID", Value: binrpc.IntOf(id)},
		binrpc.Member{Name: "TARGETS", Value: binrpc.StructOf(targets...)},
	)}
}

// TestDispatcherOddities: set 0 exists (E3a), and Kamailio accepts one address twice in one set (E3c).
func TestDispatcherOddities(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	server.Handle("dispatcher.list", binrpctest.Values(listOf(
		setOf(0, destinationOf("sip:10.0.0.1", "AP", "a"), destinationOf("sip:10.0.0.1", "IP", "b"), destinationOf("sip:10.0.0.1", "AP", "a")),
		setOf(7),
	)))
	got := suite().Scrape(t, observed(t, server, "dispatcher"))
	for _, want := range []string{
		`kamailio_dispatcher_target_up{id="a",set="0",uri="sip:10.0.0.1"} 1`,
		`kamailio_dispatcher_target_up{id="b",set="0",uri="sip:10.0.0.1"} 0`,
		`kamailio_dispatcher_set_targets{set="0",state="active"} 1`,
		`kamailio_dispatcher_set_targets{set="0",state="inactive"} 1`,
		`kamailio_dispatcher_set_targets{set="7",state="active"} 0`,
		`kamailio_dispatcher_sets 2`,
	} {
		if !strings.Contains(got.Text, want+"\n") {
			t.Errorf("missing %s", want)
		}
	}
	for what, n := range got.Dropped {
		if n != 0 {
			t.Errorf("dropped %v: %v; a target that Kamailio lists twice is one", what, n)
		}
	}
	suite().Check(t, got)
}

// TestManyTargets: every target tells whether it is up, the first hundred tell everything.
func TestManyTargets(t *testing.T) {
	t.Parallel()
	var all []binrpc.Value
	for i := range 900 {
		all = append(all, destinationOf(fmt.Sprintf("sip:10.0.%d.%d", i/250, i%250), "AP", ""))
	}
	server := recorded(t, "6.1.5")
	server.Handle("dispatcher.list", binrpctest.Values(listOf(setOf(1, all...))))
	got := suite().Scrape(t, observed(t, server, "dispatcher"))
	count := func(family string) int { return strings.Count(got.Text, "\n"+family+"{") }
	if n := count("kamailio_dispatcher_target_up"); n != 900 {
		t.Errorf("%d targets tell whether they are up, want 900", n)
	}
	if n := count("kamailio_dispatcher_target_probed"); n != DefaultDispatcherDetail {
		t.Errorf("%d targets tell more, want %d", n, DefaultDispatcherDetail)
	}
	if !strings.Contains(got.Text, `kamailio_dispatcher_set_targets{set="1",state="active"} 900`) {
		t.Error("the set's total is not complete")
	}
}

func TestScriptGauges(t *testing.T) {
	t.Parallel()
	server := withStatistics(t, "script:calls = 5", "script:level = 3", "script:gone = 18446744073709551615", "script:down = -3", "script:obs_invite_attempts = 9")
	target, err := NewTarget(Options{
		Address: server.Address().String(), Collectors: []string{"script"}, ScriptGauges: regexp.MustCompile("^level$|^gone$"), Now: exportertest.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	got := suite().Scrape(t, target)
	for _, want := range []string{`kamailio_script_events_total{name="calls"} 5`, `kamailio_script_value{name="level"} 3`} {
		if !strings.Contains(got.Text, want+"\n") {
			t.Errorf("missing %s", want)
		}
	}
	for _, banned := range []string{"obs_invite", `name="gone"`, `name="down"`} {
		if strings.Contains(got.Text, banned) {
			t.Errorf("exported %s", banned)
		}
	}
}

// TestOnlyOwnVariables: a proxy whose only variables are those of observability.cfg has nothing for collector script.
func TestOnlyOwnVariables(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, observed(t, withStatistics(t, "script:obs_invite_attempts = 9", "script:obs_invite_4xx = 2"), "script", "callsetup"))
	if got.Outcomes["script"] != exporter.OutcomeEmpty || got.Outcomes["callsetup"] != exporter.OutcomeOK {
		t.Errorf("outcomes %v", got.Outcomes)
	}
	if !strings.Contains(got.Text, `kamailio_call_setup_outcomes_total{cause="4xx_other"} 2`) {
		t.Error("other 4xx are missing")
	}
}

// TestOneProcessAlone comes as a single record without a list around it.
func TestOneProcessAlone(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	server.Handle("core.psa", binrpctest.Values(binrpc.StructOf(
		binrpc.Member{Name: "status", Value: binrpc.IntOf(1)},
		binrpc.Member{Name: "description", Value: binrpc.StringOf("stand-alone receiver @ udp")},
	)))
	got := suite().Scrape(t, observed(t, server, "processes"))
	if !strings.Contains(got.Text, `kamailio_processes{process="stand-alone receiver @ udp"} 1`) {
		t.Error("the only process is missing")
	}
}
