package rtpengine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/protocol/bencode"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// TestStrangeTotals: an answer without what every known version has is of a version that is not known, and no reason for zeros.
func TestStrangeTotals(t *testing.T) {
	t.Parallel()
	whole := statisticsOf(t, "26.0.1", "calls")
	totals, _ := whole.Lookup("totalstatistics")
	f := func(key string, want map[string]string) {
		t.Helper()
		got := suite().Scrape(t, observed(t, withStatistics(t, with(whole, "totalstatistics", without(totals, key))), "info", "sessions", "relay"))
		if diff := cmp.Diff(want, got.Outcomes); diff != "" {
			t.Errorf("without %s: outcomes (-want +got):\n%s", key, diff)
		}
		holds(t, got, nil, "rtpengine_sessions_failed_total")
		suite().Check(t, got)
	}
	const ok, decode = exporter.OutcomeOK, exporter.OutcomeDecode
	f("uptime", map[string]string{"info": decode, "sessions": decode, "relay": decode}) // there is no telling whether it restarted
	f("managedsessions", map[string]string{"info": ok, "sessions": decode, "relay": ok})
	f("silenttimeoutsessions", map[string]string{"info": ok, "sessions": decode, "relay": ok})
}

// TestNoQualityAtAll: a version whose statistics say nothing of quality.
func TestNoQualityAtAll(t *testing.T) {
	t.Parallel()
	stats := without(without(statisticsOf(t, "10.5.3", "calls"), "mos"), "voip_metrics")
	got := suite().Scrape(t, observed(t, withStatistics(t, stats), "reports"))
	if got.Outcomes["reports"] != exporter.OutcomeAbsent {
		t.Errorf("want absent, got %v", got.Outcomes)
	}
}

// TestOneCollectorsTimeDoesNotDecideForTheNext: the first collector's share of time runs out over the shared question, and the
// second asks again.
func TestOneCollectorsTimeDoesNotDecideForTheNext(t *testing.T) {
	t.Parallel()
	server := recorded(t, "udp", "26.0.1", "calls")
	server.Handle("statistics", ngtest.Silent())
	tgt := observed(t, server, "info", "sessions")
	if err := tgt.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	scrape := func(i int, ctx context.Context) error {
		return tgt.Scrapers[i].Scrape(ctx, suiteSet().CollectorBatch(tgt.Scrapers[i].Name(), 0))
	}
	if err := scrape(0, deadline(t, 30*time.Millisecond)); exporter.OutcomeOf(err) != exporter.OutcomeTimeout {
		t.Fatalf("want a timeout, got %v", err)
	}
	serve(server, statisticsOf(t, "26.0.1", "calls"))
	if err := scrape(1, deadline(t, time.Minute)); err != nil {
		t.Errorf("the next collector: %v", err)
	}
}

// TestStartTimeIsSteady: whole seconds of uptime against a moving clock must not look like restarts, and a restart must.
func TestStartTimeIsSteady(t *testing.T) {
	t.Parallel()
	clock := exportertest.Now()
	restarts := 0
	e := &engine{now: func() time.Time { return clock }, renegotiate: func(context.Context) { restarts++ }, refused: 7, noCLI: true}
	f := func(after time.Duration, uptime, wantStart float64, wantRestarts int) {
		t.Helper()
		clock = exportertest.Now().Add(after)
		e.observeUptime(t.Context(), uptime)
		if got := e.started - float64(exportertest.Now().Unix()); got != wantStart || restarts != wantRestarts {
			t.Errorf("after %v: want start %v and %d restarts, got %v and %d", after, wantStart, wantRestarts, got, restarts)
		}
	}
	f(0, 100, -100, 0)
	f(14900*time.Millisecond, 114, -100, 0)
	f(15100*time.Millisecond, 116, -100, 0)
	f(30*time.Second, 128, -100, 0)
	if e.refused != 7 || !e.noCLI {
		t.Error("forgot what it knew without a restart")
	}
	f(60*time.Second, 3, 57, 1)
	if e.refused != 0 || e.noCLI {
		t.Error("remembers what the daemon that ended had said")
	}
	f(75*time.Second, 18, 57, 1)
}

// TestDownForgetsTheCommandLine: a daemon that was away may come back as a version that has one.
func TestDownForgetsTheCommandLine(t *testing.T) {
	t.Parallel()
	e := &engine{ng: fixed{own()}, now: exportertest.Now, noCLI: true}
	if err := e.check(t.Context()); err == nil {
		t.Fatal("want an error")
	}
	if _, err := e.cli(t.Context(), "list maxsessions"); exporter.OutcomeOf(err) == exporter.OutcomeAbsent {
		t.Errorf("want it asked again, got %v", err)
	}
}

// TestRefusalsAreCounted: RTPEngine counts them too.
func TestRefusalsAreCounted(t *testing.T) {
	t.Parallel()
	e := &engine{}
	server := recorded(t, "udp", "10.5.3", "calls")
	tgt := observed(t, server, "limits", "quality")
	live(server, "call-1", "gone-1", "gone-2")
	suite().Scrape(t, tgt)
	for _, s := range tgt.Scrapers {
		if l, ok := s.(limits); ok {
			e = l.engine
		}
	}
	if e.refused != 3 { // the command line and two calls that have ended
		t.Errorf("want 3 refusals, got %v", e.refused)
	}
	if err := e.outcome(errors.New("broken pipe")); err.Error() != "broken pipe" || e.refused != 3 {
		t.Errorf("an error of the network is no refusal: %v, %v", err, e.refused)
	}
}

// TestAnswersAreNotKept: an idle target holds nothing of what RTPEngine has said.
func TestAnswersAreNotKept(t *testing.T) {
	t.Parallel()
	server := recorded(t, "udp", "26.0.1", "calls")
	tgt := observed(t, server, "info", "sessions", "ports")
	suite().Scrape(t, tgt)
	e := tgt.Scrapers[0].(information).engine
	if e.asked || e.stats.Kind() != bencode.Invalid {
		t.Error("the answer is still there")
	}
	if e.started == 0 {
		t.Error("forgot when the daemon started")
	}
}

// TestLongLists: what RTPEngine lists is bounded here too, whatever it sends.
func TestLongLists(t *testing.T) {
	t.Parallel()
	var all []bencode.Value
	for i := range 600 {
		all = append(all, client("10.0."+strings.Repeat("1", 1+i%3)+"."+time.Duration(i).String(), map[string]int64{"offer": int64(i)}, 0))
	}
	server := ngtest.Start(t, "tcp")
	serve(server, clients(t, all...))
	s := suite()
	s.Limit = 500
	got := s.Scrape(t, observed(t, server, "control"))
	if got.Outcomes["control"] != exporter.OutcomeOK || got.Dropped[[2]string{"control", "limit"}] == 0 {
		t.Errorf("want what is beyond the limit dropped and counted, got %v %v", got.Outcomes, got.Dropped)
	}
	s.Check(t, got)
}

// BenchmarkCollect is what collecting costs once RTPEngine has answered.
func BenchmarkCollect(b *testing.B) {
	e := &engine{ng: fixed{own()}, now: exportertest.Now, asked: true, stats: statisticsOf(b, "26.0.1", "calls")}
	scrapers := []exporter.Scraper{
		information{e}, &sessions{engine: e}, ports{e}, control{e}, relay{e}, reports{e}, interfaces{e}, transcoders{e}, pollers{e},
	}
	set := suiteSet()
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range scrapers {
			if err := s.Scrape(b.Context(), set.CollectorBatch(s.Name(), 0)); err != nil {
				b.Fatal(err)
			}
		}
	}
}
