package lab

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/lab/sipp"
	"github.com/voipbin/observability/internal/promapi"
)

func TestSummaryTexts(t *testing.T) {
	t.Parallel()
	s := Summary{
		CallsPerSecond: 9.44, Success: 0.9995, BudgetLeft: unknown(), TargetsUp: 1, Targets: 2,
		Alerts: []promapi.Alert{{Name: "B", State: "pending"}, {Name: "A", State: "pending"}, {Name: "C", State: "firing"}, {Name: "A", State: "pending"}},
		Seen:   sipp.Counts{Attempts: 12, Open: 1, Final: map[int]int{404: 2, 200: 8}}, Notifications: 1, Last: strings.Repeat("x", 200),
		Broken: []string{"kamailio-hang"},
	}
	want := "9.4 calls/s  success 99.95 %  budget left unknown  targets 1/2  C firing, A pending, B pending"
	if diff := cmp.Diff(want, s.Line()); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	wantScreen := `read back from Prometheus
  calls            9.4 calls/s
  success, 5m      99.95 %
  budget left      unknown
  targets up       1 of 2
  alerts           C firing, A pending, B pending
seen by SIPp
  calls            12 so far: 8 x 200, 2 x 404, 1 without any answer, 1 open
sent by Alertmanager
  notifications    1 ` + strings.Repeat("x", 99) + `…
broken on purpose
  faults           kamailio-hang
`
	if diff := cmp.Diff(wantScreen, s.Screen()); diff != "" {
		t.Errorf("screen (-want +got):\n%s", diff)
	}
	left := -12.5
	s.EdgeLeft = &left
	if want := "  budget left      unknown\n  of the edge      -1250 % left of the budget"; !strings.Contains(s.Screen(), want) {
		t.Errorf("want %q in\n%s", want, s.Screen())
	}
	if got, want := (Summary{CallsPerSecond: unknown(), Success: unknown(), BudgetLeft: 1}).Line(),
		"unknown calls/s  success unknown  budget left 100 %  targets 0/0  no alert"; got != want {
		t.Errorf("nothing known yet: want %q, got %q", want, got)
	}
}

// prometheus is a server that answers queries from a table, the expression as it is asked for to the JSON of a result, and lists the
// targets given as JSON.
func prometheus(t *testing.T, results map[string]string, targets string) *promapi.Client {
	t.Helper()
	return prometheusWith(t, targets, func(query string) string { return results[query] })
}

// prometheusWith is the same with a function for the table.
func prometheusWith(t *testing.T, targets string, result func(query string) string) *promapi.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/query":
			fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[%s]}}`, result(r.FormValue("query")))
		case "/api/v1/targets":
			fmt.Fprintf(w, `{"status":"success","data":{"activeTargets":[%s]}}`, targets)
		case "/api/v1/alerts":
			fmt.Fprint(w, `{"status":"success","data":{"alerts":[]}}`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	api, err := promapi.New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// value is the JSON of one series.
func value(labels string, v string) string {
	return fmt.Sprintf(`{"metric":{%s},"value":[1,%q]}`, labels, v)
}

// scraped is the JSON of one target.
func scraped(instance, health, problem string) string {
	return fmt.Sprintf(`{"labels":{"job":"kamailio","instance":%q},"health":%q,"lastError":%q,"lastScrape":"2026-01-01T00:00:00Z"}`, instance, health, problem)
}

// fakeLab is a laboratory without daemons, for what only reads Prometheus.
func fakeLab(t *testing.T, api *promapi.Client) *Lab {
	t.Helper()
	hook, err := StartWebhook()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hook.Close() })
	folder := claimFolder(t, t.TempDir())
	return &Lab{
		Telephony: &Telephony{}, Monitoring: &Monitoring{API: api, Webhook: hook}, run: &Run{folder: folder}, since: time.Now(),
	}
}

func TestSummaryReadsPrometheus(t *testing.T) {
	t.Parallel()
	api := prometheus(t, map[string]string{
		callRate: value("", "2.5"), successShare: value(`"slo":"call_setup"`, "0.5"),
	}, scraped("a", "up", "")+","+scraped("b", "down", "refused"))
	s, err := fakeLab(t, api).Summary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := "2.5 calls/s  success 50 %  budget left unknown  targets 1/2  no alert"
	if diff := cmp.Diff(want, s.Line()); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
}

func TestSummaryNeedsPrometheus(t *testing.T) {
	t.Parallel()
	api, err := promapi.New("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fakeLab(t, api).Summary(t.Context()); err == nil {
		t.Error("want an error without Prometheus, got none")
	}
}

func TestOutcomesAreRead(t *testing.T) {
	t.Parallel()
	sum, byCause := "sum(kamailio_call_setup_attempts_total)", "sum by (cause) (kamailio_call_setup_outcomes_total)"
	l := fakeLab(t, prometheus(t, map[string]string{
		sum: value("", "7"), byCause: value(`"cause":"2xx"`, "4") + "," + value(`"cause":"404"`, "3"),
	}, ""))
	got, err := l.Outcomes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Outcomes{Attempts: 7, ByCause: map[string]int{"2xx": 4, "404": 3}}, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if _, err := fakeLab(t, prometheus(t, nil, "")).Outcomes(t.Context()); err == nil || !strings.Contains(err.Error(), "prometheus has no") {
		t.Errorf("want an error where the counters are missing, got %v", err)
	}
	two := fakeLab(t, prometheus(t, map[string]string{sum: value("", "7") + "," + value("", "8")}, ""))
	if _, err := two.Outcomes(t.Context()); err == nil || !strings.Contains(err.Error(), "want one series, got 2") {
		t.Errorf("want an error for two series, got %v", err)
	}
}

func TestTargetsUp(t *testing.T) {
	t.Parallel()
	f := func(name, targets, want string) {
		t.Helper()
		err := fakeLab(t, prometheus(t, nil, targets)).TargetsUp(t.Context())
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%s: want %q, got %q", name, want, got)
		}
	}
	f("all", scraped("a", "up", ""), "<nil>")
	f("none", "", "prometheus has no scrape targets")
	f("some", scraped("a", "down", "refused")+","+scraped("b", "unknown", ""),
		"target kamailio a is down: refused\ntarget kamailio b was not scraped yet")
}

// TestAwaitTargetsUp: one scrape that failed on a busy machine is no finding, a target that stays away is.
func TestAwaitTargetsUp(t *testing.T) {
	t.Parallel()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		health := "down"
		if asked++; asked > 2 {
			health = "up"
		}
		fmt.Fprintf(w, `{"status":"success","data":{"activeTargets":[%s],"droppedTargets":[]}}`, scraped("a", health, "late"))
	}))
	t.Cleanup(server.Close)
	api, err := promapi.New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&Monitoring{API: api}).awaitTargetsUp(t.Context(), time.Minute); err != nil || asked != 3 {
		t.Errorf("%v after %d questions", err, asked)
	}
	away := fakeLab(t, prometheus(t, nil, scraped("a", "down", "refused")))
	if err := away.awaitTargetsUp(t.Context(), 300*time.Millisecond); fmt.Sprint(err) != "target kamailio a is down: refused" {
		t.Errorf("a target that stays away: %v", err)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	l := fakeLab(t, nil)
	l.PrometheusURL, l.Config.SIPPort, l.Config.CtlSocket = "http://127.0.0.1:1", 5060, "/run/ctl"
	for _, want := range []string{"http://127.0.0.1:1", "sip:127.0.0.1:5060, unix:///run/ctl", filepath.Base(l.run.Folder())} {
		if !strings.Contains(l.Places(), want) {
			t.Errorf("want %q in\n%s", want, l.Places())
		}
	}
}
