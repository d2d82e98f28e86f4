package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/backtest"
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
