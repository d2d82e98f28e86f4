package rtpengine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// TestEvidence has the cases in which RTPEngine's own metrics, and exporters that were in use in 2026, went wrong on a real one:
// in others is what was seen of them, and check holds this exporter to better. Of E15, the cost, it holds what no other load of a machine
// changes; times are measured in test/integration.
func TestEvidence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		others string
		check  func(*testing.T)
	}{
		"E4":    {"exporters for Kamailio on a process that hangs, three scrapes with 2 s: 5, 10 and 15 s, or never", checkHangs},
		"E6":    {"RTPEngine's own metrics with 35 of 60 offers out of ports: rejected 0, sessions 60", checkExhaustion},
		"E7":    {"RTPEngine's own metrics with two interfaces on one address: a sum of 200 ports used of 100", checkSharedPools},
		"E15":   {"voiplens: 2.8 ms for 220 series", checkCost},
		"reset": {"a daemon that was started anew: its counters begin at 0, and only a start time tells a reset from a loss", checkReset},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.check(t)
			if t.Failed() {
				t.Logf("like %s", c.others)
			}
		})
	}
}

// checkExhaustion has 60 offers for 100 ports. RTPEngine says that none was rejected, and on 10.5 that ports are free.
func checkExhaustion(t *testing.T) {
	for _, version := range versions() {
		got := suite().Scrape(t, observed(t, recorded(t, "udp", version, "exhausted")))
		holds(t, got, []string{
			"rtpengine_sessions_failed_total 35",
			"rtpengine_sessions_rejected_total 0",
			`rtpengine_control_requests_total{command="offer",proxy="127.0.0.1"} 60`,
			`rtpengine_control_errors_total{proxy="127.0.0.1"} 35`,
			`rtpengine_sessions{type="own"} 25`,
			"rtpengine_call_duration_seconds_count 0",
		})
		got = suite().Scrape(t, observed(t, recorded(t, "udp", version, "ended")))
		holds(t, got, []string{
			"rtpengine_sessions_failed_total 35",
			`rtpengine_sessions_ended_total{reason="regular"} 25`,
			"rtpengine_call_duration_seconds_count 25",
		})
	}
}

// checkSharedPools: interfaces that share a pool each show all of it, and it counts once.
func checkSharedPools(t *testing.T) {
	for version, low := range map[string]int{"10.5.3": 18100, "12.5.1": 18200, "26.0.1": 18300} {
		got := suite().Scrape(t, observed(t, recorded(t, "udp", version, "shared"), "ports", "interfaces"))
		pool := func(address string) string {
			return fmt.Sprintf(`{address="%s",port_max="%d",port_min="%d"}`, address, low+99, low)
		}
		holds(t, got, []string{
			"rtpengine_port_pool_ports" + pool("127.0.0.1") + " 100",
			"rtpengine_port_pool_used_ports" + pool("127.0.0.1") + " 12",
			"rtpengine_port_pool_free_pairs" + pool("127.0.0.1") + " 44",
			"rtpengine_port_pool_usage_ratio" + pool("127.0.0.1") + " 0.12",
			"rtpengine_port_pool_ports" + pool("127.0.0.2") + " 100",
			"rtpengine_port_pool_used_ports" + pool("127.0.0.2") + " 0",
			fmt.Sprintf(`rtpengine_interface_info{address="127.0.0.1",interface="ext",port_max="%d",port_min="%d"} 1`, low+99, low),
		})
		if n := series(got, metric.RTPEnginePortPoolUsed.Name); n != 2 {
			t.Errorf("%s: want two pools, got %d", version, n)
		}
		if n := series(got, metric.RTPEngineInterfaceInfo.Name); n != 4 {
			t.Errorf("%s: want four interfaces, got %d", version, n)
		}
		suite().Check(t, got)
	}
}

// checkHangs stops RTPEngine in the middle of a scrape that three callers wait for: all end in time, with what was read.
func checkHangs(t *testing.T) {
	const timeout = 4 * time.Second // of which half is left for the collector behind the one that hangs
	server := recorded(t, "http", "12.5.1", "calls")
	server.Handle("statistics", ngtest.Silent())
	target := target(t, Options{Address: server.Address().String(), Collectors: []string{"sessions", "limits"}, Now: time.Now})
	suite().Hanging(t, target, time.Now, timeout, exportertest.Partial{
		Read: metric.RTPEngineSessionsLimit, Unread: metric.RTPEngineSessions,
		Outcomes: map[string]string{"limits": exporter.OutcomeOK, "sessions": exporter.OutcomeTimeout},
	})
}

// checkCost: all that statistics tell is asked for once a scrape and read once, however many collectors show some of it; the limits and address
// families, which are not in it, take a question each, and a call that is up one in QualityInterval.
func checkCost(t *testing.T) {
	f := func(collectors []string, least int, want map[string]int) {
		t.Helper()
		server := recorded(t, "udp", "26.0.1", "calls")
		tgt := observed(t, server, collectors...)
		suite().Scrape(t, tgt) // finds out the format, and which calls there are
		before := len(server.Requests())
		got := suite().Scrape(t, tgt)
		asked := map[string]int{}
		for _, r := range server.Requests()[before:] {
			asked[r.Command]++
		}
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("%v: questions (-want +got):\n%s", collectors, diff)
		}
		if n := strings.Count(got.Text, "\n") - 2*strings.Count(got.Text, "# TYPE "); n < least {
			t.Errorf("%v: want %d series at least, got %d", collectors, least, n)
		}
	}
	f([]string{"info", "sessions", "ports", "control", "relay", "reports", "interfaces", "transcoders", "pollers"}, 140, map[string]int{"ping": 1, "statistics": 1})
	var defaults []string
	for _, c := range Collectors() {
		if c.Default {
			defaults = append(defaults, c.Name)
		}
	}
	f(defaults, 210, map[string]int{"ping": 1, "statistics": 1, "cli": 6, "list": 1})
}

// checkReset: counters are shown as RTPEngine has them, below what they were, with the start that explains it.
func checkReset(t *testing.T) {
	clock := time.Unix(1_600_000_000, 0)
	server := recorded(t, "udp", "26.0.1", "idle")
	tgt := target(t, Options{Address: server.Address().String(), Collectors: []string{"info", "sessions"}, Now: func() time.Time { return clock }})
	for _, life := range []struct{ uptime, regular int64 }{{86400, 1 << 33}, {86415, 1<<33 + 1}, {3, 2}} {
		serve(server, totals(t, life.uptime, life.regular, life.regular))
		holds(t, suite().Scrape(t, tgt), []string{
			fmt.Sprintf("rtpengine_start_time_seconds %v", float64(clock.Unix()-life.uptime)),
			fmt.Sprintf(`rtpengine_sessions_ended_total{reason="regular"} %v`, float64(life.regular)),
		})
		clock = clock.Add(15 * time.Second)
	}
}
