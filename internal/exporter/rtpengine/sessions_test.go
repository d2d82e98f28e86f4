package rtpengine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/bencode"
)

// TestRejectedIsNotFailed has three sessions of at most three, and two offers more.
func TestRejectedIsNotFailed(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		got := suite().Scrape(t, observed(t, recorded(t, "http", version, "shared")))
		holds(t, got, []string{
			"rtpengine_sessions_rejected_total 2",
			"rtpengine_sessions_failed_total 0",
			"rtpengine_sessions_limit 3",
			`rtpengine_sessions{type="own"} 3`,
		})
	}
}

// totals are statistics with these numbers of sessions.
func totals(t *testing.T, uptime, managed, regular int64) bencode.Value {
	t.Helper()
	return within(statisticsOf(t, "26.0.1", "idle"), "totalstatistics", map[string]bencode.Value{
		"uptime": bencode.StringOf(fmt.Sprint(uptime)), "managedsessions": bencode.IntOf(managed), "regularterminatedsessions": bencode.IntOf(regular),
	})
}

// TestFailedNeverGoesBack: RTPEngine's counters are read one after the other, so their difference can be one too small for a
// moment, which would look like a restart with thousands of new failures. Only a restart takes it back.
func TestFailedNeverGoesBack(t *testing.T) {
	t.Parallel()
	server := recorded(t, "udp", "26.0.1", "idle")
	tgt := observed(t, server, "sessions")
	f := func(uptime, managed, regular int64, want int) {
		t.Helper()
		serve(server, totals(t, uptime, managed, regular))
		holds(t, suite().Scrape(t, tgt), []string{fmt.Sprintf("rtpengine_sessions_failed_total %d", want)})
	}
	f(1000, 10, 7, 3)
	f(1000, 11, 9, 3)
	f(1000, 20, 15, 5)
	f(1000, 20, 25, 5)
	f(1, 2, 2, 0) // a restart
	f(1, 4, 3, 1)
}

func TestImpossiblePools(t *testing.T) {
	t.Parallel()
	view := func(used, total int64) bencode.Value {
		return bencode.DictOf(
			bencode.Member{Key: "min", Value: bencode.IntOf(1)}, bencode.Member{Key: "max", Value: bencode.IntOf(9)},
			bencode.Member{Key: "used", Value: bencode.IntOf(used)}, bencode.Member{Key: "totals", Value: bencode.IntOf(total)})
	}
	list := func(views ...bencode.Value) bencode.Value {
		var all []bencode.Value
		for i, v := range views {
			all = append(all, bencode.DictOf(
				bencode.Member{Key: "name", Value: bencode.StringOf("x")},
				bencode.Member{Key: "address", Value: bencode.StringOf(fmt.Sprintf("10.0.0.%d", i))},
				bencode.Member{Key: "ports", Value: v}))
		}
		return with(statisticsOf(t, "26.0.1", "idle"), "interfaces", bencode.ListOf(all...))
	}
	got := suite().Scrape(t, observed(t, withStatistics(t, list(view(10, 9), view(-1, 9), view(0, 0), view(3, 9))), "ports"))
	holds(t, got, []string{`rtpengine_port_pool_free_pairs{address="10.0.0.3",port_max="9",port_min="1"} 3`})
	if n := series(got, metric.RTPEnginePortPoolUsage.Name); n != 1 {
		t.Errorf("want the share of the one pool that makes sense, got %d", n)
	}
	suite().Check(t, got)
	got = suite().Scrape(t, observed(t, withStatistics(t, list(bencode.DictOf())), "ports"))
	if got.Outcomes["ports"] != exporter.OutcomeDecode {
		t.Errorf("an interface without ports: want decode, got %v", got.Outcomes)
	}
}

// TestRestart: a daemon that was started anew may be another version, and owes us nothing.
func TestRestart(t *testing.T) {
	t.Parallel()
	clock := exportertest.Now()
	server := recorded(t, "udp", "10.5.3", "idle")
	serve(server, totals(t, 100, 0, 0))
	tgt := target(t, Options{
		Address: server.Address().String(), Collectors: []string{"info", "limits"}, Now: func() time.Time { return clock },
	})
	scrape := func(wantLines int, wantStart int64) {
		t.Helper()
		got := suite().Scrape(t, tgt)
		holds(t, got, []string{fmt.Sprintf("rtpengine_start_time_seconds %v", float64(wantStart))})
		lines := 0
		for _, r := range server.Requests() {
			if r.Command == "cli" {
				lines++
			}
		}
		if lines != wantLines {
			t.Errorf("want the command line asked for %d times in all, got %d", wantLines, lines)
		}
	}
	start := clock.Unix() - 100
	scrape(1, start)
	scrape(1, start) // RTPEngine counts each vain question as an error
	clock = clock.Add(15 * time.Second)
	serve(server, totals(t, 114, 0, 0)) // whole seconds: no restart
	scrape(1, start)
	clock = clock.Add(15 * time.Second)
	serve(server, totals(t, 5, 0, 0))
	server.ReplayCLI(t, "testdata/rtpengine-26.0.1/calls") // and it has learnt something
	scrape(6, clock.Unix()-5)
}

// TestOneQuestionForAll: most collectors read one answer, asked for once a scrape.
func TestOneQuestionForAll(t *testing.T) {
	t.Parallel()
	server := recorded(t, "udp", "10.5.3", "idle")
	tgt := observed(t, server)
	for range 2 {
		suite().Scrape(t, tgt)
	}
	count := map[string]int{}
	for _, r := range server.Requests() {
		count[r.Command]++
	}
	if diff := cmp.Diff(map[string]int{"ping": 2, "statistics": 2, "list": 2, "cli": 1}, count); diff != "" {
		t.Errorf("questions of two scrapes (-want +got):\n%s", diff)
	}
}

// TestNothingIsChanged: of all commands only those that read are ever sent.
func TestNothingIsChanged(t *testing.T) {
	t.Parallel()
	server := recorded(t, "udp", "26.0.1", "calls")
	suite().Scrape(t, observed(t, server))
	for _, r := range server.Requests() {
		if !asksFor(r.Command) {
			t.Errorf("sent %q", r.Command)
		}
		line, _ := r.Args.Lookup("body")
		if r.Command == "cli" && !slices.Contains([]string{
			"list maxsessions", "list maxload", "list maxcpu", "list maxbw", "list maxopenfiles", "list numsessions", "params current",
		}, line.Text()) {
			t.Errorf("ran %q", line.Text())
		}
	}
}
