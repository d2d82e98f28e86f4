package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget/policy"
	"github.com/voipbin/observability/internal/budget/report"
)

// october has the report of another package's story.
type october struct{ report.Model }

func newOctober(t *testing.T) *october {
	t.Helper()
	text, err := os.ReadFile("../budget/report/testdata/2026-10.json")
	if err != nil {
		t.Fatal(err)
	}
	o := &october{}
	if err := json.Unmarshal(text, &o.Model); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *october) Periods() []report.Period {
	return []report.Period{o.Period, report.Quarter(o.Period.From), report.Week(o.Period.From)}
}

func (o *october) Closed(period string) bool { return period == o.Period.Name }

func (o *october) Written(_ context.Context, p report.Period, format string) ([]byte, error) {
	m, err := o.of(p)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = report.Write(&text, m, format)
	return text.Bytes(), err
}

func (o *october) of(p report.Period) (report.Model, error) {
	if p.Name == "2026-11" {
		return o.running(p), nil
	}
	if p.Name == "2026-01" {
		return report.Model{}, errors.New("input/output error")
	}
	if p.Name != o.Period.Name {
		return report.Model{}, fmt.Errorf("%w: %s", report.ErrNone, p.Name)
	}
	return o.Model, nil
}

// running is the same month as one that still runs, of which nothing is well.
func (o *october) running(p report.Period) report.Model {
	m, left, errors, events := o.Model, -781.609, 18.0, 23.0
	m.Period, m.Final, m.Days, m.Until = p, false, 3, p.From.AddDate(0, 0, 3).Add(13*time.Hour+25*time.Minute)
	m.Now = &report.Now{Read: m.Until, Problem: "records: connection refused", Well: 12, Standing: []report.Standing{
		{Name: "calls", Title: "Calls are set up", Text: "99% over 30d", State: "exhausted", Remaining: &left, Errors: &errors, Events: &events, Alerts: []string{"page: CallsBudgetBurn page_fast"}, Policy: "stop releases"},
		{Name: "mail", Title: "Mail", Text: "99% over 30d", State: "no data"},
	}}
	return m
}

// stepsTaken is a policy that came into force and went.
type stepsTaken struct{}

func (stepsTaken) History(objective string) []policy.Change {
	if objective != "calls" {
		return nil
	}
	at := time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC)
	return []policy.Change{{Objective: "calls", At: at, Step: &policy.Step{Consumed: 1, Action: "stop releases", Freeze: true}, Consumed: 1.04}, {Objective: "calls", At: at.Add(26 * time.Hour), Consumed: 0.8}}
}

func TestReportsOfPeriods(t *testing.T) {
	t.Parallel()
	site, _ := objectivesSite(t, &records{})
	if list := site.want(http.StatusOK, http.MethodGet, "/reports", ""); !strings.Contains(list, `href="/reports/2026-10"`) || !strings.Contains(list, "closed") || !strings.Contains(list, "so far") {
		t.Error("the list lacks a period or its state")
	}
	if list := site.want(http.StatusOK, http.MethodGet, "/api/v1/reports", ""); !strings.Contains(list, `{"name":"2026-10","from":"2026-10-01T00:00:00Z","to":"2026-11-01T00:00:00Z","closed":true}`) {
		t.Errorf("%s", list)
	}
	for path, want := range map[string]string{
		"/reports/2026-10": "<title>Objectives in 2026-10</title>", "/api/v1/reports/2026-10?format=md": "# Objectives in 2026-10", "/api/v1/reports/2026-10?format=json": `"verdict": "missed"`,
	} {
		text := site.want(http.StatusOK, http.MethodGet, path, "")
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %q", path, want)
		}
		if again := site.want(http.StatusOK, http.MethodGet, path, ""); again != text {
			t.Errorf("%s is another the second time", path)
		}
	}
	for path, status := range map[string]int{"/api/v1/reports/2026-09": http.StatusNotFound, "/api/v1/reports/2026-13": http.StatusBadRequest, "/api/v1/reports/2026-10?format=pdf": http.StatusBadRequest, "/reports/x": http.StatusBadRequest} {
		if text := site.want(status, http.MethodGet, path, ""); !strings.Contains(text, `"error"`) {
			t.Errorf("%s: %s", path, text)
		}
	}
	page := site.want(http.StatusOK, http.MethodGet, "/objectives/calls", "")
	for _, want := range []string{"What came into force, and when", "2026-03-10 08:00:00", "104 %", "no step any more", "freezes releases"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Index(page, "no step any more") > strings.Index(page, "104 %") {
		t.Error("the newest change does not come first")
	}
	if text := site.want(http.StatusOK, http.MethodGet, "/api/v1/objectives/calls", ""); !strings.Contains(text, `"consumed":1.04`) {
		t.Errorf("the API lacks the policy's history: %.300s", text)
	}
}
