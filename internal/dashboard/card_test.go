package dashboard

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/dashboard/lint"
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/grafana"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/scrapecfg"
)

func testMaker(t *testing.T) *maker {
	t.Helper()
	s := described(t)
	made := ruled(t, s)
	return newMaker(s, made.Checker(catalogue(), s), made)
}

// samples is a board with a card of each kind, to see the whole of what a card becomes.
func samples() board {
	up := query.Of(metric.KamailioKit.Up)
	described := "What it means. What to do."
	return board{
		name: "sample", title: "Sample", description: "One of each.", folder: "SIP", from: "now-1h",
		rows: []row{
			{title: "Numbers", dense: true, cards: []card{
				{
					kind: panel.StatType, title: "Up", description: described, named: true, states: upStates("up", "down"),
					alerts: []string{"KamailioDown"}, to: "sample", asks: []ask{{up.Min("instance"), "{{instance}}"}},
				},
				{
					kind: panel.BarGaugeType, title: "Full", description: described, weight: 2, min: panel.Float(0), max: panel.Float(1), none: "idle",
					thresholds: panel.Rising(panel.Good, panel.Bound{From: 0.5, Color: panel.Bad}), decimals: panel.Int(1),
					asks: []ask{{query.Of(metric.KamailioShmUsed).Over(query.Of(metric.KamailioShmSize)).Max(), "full"}},
				},
			}},
			{title: "Graphs", shut: true, cards: []card{
				{
					kind: panel.TimeSeriesType, title: "Mixed", description: described, thresholds: panel.Rising(panel.Good, panel.Bound{From: 5, Color: panel.Bad}),
					looks: panel.Series([]string{"invite"}),
					asks: []ask{
						{query.Of(metric.KamailioRequestsByMethod).Rate().Sum("method"), "{{method}}"},
						{query.Of(metric.KamailioShmUsed).Max(), "memory"},
					},
				},
				{
					kind: panel.TimeSeriesType, title: "Parts", description: described, stacked: true,
					asks: []ask{{query.Of(metric.KamailioDialogs).Sum("state"), "{{state}}"}},
				},
			}},
			{title: "Lists", cards: []card{
				{
					kind: panel.TableType, title: "Versions", description: described, hidden: []string{"Time", "Value"},
					columns: []panel.Column{{Field: "instance", Name: "Proxy"}, {Field: "version"}},
					asks:    []ask{{query.Of(metric.KamailioBuildInfo).Max("instance", "version"), ""}},
				},
				{
					kind: panel.StateTimelineType, title: "States", description: described, states: upStates("up", "down"),
					asks: []ask{{up.Min("instance"), "{{instance}}"}},
				},
			}},
		},
	}
}

func TestSampleGolden(t *testing.T) {
	t.Parallel()
	m := testMaker(t)
	got, err := grafana.Encode(m.envelope(samples()))
	if err := errors.Join(append(m.mistakes, err)...); err != nil {
		t.Fatal(err)
	}
	if problems := lint.Run(m.held, []lint.Source{{Path: "sample.json", JSON: got}}); problems.Err() != nil {
		t.Errorf("want nothing for lint, got:\n%v", problems)
	}
	golden := filepath.Join("testdata", "sample.json")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("board (-want +got):\n%s", diff)
	}
}

// TestMovingPanelsKeepsIDs lays the rows out in another order: links to panels must go on working.
func TestMovingPanelsKeepsIDs(t *testing.T) {
	t.Parallel()
	m := testMaker(t)
	ids := func(rows ...row) map[string]uint {
		out := map[string]uint{}
		for _, p := range m.place(rows) {
			out[p.Title] = p.ID
			for _, q := range p.Collapsed {
				out[q.Title] = q.ID
			}
		}
		return out
	}
	rows := samples().rows
	want := ids(rows...)
	rows[0].cards[0], rows[0].cards[1] = rows[0].cards[1], rows[0].cards[0]
	if diff := cmp.Diff(want, ids(rows[2], rows[0], rows[1])); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

func TestCardMistakes(t *testing.T) {
	t.Parallel()
	f := func(c card, want string) {
		t.Helper()
		m := testMaker(t)
		m.place([]row{{title: "Row", cards: []card{c}}})
		err := errors.Join(m.mistakes...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got %v", c.title, want, err)
		}
	}
	bytes := query.Of(metric.KamailioShmSize)
	f(card{kind: panel.StatType, title: "No counter", asks: []ask{{bytes.Rate(), ""}}}, `panel "No counter": query A: rate of kamailio_shm_size_bytes: not a counter as scraped`)
	f(card{kind: panel.StatType, title: "No runbook", alerts: []string{"Nothing"}, asks: []ask{{bytes.Max(), ""}}}, `there is no alert "Nothing"`)
	f(card{kind: "piechart", title: "No body", asks: []ask{{bytes.Max(), ""}}}, `panel "No body": no body for type "piechart"`)
	f(card{kind: panel.LogsType, title: "No lines"}, `panel "No lines": logs ask for lines`)
	f(card{kind: panel.LogsType, title: "Both", lines: `{app="kamailio"}`, asks: []ask{{bytes.Max(), ""}}}, `panel "Both": logs ask for lines, and for nothing else`)
	f(card{kind: panel.StatType, title: "No record", asks: []ask{{testMaker(t).record("no:such:record"), ""}}}, `panel "No record": query A`)
	f(card{kind: panel.StatType, title: "No unit", asks: []ask{{query.Recorded(rules.Record{Name: "a:b:rate5m", Unit: metric.Ratio}), ""}}}, `panel "No unit": no unit for ratio per second`)
}

// TestLogs makes a card of logs and holds the board to all rules: it asks Loki, by a variable of its own, and Prometheus nothing.
func TestLogs(t *testing.T) {
	t.Parallel()
	m := testMaker(t)
	out, err := grafana.Encode(m.envelope(board{
		name: "logs", title: "Logs", description: "What the proxies say.", folder: "SIP", from: "now-6h", variables: []grafana.Variable{logsVariable()},
		rows: []row{{title: "Lines", cards: []card{{
			kind: panel.LogsType, title: "Errors", description: "What the proxies log as errors. Read the newest first.", lines: `{app="kamailio"} |= "ERROR"`,
		}}}},
	}))
	if err := errors.Join(append(m.mistakes, err)...); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"type": "logs"`, `"uid": "${logs}"`, `"queryType": "range"`, `"sortOrder": "Descending"`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("want %s, got:\n%s", want, out)
		}
	}
	if problems := lint.Run(m.held, []lint.Source{{Path: "logs.json", JSON: out}}); problems.Err() != nil {
		t.Errorf("want no problem, got:\n%v", problems)
	}
}

// TestEveryFamilyHasAUnit looks up the unit of each family of the catalogue, and of its growth if it is a counter.
func TestEveryFamilyHasAUnit(t *testing.T) {
	t.Parallel()
	for _, f := range metric.All() {
		e := query.Of(f)
		if f.Type == metric.Counter {
			e = e.Rate()
		}
		if _, ok := unitOf(e.Quantity()); !ok {
			t.Errorf("%s: want a unit for %s, got none", f.Name, e.Quantity())
		}
	}
	if u, _ := unitOf(query.Quantity{Base: metric.Bytes, PerSecond: true}); u != panel.UnitBytesSec {
		t.Errorf("bytes per second: want %s, got %s", panel.UnitBytesSec, u)
	}
}

// TestWordsOfOthers compares what boards repeat with where it comes from.
func TestWordsOfOthers(t *testing.T) {
	t.Parallel()
	if proxyJob != scrapecfg.KamailioJob {
		t.Errorf("job: want %q as the scrape configuration has it, got %q", scrapecfg.KamailioJob, proxyJob)
	}
	var exprs strings.Builder
	for _, f := range ruled(t, described(t)).Files {
		for _, r := range f.Make().All() {
			exprs.WriteString(r.Expr)
		}
	}
	if causes := strings.Join(platformFailures(), "|"); !strings.Contains(exprs.String(), `cause=~"`+causes+`"`) {
		t.Errorf("platform failures: want those of the rules, got %s", causes)
	}
}

func TestLooksCoverEveryValue(t *testing.T) {
	t.Parallel()
	f := func(what string, looks []panel.Override, want []string) {
		t.Helper()
		seen := map[string]bool{}
		for _, l := range looks {
			seen[l.Matcher.Options] = true
		}
		for _, w := range want {
			if !seen[w] {
				t.Errorf("%s: want a look for %q, got none", what, w)
			}
		}
		if len(looks) != len(want) {
			t.Errorf("%s: want %d looks, got %d", what, len(want), len(looks))
		}
	}
	f("causes", outcomes(), metric.CallSetupCauses())
	f("classes", statusClasses(), values(metric.KamailioRepliesByClass, "class"))
	for _, s := range dispatcherStates() {
		if s.Color == "" {
			t.Errorf("dispatcher state %q: want a colour, got none", s.Text)
		}
	}
	if got := values(metric.KamailioRepliesByClass, "code"); got != nil {
		t.Errorf("values of a label that there is not: want none, got %v", got)
	}
}

func TestFinerShowsSmallMisses(t *testing.T) {
	t.Parallel()
	f := func(text string, want int, percent string) {
		t.Helper()
		o := described(t).SLOs[0]
		o.ObjectiveText = text
		if got := *finer(o); got != want {
			t.Errorf("%s: want %d decimals, got %d", text, want, got)
		}
		if got := percentText(o); got != percent {
			t.Errorf("%s: want %s, got %s", text, percent, got)
		}
	}
	f("99.9%", 2, "99.9%")
	f("99", 1, "99%")
	f("99.995%", 4, "99.995%")
}
