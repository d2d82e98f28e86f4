package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
)

// records is a Prometheus with the records of objectives calls and media; err is its answer where it is set.
type records struct{ err error }

func (r *records) Query(_ context.Context, expr string, _ time.Time) ([]promapi.Sample, error) {
	if r.err != nil || strings.HasPrefix(expr, "timestamp") {
		return nil, r.err
	}
	of := func(slo, name string, v float64) promapi.Sample {
		return promapi.Sample{Labels: promapi.Labels{"__name__": name, "slo": slo}, Point: promapi.Point{Value: v}}
	}
	if strings.HasPrefix(expr, "ALERTS") {
		a := of("media", "ALERTS", 1)
		a.Labels["alertname"], a.Labels["burn"], a.Labels["severity"] = "MediaBudgetBurn", "page_fast", "page"
		return []promapi.Sample{a}, nil
	}
	return []promapi.Sample{
		of("calls", "slo:error_budget_remaining:ratio", 0.8125), of("calls", "slo:error_budget_consumed:ratio", 0.1875),
		of("calls", "slo:sli_success:ratio_increase_period", 0.99999999), of("calls", "slo:sli_events:increase_period", 1234567), of("calls", "slo:sli_errors:increase_period", 231),
		of("calls", "slo:sli_events:increase1d", 40000), of("calls", "slo:sli_events:increase1h", 1700), of("calls", "slo:error_budget_burn:ratio_increase1h", 0.25),
		of("media", "slo:error_budget_remaining:ratio", 0.4), of("media", "slo:error_budget_burn:ratio_increase1h", 20),
		of("media", "slo:sli_success:ratio_increase_period", math.NaN()),
	}, nil
}

func (r *records) Range(_ context.Context, expr string, _, end time.Time, step time.Duration) ([]promapi.Series, error) {
	if r.err != nil || !strings.HasPrefix(expr, "slo:error_budget_remaining") {
		return nil, r.err
	}
	var points []promapi.Point
	for i := range 20 {
		if i != 10 { // a hole
			points = append(points, promapi.Point{Time: end.Add(time.Duration(i-19) * step), Value: 1 - 0.01*float64(i)})
		}
	}
	return []promapi.Series{{Points: points}}, nil
}

func objectivesSite(t *testing.T, r *records) (*fixture, *budget.Follower) {
	t.Helper()
	return objectivesSiteOf(t, r, &shelf{})
}

// objectivesSiteOf is objectivesSite with the journal of its book of maintenance.
func objectivesSiteOf(t *testing.T, r *records, books *shelf) (*fixture, *budget.Follower) {
	t.Helper()
	objectives := []spec.SLO{
		{Name: "calls", Title: "Calls", Owner: "voip", Tier: "proxy", Objective: 0.999, ObjectiveText: "99.9%", Period: 30 * 24 * time.Hour, Policy: []spec.PolicyStep{{Consumed: 1, Action: "stop releases", Freeze: true}}},
		{Name: "media", Title: `<b>Media</b>`, Owner: "media", Tier: "relay", Objective: 0.99, ObjectiveText: "99%", Period: 30 * 24 * time.Hour},
	}
	// The clock stands still, so that the page is the same whenever it is looked at.
	at := time.Date(2026, 3, 14, 3, 0, 0, 0, time.UTC)
	f := budget.New(objectives, r, func() time.Time { return at }, slog.New(slog.DiscardHandler))
	book := newBook(books, at)
	f.CorrectBy(book)
	site := newSiteOf(t, func(watched *tracker.Options, o *web.Options) {
		watched.Now = func() rto.Instant { return rto.InstantOf(at) }
		o.Now, o.Budgets, o.Courses, o.Maintenance = watched.Now, f, f, book
		o.Periods, o.Policies, o.WhatIf = newOctober(t), stepsTaken{}, replays{}
	})
	f.Look(t.Context())
	return site, f
}

// TestObjectives: the worst comes first, what is not known says so, and nothing that is not whole is shown as 100 %.
func TestObjectives(t *testing.T) {
	t.Parallel()
	site, _ := objectivesSite(t, &records{})
	page := site.want(http.StatusOK, http.MethodGet, "/objectives", "")
	for _, want := range []string{"81.2 %", "99.999999 %", "burning", "fine", "not known", "1\u202f003", "&lt;b&gt;Media&lt;/b&gt;", `href="/objectives/calls"`, `aria-labelledby="all"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Index(page, "/objectives/media") > strings.Index(page, "/objectives/calls") {
		t.Error("what burns does not come first")
	}
	if strings.Contains(page, ">100 %") {
		t.Error("something that is not whole is shown as 100 %")
	}
	if byName := site.want(http.StatusOK, http.MethodGet, "/objectives?sort=name", ""); strings.Index(byName, "/objectives/media") < strings.Index(byName, "/objectives/calls") {
		t.Error("they are not ordered by name")
	}
	grouped := site.want(http.StatusOK, http.MethodGet, "/objectives?group=owner&sort=name", "")
	if i, j := strings.Index(grouped, "<h2>voip</h2>"), strings.Index(grouped, "<h2>media</h2>"); i < 0 || j < 0 || i > j || strings.Count(grouped, "<table class=\"cards\">") < 2 {
		t.Error("they are not grouped by owner")
	}
	for _, made := range []string{"?owner=nobody", "?tier=%3Cb%3E", "?sort=x", "?group=name"} {
		if text := site.want(http.StatusOK, http.MethodGet, "/objectives"+made, ""); !strings.Contains(text, "/objectives/media") || !strings.Contains(text, "/objectives/calls") {
			t.Errorf("%s chooses", made)
		}
	}
	one := site.want(http.StatusOK, http.MethodGet, "/objectives?owner=voip", "")
	if strings.Contains(one, "/objectives/media") || !strings.Contains(one, "/objectives/calls") {
		t.Error("the owner does not choose")
	}
}

func TestOneObjective(t *testing.T) {
	t.Parallel()
	site, _ := objectivesSite(t, &records{})
	page := site.want(http.StatusOK, http.MethodGet, "/objectives/calls", "")
	for _, want := range []string{"99.9%", "1\u202f234\u202f567", "stop releases", "page_fast", "lasts exactly", "budget left went from 100 % to 81 %"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(page, "<polyline"); n != 2 {
		t.Errorf("%d lines are drawn: a hole in the records has to be one in the curve", n)
	}
	site.want(http.StatusNotFound, http.MethodGet, "/objectives/none", "")
	site.want(http.StatusNotFound, http.MethodGet, "/api/v1/objectives/none", "")
}

// TestAServerThatIsGone: the pages say what is not known, and since when, and show no number from before.
func TestAServerThatIsGone(t *testing.T) {
	t.Parallel()
	r := &records{}
	site, f := objectivesSite(t, r)
	r.err = errors.New("connection refused")
	f.Look(t.Context())
	for _, path := range []string{"/objectives", "/objectives/calls"} {
		page := site.want(http.StatusOK, http.MethodGet, path, "")
		if strings.Contains(page, "81.2") || !strings.Contains(page, "not known since then: ") || !strings.Contains(page, "connection refused") {
			t.Errorf("%s shows an old number, or not why there is none", path)
		}
	}
	var answer budget.Snapshot
	if err := json.Unmarshal([]byte(site.want(http.StatusOK, http.MethodGet, "/api/v1/objectives", "")), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Problem == "" || answer.Objectives[0].State != budget.Unknown || answer.Objectives[0].Remaining.Known {
		t.Errorf("%+v", answer)
	}
}

// TestWithoutObjectives: there are no pages of what nobody configured.
func TestWithoutObjectives(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.want(http.StatusNotFound, http.MethodGet, "/objectives", "")
	if strings.Contains(site.want(http.StatusOK, http.MethodGet, "/", ""), `href="/objectives"`) {
		t.Error("the overview links to pages that are not there")
	}
}
