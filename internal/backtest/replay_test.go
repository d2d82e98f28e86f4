package backtest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/rules"
)

// group is a rule file with one group.
func group(list ...rules.Rule) []rules.RuleFile {
	return []rules.RuleFile{{Groups: []rules.Group{{Name: "g", Rules: list}}}}
}

// spans writes when alerts fired, in minutes.
func spans(fired []Firing) []string {
	var out []string
	for _, f := range fired {
		text := f.Alert + " " + f.Start.Sub(at(0)).String() + " to " + f.End.Sub(at(0)).String()
		if f.Open {
			text += " open"
		}
		out = append(out, text)
	}
	return out
}

func TestReplayFollowsFor(t *testing.T) {
	t.Parallel()
	f := func(store *Store, o Options, want []string, list ...rules.Rule) {
		t.Helper()
		o.Start = at(0)
		if o.End.IsZero() {
			o.End = at(600)
		}
		fired, err := Replay(t.Context(), store, group(list...), o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, spans(fired)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	alert := func(hold string) rules.Rule { return rules.Rule{Alert: "A", Expr: "g > 0", For: hold} }
	values := []float64{0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1}
	f(gauge(values...), Options{}, []string{"A 1m0s to 4m0s", "A 5m0s to 7m0s", "A 8m0s to 10m0s open"}, alert(""))
	f(gauge(values...), Options{}, []string{"A 3m0s to 4m0s", "A 10m0s to 10m0s open"}, alert("2m"))
	f(gauge(values...), Options{}, nil, alert("5m"))
	// Prometheus is down: what it does not evaluate neither begins nor ends an alert.
	f(gauge(values...), Options{Down: []Span{{From: at(240), To: at(300)}}}, []string{"A 1m0s to 7m0s", "A 8m0s to 10m0s open"}, alert(""))
	// Rules stand in any order, and may ask which alerts fire.
	f(gauge(values...), Options{}, []string{"A 1m0s to 4m0s", "B 1m0s to 4m0s", "A 5m0s to 7m0s", "B 5m0s to 7m0s", "A 8m0s to 10m0s open", "B 8m0s to 10m0s open"},
		rules.Rule{Alert: "B", Expr: "doubled > 1"}, rules.Rule{Record: "doubled", Expr: "2 * g"}, alert(""))
}

// A rule that reads itself cannot be evaluated over all times at once.
func TestReplayStepsThroughCircles(t *testing.T) {
	t.Parallel()
	store := gauge(1, 1, 1, 0, 0, 0)
	_, err := Replay(t.Context(), store, group(
		rules.Rule{Record: "seen", Expr: "g == 1 or last_over_time(seen[3m])"},
		rules.Rule{Record: "a", Expr: "g + (b or g)", Labels: map[string]string{"x": "y"}}, rules.Rule{Record: "b", Expr: "a * 0"},
	), Options{Start: at(0), End: at(300)})
	if err != nil {
		t.Fatal(err)
	}
	f := func(expr string, seconds int64, want bool) {
		t.Helper()
		if _, known, err := Value(t.Context(), store, expr, at(seconds)); known != want || err != nil {
			t.Errorf("%s at %d: want known %v, got %v (%v)", expr, seconds, want, known, err)
		}
	}
	f("seen", 120, true)
	f("seen", 300, true)
	f(`a{x="y"}`, 60, true)
}

func TestReplayRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	f := func(want string, g rules.Group) {
		t.Helper()
		_, err := Replay(t.Context(), gauge(1), []rules.RuleFile{{Groups: []rules.Group{g}}}, Options{Start: at(0), End: at(60)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	f("rule r of group x: PromQL syntax", rules.Group{Name: "x", Rules: []rules.Rule{{Record: "r", Expr: "sum("}}})
	f("rule a of group x", rules.Group{Name: "x", Rules: []rules.Rule{{Alert: "a", Expr: "g", For: "soon"}}})
	f("rule a of group x", rules.Group{Name: "x", Interval: "often", Rules: []rules.Rule{{Alert: "a", Expr: "g"}}})
}

// Groups are evaluated at their own intervals, and records end with a stale marker.
func TestReplayIntervals(t *testing.T) {
	t.Parallel()
	f := func(phase time.Duration, want ...int64) {
		t.Helper()
		store := gauge(1, 1, 0, 0, 0, 0, 0, 0, 0, 0)
		files := []rules.RuleFile{{Groups: []rules.Group{{Name: "slow", Interval: "2m", Rules: []rules.Rule{{Record: "r", Expr: "g == 1"}}}}}}
		if _, err := Replay(t.Context(), store, files, Options{Start: at(0), End: at(600), Phase: phase}); err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, s := range store.byName["r"][0].samples {
			got = append(got, s.T/1000)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("phase %s: want a sample and its stale marker (-want +got):\n%s", phase, diff)
		}
	}
	f(0, 0, 120)
	f(150*time.Second, 30, 150)
	f(60*time.Second, 60, 180)
}

func TestReadRules(t *testing.T) {
	t.Parallel()
	var report config.Report
	got := ReadRules(&report, "mine.yaml", []byte(`groups:
  - name: g
    interval: 30s
    query_offset: 1m
    rules:
      - {record: r, expr: sum(x), labels: {a: b}}
      - {alert: A, expr: r > 1, for: 5m, keep_firing_for: 1m, annotations: {summary: s}}
`))
	if err := report.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	want := rules.RuleFile{Groups: []rules.Group{{Name: "g", Interval: "30s", Rules: []rules.Rule{
		{Record: "r", Expr: "sum(x)", Labels: map[string]string{"a": "b"}, Annotations: map[string]string{}},
		{Alert: "A", Expr: "r > 1", For: "5m", Labels: map[string]string{}, Annotations: map[string]string{"summary": "s"}},
	}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	needs, err := Needs([]rules.RuleFile{got})
	if diff := cmp.Diff([]string{"x"}, needs); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestNeeded(t *testing.T) {
	t.Parallel()
	mine := map[string]string{"slo": "mine"}
	files := group(
		rules.Rule{Record: "shared", Expr: "x"}, rules.Rule{Record: "unused", Expr: "x"},
		rules.Rule{Record: "ratio", Expr: "shared", Labels: mine}, rules.Rule{Record: "shown", Expr: "ratio", Labels: mine},
		rules.Rule{Alert: "A", Expr: "ratio > 1", Labels: mine}, rules.Rule{Alert: "B", Expr: "ratio > 1", Labels: map[string]string{"slo": "other"}},
	)
	var got []string
	for _, r := range Needed(files, "mine")[0].Groups[0].Rules {
		got = append(got, r.Record+r.Alert)
	}
	if diff := cmp.Diff([]string{"shared", "ratio", "A"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The same seed makes the same world; another makes another.
func TestScenarioIsDeterministic(t *testing.T) {
	t.Parallel()
	s := Courses(0.001, 4000, 400, 4*24*time.Hour)[0].Scenario
	counters := []Counter{{Labels: map[string]string{"__name__": "x"}, Counts: All}}
	count := func(seed uint64) float64 {
		_, truth, _ := s.Make(at(0), counters, seed)
		total, _ := truth.Between(at(0), at(0).Add(s.Length))
		return total
	}
	if count(1) != count(1) || count(1) == count(2) {
		t.Errorf("got %v, %v and with another seed %v", count(1), count(1), count(2))
	}
	if got := count(1) / (s.Length.Hours() * 2200); got < 0.97 || got > 1.03 {
		t.Errorf("want about 2200 events an hour, got %v times that", got)
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	consumed, spent := 0.25, 0.057
	v := Verdict{
		Course: "outage", Title: "all <fails>", Length: 24 * time.Hour, Begin: at(0), Consumed: &consumed, Page: &Detection{Tier: "page_fast", After: 90, Spent: &spent},
		Pages: []Firing{{Alert: "A", Labels: map[string]string{"burn": "page_fast", "severity": "page"}, Start: at(3600), End: at(7200)}},
		bad:   []Span{{From: at(3510), To: at(7200)}},
	}
	f := func(write func(*strings.Builder) error, want ...string) {
		t.Helper()
		var out strings.Builder
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("want %q in:\n%s", w, out.String())
			}
		}
	}
	f(func(b *strings.Builder) error { return WriteTable(b, []Verdict{v, {Course: "healthy"}}) }, "1m30s", "page_fast", "5.7%", "never", "25.0%", "unknown")
	f(func(b *strings.Builder) error { return WriteSVG(b, []Verdict{v}) }, `x="187.5"`, "all &lt;fails&gt;", "</svg>")
	f(func(b *strings.Builder) error {
		return WriteFirings(b, append(v.Pages, Firing{Alert: "B", Open: true}))
	}, "1h0m0s", "burn=page_fast", "open")
}
