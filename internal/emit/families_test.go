package emit_test

import (
	"bytes"
	"math"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

func exposition(tb testing.TB, families []*dto.MetricFamily) string {
	tb.Helper()
	var buf bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&buf, f); err != nil {
			tb.Fatal(err)
		}
	}
	return buf.String()
}

func TestFamiliesAreSortedWhateverTheOrderOfTheBatches(t *testing.T) {
	t.Parallel()
	f := newFamilies()
	set := f.set()
	a, b := set.Batch(0), set.Batch(0)
	a.Add(f.state, 1, "sip:b", "1")
	a.Add(f.state, 0, "sip:a", "2")
	a.Summary(f.took, 1.5, 3)
	a.Add(f.level, 1<<53)
	b.Add(f.calls, math.Inf(1), "invite")
	b.Add(f.calls, 3, "bye")
	want := `# HELP x_calls_total Calls.
# TYPE x_calls_total counter
x_calls_total{method="bye"} 3
x_calls_total{method="invite"} +Inf
# HELP x_level_bytes Level.
# TYPE x_level_bytes gauge
x_level_bytes 9.007199254740992e+15
# HELP x_state State.
# TYPE x_state gauge
x_state{set="1",uri="sip:b"} 1
x_state{set="2",uri="sip:a"} 0
# HELP x_took_seconds Took.
# TYPE x_took_seconds summary
x_took_seconds_sum 1.5
x_took_seconds_count 3
`
	for _, order := range [][]*emit.Batch{{a, b}, {b, a}} {
		if diff := cmp.Diff(want, exposition(t, set.Families(order...))); diff != "" {
			t.Errorf("exposition (-want +got):\n%s", diff)
		}
	}
}

func TestFamiliesWithoutSamplesAreLeftOut(t *testing.T) {
	t.Parallel()
	set := newFamilies().set()
	if got := set.Families(set.Batch(0)); len(got) != 0 {
		t.Errorf("want no family, got %v", got)
	}
	if got := set.Families(); len(got) != 0 {
		t.Errorf("want no family, got %v", got)
	}
}

func TestUntypedFamiliesKeepTheirType(t *testing.T) {
	t.Parallel()
	f := &metric.Family{Name: "x", Help: "X.", Type: metric.Untyped}
	set := emit.NewSet([]*metric.Family{f})
	b := set.Batch(0)
	b.Add(f, -2)
	want := "# HELP x X.\n# TYPE x untyped\nx -2\n"
	if diff := cmp.Diff(want, exposition(t, set.Families(b))); diff != "" {
		t.Errorf("exposition (-want +got):\n%s", diff)
	}
}

func TestOfTwoFamiliesWithOneNameTheFirstStands(t *testing.T) {
	t.Parallel()
	first := &metric.Family{Name: "x", Help: "First.", Type: metric.Gauge}
	second := &metric.Family{Name: "x", Help: "Second.", Type: metric.Counter}
	set := emit.NewSet([]*metric.Family{first, second})
	b := set.Batch(0)
	b.Add(second, 1)
	b.Add(first, 2)
	if diff := cmp.Diff(emit.Dropped{Misused: 1}, b.Dropped()); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("# HELP x First.\n# TYPE x gauge\nx 2\n", exposition(t, set.Families(b))); diff != "" {
		t.Errorf("exposition (-want +got):\n%s", diff)
	}
}

// BenchmarkScrape is the cost of one scrape of 250 series without its encoding.
func BenchmarkScrape(b *testing.B) {
	const perFamily, familiesCount = 10, 25
	var families []*metric.Family
	for i := range familiesCount {
		families = append(families, &metric.Family{
			Name: "x" + strconv.Itoa(i) + "_total", Help: "X.", Type: metric.Counter, Labels: []metric.Label{{Name: "code"}, {Name: "method"}},
		})
	}
	values := make([]string, perFamily)
	for i := range values {
		values[i] = strconv.Itoa(100 * i)
	}
	set := emit.NewSet(families)
	b.ReportAllocs()
	for b.Loop() {
		batch := set.Batch(2000)
		for _, f := range families {
			for _, v := range values {
				batch.Add(f, 1, v, "invite")
			}
		}
		if n := len(set.Families(batch)); n != familiesCount {
			b.Fatalf("want %d families, got %d", familiesCount, n)
		}
	}
}
