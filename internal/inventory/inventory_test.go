package inventory

import (
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

const exposition = `# HELP call_create_total Calls.
# TYPE call_create_total counter
call_create_total{direction="incoming",type="flow"} 5 1700000000000
call_create_total{direction="outgoing",type="x } y\"{"} 7
# TYPE request_process_time histogram
request_process_time_bucket{type="a",le="50"} 1 # {trace_id="x"} 0.5
request_process_time_bucket{type="a",le="+Inf"} 1
request_process_time_sum{type="a"} 1
request_process_time_count{type="a"} 1
# TYPE channels gauge
channels 3
# TYPE drops counter
# UNIT drops none
drops_total{reason="x"} 1
# EOF
`

func TestRead(t *testing.T) {
	t.Parallel()
	v := New()
	if err := v.Read("m.prom", strings.NewReader(exposition)); err != nil {
		t.Fatal(err)
	}
	c := promql.NewChecker(metric.NewCatalogue(nil), nil, promql.Options{Observed: v.Observed()})
	f := func(expr, want string) {
		t.Helper()
		var got []string
		for _, p := range c.Check(expr) {
			got = append(got, p.String())
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%s: want %q, got %q", expr, want, text)
		}
	}
	f(`sum by (direction) (rate(call_create_total[5m]))`, "")
	f(`sum by (pod) (rate(call_create_total{namespace="x"}[5m]))`, "") // a scrape adds such labels
	f(`sum by (status) (rate(call_create_total[5m]))`, `"call_create_total" has no label "status": labels are "direction", "instance", "job" and "type"`)
	f(`rate(call_create_total{direction="inbound"}[5m])`, `label "direction" of "call_create_total" is never "inbound": values are "incoming" and "outgoing"`)
	f(`histogram_quantile(0.9, sum by (le) (rate(request_process_time_bucket[5m])))`, "")
	f(`rate(channels[5m])`, `rate() of "channels", which is not a counter: it goes up and down: use delta(), deriv() or avg_over_time()`)
	f(`rate(drops_total[5m])`, "")
	f(`rate(call_created_total[5m])`, `unknown metric "call_created_total": did you mean "call_create_total"?`)
}

func TestNames(t *testing.T) {
	t.Parallel()
	v := New()
	if err := v.Read("names", strings.NewReader("# what there is\nup_total\n\nlatency_bucket\nlatency_sum\nlatency_count\nstate\n")); err != nil {
		t.Fatal(err)
	}
	c := promql.NewChecker(metric.NewCatalogue(nil), nil, promql.Options{Observed: v.Observed()})
	for expr, want := range map[string]int{
		`sum by (anything) (rate(up_total[5m]))`:                          0,
		`histogram_quantile(0.9, sum(rate(latency_bucket[5m])))`:          1,
		`histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))`: 0,
		`sum(up_total)`: 1, `rate(state{x="y"}[5m])`: 0, `states`: 1,
	} {
		if got := c.Check(expr); len(got) != want {
			t.Errorf("%s: want %d problems, got %v", expr, want, got)
		}
	}
	if v.Size() != 3 {
		t.Errorf("want three families, got %d", v.Size())
	}
}

// Of many values nobody knows whether they are all.
func TestOpenLabels(t *testing.T) {
	t.Parallel()
	v := New()
	for i := range 40 {
		v.Sample("queue_depth", map[string]string{"queue": strings.Repeat("q", i+1), "state": "ready"})
	}
	c := promql.NewChecker(metric.NewCatalogue(nil), nil, promql.Options{Observed: v.Observed()})
	if got := c.Check(`queue_depth{queue="another"}`); len(got) != 0 {
		t.Errorf("want nothing said of an open label, got %v", got)
	}
	if got := c.Check(`queue_depth{state="redy"}`); len(got) != 1 {
		t.Errorf("want a value refused that nothing has, got %v", got)
	}
}

// What the catalogue declares keeps its type and values, and has the labels that were seen besides.
func TestDeclared(t *testing.T) {
	t.Parallel()
	v := New()
	v.Labels("declared_total", map[string][]string{"customer": {"a", "b"}})
	declared := &metric.Family{Name: "declared_total", Type: metric.Counter, Labels: []metric.Label{{Name: "state", Values: []string{"on", "off"}}}}
	c := promql.NewChecker(metric.NewCatalogue([]*metric.Family{declared}), nil, promql.Options{Observed: v.Observed()})
	for expr, want := range map[string]int{
		`rate(declared_total{customer="c",state="on"}[5m])`: 0, `rate(declared_total{state="up"}[5m])`: 1, `rate(declared_total{other="x"}[5m])`: 1,
	} {
		if got := c.Check(expr); len(got) != want {
			t.Errorf("%s: want %d problems, got %v", expr, want, got)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"{\"a\": 1}\n", "up{instance=} 1\n", "<html>\n"} {
		if err := New().Read("m.prom", strings.NewReader("ok 1\n"+text)); err == nil || !strings.HasPrefix(err.Error(), "m.prom:2:1: ") {
			t.Errorf("%q: want an error at its place, got %v", text, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(exposition)
	f.Fuzz(func(t *testing.T, text string) {
		v := New()
		if v.Read("x", strings.NewReader(text)) == nil && len(v.Observed()) > v.Size()+1 {
			t.Error("more families than were seen")
		}
	})
}
