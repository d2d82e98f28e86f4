package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/policy"
	budgetreport "github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/web"
)

// objective is one whose budget is consumed by a share; below 0 nothing of it is known.
func objective(name, owner string, consumed float64) budget.Objective {
	o := budget.Objective{State: budget.Fine}
	o.Name, o.Owner, o.Promise.Tier, o.Text, o.Period = name, owner, "proxy", "99.9%", 30*24*time.Hour
	if consumed < 0 {
		o.State = budget.NoData
		return o
	}
	o.Consumed = budget.Reading{Value: consumed, Known: true}
	o.Remaining = budget.Reading{Value: 1 - consumed, Known: true}
	if consumed >= 1 {
		o.State, o.Policy = budget.Exhausted, "stop releases"
	}
	return o
}

func TestSLOCommands(t *testing.T) {
	t.Parallel()
	s := web.Objectives{Recovery: []web.Promise{
		{Name: "rpo_mysql_dr_applied", Kind: "rpo", Title: "Loss of mysql", Text: "less than 5 min lost", Owner: "keepers", Tier: "recovery", State: "outside", Achieved: "99 %", Now: "6 m 00 s would be lost now"},
		{Name: "rto_region_loss", Kind: "rto", Title: "Recovery", Text: "back in less than 30 min", Owner: "keepers", Tier: "recovery", State: "not proven", Achieved: "never rehearsed", Now: "no drill runs"},
	}}
	s.Objectives = []budget.Objective{objective("calls", "voip", 0.25), objective("media", "media", 1.5), objective("mail", "mail", -1), objective("frozen", "f", 0.995), objective("watched", "f", 0.6), objective("journey", "j", -1), objective("gone", "g", 0.1), objective("unwritten", "u", 0.8),
		objective("answers_call", "g", 0.2), objective("answers_flow", "g", 1.5)}
	s.Objectives[1].Burn = map[string]budget.Reading{"1h": {Value: 20, Known: true}}
	s.Objectives[1].Burns = []budget.Threshold{{Tier: "page_fast", Severity: "page", Factor: 14.4, Long: "1h", Short: "5m"}}
	s.Objectives[1].Alerts = []budget.Alert{{Name: "MediaBudgetBurn", Severity: "page", Burn: "page_fast"}}
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s.Objectives[2].Promise.Tier, s.Objectives[5].Promise.Tier, s.Objectives[5].Parts = "mailbox", "none", []string{"mail"}
	s.Objectives[7].Promise.Policy = []policy.Step{{Consumed: 0.5, Action: "look closer"}, {Consumed: 0.75, Action: "no releases", Freeze: true}, {Consumed: 1, Action: "stop all", Freeze: true}}
	for i, service := range []string{"bin-call-manager", "bin-flow-manager"} {
		s.Objectives[8+i].Promise.Tier, s.Objectives[8+i].Group = "backends", &budget.Group{Of: "answers", Label: []string{"service", "job"}[i], Value: service}
	}
	s.Objectives[6].State, s.Objectives[6].Missing = budget.NoData, "alert GoneDataMissing fires"
	s.Objectives[6].MissingSince = noon
	s.Objectives[3].InForce = &policy.Change{At: noon, Consumed: 1.005, Step: &policy.Step{Consumed: 1, Action: "stop releases", Freeze: true}}
	s.Objectives[4].InForce = &policy.Change{At: noon, Consumed: 0.5, Step: &policy.Step{Consumed: 0.5, Action: "look closer"}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/objectives" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(s)
	}))
	t.Cleanup(server.Close)
	sloCommand := func(t *testing.T, line string) (code int, out, errs string) {
		t.Helper()
		var stdout, stderr strings.Builder
		args := append([]string{"slo"}, strings.Fields(line)...)
		code = run(t.Context(), append(args, "--url="+server.URL), &stdout, &stderr, time.Now)
		return code, stdout.String(), stderr.String()
	}
	for name, c := range map[string]struct{ args, want string }{
		"the worst comes first":       {"list", "media"},
		"what is not known":           {"list --slo=mail", "not known"},
		"recovery among them":         {"list --tier=recovery", "no budget"},
		"what does not apply":         {"list --slo=rto_region_loss", "never rehearsed  no budget    no drill runs  does not apply  does not apply  keepers  recovery"},
		"recovery as JSON":            {"list --owner=keepers --format=json", `"objective_text": "back in less than 30 min"`},
		"one":                         {"show media", "20, and not known in 5m: page page_fast above 14.4 in both"},
		"one, what fires":             {"show media", "page MediaBudgetBurn page_fast"},
		"one, its policy":             {"show frozen", "stop releases, since 2026-03-01 12:00 UTC at 100.5 % consumed"},
		"one that is not known":       {"show mail", "not known"},
		"one as JSON":                 {"show calls --format=json", `"name": "calls"`},
		"one of recovery":             {"show rpo_mysql_dr_applied", "6 m 00 s would be lost now"},
		"one of recovery as JSON":     {"show rpo_mysql_dr_applied --format=json", `"state": "outside"`},
		"as JSON":                     {"list --format=json --owner=voip", `"name": "calls"`},
		"budget is left":              {"gate --slo=calls", "open: 1 objectives"},
		"nobody knows, and may":       {"gate --slo=mail --allow-unknown", "open: 0 objectives have budget left, 1 not known (--allow-unknown)\n"},
		"now is not known, and may":   {"gate --slo=gone --allow-unknown", "open: 0 objectives have budget left, 1 not known (--allow-unknown)\n"},
		"overspent, and may be":       {"gate --slo=media --slo=calls --slo=mail --consumed=2 --allow-unknown", "open: 1 objectives have budget left, 1 not known (--allow-unknown), 1 overspent (--consumed=2)\n"},
		"a gate as JSON":              {"gate --slo=media --consumed=2 --format=json", "\"open\": true,\n      \"reason\": \"150 % of its budget is consumed: stop releases\""},
		"why it is not known":         {"show gone", "alert GoneDataMissing fires"},
		"numbers of before":           {"list --slo=gone", "no data, numbers of before 2026-03-01 12:00:00 UTC"},
		"one with numbers of before":  {"show gone", "no data, numbers of before 2026-03-01 12:00:00 UTC"},
		"a service with a group":      {"gate --service=bin-call-manager", "open: 1 objectives"},
		"a grouping":                  {"list --slo=answers", "answers_flow"},
		"a service":                   {"list --service=proxy", "calls"},
		"a step that freezes nothing": {"gate --slo=watched", "open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if code, out, errs := sloCommand(t, c.args); code != 0 || !strings.Contains(out, c.want) || errs != "" {
				t.Errorf("exit code %d, output %q, errors %q", code, out, errs)
			}
		})
	}
	for name, c := range map[string]struct {
		args string
		code int
		want string
	}{
		"one that is not there":        {"show cals", 1, `there is no objective "cals"`},
		"a gate of recovery":           {"gate --slo=rto_region_loss", 1, `"rto_region_loss" has no error budget`},
		"a gate of recovery's owner":   {"gate --owner=keepers", 1, "no objective that has an error budget is chosen"},
		"budget is spent":              {"gate --owner=media", 1, "media: 150 % of its budget is consumed: stop releases"},
		"nobody knows":                 {"gate --slo=mail", 1, "mail: its budget is not known (no data)"},
		"nobody knows of now":          {"gate --slo=gone", 1, "gone: what happens now is not known: alert GoneDataMissing fires"},
		"a gate that closes before":    {"gate --slo=calls --consumed=0.2", 1, "calls: 25 % of its budget is consumed"},
		"a misspelt objective":         {"gate --slo=cals", 1, `there is no objective "cals"`},
		"a misspelt owner of two":      {"gate --owner=voip --owner=nobody", 1, "no objective is chosen by --owner=nobody"},
		"a misspelt tier of two":       {"gate --tier=mailbox --tier=prxoy", 1, "no objective is chosen by --tier=prxoy"},
		"a misspelt service of two":    {"gate --allow-unknown --service=mailbox --service=prxoy", 1, "no objective is chosen by --service=prxoy"},
		"one of another owner":         {"list --owner=voip --slo=calls --slo=media", 1, "no objective is chosen by --slo=media as it stands here"},
		"an owner of recovery alone":   {"gate --owner=voip --owner=keepers", 1, "no objective that has an error budget is chosen by --owner=keepers"},
		"a job with a group":           {"gate --service=bin-flow-manager", 1, "answers_flow: 150 %"},
		"a grouping's gate":            {"gate --slo=answers", 1, "answers_flow: 150 %"},
		"a grouping is not one":        {"show answers", 1, `"answers" is a grouping: show one of its 2 objectives`},
		"an owner of none":             {"gate --owner=nobody", 1, "no objective is chosen"},
		"one of the chosen is spent":   {"gate", 1, "media: 150 %"},
		"a journey through a service":  {"gate --service=mailbox", 1, "journey: its budget is not known"},
		"the policy freezes":           {"gate --slo=frozen", 1, "frozen: the policy freezes releases since 2026-03-01 12:00 UTC, at 100.5 % consumed: stop releases"},
		"a freeze not taken down":      {"gate --slo=unwritten", 1, "unwritten: the policy freezes releases from 75 % consumed on, and 80 % is: no releases"},
		"a command line without sense": {"gate --slow=calls", 2, "unknown long flag"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if code, out, errs := sloCommand(t, c.args); code != c.code || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d, output %q, errors %q", code, out, errs)
			}
		})
	}
}

// TestAGateAsJSON: one that is closed says so as its exit code does, with what each objective has against it.
func TestAGateAsJSON(t *testing.T) {
	t.Parallel()
	s := web.Objectives{Snapshot: budget.Snapshot{Objectives: []budget.Objective{objective("calls", "voip", 0.25), objective("media", "media", 1.5)}}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(s) }))
	t.Cleanup(server.Close)
	var out, errs strings.Builder
	code := run(t.Context(), []string{"slo", "gate", "--format=json", "--url=" + server.URL}, &out, &errs, time.Now)
	var got verdicts
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil || code != 1 || errs.String() != "" {
		t.Fatalf("exit code %d, output %q, errors %q: %v", code, out.String(), errs.String(), err)
	}
	want := verdicts{Objectives: []verdict{{Objective: "calls", Open: true}, {Objective: "media", Reason: "150 % of its budget is consumed: stop releases"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

// TestSinceWhenNothingIsKnown: a tracker that has read no records yet tells no time at which it did.
func TestSinceWhenNothingIsKnown(t *testing.T) {
	t.Parallel()
	for want, read := range map[string]time.Time{
		"objectives are not known, and were never read: refused\n":          {},
		"objectives are not known since 2026-03-01 12:00:00 UTC: refused\n": time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	} {
		var errs strings.Builder
		world{stderr: &errs}.sayProblem(budget.Snapshot{Read: read, Problem: "refused"})
		if errs.String() != want {
			t.Errorf("said %q, want %q", errs.String(), want)
		}
	}
}

// TestTheWorstFirst of budgets and recovery together, aligned with colours and without.
func TestTheWorstFirst(t *testing.T) {
	t.Parallel()
	lines := web.Lines(web.Objectives{
		Snapshot: budget.Snapshot{Objectives: []budget.Objective{objective("calls", "voip", 0.25), objective("media", "media", 1.5)}},
		Recovery: []web.Promise{{Name: "rpo", State: "outside"}, {Name: "rto", State: "not proven"}, {Name: "ready", State: "ready"}},
	})
	shown := func(w world) []string {
		var b strings.Builder
		w.stdout = &b
		if err := printLines(w, lines); err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	}
	plain := shown(world{getenv: func(string) string { return "" }})
	for i, want := range []string{"OBJECTIVE  STATE       PROMISED", "media      exhausted", "rpo        outside", "rto        not proven", "calls      fine", "ready      ready"} {
		if !strings.HasPrefix(plain[i], want) || strings.Contains(plain[i], "\x1b") {
			t.Errorf("line %d is %q", i, plain[i])
		}
	}
}

// TestColours stand on a terminal only, and not where somebody wants none; what is painted says the same without.
func TestColours(t *testing.T) {
	t.Parallel()
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a device of characters, as terminals are
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = device.Close() })
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	for name, c := range map[string]struct {
		to   io.Writer
		env  map[string]string
		want string
	}{
		"a terminal":               {device, nil, "\x1b[31mburning\x1b[0m"},
		"a terminal without them":  {device, map[string]string{"TERM": "dumb"}, "burning"},
		"somebody wants none":      {device, map[string]string{"NO_COLOR": "1"}, "burning"},
		"a file":                   {file, nil, "burning"},
		"a pipe, or anything else": {&strings.Builder{}, nil, "burning"},
	} {
		w := world{getenv: func(name string) string { return c.env[name] }}
		if got := w.paint(c.to, "bad", "burning"); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, colour := range []string{"good", "warn", "bad", "plain", ""} {
		if len(painted(colour, "x")) != len(painted("bad", "x")) {
			t.Errorf("%q moves the columns behind it", colour)
		}
	}
}

// TestMaintenanceCommands speaks to two trackers: both take a window down under one name.
func TestMaintenanceCommands(t *testing.T) {
	t.Parallel()
	s := budget.Snapshot{Objectives: []budget.Objective{objective("calls", "voip", 0.25), objective("media", "media", 1.5), objective("journey", "voip", 0.1)}}
	s.Objectives[2].Parts = []string{"calls", "media"}
	var mu sync.Mutex
	var bodies []string
	serve := func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		switch r.Method + " " + r.URL.Path {
		case "GET /api/v1/objectives":
			_ = json.NewEncoder(w).Encode(s)
		case "POST /api/v1/maintenance":
			bodies = append(bodies, string(text))
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"id":"2026-03-01-1","from":"2026-03-01T02:00:00Z","to":"2026-03-01T04:00:00Z","zone":"UTC","state":"planned","overlaps":["2026-02-28-1"]}`)
		case "GET /api/v1/maintenance":
			_, _ = io.WriteString(w, `[{"id":"a","state":"active","from":"2026-03-01T02:00:00Z","zone":"UTC","objectives":["w","x","y","z"],"author":"mina"},{"id":"b","state":"over","from":"2026-03-01T02:00:00Z","zone":"UTC"}]`)
		case "POST /api/v1/maintenance/a/end":
			_, _ = io.WriteString(w, `{"id":"a","state":"over"}`)
		default:
			http.Error(w, `{"error":"there is no such window","hint":"list them"}`, http.StatusNotFound)
		}
	}
	one, two := httptest.NewServer(http.HandlerFunc(serve)), httptest.NewServer(http.HandlerFunc(serve))
	t.Cleanup(one.Close)
	t.Cleanup(two.Close)
	noon := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	f := func(code int, out, errs string, args ...string) {
		t.Helper()
		var stdout, stderr strings.Builder
		got := run(t.Context(), append([]string{"slo", "maintenance"}, append(args, "--url="+one.URL, "--url="+two.URL)...), &stdout, &stderr, noon)
		if got != code || !strings.Contains(stdout.String(), out) || !strings.Contains(stderr.String(), errs) {
			t.Errorf("%q: exit code %d, output %q, errors %q", args, got, stdout.String(), stderr.String())
		}
	}
	f(0, "2026-03-01-1: 2026-03-01 02:00 to 2026-03-01 04:00", "it overlaps 2026-02-28-1", "add", "--owner=voip", "--for=90m", "--zone=Asia/Seoul", "--reason=x")
	if len(bodies) != 2 || !strings.Contains(bodies[0], `"objectives":["calls"],"from":"2026-03-01T12:00:00Z","to":"2026-03-01T13:30:00Z"`) || !strings.Contains(bodies[1], `"id":"2026-03-01-1"`) {
		t.Errorf("they were told %q", bodies)
	}
	f(0, "2026-03-01-1", "", "add", "--service=proxy", "--for=90m", "--reason=x")
	if len(bodies) != 4 || !strings.Contains(bodies[2], `"objectives":["calls","media"]`) {
		t.Errorf("they were told %q", bodies)
	}
	f(1, "", "choose objectives", "add", "--reason=x", "--for=1h")
	f(1, "", "give one of them", "add", "--slo=calls", "--reason=x", "--for=1h", "--to=2026-03-01T02:00")
	f(1, "", "there is no time zone", "add", "--slo=calls", "--reason=x", "--for=1h", "--zone=Berlin")
	f(1, "", `there is no objective "cals"`, "add", "--slo=cals", "--reason=x", "--for=1h")
	f(2, "", "required", "add", "--slo=calls", "--for=1h")
	f(0, "w, x, y and 1 more", "", "list")
	f(0, `"id": "b"`, "", "list", "--all", "--format=json")
	f(0, "a: over", "", "end", "a")
	f(1, "", "there is no such window", "end", "b")
}

// inLog writes into a log as the tracker does.
type inLog struct{ *evidence.Log }

func (l inLog) Append(ctx context.Context, kind string, at time.Time, body any) error {
	_, err := l.Log.Append(ctx, kind, at.UnixNano(), body)
	return err
}

// TestReportOfAPeriod asks a tracker that runs, and its data when it does not: both have the same bytes, and verify makes them again.
func TestReportOfAPeriod(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for _, name := range []string{"evidence", objectivesName} {
		log, err := evidence.Open(filepath.Join(data, name), evidence.Options{Name: "tracker-dr"})
		if err != nil {
			t.Fatal(err)
		}
		if name == objectivesName {
			l := budgetreport.NewLedger(log, inLog{log})
			for at := time.Date(2026, 9, 28, 0, 0, 0, 0, time.UTC); at.Month() < 11; at = at.AddDate(0, 0, 1) {
				d := budgetreport.Day{Day: at.Format(time.DateOnly), Objectives: []budgetreport.Count{{Name: "calls", Title: "Calls", Text: "99%", Objective: 0.99, Events: 100, Tiles: 288}}}
				if err := errors.Join(l.Take(t.Context(), d, at), l.Close(t.Context(), at)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
	f := func(code int, out, errs string, args ...string) string {
		t.Helper()
		var stdout, stderr strings.Builder
		got := run(t.Context(), args, &stdout, &stderr, time.Now)
		if got != code || !strings.Contains(stdout.String(), out) || !strings.Contains(stderr.String(), errs) {
			t.Errorf("%q: exit code %d, output %.300q, errors %q", args, got, stdout.String(), stderr.String())
		}
		return stdout.String()
	}
	page := f(0, "<title>Objectives in 2026-10</title>", "", "slo", "report", "--period=2026-10", "--data="+data)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.String() != "/api/v1/reports/2026-10?format=html" {
			http.Error(w, `{"error":"nothing was recorded of this period"}`, http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, page)
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "report.html")
	f(0, "", "", "slo", "report", "--period=2026-10", "--url="+server.URL, "--output="+file)
	if text, err := os.ReadFile(file); err != nil || string(text) != page {
		t.Errorf("what the tracker says is another: %v", err)
	}
	f(1, "", "nothing was recorded", "slo", "report", "--period=2026-09", "--url="+server.URL)
	f(1, "", "nothing was recorded of this period: 2026-12", "slo", "report", "--period=2026-12", "--data="+data)
	f(1, "", "is no period", "slo", "report", "--period=October", "--data="+data)
	f(2, "", "", "slo", "report", "--period=2026-10", "--format=pdf")
	f(0, "1 of 1 objectives met", "", "slo", "report", "--period=2026-W40", "--format=md", "--data="+data)
	f(0, "7 closed reports follow from the days", "", "verify", "--data="+data)
	log, err := evidence.Open(objectivesDir(data), evidence.Options{Name: "tracker-dr"})
	if err != nil {
		t.Fatal(err)
	}
	forged := budgetreport.Model{Version: 1, Period: budgetreport.Month(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)), Through: 3, Final: true}
	if err := errors.Join(inLog{log}.Append(t.Context(), budgetreport.RecordReport, time.Now(), forged), log.Close()); err != nil {
		t.Fatal(err)
	}
	f(1, "", "the closed report of 2026-09 does not follow", "verify", "--data="+data)
}

func TestWhatIfCommand(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); r.URL.Path != "/api/v1/objectives/calls/whatif" || q.Get("objective") != "99.95" || q.Get("days") != "30" || len(q["exclude"]) != 2 {
			http.Error(w, `{"error":"there is no such objective"}`, http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, `{"recomputed":true,"counted":0.5,
			"as_is":{"objective_text":"99.9%","period_ns":2678400000000000,"calendar":"month","consumed":0.5,"periods":[{"consumed":0.5,"met":true,"runs":true},{"consumed":1.25},{}]},
			"what_if":{"objective_text":"99.95%","period_ns":604800000000000,"pages":[{"labels":{"severity":"page","burn":"page_fast"},"open":true}],"tickets":[{"labels":{"severity":"ticket","burn":"ticket"},"end":"2026-03-01T12:00:00Z"}]}}`)
	}))
	t.Cleanup(server.Close)
	for want, args := range map[string][]string{
		"what if: page page_fast from 0001-01-01 00:00 on, still fires\n": {"--slo=calls", "--objective=99.95", "--exclude=a", "--exclude=b"},
		"ticket ticket from 0001-01-01 00:00 to 2026-03-01 12:00\n":       {"--slo=calls", "--objective=99.95", "--exclude=a", "--exclude=b"},
		"99.9% over a month, at least 0 failures ":                        {"--slo=calls", "--objective=99.95", "--exclude=a", "--exclude=b"},
		"met so far (50 %), missed (125 %), no events\n":                  {"--slo=calls", "--objective=99.95", "--exclude=a", "--exclude=b"},
		"RECOMPUTED  PROMISE":                                {"--slo=calls", "--objective=99.95", "--exclude=a", "--exclude=b"},
		"99.95% over 7d, at least 0 failures      not known": {"--slo=calls", "--objective=99.95", "--exclude=a", "--exclude=b"},
		`"recomputed": true`:                                 {"--slo=calls", "--objective=99.95", "--exclude=a", "--exclude=b", "--format=json"},
		"there is no such objective":                         {"--slo=mail"},
	} {
		var out, errs strings.Builder
		code := run(t.Context(), append([]string{"slo", "whatif", "--url=" + server.URL}, args...), &out, &errs, time.Now)
		if !strings.Contains(out.String()+errs.String(), want) || (code != 0) != (out.String() == "") {
			t.Errorf("%q: exit code %d, output %q, errors %q", args, code, out.String(), errs.String())
		}
	}
}
