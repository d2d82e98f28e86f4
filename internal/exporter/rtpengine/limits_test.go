package rtpengine

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// TestNoLimits: what stands for no limit is left out, 0 sessions is a limit.
func TestNoLimits(t *testing.T) {
	t.Parallel()
	server := recorded(t, "http", "12.5.1", "idle")
	got := suite().Scrape(t, observed(t, server, "limits"))
	holds(t, got, []string{"rtpengine_open_files_limit 20000"},
		"rtpengine_sessions_limit", "rtpengine_load_limit", "rtpengine_cpu_limit_ratio", "rtpengine_bandwidth_limit")
	server.HandleCLI("list maxsessions", "Maximum sessions configured on rtpengine: 0\n") // how an operator drains it
	server.HandleCLI("list maxcpu", "Maximum CPU usage configured on rtpengine: 92.5\n")
	got = suite().Scrape(t, observed(t, server, "limits"))
	holds(t, got, []string{"rtpengine_sessions_limit 0", "rtpengine_cpu_limit_ratio 0.925"})
}

// TestCommandLineOutcomes runs the ways in which a command line can fail.
func TestCommandLineOutcomes(t *testing.T) {
	t.Parallel()
	f := func(server *ngtest.Server, want string) {
		t.Helper()
		got := suite().Scrape(t, observed(t, server, "limits", "families", "build"))
		if diff := cmp.Diff(map[string]string{"limits": want, "families": want, "build": want}, got.Outcomes); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		suite().Check(t, got)
	}
	broken := func(reply ngtest.Reply) *ngtest.Server {
		server := recorded(t, "udp", "26.0.1", "calls")
		server.Handle("cli", reply)
		return server
	}
	f(broken(ngtest.Refuse("Unrecognized command")), exporter.OutcomeAbsent)
	f(broken(ngtest.Refuse("no")), exporter.OutcomeFault)
	f(broken(ngtest.Result("ok")), exporter.OutcomeDecode)
	f(broken(ngtest.Raw([]byte("x"))), exporter.OutcomeDecode)
}

func TestUnknownPrints(t *testing.T) {
	t.Parallel()
	server := recorded(t, "http", "12.5.1", "idle")
	for _, line := range []string{"list maxsessions", "list numsessions", "params current"} {
		server.HandleCLI(line, "Unknown command: "+line+"\n")
	}
	got := suite().Scrape(t, observed(t, server, "limits", "families", "build"))
	want := map[string]string{"limits": exporter.OutcomeDecode, "families": exporter.OutcomeDecode, "build": exporter.OutcomeAbsent}
	if diff := cmp.Diff(want, got.Outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestFamilies(t *testing.T) {
	t.Parallel()
	server := recorded(t, "http", "10.5.3", "idle")
	server.HandleCLI("list numsessions", "Current sessions own: 44\nCurrent sessions ipv4 only media: 36\n"+
		"Current sessions ipv6 only media: 3\nCurrent sessions ip mixed  media: 5\n")
	holds(t, suite().Scrape(t, observed(t, server, "families")), []string{
		`rtpengine_sessions_by_address_family{family="ipv4"} 36`,
		`rtpengine_sessions_by_address_family{family="ipv6"} 3`,
		`rtpengine_sessions_by_address_family{family="mixed"} 5`,
	})
}

func TestBuild(t *testing.T) {
	t.Parallel()
	f := func(line, want string) {
		t.Helper()
		server := recorded(t, "http", "10.5.3", "idle")
		server.HandleCLI("params current", "max_sessions = -1\n"+line+"\nmysql_pass = hunter2\n")
		got := suite().Scrape(t, observed(t, server, "build"))
		if want == "" {
			holds(t, got, nil, "rtpengine_build_info")
			return
		}
		holds(t, got, []string{`rtpengine_build_info{version="` + want + `"} 1`})
	}
	f("software_id = rtpengine-26-0-1-26-0-mr26-0-1-26", "26.0.1.26")
	f("software_id = rtpengine-13-5-1-2-1-mr13-5-1-2", "13.5.1.2")
	f("software_id = acme", "")
	f("software_id = rtpengine-undefined", "")
	f("max-sessions = -1", "") // as before 26.0
}

// TestRedisAllowedErrors: -1, the default, is no limit, and a limit is told of by a daemon that hides its version, too.
func TestRedisAllowedErrors(t *testing.T) {
	t.Parallel()
	f := func(line string, want []string, never ...string) {
		t.Helper()
		server := recorded(t, "http", "10.5.3", "idle")
		server.HandleCLI("params current", "software_id = acme\nno_redis_required = 0\n"+line+"\nredis_auth = hunter2\n")
		got := suite().Scrape(t, observed(t, server, "build"))
		suite().Check(t, got)
		holds(t, got, want, never...)
	}
	f("redis_allowed_errors = 0", []string{"rtpengine_redis_allowed_errors 0"})
	f("redis_allowed_errors = 12", []string{"rtpengine_redis_allowed_errors 12"})
	f("redis_allowed_errors = -1", nil, "rtpengine_redis_allowed_errors")
	f("redis_allowed_errors = many", nil, "rtpengine_redis_allowed_errors")
}
