package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
)

// failover is a site that watches a store and a path.
func failover(t *testing.T, earlier []report.Summary) *fixture {
	t.Helper()
	return newSiteOf(t, func(o *tracker.Options, w *web.Options) {
		o.Recovery.Stores = []spec.Store{{Name: "mysql", System: "mariadb", Replica: "dr"}}
		o.Stores = []tracker.StoreWatch{{Name: "mysql", Server: "primary", Replicas: map[string]tracker.Replica{"dr": nil}, Interval: time.Second, Timeout: 500 * time.Millisecond}}
		o.Paths = []tracker.PathWatch{{Path: rto.Path{Name: "calls", Want: rto.Served, Interval: time.Second}}}
		o.Stability = rto.Stability{Results: 3, Hold: time.Minute}
		w.Earlier = func(d *rto.Drill) []report.Summary {
			if d.Start.Scenario.Name != "region_loss" {
				t.Errorf("asked for %q", d.Start.Scenario.Name)
			}
			return earlier
		}
	})
}

// looks gives the service what it would have seen: the source until `cut` seconds ago, and a replica that has received all of it and applies ten
// a second of what is left.
func (f *fixture) looks(now rto.Instant) {
	f.t.Helper()
	gtid := func(n int) rto.Position {
		p, err := rto.ParsePosition(fmt.Sprintf("0-1-%d", n))
		if err != nil {
			f.t.Fatal(err)
		}
		return p
	}
	for i := -40; i <= 0; i++ {
		at := now.Add(time.Duration(i) * time.Second)
		look := rto.Look{Until: at}
		source := rto.SourceSample{Store: "mysql", Send: at.Add(-2 * time.Millisecond), Recv: at.Add(-time.Millisecond), Outcome: rto.OK, Server: "1", At: gtid(10_000 + i)}
		if i > -20 {
			source = rto.SourceSample{Store: "mysql", Send: source.Send, Recv: source.Recv, Outcome: rto.TimedOut}
		}
		replica := rto.ReplicaSample{
			Store: "mysql", Replica: "dr", Server: "2", Send: source.Send, Recv: source.Recv, Outcome: rto.OK, ReadOnly: true,
			Applied: gtid(9_000 + 10*i), Received: gtid(10_000 + min(i, -20)), ReceivedKnown: true,
		}
		probe := rto.ProbeResult{Path: "calls", Send: source.Send, Recv: source.Recv, Outcome: rto.OK, Grade: rto.Served, Good: true}
		if i > -19 {
			probe.Outcome, probe.Grade, probe.Good = rto.TimedOut, rto.NoAnswer, false
		}
		look.Sources, look.Replicas, look.Probes = []rto.SourceSample{source}, []rto.ReplicaSample{replica}, []rto.ProbeResult{probe}
		body, err := json.Marshal(look)
		if err != nil {
			f.t.Fatal(err)
		}
		if err := f.service.Restore(rto.RecordLook, at, body); err != nil {
			f.t.Fatal(err)
		}
	}
}

// TestLivePage has the forecast by earlier drills, and both ways to promote in both objectives.
func TestLivePage(t *testing.T) {
	t.Parallel()
	took := func(d time.Duration) []report.PhaseTook {
		return []report.PhaseTook{{Phase: rto.Promote, Took: rto.Bracket{Lo: d, Hi: d}}}
	}
	f := failover(t, []report.Summary{{Drill: "one", Phases: took(2 * time.Minute)}, {Drill: "two", Phases: took(40 * time.Minute)}})
	id := f.begin()
	now := f.now()
	f.looks(now)
	at := now.Add(-20 * time.Second).Time().Format(time.RFC3339Nano)
	f.want(http.StatusCreated, http.MethodPost, "/api/v1/drills/"+id+"/events", `{"kind":"injected","at":"`+at+`"}`, asAlice...)
	for _, path := range []string{"/", "/?part=live", "/drills/" + id} {
		text := squeezed(f.want(http.StatusOK, http.MethodGet, path, ""))
		for _, want := range []string{
			`Promote now, or drain first?`,
			`now <span class="tag warn">NOT PROVEN</span> more than 20 s 980 transactions none 29 m`, // it has nothing of what the source was seen with
			`after draining <span class="tag good">PASS</span> 0.0 s 0 transactions 1 m 38 s `,       // 980 at ten a second
			`half and nine of ten earlier drills took; that would be <span class="tag warn">NOT PROVEN</span>`,
			`promote to come – 2 m 00 s to 40 m 00 s 2 earlier drills`,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q: %s", path, want, text[max(strings.Index(text, "Promote now"), 0):])
			}
		}
	}
	var s struct {
		Running struct{ Trade *rto.Trade }
	}
	if err := json.Unmarshal([]byte(f.want(http.StatusOK, http.MethodGet, "/api/v1/status", "")), &s); err != nil || s.Running.Trade == nil {
		t.Fatalf("%v, trade %+v", err, s.Running.Trade)
	}
	atOnce, drained := s.Running.Trade.Choices[0], s.Running.Trade.Choices[1]
	if cost := *atOnce.Left - *drained.Left; cost < 97*time.Second || cost > 99*time.Second || atOnce.Verdict == rto.Pass || drained.Verdict != rto.Pass {
		t.Errorf("draining costs %s of the RTO: %+v, %+v", cost, atOnce, drained)
	}
}

// TestForecastWithoutHistory goes by budgets before the first drill, and says nothing before the failure.
func TestForecastWithoutHistory(t *testing.T) {
	t.Parallel()
	f := failover(t, nil)
	id := f.begin()
	text := squeezed(f.want(http.StatusOK, http.MethodGet, "/drills/"+id, ""))
	for _, want := range []string{"It begins with the failure.", "promote to come – 1 m 00 s its budget", "decide to come – not known nothing", "it is unseen now", "not known"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q: %s", want, text)
		}
	}
}

// squeezed is a page's text with its tags, but for those that carry a verdict, and one space where there were many.
func squeezed(page string) string {
	page = regexp.MustCompile(`</?(t[dhr]|tbody|thead|table|div|section|h[1-6]|p)( [^>]*)?>`).ReplaceAllString(page, " ")
	return regexp.MustCompile(`\s+`).ReplaceAllString(page, " ")
}
