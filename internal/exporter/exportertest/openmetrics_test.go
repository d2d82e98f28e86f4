package exportertest

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// reference reads an exposition by the ABNF parser of prometheus/common.
func reference(exposition string) error {
	dec := expfmt.NewDecoder(strings.NewReader(exposition), expfmt.NewFormat(expfmt.TypeOpenMetrics))
	for {
		err := dec.Decode(&dto.MetricFamily{})
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func TestOpenMetricsGood(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"# EOF\n",
		"# TYPE x counter\n# HELP x X.\nx_total 1.0\nx_created 1.5e+09\n# EOF\n",
		"# TYPE x gauge\n# UNIT x \n# HELP x A \\\"quote\\\", a \\\\ and a\\n.\nx{a=\"\\\"\\\\\\n,}=\",b=\"\"} -1e-3\nx{a=\"é\"} +Inf\n# EOF\n",
		"# TYPE x summary\nx_count 0\nx_sum 2.5\n# TYPE y unknown\ny 1\n# EOF\n",
		"# TYPE x histogram\nx_bucket{le=\"1.0\"} 0\nx_bucket{le=\"+Inf\"} 1\nx_count 1\nx_sum 2\n# EOF\n",
		"x 1\n# EOF\n",
	} {
		ours, theirs := openMetrics(text), reference(text)
		if text == "x 1\n# EOF\n" {
			// Valid, but nothing of ours has no type, so it is refused.
			if len(ours) == 0 || theirs != nil {
				t.Errorf("%q: want a problem of ours only, got %q, %v", text, ours, theirs)
			}
			continue
		}
		if len(ours) != 0 || theirs != nil {
			t.Errorf("%q: want no problem, got %q, by the reference %v", text, ours, theirs)
		}
	}
}

func TestOpenMetricsBad(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, openMetrics(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
		if reference(text) == nil {
			t.Errorf("%q: the reference finds nothing wrong", text)
		}
	}
	f("# TYPE x counter\nx_total 1.0\n", "OpenMetrics: line 0: it does not end in # EOF")
	f("# TYPE x counter\nx 1.0\n# EOF\n", "OpenMetrics: line 2: x is no sample of counter x")
	f("# TYPE x gauge\nx{a=\"1\",a=\"2\"} 1.0\n# EOF\n", "OpenMetrics: line 2: label a twice")
	f("# TYPE x gauge\nx{a=\"\"\"} 1.0\n# EOF\n", `OpenMetrics: line 2: no sample: "x{a=\"\"\"} 1.0"`)
	f("# TYPE x gauge\nx{a=\"1\", b=\"2\"} 1.0\n# EOF\n", `OpenMetrics: line 2: no sample: "x{a=\"1\", b=\"2\"} 1.0"`)
	f("# TYPE x gauge\nx one\n# EOF\n", `OpenMetrics: line 2: no sample: "x one"`)
	f("# TYPE x gauge\n\nx 1\n# EOF\n", `OpenMetrics: line 2: no sample: ""`)
	f("# TYPE x gage\nx 1\n# EOF\n", `OpenMetrics: line 1: no type: "gage"`, "OpenMetrics: line 2: x is no sample of gage x")
	f("# HELP x say \"x\"\n# TYPE x gauge\nx 1\n# EOF\n", `OpenMetrics: line 1: no descriptor: "# HELP x say \"x\""`)
}

// What no parser of lines can see: the reference lets these pass, a Prometheus server would not.
func TestOpenMetricsSeriesAndFamiliesTwice(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, openMetrics(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	f("# TYPE x gauge\nx{a=\"1\",b=\"2\"} 1\nx{b=\"2\",a=\"1\"} 2\n# EOF\n", `OpenMetrics: line 3: series twice: "x{b=\"2\",a=\"1\"} 2"`)
	f("# TYPE x gauge\ny 1.0\n# EOF\n", "OpenMetrics: line 2: y is no sample of gauge x")
	f("# TYPE x gauge\nx 1\n# TYPE y gauge\ny 1\n# TYPE x gauge\nx{a=\"1\"} 1\n# EOF\n", "OpenMetrics: line 5: family x begins twice")
}

// The encoder's own text, with values that need escaping, must pass both.
func TestOpenMetricsOfTheEncoder(t *testing.T) {
	t.Parallel()
	calls := &metric.Family{
		Name: "x_calls_total", Help: `Calls "x" \ y.`, Type: metric.Counter, Labels: []metric.Label{{Name: "uri"}},
	}
	took := &metric.Family{Name: "x_took_seconds", Help: "Took.", Type: metric.Summary}
	ours := families(t, func(b *emit.Batch) {
		for _, uri := range []string{"", `"`, `\`, "\n", "é", "sip:a@b;transport=udp", "a,b=\"c\""} {
			b.Add(calls, 1e15, uri)
		}
		b.Summary(took, 1.5, 2)
	}, calls, took)
	exposition := text(t, ours, expfmt.NewFormat(expfmt.TypeOpenMetrics))
	if got := openMetrics(exposition); len(got) != 0 {
		t.Errorf("want no problem, got %q in:\n%s", got, exposition)
	}
	if err := reference(exposition); err != nil {
		t.Errorf("the reference: %v", err)
	}
}
