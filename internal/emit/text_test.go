package emit_test

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// formats are the formats that are written here, and what expfmt calls them.
func formats() map[emit.Format]expfmt.Format {
	om := expfmt.Format(expfmt.OpenMetricsType + "; version=" + expfmt.OpenMetricsVersion_1_0_0 + "; charset=utf-8")
	return map[emit.Format]expfmt.Format{emit.Text: expfmt.NewFormat(expfmt.TypeTextPlain), emit.OpenMetrics: om}
}

// sameAsExpfmt fails the test unless both formats of the exposition are, byte for byte, what expfmt prints.
func sameAsExpfmt(tb testing.TB, x *emit.Exposition) {
	tb.Helper()
	for format, theirs := range formats() {
		var want, got bytes.Buffer
		enc := expfmt.NewEncoder(&want, theirs)
		for _, f := range x.Families() {
			if err := enc.Encode(f); err != nil {
				tb.Fatal(err)
			}
		}
		if err := x.Write(&got, format, expfmt.NewEncoder(&got, theirs).Encode); err != nil {
			tb.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			tb.Errorf("%s (-expfmt +ours):\n%s", theirs, diff)
		}
	}
}

// nasty are families of every type that a batch takes, with such texts as break a careless writer.
func nasty() []*metric.Family {
	help := "A \"quoted\" \\ help,\nof two lines, with\ttab, \u2028 and 漢字."
	two := []metric.Label{{Name: "zone"}, {Name: "code"}}
	return []*metric.Family{
		{Name: "x_calls_total", Help: help, Type: metric.Counter, Labels: two},
		{Name: "x_calls", Help: help, Type: metric.Gauge},
		{Name: "x_callsign", Help: "", Type: metric.Counter, Labels: two[:1]}, // a counter without _total
		{Name: "x_level", Help: "Level.", Type: metric.Gauge, Labels: two},
		{Name: "x_old", Help: help, Type: metric.Untyped, Labels: two[1:]},
		{Name: "x_total", Help: "Total.", Type: metric.Gauge, Labels: two[:1]},
		{Name: "x_took_seconds", Help: help, Type: metric.Summary, Labels: two},
		{Name: "x_wait_seconds", Help: help, Type: metric.Summary},
	}
}

func nastyValues() []float64 {
	values := []float64{
		0, math.Copysign(0, -1), 1, -1, 2, 10, 0.1, -0.5, 1.5, 999_999, 1e6, 1_000_001, -999_999, -1e6, 123_456, 1_234_567, 1 << 53, 1<<53 + 2, 1e15, 1e20,
		1e21, 1e22, 1e100, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e-4, 1e-5, 0.000123, 999_999.5, math.Pi, math.MaxInt64, math.MinInt64,
		math.MaxUint64, math.Inf(1), math.Inf(-1), math.NaN(),
	}
	for e := -12; e < 25; e++ {
		values = append(values, math.Pow10(e), 3*math.Pow10(e), -7.25*math.Pow10(e))
	}
	return values
}

func nastyTexts() []string {
	return []string{
		"", " ", `"`, `\`, "\n", `\n`, `\\"`, "a\"b\\c\nd", "{}", `",x="`, "=", ",", "# EOF", "\x00\x01\x7f", "\t\r", "\u2028", "漢字", "\U0001f4de", "b\xff\xfe",
		strings.Repeat("é", 400), strings.Repeat(`\`, emit.MaxLabelValue), "sip:alice@[2001:db8::1]:5060;transport=tls", "NaN", "a", "B", "b",
	}
}

// TestTextIsThatOfExpfmt: every number beside every text, in every type of family.
func TestTextIsThatOfExpfmt(t *testing.T) {
	t.Parallel()
	families := nasty()
	set := emit.NewSet(families)
	for _, v := range nastyValues() {
		b, c := set.Batch(0), set.Batch(0)
		for i, text := range nastyTexts() {
			for _, f := range families {
				to := b
				if i%2 == 0 {
					to = c
				}
				labels := []string{text, nastyTexts()[(i+7)%len(nastyTexts())]}[:len(f.Labels)]
				if f.Type == metric.Summary {
					to.Summary(f, v, uint64(math.Abs(v)), labels...)
				} else {
					to.Add(f, v, labels...)
				}
			}
		}
		x := set.Exposition(b, c)
		if want := 2; !math.IsNaN(v) && x.Len() < want {
			t.Errorf("%v: want samples, got %d", v, x.Len())
		}
		sameAsExpfmt(t, x)
	}
}

func TestTextOfNothing(t *testing.T) {
	t.Parallel()
	set := emit.NewSet(nasty())
	sameAsExpfmt(t, set.Exposition())
	sameAsExpfmt(t, set.Exposition(set.Batch(0)))
}

// others are families of client_golang whose names sort before, between and after those of nasty: a histogram that is native as well,
// a summary with quantiles, and a name that needs quotes.
func others(t *testing.T) []*dto.MetricFamily {
	t.Helper()
	reg := prometheus.NewRegistry()
	first := prometheus.NewGauge(prometheus.GaugeOpts{Name: "a_first", Help: "First."})
	native := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "x_ring_seconds", Help: "Ring.", Buckets: []float64{0.5, 1}, NativeHistogramBucketFactor: 1.1,
	}, []string{"who"})
	native.WithLabelValues("a\"b\n").Observe(0.7)
	quantiles := prometheus.NewSummary(prometheus.SummaryOpts{Name: "y_seconds", Help: "Y.", Objectives: map[float64]float64{0.5: 0.05}})
	quantiles.Observe(3)
	quoted := prometheus.NewCounter(prometheus.CounterOpts{Name: "z.dotted", Help: "Dotted."})
	reg.MustRegister(first, native, quantiles, quoted)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func TestOthersComeInTheirTurn(t *testing.T) {
	t.Parallel()
	families := nasty()
	set := emit.NewSet(families)
	b, more := set.Batch(0), set.Batch(0)
	b.Add(families[3], 1, "z", "c")
	b.Add(families[0], 1, "z", "c")
	more.Add(families[1], 2)
	more.Add(families[4], 2, "c")
	theirs := others(t)
	slices.Reverse(theirs)
	x := set.Exposition(b).With(theirs[:2]).Add(more).With(theirs[2:]).With(nil)
	sameAsExpfmt(t, x)
	var names []string
	for _, f := range x.Families() {
		names = append(names, f.GetName())
	}
	want := []string{"a_first", "x_calls", "x_calls_total", "x_level", "x_old", "x_ring_seconds", "y_seconds", "z.dotted"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestAnErrorOfOthersEndsTheWriting(t *testing.T) {
	t.Parallel()
	f := nasty()[3]
	set := emit.NewSet([]*metric.Family{f})
	b := set.Batch(0)
	b.Add(f, 1, "z", "c")
	for _, family := range others(t) { // before ours, and after
		var buf bytes.Buffer
		broken := errors.New("broken")
		err := set.Exposition(b).With([]*dto.MetricFamily{family}).Write(&buf, emit.Text, func(*dto.MetricFamily) error { return broken })
		if !errors.Is(err, broken) {
			t.Errorf("%s: want the error, got %v", family.GetName(), err)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, text := range nastyTexts() {
		f.Add(text, "b", 1.5, uint64(3))
	}
	families := nasty()
	set := emit.NewSet(families)
	f.Fuzz(func(t *testing.T, one, two string, value float64, count uint64) {
		b := set.Batch(0)
		b.Add(families[0], value, one, two)
		b.Add(families[3], -value, two, one)
		b.Add(families[3], value, one, two)
		b.Summary(families[6], value, count, one, two)
		sameAsExpfmt(t, set.Exposition(b))
	})
}
