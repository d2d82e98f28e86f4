package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/browser/browsertest"
	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
)

// records is a Prometheus with the records of objectives calls and media; err is its answer where it is set.
type records struct {
	err    error
	failOn string  // questions with this in them are refused
	value  float64 // of every record; 0: its own
	empty  bool
	ended  bool // no alert fires, and nothing is recorded of the last hour
}

func (r *records) Query(_ context.Context, expr string, _ time.Time) ([]promapi.Sample, error) {
	if r.failOn != "" && strings.Contains(expr, r.failOn) {
		return nil, errors.New("refused")
	}
	if r.err != nil || r.empty || strings.HasPrefix(expr, "timestamp") {
		return nil, r.err
	}
	of := func(slo, name string, v float64) promapi.Sample {
		if r.value != 0 {
			v = r.value
		}
		return promapi.Sample{Labels: promapi.Labels{"__name__": name, "slo": slo}, Point: promapi.Point{Value: v}}
	}
	if strings.HasPrefix(expr, "ALERTS") && r.ended {
		return nil, nil
	}
	if strings.HasPrefix(expr, "ALERTS") {
		a := of("media", "ALERTS", 1)
		a.Labels["alertname"], a.Labels["burn"], a.Labels["severity"] = "MediaBudgetBurn", "page_fast", "page"
		return []promapi.Sample{a}, nil
	}
	all := []promapi.Sample{
		of("calls", "slo:error_budget_remaining:ratio", 0.8125), of("calls", "slo:error_budget_consumed:ratio", 0.1875),
		of("calls", "slo:sli_success:ratio_increase_period", 0.99999999), of("calls", "slo:sli_events:increase_period", 1234567), of("calls", "slo:sli_errors:increase_period", 231),
		of("calls", "slo:sli_events:increase1d", 40000), of("calls", "slo:sli_events:increase1h", 1700), of("calls", "slo:error_budget_burn:ratio_increase1h", 0.25),
		of("media", "slo:error_budget_remaining:ratio", 0.4), of("media", "slo:error_budget_burn:ratio_increase1h", 20),
		of("media", "slo:sli_success:ratio_increase_period", math.NaN()),
	}
	if r.ended {
		all = slices.DeleteFunc(all, func(s promapi.Sample) bool { return strings.HasSuffix(s.Labels["__name__"], "events:increase1h") })
	}
	return all, nil
}

func (r *records) Range(_ context.Context, expr string, _, end time.Time, step time.Duration) ([]promapi.Series, error) {
	if r.err == nil && strings.Contains(expr, "deploy_timestamp") {
		told := float64(end.Add(-48 * time.Hour).Unix())
		return []promapi.Series{{Labels: promapi.Labels{"service": "call-manager", "version": "1.4.2"}, Points: []promapi.Point{{Time: end, Value: told}, {Time: end, Value: told}, {Time: end, Value: 5}}}}, nil
	}
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
	return objectivesSiteWith(t, r, books, func(*tracker.Options, *web.Options) {})
}

// objectivesSiteWith is objectivesSiteOf with something changed.
func objectivesSiteWith(t *testing.T, r *records, books *shelf, change func(*tracker.Options, *web.Options)) (*fixture, *budget.Follower) {
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
	var standing *atomic.Int64
	site := newSiteOf(t, func(watched *tracker.Options, o *web.Options) {
		clock := &atomic.Int64{}
		clock.Store(at.UnixNano())
		standing = clock
		watched.Now = func() rto.Instant { return rto.Instant(clock.Load()) }
		o.Now, o.Budgets, o.Courses, o.Maintenance = watched.Now, f, f, book
		o.Periods, o.Policies, o.WhatIf = newOctober(t), stepsTaken{}, replays{}
		change(watched, o)
	})
	site.standing = standing
	f.Look(t.Context())
	return site, f
}

// clockAt sets a clock that stands still.
func (f *fixture) clockAt(at time.Time) { f.standing.Store(at.UnixNano()) }

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
	if i, j := strings.Index(grouped, "<h2>voip</h2>"), strings.Index(grouped, "<h2>media</h2>"); i < 0 || j < 0 || i > j || strings.Count(grouped, `<table class="cards sortable">`) != 3 {
		t.Error("they are not grouped by owner")
	}
	for _, made := range []string{"?owner=", "?tier=", "?sort=x", "?group=name", "?dir=up"} {
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
	if n := strings.Count(page, "<td data-l=\"What\">deployed: call-manager 1.4.2</td>"); n != 1 {
		t.Errorf("one deployment in the period is told of %d times", n)
	}
	if n := strings.Count(page, "<polyline"); n != 2 {
		t.Errorf("%d lines are drawn: a hole in the records has to be one in the curve", n)
	}
	if n := strings.Count(page, `<line class="threshold"`); n != 8 { // four alerts over two windows each
		t.Errorf("%d thresholds are drawn", n)
	}
	// Of an hour's window 0.25 is burnt, and 14.4 alerts: its mark is at ten elevenths of the bar.
	if !strings.Contains(page, `<rect class="sure good" width="1.6" height="8"/><line class="threshold" x1="90.9"`) {
		t.Error("the hour's bar is not as it has to be")
	}
	if media := site.want(http.StatusOK, http.MethodGet, "/objectives/media", ""); !strings.Contains(media, "What happens now is not known: of the last hour it is not recorded whether there were events.") {
		t.Error("the page does not say that its numbers are old")
	}
	site.want(http.StatusNotFound, http.MethodGet, "/objectives/none", "")
	site.want(http.StatusNotFound, http.MethodGet, "/api/v1/objectives/none", "")
}

// TestWillBe: the sentence about the end of a budget is one.
func TestWillBe(t *testing.T) {
	t.Parallel()
	site, _ := objectivesSite(t, &records{value: -0.25})
	for _, path := range []string{"/objectives/calls", "/objectives/media"} {
		if page := site.want(http.StatusOK, http.MethodGet, path, ""); !strings.Contains(page, "It is spent.") || strings.Contains(page, "spent spent") {
			t.Errorf("%s does not say so", path)
		}
	}
	site, _ = objectivesSite(t, &records{empty: true})
	if page := site.want(http.StatusOK, http.MethodGet, "/objectives/calls", ""); !strings.Contains(page, "It is not known when it is spent.") {
		t.Error("it is known")
	}
	site, _ = objectivesSite(t, &records{})
	if page := site.want(http.StatusOK, http.MethodGet, "/objectives/calls", ""); !strings.Contains(page, "At the paces of late it is spent in 97 d.") {
		t.Error("it is not told when")
	}
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

// TestDrillsAreMarked on the course of a budget: what was rehearsed meanwhile explains what was spent.
func TestDrillsAreMarked(t *testing.T) {
	t.Parallel()
	site, _ := objectivesSite(t, &records{})
	site.clockAt(time.Date(2026, 3, 14, 2, 0, 0, 0, time.UTC))
	id := site.begin()
	site.clockAt(time.Date(2026, 3, 14, 3, 0, 0, 0, time.UTC))
	page := site.want(http.StatusOK, http.MethodGet, "/objectives/calls", "")
	if !strings.Contains(page, `class="band drill"`) || !strings.Contains(page, "full drill "+id) {
		t.Error("the drill is not marked")
	}
	if text := site.want(http.StatusOK, http.MethodGet, "/api/v1/objectives/calls", ""); !strings.Contains(text, `"kind":"drill"`) || !strings.Contains(text, "full drill "+id) {
		t.Error("the API does not tell of the drill")
	}
}

// TestTruthOfThePage has a server in every bad state: what the page does not know it says, with no number of before, and never 100 %.
func TestTruthOfThePage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*records)
		want   string
		known  bool // numbers of other records are still shown
	}{
		"down":                      {func(r *records) { r.err = errors.New("connection refused") }, "connection refused", false},
		"slow":                      {func(r *records) { r.err = context.DeadlineExceeded }, "deadline exceeded", false},
		"answers in part":           {func(r *records) { r.failOn = "ALERTS" }, "alerts: refused", false},
		"answers without ages":      {func(r *records) { r.failOn = "timestamp" }, "ages of records: refused", false},
		"NaN":                       {func(r *records) { r.value = math.NaN() }, "no data", false},
		"infinite":                  {func(r *records) { r.value = math.Inf(1) }, "no data", false},
		"empty":                     {func(r *records) { r.empty = true }, "no data", false},
		"as it was, and comes back": {func(*records) {}, "81.2 %", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &records{}
			site, f := objectivesSite(t, r)
			c.change(r)
			f.Look(t.Context())
			for _, path := range []string{"/objectives", "/objectives/calls"} {
				page := site.want(http.StatusOK, http.MethodGet, path, "")
				if !strings.Contains(page, c.want) || !c.known && (strings.Contains(page, "81.2 %") || strings.Contains(page, "<strong>100 %") || strings.Contains(page, `class="big">100 %`)) {
					t.Errorf("%s lacks %q, or has a number that is not known", path, c.want)
				}
				if !c.known && !strings.Contains(page, "not known") {
					t.Errorf("%s does not say that it does not know", path)
				}
			}
		})
	}
}

// TestNumbersOfBefore: what lives on of an objective whose events ended is shown as of the time before, each number of it, and since when.
func TestNumbersOfBefore(t *testing.T) {
	t.Parallel()
	site, _ := objectivesSite(t, &records{ended: true, value: 1})
	const before = "before 2026-03-14 03:00:00 UTC"
	all := site.want(http.StatusOK, http.MethodGet, "/objectives?owner=voip", "")
	if n := strings.Count(all, "100 %"); n != 2 || !strings.Contains(all, "no data") {
		t.Fatalf("%d numbers are whole, or the state is another: this test sees nothing", n)
	}
	for _, want := range []string{`<td data-l="Achieved">100 % <small class="before">` + before + `</small>`, `<strong>100 %</strong> <small class="before">` + before + `</small>`} {
		if !strings.Contains(all, want) {
			t.Errorf("the overview lacks %s", want)
		}
	}
	if text := site.want(http.StatusOK, http.MethodGet, "/api/v1/overview?owner=voip", ""); !strings.Contains(text, `"numbers_before":"2026-03-14 03:00:00 UTC"`) {
		t.Errorf("%s", text)
	}
	if text := site.want(http.StatusOK, http.MethodGet, "/api/v1/objectives/calls", ""); !strings.Contains(text, `"missing_since":"2026-03-14T03:00:00Z"`) {
		t.Errorf("%s", text)
	}
	one := site.want(http.StatusOK, http.MethodGet, "/objectives/calls", "")
	for _, want := range []string{"100 % <small>of the budget left, " + before, "The numbers are of " + before + ".", "Before 2026-03-14 03:00:00 UTC: what happens now is not known."} {
		if !strings.Contains(one, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	site, _ = objectivesSite(t, &records{value: 1})
	if all = site.want(http.StatusOK, http.MethodGet, "/objectives?owner=voip", ""); strings.Contains(all, `class="before"`) {
		t.Error("numbers of now are shown as of before")
	}
}

// TestNeverRead: where no look succeeded the page says since when nothing is known, and not that it never was.
func TestNeverRead(t *testing.T) {
	t.Parallel()
	site, _ := objectivesSite(t, &records{err: errors.New("connection refused")})
	for _, path := range []string{"/objectives", "/objectives/calls"} {
		page := site.want(http.StatusOK, http.MethodGet, path, "")
		if strings.Contains(page, "<time>never") || strings.Contains(page, "<td>never") || strings.Contains(page, "since then") {
			t.Errorf("%s says that the records are as of never", path)
		}
		if !strings.Contains(page, "Objectives are not known: no records were read since the tracker started at 2026-03-14 03:00:00 UTC: ") || !strings.Contains(page, "connection refused") {
			t.Errorf("%s does not say since when nothing is known, or why", path)
		}
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

// TestObjectivesLive: what a look brings appears on an open page, and nothing is known on it once the server is gone.
func TestObjectivesLive(t *testing.T) {
	t.Parallel()
	r := &records{}
	site, f := objectivesSite(t, r)
	ctx := t.Context()
	h := hands{browsertest.Open(t, browsertest.Start(t), browser.View{}), ctx}
	browsertest.Goto(ctx, t, h.Page, site.URL+"/objectives?sort=name")
	after := func(change func()) func() error {
		return func() error {
			change()
			f.Look(ctx)
			return ctx.Err()
		}
	}
	steps(t,
		h.wait(`document.querySelector("tbody").textContent.includes("81.2 %")`),
		after(func() { r.value = 0.37 }), h.wait(`document.querySelector("tbody").textContent.includes("37 %")`),
		after(func() { r.err = errors.New("connection refused") }),
		h.wait(`!document.querySelector("tbody").textContent.includes("37 %") && document.querySelector("main").textContent.includes("not known since then: ")`),
	)
	quiet(t, h.Page, site.URL)
}
