package kamailio

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// TestEvidence has the cases in which exporters for Kamailio that were in use in 2026 went wrong on a real one: in others is
// what was seen of them, and check holds this one to better. Of E15, the cost, it holds what no other load of a machine changes; times
// are measured by bench_test.go and test/integration.
func TestEvidence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		others string
		check  func(*testing.T)
	}{
		"E1":    {"florentchauveau 1.0.1 on 6.1.5: six sizes of shared memory and all stateless replies 0, and up 1", checkDoubles},
		"E2":    {"voiplens with module tls loaded: one family from two collectors, status 500 for every scrape", checkOneFamilyOnce},
		"E3a":   {"florentchauveau 2 with dispatcher set 0: whole scrape fails, up 0", checkSetZero},
		"E3b":   {"florentchauveau 2 with 1,100 targets in a set, or 1,500 sets: whole scrape fails, up 0", checkLargeLists},
		"E3c":   {"florentchauveau 2 with one address twice in a set: status 500 for every scrape", checkTwins},
		"E3d":   {"florentchauveau 2 without a dispatcher set: up 0", checkNoSets},
		"E4":    {"florentchauveau 2 on a ctl process that hangs, three scrapes with 2 s: 5, 10 and 15 s; pascom: never", checkHangs},
		"E5":    {"pascom and voiplens on 6.1.5 with a dead RTPEngine: enabled 1", checkDeadEngine},
		"E13":   {"a Kamailio that hangs in its start accepts: who only connects says up 1", checkDeaf},
		"E15":   {"florentchauveau 2: 10 questions and 2.9 ms for 250 series, 25 series a question; 41 ms for 1,600 dispatcher targets", checkCost},
		"E14":   {"florentchauveau 2 on an answer without a record, which is a valid one: whole scrape fails", checkEmptyAnswers},
		"reset": {"a Kamailio that was started anew: its counters begin at 0, and only a start time tells a reset from a loss", checkReset},
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

func checkDoubles(t *testing.T) {
	got := suite().Scrape(t, compatAt(t, recorded(t, "6.1.5").Address().String(), everything()...))
	for _, series := range []string{
		"kamailio_shm_size_bytes", "kamailio_shm_free_bytes", "kamailio_shm_used_bytes", "kamailio_shm_real_used_bytes",
		"kamailio_shm_max_used_bytes", "kamailio_shm_fragments", `kamailio_sl_replies_total{class="2xx",code="200"}`,
		"kamailio_core_shmmem_total", "kamailio_core_shmmem_free", "kamailio_core_shmmem_used", "kamailio_core_shmmem_real_used",
		"kamailio_core_shmmem_max_used", "kamailio_core_shmmem_fragments", `kamailio_sl_stats_codes_total{code="200"}`,
	} {
		if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` [1-9]`).MatchString(got.Text) {
			t.Errorf("%s is 0 or missing", series)
		}
	}
	wantLines(t, got.Text, "kamailio_shm_size_bytes 6.7108864e+07", "kamailio_core_shmmem_total 6.7108864e+07")
}

func checkOneFamilyOnce(t *testing.T) {
	for _, version := range versions() {
		got := suite().Scrape(t, compatAt(t, recorded(t, version).Address().String(), everything()...))
		suite().Check(t, got) // families and series are sorted and unique, and parse as OpenMetrics
		if got.Outcomes["tls"] != exporter.OutcomeOK || got.Outcomes["tcp"] != exporter.OutcomeOK {
			t.Errorf("%s: %v", version, got.Outcomes)
		}
		if n := strings.Count(got.Text, "# TYPE kamailio_tls_connections_limit gauge\n"); n != 1 {
			t.Errorf("%s: the limit of TLS connections is there %d times", version, n)
		}
	}
}

// scrapeTargets scrapes all collectors of a Kamailio with these dispatcher sets.
func scrapeTargets(t *testing.T, answer binrpctest.Reply, wantOutcome string, lines ...string) string {
	t.Helper()
	server := recorded(t, "6.1.5")
	server.Handle("dispatcher.list", answer)
	got := suite().Scrape(t, compatAt(t, server.Address().String(), everything()...))
	suite().Check(t, got)
	if got.Outcomes["dispatcher"] != wantOutcome || !got.Up {
		t.Errorf("up %v, dispatcher %s, want %s", got.Up, got.Outcomes["dispatcher"], wantOutcome)
	}
	if got.Outcomes["tls"] != exporter.OutcomeOK || got.Outcomes["compat"] != exporter.OutcomeOK {
		t.Errorf("other collectors: %v", got.Outcomes)
	}
	wantLines(t, got.Text, append(lines, "kamailio_up 1", "kamailio_tls_connections_limit 2048", "kamailio_tls_info_max_connections 2048")...)
	return got.Text
}

func checkSetZero(t *testing.T) {
	scrapeTargets(t, binrpctest.Values(listOf(setOf(0, destinationOf("sip:192.0.2.1", "AP", "a")))), exporter.OutcomeOK,
		`kamailio_dispatcher_target_up{id="a",set="0",uri="sip:192.0.2.1"} 1`,
		`kamailio_dispatcher_list_target{flags="AP",setid="0",uri="sip:192.0.2.1"} 1`)
}

func checkTwins(t *testing.T) {
	scrapeTargets(t, binrpctest.Values(listOf(setOf(1,
		destinationOf("sip:192.0.2.1", "AP", "a"), destinationOf("sip:192.0.2.1", "IP", "b"), destinationOf("sip:192.0.2.1", "AP", "a")))), exporter.OutcomeOK,
		`kamailio_dispatcher_target_up{id="a",set="1",uri="sip:192.0.2.1"} 1`, `kamailio_dispatcher_target_up{id="b",set="1",uri="sip:192.0.2.1"} 0`,
		`kamailio_dispatcher_set_targets{set="1",state="active"} 1`,
		`kamailio_dispatcher_list_target{flags="AP",setid="1",uri="sip:192.0.2.1"} 1`, `kamailio_dispatcher_list_target{flags="IP",setid="1",uri="sip:192.0.2.1"} 1`)
}

func checkNoSets(t *testing.T) {
	text := scrapeTargets(t, binrpctest.Fault(500, "No Destination Sets"), exporter.OutcomeEmpty,
		`kamailio_exporter_collector_success{collector="dispatcher"} 1`)
	if strings.Contains(text, "\nkamailio_dispatcher_") {
		t.Error("a target was exported where there is none")
	}
}

// checkLargeLists has what Kamailio 6.1.5 answers of lists that outgrow BINRPC: a fault there, all of it over HTTP.
func checkLargeLists(t *testing.T) {
	for file, want := range map[string]struct {
		targets, sets int
		line          string
	}{
		"one-set":   {1100, 1, `kamailio_dispatcher_set_targets{set="5",state="active"} 1100`},
		"many-sets": {1500, 1500, `kamailio_dispatcher_set_targets{set="1500",state="active"} 1`},
	} {
		binary, wide := largeList(t, file)
		s := suite()
		s.Limit = dispatcherLimit
		got := s.Scrape(t, compatAt(t, binary+","+wide, everything()...)) // no Check: promlint compares all series with all
		count := func(family string) int { return strings.Count(got.Text, "\n"+family+"{") }
		if n := count("kamailio_dispatcher_target_up"); n != want.targets {
			t.Errorf("%s: %d targets, want %d", file, n, want.targets)
		}
		if n := count("kamailio_dispatcher_list_target"); n != want.targets {
			t.Errorf("%s: %d targets by the old name, want %d", file, n, want.targets)
		}
		if n := count("kamailio_dispatcher_set_targets"); n != want.sets*len(metric.DispatcherStates()) {
			t.Errorf("%s: %d sets by state, want %d", file, n, want.sets*len(metric.DispatcherStates()))
		}
		if n := count("kamailio_dispatcher_target_probed"); n != DefaultDispatcherDetail {
			t.Errorf("%s: %d targets tell more, want %d", file, n, DefaultDispatcherDetail)
		}
		wantLines(t, got.Text, want.line, "kamailio_up 1")
		if len(got.Dropped) != 0 {
			t.Errorf("%s: dropped %v", file, got.Dropped)
		}
		alone := suite().Scrape(t, at(t, binary))
		if alone.Outcomes["dispatcher"] != exporter.OutcomeFault || !alone.Up || alone.Outcomes["core"] != exporter.OutcomeOK {
			t.Errorf("%s, without HTTP: up %v, %v", file, alone.Up, alone.Outcomes)
		}
	}
}

// largeList starts both servers of a Kamailio with a list that outgrows BINRPC, and returns their addresses.
func largeList(t testing.TB, file string) (binary, wide string) {
	t.Helper()
	server := recorded(t, "6.1.5")
	server.Handle("dispatcher.list", binrpctest.Recorded(t, "testdata/kamailio-6.1.5-large/"+file+".bin"))
	packed, err := os.ReadFile("testdata/kamailio-6.1.5-large/" + file + ".json.gz")
	if err != nil {
		t.Fatal(err)
	}
	unpack, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(unpack)
	if err != nil {
		t.Fatal(err)
	}
	_, result, _ := bytes.Cut(answer, []byte(`"result":`))
	result, _ = bytes.CutSuffix(result, []byte(`,"id":1}`))
	return server.Address().String(), overHTTP(t, "none", map[string]string{"dispatcher.list": string(result)})
}

// checkHangs stops the ctl process in the middle of a scrape that three callers wait for.
func checkHangs(t *testing.T) {
	const timeout = 4 * time.Second // so that a busy machine can read what comes before the one that hangs
	server := recorded(t, "6.1.5")
	server.Handle("dispatcher.list", binrpctest.Silent())
	o := options(t, server.Address().String())
	o.Now = time.Now
	target, err := NewTarget(o)
	if err != nil {
		t.Fatal(err)
	}
	suite().Hanging(t, target, time.Now, timeout, exportertest.Partial{
		Read: metric.KamailioRequests, Unread: metric.KamailioDispatcherTargetUp,
		Outcomes: map[string]string{"core": exporter.OutcomeOK, "dispatcher": exporter.OutcomeTimeout},
	})
}

func checkDeadEngine(t *testing.T) {
	for version, port := range map[string]string{"5.4.4": "184", "5.6.3": "183", "6.0.1": "182", "6.1.5": "181"} {
		got := suite().Scrape(t, observed(t, recorded(t, version), "rtpengine"))
		wantLines(t, got.Text,
			`kamailio_rtpengine_up{set="0",url="udp:127.0.0.1:`+port+`05"} 1`,
			`kamailio_rtpengine_up{set="2",url="udp:127.0.0.1:`+port+`05"} 1`,
			`kamailio_rtpengine_up{set="2",url="udp:127.0.0.1:`+port+`06"} 0`,
			`kamailio_rtpengine_disabled{set="2",url="udp:127.0.0.1:`+port+`06"} 0`)
	}
}

func checkDeaf(t *testing.T) {
	target, err := NewTarget(options(t, binrpctest.Deaf(t, "unix").String()))
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	err = target.Check(deadline(t, 50*time.Millisecond))
	if exporter.OutcomeOf(err) != exporter.OutcomeTimeout {
		t.Errorf("want a timeout, got %v", err)
	}
}

func checkEmptyAnswers(t *testing.T) {
	server := recorded(t, "6.1.5")
	for method := range collectorsOf() {
		if !slices.Contains([]string{"core.info", "core.tcp_info", "tls.info", "dlg.stats_active", "dlg.profile_get_size", "pike.top"}, method) {
			server.Handle(method, binrpctest.Values())
		}
	}
	server.Handle("pike.top", binrpctest.Values(binrpc.StructOf(member("max_hits", 20), binrpc.Member{Name: "list", Value: binrpc.StructOf()})))
	got := suite().Scrape(t, observed(t, server))
	suite().Check(t, got)
	for collector, outcome := range got.Outcomes {
		if !exporter.Healthy(outcome) {
			t.Errorf("%s: %s", collector, outcome)
		}
	}
	for _, collector := range []string{"htable", "rtpengine", "rtpproxy", "dmq", "mqueue", "processes", "pkg", "dispatcher", "uac", "pipelimit", "tcplist", "sockets", "certificates"} {
		if got.Outcomes[collector] != exporter.OutcomeEmpty {
			t.Errorf("%s: want empty, got %s", collector, got.Outcomes[collector])
		}
	}
	wantLines(t, got.Text, "kamailio_up 1", `kamailio_pike_addresses{status="hot"} 0`)
}

// checkCost: what is asked, and how often, decides what a scrape costs Kamailio, whose one ctl process answers everybody. A scrape asks each
// question once over one connection that it keeps, and for more series by each than others; 1,600 targets come in one answer.
func checkCost(t *testing.T) {
	f := func(server *binrpctest.Server, questions, least int, collectors ...string) exportertest.Scrape {
		t.Helper()
		target := observed(t, server, collectors...)
		suite().Scrape(t, target)
		got := suite().Scrape(t, target)
		asked := map[string]int{}
		for _, r := range server.Requests() {
			name := r.Method
			for _, a := range r.Args {
				name += " " + a.Text()
			}
			asked[name]++
		}
		for question, n := range asked {
			if n != 2 {
				t.Errorf("%v: %s was asked %d times in two scrapes", collectors, question, n)
			}
		}
		if len(asked) != questions || server.Connections() != 1 {
			t.Errorf("%v: want %d questions over one connection, got %d over %d", collectors, questions, len(asked), server.Connections())
		}
		if n := strings.Count(got.Text, "\n") - 2*strings.Count(got.Text, "# TYPE "); n < least {
			t.Errorf("%v: want %d series at least, got %d", collectors, least, n)
		}
		return got
	}
	f(recorded(t, "6.1.5"), 18, 500, defaults()...)
	got := f(manyTargets(t), 2, 1600, "dispatcher")
	if n := strings.Count(got.Text, "\n"+metric.KamailioDispatcherTargetUp.Name+"{"); n != 1600 || len(got.Dropped) != 0 {
		t.Errorf("want 1600 targets, got %d; dropped: %v", n, got.Dropped)
	}
}

// checkReset: counters are shown as Kamailio has them, below what they were, with the start that explains it.
func checkReset(t *testing.T) {
	clock := exportertest.Now()
	server := recorded(t, "6.1.5")
	o := options(t, server.Address().String(), "info", "core")
	o.Now = func() time.Time { return clock }
	target := targetOf(t, o)
	for _, life := range []struct{ uptime, requests int64 }{{86400, 1 << 33}, {86415, 1<<33 + 1}, {3, 2}} {
		server.Handle("core.uptime", binrpctest.Values(binrpc.StructOf(member("uptime", int(life.uptime)))))
		server.Handle("stats.get_statistics", binrpctest.Values(
			binrpc.StringOf(fmt.Sprintf("core:rcv_requests = %d", life.requests)), binrpc.StringOf("core:fwd_requests = 0")))
		wantLines(t, suite().Scrape(t, target).Text,
			fmt.Sprintf("kamailio_start_time_seconds %v", float64(clock.Unix()-life.uptime)),
			fmt.Sprintf("kamailio_requests_received_total %v", float64(life.requests)))
		clock = clock.Add(15 * time.Second)
	}
}
