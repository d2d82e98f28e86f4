package exportertest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

var (
	fakeCalls = &metric.Family{
		Name: "kamailio_calls_total", Help: "Calls.", Type: metric.Counter, Collector: "calls",
		Labels: []metric.Label{{Name: "result", Values: []string{"good", "bad"}}, {Name: "method"}},
	}
	fakeLoad = &metric.Family{Name: "kamailio_load_ratio", Help: "Load.", Type: metric.Gauge, Collector: "load"}
)

func fakeSuite() Suite {
	return Suite{Families: append(metric.KamailioKit.Families(), fakeCalls, fakeLoad), Kit: metric.KamailioKit}
}

// collector is a collector made of a function.
type collector struct {
	name   string
	scrape func(b *emit.Batch) error
}

func (c collector) Name() string                                  { return c.name }
func (c collector) Scrape(_ context.Context, b *emit.Batch) error { return c.scrape(b) }

func fakeTarget(scrapers ...exporter.Scraper) *exporter.Target {
	return &exporter.Target{Check: func(context.Context) error { return nil }, Scrapers: scrapers}
}

func goodCalls() exporter.Scraper {
	return collector{"calls", func(b *emit.Batch) error {
		b.Add(fakeCalls, 3, "good", "invite")
		b.Add(fakeCalls, 1, "bad", "invite")
		b.Add(fakeCalls, 1, "bad", "invite")
		return nil
	}}
}

func TestScrape(t *testing.T) {
	t.Parallel()
	failing := collector{"load", func(*emit.Batch) error { return exporter.Failed("fault", errors.New("no")) }}
	got := fakeSuite().Scrape(t, fakeTarget(goodCalls(), failing))
	want := Scrape{
		Text: got.Text, Up: true, Outcomes: map[string]string{"calls": "ok", "load": "fault"},
		Dropped: map[[2]string]int{{"calls", "duplicate"}: 1}, families: got.families,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Scrape{}), cmp.Comparer(sameSlice)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	fakeSuite().Check(t, got)
}

func sameSlice(a, b []*dto.MetricFamily) bool { return len(a) == len(b) }

func TestGoldenAndCovered(t *testing.T) {
	t.Parallel()
	s := fakeSuite()
	s.Golden(t, fakeTarget(goodCalls()), "testdata/calls.prom")
	s.Covered(t, "testdata/*.prom", map[string]string{fakeLoad.Name: "the fake has no load"})
}

func TestMisuseIsFound(t *testing.T) {
	t.Parallel()
	wrong := collector{"load", func(b *emit.Batch) error {
		b.Add(fakeCalls, 1, "good", "invite") // of another collector
		b.Add(fakeLoad, 1, "a label too many")
		b.Add(fakeLoad, -1)
		return nil
	}}
	got := fakeSuite().Scrape(t, fakeTarget(wrong)).misused
	want := []string{"collector load made 2 samples of another collector's families, of another type or with a wrong number of labels"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// families makes an exposition of another catalogue than that of the suite.
func families(t *testing.T, add func(b *emit.Batch), of ...*metric.Family) []*dto.MetricFamily {
	t.Helper()
	set := emit.NewSet(of)
	b := set.Batch(0)
	add(b)
	return set.Families(b)
}

func TestStrangers(t *testing.T) {
	t.Parallel()
	f := func(change func(*metric.Family), labels []string, want ...string) {
		t.Helper()
		other := *fakeCalls
		change(&other)
		got := fakeSuite().strangers(families(t, func(b *emit.Batch) { b.Add(&other, 1, labels...) }, &other))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	good := []string{"good", "invite"}
	f(func(*metric.Family) {}, good)
	f(func(o *metric.Family) { o.Name = "kamailio_cals_total" }, good, "kamailio_cals_total is not in the catalogue")
	f(func(o *metric.Family) { o.Help = "Calls" }, good, `kamailio_calls_total: want help "Calls.", got "Calls"`)
	f(func(o *metric.Family) { o.Type = metric.Gauge }, good, "kamailio_calls_total: want type counter, got gauge")
	f(func(*metric.Family) {}, []string{"so-so", "invite"}, `kamailio_calls_total: label result: the catalogue has no value "so-so"`)
	f(func(o *metric.Family) { o.Labels = o.Labels[:1] }, good[:1], `kamailio_calls_total: want labels ["method" "result"], got ["result"]`)
}

func TestUncovered(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{fakeCalls.Name: true}
	for _, f := range metric.KamailioKit.Target() {
		seen[f.Name] = true
	}
	f := func(exceptions map[string]string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, fakeSuite().uncovered(seen, exceptions)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	f(map[string]string{"kamailio_load_ratio": "the fake has no load"})
	f(nil, "kamailio_load_ratio is in the catalogue, but no golden has it")
	f(map[string]string{"kamailio_load_ratio": ""}, "kamailio_load_ratio is an exception without a reason")
	f(map[string]string{"kamailio_load_ratio": "x", "kamailio_calls_total": "x", "kamailio_gone": "x"},
		"kamailio_calls_total is an exception, but a golden has it: remove the exception",
		"kamailio_gone is an exception, but not in the catalogue")
}

func TestLint(t *testing.T) {
	t.Parallel()
	f := func(exposition string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, lint(exposition)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	good := "# HELP x_total X.\n# TYPE x_total counter\nx_total 1\n"
	if got := lint(good); len(got) != 0 {
		t.Errorf("want no problem, got %q", got)
	}
	f("# HELP x X.\n# TYPE x counter\nx 1\n", `promlint: x: counter metrics should have "_total" suffix`)
	f("x{ 1\n", `promlint: text format parsing error in line 1: invalid label name for metric "x"`)
}

func TestUnsorted(t *testing.T) {
	t.Parallel()
	a := &metric.Family{Name: "a", Help: "A.", Type: metric.Gauge, Labels: []metric.Label{{Name: "l"}}}
	b := &metric.Family{Name: "b", Help: "B.", Type: metric.Gauge}
	sorted := families(t, func(x *emit.Batch) { x.Add(a, 1, "1"); x.Add(a, 1, "2"); x.Add(b, 1) }, a, b)
	if got := unsorted(sorted); len(got) != 0 {
		t.Errorf("want no problem, got %q", got)
	}
	series := sorted[0].Metric
	series[0], series[1] = series[1], series[0]
	if diff := cmp.Diff([]string{`a: series ["1"] comes after ["2"]`}, unsorted(sorted)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("a comes after b", unsorted([]*dto.MetricFamily{sorted[1], sorted[0]})[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The file that is written is the one that is compared afterwards.
func TestWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "x.prom")
	write(t, path, "x 1\n")
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "x 1\n" {
		t.Errorf("want %q, got %q, %v", "x 1\n", got, err)
	}
	if families := parseFile(t, path); len(families) != 1 {
		t.Errorf("want 1 family, got %d", len(families))
	}
}
