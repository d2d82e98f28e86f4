//go:build integration

package integration

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget"
	budgetreport "github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/web"
)

// storied is what everybody says of one objective after the same look of the tracker.
type storied struct {
	objective        budget.Objective
	read             time.Time
	line             web.Line
	page, list, show string
	now              *budgetreport.Now
	markdown         string
}

// TestOneStory stops Kamailio, as "lab fault kamailio-down" does: nobody counts calls meanwhile, and the objective over probes sees it. The alert, the page, the
// terminal, the budget in Prometheus and the report of the month that runs name the same objective with the same numbers.
func TestOneStory(t *testing.T) {
	t.Parallel()
	const name, alert = "sip_reachable", "SipReachableBudgetBurn"
	l := start(t, func(o *lab.Options) { o.Prober = true })
	r := startTrackerOf(t, "127.0.0.1:1", "127.0.0.1:1", "tracker-dr", "objectives: {prometheus: "+l.PrometheusURL+", interval: 5s}\n")
	within(t, time.Minute, "the budget is whole", func() bool {
		o := r.objective(name)
		return o.Remaining.Known && o.Remaining.Value == 1 && len(o.Alerts) == 0
	})
	if err := l.Break(t.Context(), "kamailio-down", false); err != nil {
		t.Fatal(err)
	}
	firing := func() (found promapi.Alert) {
		alerts, err := l.API.Alerts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(alerts, func(a promapi.Alert) bool { return a.Name == alert && a.State == "firing" })
		if i >= 0 {
			found = alerts[i]
		}
		return found
	}
	within(t, 2*time.Minute, "it pages", func() bool {
		_, told := l.Webhook.Notifications()
		return firing().Labels["slo"] == name && slices.ContainsFunc(told, func(n lab.Notification) bool { return strings.Contains(n.Text, alert) })
	})
	if err := l.Break(t.Context(), "kamailio-down", true); err != nil {
		t.Fatal(err)
	}
	within(t, time.Minute, "the tracker knows", func() bool { return len(r.objective(name).Alerts) > 0 })
	s := r.story(name)
	o := s.objective
	t.Logf("%s: %s, %s, %s left, %s", name, o.State, s.line.Achieved, s.line.Left, s.line.Amount)
	if o.State != budget.Exhausted || !o.Errors.Known || o.Errors.Value < 6 || !slices.ContainsFunc(o.Alerts, func(a budget.Alert) bool { return a.Name == alert && a.Severity == "page" }) {
		t.Errorf("the tracker says %+v", o)
	}
	s.sameRecord(t, l, name)
	s.sameReport(t, name, "page: "+alert+" page_fast")
	for where, text := range map[string]string{"the page": s.page, "the list": s.list, "show": s.show} {
		if !strings.Contains(text, string(s.line.State)) || !strings.Contains(text, s.line.Left) || !strings.Contains(text, s.line.Achieved) || !strings.Contains(text, s.line.Amount) {
			t.Errorf("%s does not say %s, %s, %s, %s:\n%s", where, s.line.State, s.line.Achieved, s.line.Left, s.line.Amount, text)
		}
	}
	if out, err := r.cli("slo", "gate", "--slo="+name, "--url="+r.url); err == nil || !strings.Contains(out, name) {
		t.Errorf("the gate is open: %s", out)
	}
}

// objective is what the tracker says of an objective.
func (r *runningTracker) objective(name string) budget.Objective {
	r.t.Helper()
	var s web.Objectives
	if err := json.Unmarshal([]byte(r.get("/api/v1/objectives")), &s); err != nil {
		r.t.Fatal(err)
	}
	for _, o := range s.Objectives {
		if o.Name == name {
			return o
		}
	}
	r.t.Fatalf("no objective %s", name)
	return budget.Objective{}
}

func (r *runningTracker) get(path string) string {
	r.t.Helper()
	answer, err := http.Get(r.url + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: %s, %v: %.300s", path, answer.Status, err, text)
	}
	return string(text)
}

// story asks everybody between two looks of the tracker.
func (r *runningTracker) story(name string) storied {
	r.t.Helper()
	period := budgetreport.Month(time.Now()).Name
	for range 5 {
		var before, after web.Objectives
		var m budgetreport.Model
		s := storied{}
		decode := func(path string, into any) {
			if err := json.Unmarshal([]byte(r.get(path)), into); err != nil {
				r.t.Fatalf("%s: %v", path, err)
			}
		}
		decode("/api/v1/objectives", &before)
		decode("/api/v1/reports/"+period+"?format=json", &m)
		s.page = r.get("/objectives?sort=left")
		var errs [3]error
		s.list, errs[0] = r.cli("slo", "list", "--url="+r.url, "--slo="+name)
		s.show, errs[1] = r.cli("slo", "show", name, "--url="+r.url)
		out := filepath.Join(r.folder, "report.md")
		_, errs[2] = r.cli("slo", "report", "--url="+r.url, "--period="+period, "--format=md", "--output="+out)
		text, err := os.ReadFile(out)
		if err != nil {
			r.t.Fatalf("%v: %v", err, errs)
		}
		s.markdown = string(text)
		decode("/api/v1/objectives", &after)
		for _, err := range errs {
			if err != nil {
				r.t.Fatalf("%v: %s %s", err, s.list, s.show)
			}
		}
		if !before.Read.Equal(after.Read) {
			continue // a look came between
		}
		s.read, s.now = after.Read, m.Now
		for _, o := range after.Objectives {
			if o.Name == name {
				s.objective = o
			}
		}
		for _, line := range web.Lines(after) {
			if line.Name == name {
				s.line = line
			}
		}
		return s
	}
	r.t.Fatal("the tracker looks all the time")
	return storied{}
}

// sameRecord wants the number to be one that Prometheus recorded at the time of the look.
func (s storied) sameRecord(t *testing.T, l *lab.Lab, name string) {
	t.Helper()
	found, err := l.API.Range(t.Context(), `slo:error_budget_remaining:ratio{slo="`+name+`"}`, s.read.Add(-5*time.Second).Truncate(time.Second), s.read.Add(2*time.Second), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, series := range found {
		for _, p := range series.Points {
			if p.Value == s.objective.Remaining.Value {
				return
			}
		}
	}
	t.Errorf("the tracker says %v, and Prometheus recorded %+v", s.objective.Remaining.Value, found)
}

// sameReport wants the report of the running month to say what the page says.
func (s storied) sameReport(t *testing.T, name, alert string) {
	t.Helper()
	// First of all stand the objectives that the fault broke: the prober's other questions were not answered either.
	if s.now == nil || len(s.now.Standing) < 2 {
		t.Fatalf("the report has %+v", s.now)
	}
	broken := s.now.Standing[:2]
	names := []string{broken[0].Name, broken[1].Name}
	if slices.Sort(names); !slices.Equal(names, []string{"registration", name}) {
		t.Fatalf("the report begins with %v", names)
	}
	st, o := broken[slices.IndexFunc(broken, func(st budgetreport.Standing) bool { return st.Name == name })], s.objective
	if st.State != string(o.State) || st.Remaining == nil || *st.Remaining != o.Remaining.Value || *st.Consumed != o.Consumed.Value || *st.Errors != o.Errors.Value || *st.Events != o.Events.Value || !slices.Contains(st.Alerts, alert) {
		t.Errorf("the report says %+v, the page %+v", st, o.Numbers)
	}
	if !strings.Contains(s.markdown, o.Title) || !strings.Contains(s.markdown, string(o.State)) {
		t.Errorf("the report for people says %s", s.markdown)
	}
}
