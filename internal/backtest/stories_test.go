package backtest_test

import (
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/backtest"
	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// TestStoriesOnThisEngine replays the stories of the repository's objectives through the engine of backtests and demands
// what they say. The same stories, with the same values, run through the promtool of the server in TestPromtool of
// internal/rules: what is proven there holds for replays here, and the other way round.
func TestStoriesOnThisEngine(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	out, err := rules.Build(s, metric.NewCatalogue(metric.All()))
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, test := range out.Tests {
		if !strings.Contains(test.Path, "/slo_call_setup") && !strings.Contains(test.Path, "/slo_registration") {
			continue
		}
		file := test.Make()
		told += len(file.Tests)
		for _, story := range file.Tests {
			t.Run(story.Name, func(t *testing.T) {
				t.Parallel()
				retell(t, story, loaded(out, file), span(t, file.EvaluationInterval))
			})
		}
	}
	if told < 40 {
		t.Errorf("want 40 stories and more, got %d", told)
	}
}

// loaded are the rule files that a test file names, without intervals of their own: promtool has none either.
func loaded(out *rules.Output, file rules.TestFile) []rules.RuleFile {
	var files []rules.RuleFile
	for _, path := range file.RuleFiles {
		for _, f := range out.Files {
			if strings.TrimPrefix(path, "../../") != f.Path {
				continue
			}
			var content rules.RuleFile
			for _, g := range f.Make().Groups {
				g.Interval = ""
				content.Groups = append(content.Groups, g)
			}
			files = append(files, content)
		}
	}
	return files
}

// retell replays one story and checks what it says of records and alerts.
func retell(t *testing.T, story rules.TestGroup, files []rules.RuleFile, every time.Duration) {
	t.Helper()
	start := time.Unix(0, 0).UTC()
	if story.Start != "" {
		var err error
		if start, err = time.Parse(time.RFC3339, story.Start); err != nil {
			t.Fatal(err)
		}
	}
	end := start
	for _, e := range story.ExprTests {
		end = later(end, start.Add(span(t, e.EvalTime)))
	}
	for _, a := range story.AlertTests {
		end = later(end, start.Add(span(t, a.EvalTime)))
	}
	store := backtest.NewStore()
	for _, in := range story.InputSeries {
		appendNotation(t, store, in, start, span(t, story.Interval))
	}
	fired, err := backtest.Replay(t.Context(), store, files, backtest.Options{Start: start, End: end, Interval: every})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range story.ExprTests {
		at := start.Add(span(t, e.EvalTime))
		if got, want := checked(t, store, fired, e.Expr, at), expected(e); math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) || math.IsNaN(got) != math.IsNaN(want) {
			t.Errorf("%s at %s: promtool sees %v, this engine %v", e.Expr, e.EvalTime, want, got)
		}
	}
	for _, a := range story.AlertTests {
		if got := firing(fired, start.Add(span(t, a.EvalTime)), a.Alert, ""); got != len(a.Expected) {
			t.Errorf("%s at %s: promtool sees %d alerts, this engine %d", a.Alert, a.EvalTime, len(a.Expected), got)
		}
	}
}

// expected is the value that a check wants; NaN for none.
func expected(e rules.ExprTest) float64 {
	if len(e.Expected) == 0 {
		return math.NaN()
	}
	return e.Expected[0].Value
}

var countAlerts = regexp.MustCompile(`^count\(ALERTS\{alertname="([^"]+)", burn="([^"]+)", alertstate="firing"\}\)$`)

// checked is what this engine has for a check; NaN for nothing.
func checked(t *testing.T, store *backtest.Store, fired []backtest.Firing, expr string, at time.Time) float64 {
	t.Helper()
	if m := countAlerts.FindStringSubmatch(expr); m != nil {
		if n := firing(fired, at, m[1], m[2]); n > 0 {
			return float64(n)
		}
		return math.NaN()
	}
	v, ok, err := backtest.Value(t.Context(), store, expr, at)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return math.NaN()
	}
	return v
}

// firing is how many alerts of a name, and of a tier if one is named, fire at a time.
func firing(fired []backtest.Firing, at time.Time, alert, burn string) int {
	n := 0
	for _, f := range fired {
		if f.Alert == alert && (burn == "" || f.Labels["burn"] == burn) && !f.Start.After(at) && (f.Open || at.Before(f.End)) {
			n++
		}
	}
	return n
}

// appendNotation adds a series in promtool's notation, from a time on.
func appendNotation(t *testing.T, store *backtest.Store, in rules.TestSeries, start time.Time, step time.Duration) {
	t.Helper()
	set, values, err := promql.Parser().ParseSeriesDesc(in.Series + " " + in.Values)
	if err != nil {
		t.Fatalf("%s: %v", in.Series, err)
	}
	samples := make([]backtest.Sample, 0, len(values))
	for i, v := range values {
		if !v.Omitted {
			samples = append(samples, backtest.Sample{T: start.UnixMilli() + int64(i)*step.Milliseconds(), V: v.Value, H: v.Histogram})
		}
	}
	store.Append(set.Map(), samples...)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// span is a duration as stories write it.
func span(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := config.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
