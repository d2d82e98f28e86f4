package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/backtest"
	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/browser/browsertest"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
	"github.com/voipbin/observability/internal/whatif"
)

// replays is an engine that answers by the objective that is asked for.
type replays struct{}

func (replays) Ask(_ context.Context, name string, q whatif.Question) (whatif.Answer, error) {
	switch {
	case name == "none":
		return whatif.Answer{}, fmt.Errorf("%w: none", whatif.ErrNone)
	case q.Objective == "200":
		return whatif.Answer{}, &whatif.Refused{Reason: `"200" is no objective`, Hint: "below 100"}
	case q.Objective == "busy":
		return whatif.Answer{}, whatif.ErrBusy
	case q.Objective == "down":
		return whatif.Answer{}, errors.New("tiles of calls: connection refused")
	}
	at, spent := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC), 1.25
	page := backtest.Firing{Alert: "CallsBudgetBurn", Labels: map[string]string{"severity": "page", "burn": "page_fast"}, Start: at, End: at.Add(time.Hour)}
	return whatif.Answer{
		Name: name, Recomputed: true, From: at.AddDate(0, -1, 0), To: at, Counted: 0.987,
		AsIs:   whatif.Variant{Text: "99.9%", Period: 30 * 24 * time.Hour, MinFailures: 5},
		WhatIf: whatif.Variant{Text: q.Objective + "%", Period: 30 * 24 * time.Hour, Consumed: &spent, Pages: []backtest.Firing{page}, Periods: []whatif.Past{{From: at, To: at, Consumed: &spent}}},
	}, nil
}

func TestWhatIfPageAndAPI(t *testing.T) {
	t.Parallel()
	site, _ := objectivesSite(t, &records{})
	page := site.want(http.StatusOK, http.MethodGet, "/objectives/calls/whatif?objective=99.95", "")
	for _, want := range []string{"recomputed", "125 %", "99.95% over 30d", "page page_fast", "98.7 %", "not known", "missed", `value="99.95"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if form := site.want(http.StatusOK, http.MethodGet, "/objectives/calls/whatif", ""); strings.Contains(form, "What came of it") {
		t.Error("nothing was asked, and something is answered")
	}
	if text := site.want(http.StatusOK, http.MethodGet, "/api/v1/objectives/calls/whatif?objective=99.95", ""); !strings.Contains(text, `"recomputed":true`) || !strings.Contains(text, `"consumed":1.25`) {
		t.Errorf("%s", text)
	}
	for query, status := range map[string]int{"objective=200": http.StatusBadRequest, "objective=busy": http.StatusTooManyRequests, "objective=down": http.StatusServiceUnavailable} {
		if text := site.want(status, http.MethodGet, "/api/v1/objectives/calls/whatif?"+query, ""); !strings.Contains(text, `"error"`) {
			t.Errorf("%s: %s", query, text)
		}
		if text := site.want(status, http.MethodGet, "/objectives/calls/whatif?"+query, ""); !strings.Contains(text, `role="alert"`) || strings.Contains(text, "What came of it") {
			t.Errorf("%s: the page does not say so", query)
		}
	}
	site.want(http.StatusNotFound, http.MethodGet, "/api/v1/objectives/none/whatif?objective=99", "")
	if one := site.want(http.StatusOK, http.MethodGet, "/objectives/calls", ""); !strings.Contains(one, `href="/objectives/calls/whatif"`) {
		t.Error("nothing leads to it")
	}
}

// countedReplays counts how often it is asked.
type countedReplays struct {
	replays
	asked atomic.Int64
}

func (r *countedReplays) Ask(ctx context.Context, name string, q whatif.Question) (whatif.Answer, error) {
	r.asked.Add(1)
	return r.replays.Ask(ctx, name, q)
}

// TestAnAnswerIsNotAskedForAgain by a page that is left open, whatever news there is.
func TestAnAnswerIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	engine := &countedReplays{}
	site, f := objectivesSiteWith(t, &records{}, &shelf{}, func(_ *tracker.Options, o *web.Options) { o.WhatIf = engine })
	ctx := t.Context()
	h := hands{browsertest.Open(t, browsertest.Start(t), browser.View{}), ctx}
	browsertest.Goto(ctx, t, h.Page, site.URL+"/objectives/calls/whatif?objective=99.95")
	news := func(n int) []func() error {
		return []func() error{
			func() error { f.Look(ctx); return nil },
			h.wait(fmt.Sprintf("window.news >= %d", n)),
		}
	}
	steps(t, h.wait(`document.getElementById("came")`),
		func() error {
			return h.Eval(ctx, `window.news = 0; window.open = false; const s = new EventSource("/events"); s.onopen = () => window.open = true; s.onmessage = () => window.news++; true`, nil)
		},
		h.wait("window.open"))
	for n := range 3 {
		steps(t, news(n+1)...)
	}
	steps(t, func() error { return h.Eval(ctx, `fetch("/-/healthy").then(() => window.asked = true); true`, nil) }, h.wait("window.asked"))
	if n := engine.asked.Load(); n != 1 {
		t.Errorf("an open page asked %d times", n)
	}
}
