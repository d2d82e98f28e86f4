package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/browser/browsertest"
	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
)

// platformRecords are what a server has of the shipped objectives in the night of an outage of the SIP edge.
type platformRecords struct{ objectives []spec.SLO }

// spent is the share of an objective's budget that is consumed, and its burn rate in the last hour.
func spent(name string, i int) (consumed, burn float64) {
	switch name {
	case "sip_reachable":
		return 1.31, 38.2
	case "call_setup":
		return 0.83, 1.9
	case "api_availability":
		return 0.56, 0.4
	}
	return 0.04 + 0.03*float64(i%9), 0.1 * float64(i%7)
}

// Query answers all that is asked of now.
func (r platformRecords) Query(_ context.Context, expr string, _ time.Time) ([]promapi.Sample, error) {
	var all []promapi.Sample
	of := func(slo, name string, v float64, more promapi.Labels) {
		labels := promapi.Labels{"__name__": name, "slo": slo}
		for k, l := range more {
			labels[k] = l
		}
		all = append(all, promapi.Sample{Labels: labels, Point: promapi.Point{Value: v}})
	}
	if strings.HasPrefix(expr, "ALERTS") {
		of("sip_reachable", "ALERTS", 1, promapi.Labels{"alertname": "SipReachableBudgetBurn", "burn": "page_fast", "severity": "page"})
		return all, nil
	}
	for i, o := range r.objectives {
		if o.Name == "messages_kept" {
			continue // nobody records it
		}
		if strings.HasPrefix(expr, "timestamp") {
			of(o.Name, "", float64(pictured.Unix()-20), nil)
			continue
		}
		consumed, burn := spent(o.Name, i)
		events := 24 * 30 * float64(max(o.Traffic.PeakPerHour+o.Traffic.TroughPerHour, 120)) / 2
		for name, v := range map[string]float64{
			"slo:error_budget_consumed:ratio": consumed, "slo:error_budget_remaining:ratio": 1 - consumed, "slo:sli_success:ratio_increase_period": 1 - consumed*(1-o.Objective),
			"slo:sli_events:increase_period": events, "slo:sli_errors:increase_period": events * consumed * (1 - o.Objective), "slo:sli_events:increase1h": events / 720, "slo:sli_events:increase1d": events / 30,
			"slo:error_budget_burn:ratio_increase5m": burn * 1.1, "slo:error_budget_burn:ratio_increase30m": burn, "slo:error_budget_burn:ratio_increase1h": burn, "slo:error_budget_burn:ratio_increase2h": burn * 0.8,
			"slo:error_budget_burn:ratio_increase6h": burn * 0.5, "slo:error_budget_burn:ratio_increase1d": 0.3 + burn*0.05, "slo:error_budget_burn:ratio_increase3d": 0.4,
		} {
			of(o.Name, name, v, nil)
		}
	}
	return all, nil
}

// Range is the course of the budget: it goes slowly, and quickly at the end.
func (platformRecords) Range(_ context.Context, expr string, from, to time.Time, step time.Duration) ([]promapi.Series, error) {
	var points []promapi.Point
	switch {
	case strings.HasPrefix(expr, "slo:error_budget_remaining"):
		for at := from; !at.After(to); at = at.Add(step) {
			left := 1 - 0.45*at.Sub(from).Hours()/to.Sub(from).Hours()
			if ends := to.Sub(at); ends < 14*time.Hour {
				left -= 0.86 * (1 - ends.Hours()/14)
			}
			points = append(points, promapi.Point{Time: at, Value: left})
		}
		return []promapi.Series{{Points: points}}, nil
	case strings.Contains(expr, "ALERTS"):
		for at := to.Add(-12 * time.Hour); !at.After(to); at = at.Add(step) {
			points = append(points, promapi.Point{Time: at, Value: 1})
		}
		return []promapi.Series{{Labels: promapi.Labels{"alertname": "SipReachableBudgetBurn", "burn": "page_fast", "severity": "page"}, Points: points}}, nil
	case strings.Contains(expr, "deploy_timestamp"):
		told := float64(to.Add(-9 * 24 * time.Hour).Unix())
		return []promapi.Series{{Labels: promapi.Labels{"service": "call-manager", "version": "1.4.2"}, Points: []promapi.Point{{Time: to, Value: told}}}}, nil
	}
	return nil, nil
}

// pictured is the time at which the pictures are taken.
var pictured = time.Date(2026, 3, 14, 3, 0, 0, 0, time.UTC)

// newPlatform is the shipped platform, watched by a tracker, with its objectives.
func newPlatform(t *testing.T) *scene {
	t.Helper()
	described, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if described == nil {
		t.Fatal(problems.Err())
	}
	s := newSceneWith(t, func(s *scene, o *web.Options) {
		now := func() time.Time { return s.now().Time() }
		f := budget.New(described.SLOs, platformRecords{described.SLOs}, now, slog.New(slog.DiscardHandler))
		f.Link(described.Platform, budget.PrometheusPage("https://prometheus.example.org"))
		var names []string
		for _, d := range described.SLOs {
			if !d.SLI.Composite() {
				names = append(names, d.Name)
			}
		}
		slices.Sort(names)
		book := maintenance.New(maintenance.Options{Objectives: names, Journal: &shelf{}, Past: &shelf{}, Now: now})
		for _, r := range []maintenance.Request{
			{Objectives: []string{"database", "replicas_fresh"}, From: "2026-03-15T02:00", To: "2026-03-15T04:00", Zone: "Asia/Seoul", Rule: "FREQ=WEEKLY;BYDAY=SU", Reason: "restarts after updates"},
			{Objectives: []string{"media_quality"}, UntilEnded: true, Reason: "the relays are replaced, one by one"},
			{Objectives: []string{"call_setup"}, From: "2026-03-12T02:00", To: "2026-03-12T03:00", Correction: true, Reason: "a load test of ours that nobody had announced"},
		} {
			if _, _, err := book.Add(t.Context(), r, "jae"); err != nil {
				t.Fatal(err)
			}
		}
		f.CorrectBy(book)
		f.Look(t.Context())
		report := newOctober(t)
		for i, l := range report.Objectives {
			if l.Name == "media" {
				report.Objectives[i].Title = "Media is heard" // the story's own title tries to break the page
			}
		}
		o.Budgets, o.Courses, o.Maintenance, o.Periods, o.Policies, o.WhatIf = f, f, book, report, stepsTaken{}, replays{}
	})
	s.watch(-5*time.Minute, 0)
	began := s.zero.Add(-40 * 24 * time.Hour)
	d := described.Recovery
	for _, e := range []rto.DrillEvent{
		{Kind: rto.EventStarted, At: rto.At(began), Start: &rto.DrillStart{Kind: rto.Full, Scenario: d.Scenarios[0].Scenario, Plan: d.Plan, Paths: scenePaths()}},
		{Kind: rto.EventEnded, At: rto.At(began.Add(time.Hour))},
	} {
		e.Drill, e.Author, e.Source, e.Noted = "2026-02-02-region-loss-1", "mina", rto.ByPerson, e.At.Hi
		s.tell(rto.RecordDrill, e.Noted, e)
	}
	s.service.Judge("2026-02-02-region-loss-1", tracker.Judged{RTO: rto.Bracket{Lo: 17*time.Minute + 40*time.Second, Hi: 17*time.Minute + 42*time.Second}, RTOVerdict: rto.Pass})
	return s
}

// TestObjectivePictures looks at the pages about objectives with the shipped platform on them. PICTURES names a folder for the pictures that documents show: "make
// screenshots" keeps them.
func TestObjectivePictures(t *testing.T) {
	t.Parallel()
	s, ctx := newPlatform(t), t.Context()
	b := browsertest.Start(t)
	folder := os.Getenv("PICTURES")
	for _, shot := range []struct {
		file, path string
		view       browser.View
		want       []string
	}{
		{"objectives", "/objectives", browser.View{}, []string{"SIP edge reachable", "exhausted", "no data", "no budget", "took 17 m 40 s to 17 m 42 s", "not ready", "does not apply"}},
		{"objectives-dark", "/objectives?owner=voip&sort=burn", browser.View{Dark: true}, []string{"SIP edge reachable"}},
		{"objective", "/objectives/sip_reachable", browser.View{}, []string{"page_fast", "deployed: call-manager 1.4.2", "SipReachableBudgetBurn.md", "https://prometheus.example.org/graph?g0.expr=slo", "rules/slo_sip_reachable.yaml", "spec/slos.yaml:"}},
		{"objective-whatif", "/objectives/call_setup/whatif?objective=99.95", browser.View{}, []string{"recomputed"}},
		{"maintenance", "/maintenance?slo=database", browser.View{}, []string{"the relays are replaced"}},
		{"objectives-report", "/reports/2026-10", browser.View{}, []string{"Worst incidents"}},
	} {
		if folder == "" && shot.file != "objectives" {
			continue // the other pages have tests of their own
		}
		p := browsertest.Open(t, b, shot.view)
		if shot.file == "maintenance" {
			logIn(ctx, t, p, s.url)
		}
		browsertest.Goto(ctx, t, p, s.url+shot.path)
		text, err := p.Text(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range shot.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q: %s", shot.path, want, text)
			}
		}
		fits(ctx, t, p, desk)
		quiet(t, p, s.url)
		if folder != "" {
			picture(ctx, t, p, filepath.Join(folder, shot.file+".png"))
		}
	}
	if got := rowsIn(s.get(t, "/objectives")); !strings.HasPrefix(got, "Readiness of mysql, dr, SIP edge reachable") && !strings.HasPrefix(got, "SIP edge reachable, Readiness of mysql, dr") {
		t.Errorf("the rows are %s", got)
	}
}

// get is a page.
func (s *scene) get(t *testing.T, path string) string {
	t.Helper()
	f := &fixture{Server: s.server, t: t, answers: &lockedBuffer{}}
	return f.want(http.StatusOK, http.MethodGet, path, "")
}
