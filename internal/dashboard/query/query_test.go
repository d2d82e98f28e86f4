package query

import (
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

// waiting is a histogram for the tests.
func waiting() *metric.Family {
	return &metric.Family{
		Name: "test_wait_seconds", Type: metric.Histogram, Unit: metric.Seconds, Buckets: []float64{0.1, 1, 10},
		Labels: []metric.Label{{Name: "queue"}},
	}
}

// attempts is a recorded series for the tests.
func attempts() promql.Record {
	return promql.Record{Name: "test:attempts:rate5m", Labels: []metric.Label{{Name: "instance"}}}
}

func checker() *promql.Checker {
	families := append(metric.All(), waiting())
	return promql.NewChecker(metric.NewCatalogue(families), []promql.Record{attempts()}, promql.Options{TargetLabels: []string{"region"}})
}

func TestBuild(t *testing.T) {
	t.Parallel()
	f := func(e Expr, want, quantity string) {
		t.Helper()
		got, err := e.Build()
		if err != nil {
			t.Errorf("want %s, got the error %v", want, err)
			return
		}
		if line, err := promql.FormatLine(got); err != nil || line != want {
			t.Errorf("text: want %s, got %s, %v", want, line, err)
		}
		if e.Quantity().String() != quantity {
			t.Errorf("%s: want the quantity %q, got %q", want, quantity, e.Quantity())
		}
		for _, p := range checker().Check(got) {
			t.Errorf("%s: want nothing wrong, got %s", got, p)
		}
	}
	here := Like("instance", "$instance")
	used, size := Of(metric.KamailioShmRealUsed, here), Of(metric.KamailioShmSize, here)
	f(used, `kamailio_shm_real_used_bytes{instance=~"$instance"}`, "bytes")
	f(used.Over(size), `kamailio_shm_real_used_bytes{instance=~"$instance"} / kamailio_shm_size_bytes{instance=~"$instance"}`, "ratio")
	f(size.Minus(used).Over(size), `(kamailio_shm_size_bytes{instance=~"$instance"} - kamailio_shm_real_used_bytes{instance=~"$instance"}) / kamailio_shm_size_bytes{instance=~"$instance"}`, "ratio")
	f(Of(metric.KamailioRequestsByMethod, here, Not("method", "options")).Rate().Sum("method"),
		`sum by (method) (rate(kamailio_requests_received_by_method_total{instance=~"$instance",method!="options"}[$__rate_interval]))`, "count per second")
	f(Of(metric.KamailioRequests).Increase().Sum(), `sum(increase(kamailio_requests_received_total[$__rate_interval]))`, "count")
	f(Of(metric.ProcessCPU).Rate(), `rate(process_cpu_seconds_total[$__rate_interval])`, "seconds per second")
	f(Of(metric.KamailioPkgRealUsed).Max("process"), `max by (process) (kamailio_pkg_real_used_bytes)`, "bytes")
	f(Of(metric.KamailioPkgFree).Min(), `min(kamailio_pkg_free_bytes)`, "bytes")
	f(Of(metric.Up, Unlike("job", "a.*")).Where("==", 0).Count(), `count(up{job!~"a.*"} == 0)`, "count")
	f(Of(metric.KamailioRequests).Count("job"), `count by (job) (kamailio_requests_received_total)`, "count")
	f(Of(metric.KamailioDialogs).Sum().Per(10000), `sum(kamailio_dialogs) / 10000`, "ratio")
	f(Until(Of(metric.KamailioStartTime)), `kamailio_start_time_seconds - time()`, "seconds")
	f(Age(Of(metric.KamailioStartTime)), `time() - kamailio_start_time_seconds`, "seconds")
	f(Of(metric.KamailioDispatcherTargetState, Is("state", "active")).Times(1).Or(Of(metric.KamailioDispatcherTargetState, Is("state", "trying")).Times(2)).MaxWithout("state"),
		`max without (state) ((kamailio_dispatcher_target_state{state="active"} * 1) or (kamailio_dispatcher_target_state{state="trying"} * 2))`, "count")
	f(Recorded(attempts()).Top(3), `topk(3, test:attempts:rate5m)`, "count per second")
	f(Recorded(attempts()).AtEnd().Max("instance").Bottom(2), `bottomk(2, max by (instance) (test:attempts:rate5m @ end()))`, "count per second")
	f(Of(metric.KamailioKit.Up).Or(Of(metric.Up).As(2)), `kamailio_up or ((up * 0) + 2)`, "count")
	f(Recorded(attempts(), here).OnlyWith(Of(metric.Up, Like("region", "$region")), "instance"),
		`test:attempts:rate5m{instance=~"$instance"} and on (instance) up{region=~"$region"}`, "count per second")
	f(Of(metric.KamailioPkgRealUsed).Over(Of(metric.KamailioShmSize), "instance"),
		`kamailio_pkg_real_used_bytes / on (instance) group_left () kamailio_shm_size_bytes`, "ratio")
	f(used.Plus(size), `kamailio_shm_real_used_bytes{instance=~"$instance"} + kamailio_shm_size_bytes{instance=~"$instance"}`, "bytes")
	f(Quantile(0.95, waiting(), []string{"queue"}), `histogram_quantile(0.95, sum by (le, queue) (rate(test_wait_seconds_bucket[$__rate_interval])))`, "seconds")
	f(Spread(waiting(), Is("queue", "a")), `sum by (le) (increase(test_wait_seconds_bucket{queue="a"}[$__rate_interval]))`, "count")
	f(Of(waiting()).Rate().Sum(), `sum(rate(test_wait_seconds_count[$__rate_interval]))`, "count per second")
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	f := func(e Expr, want string) {
		t.Helper()
		text, err := e.Build()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want an error with %q, got %v", text, want, err)
		}
	}
	total, bytes := Of(metric.KamailioRequests), Of(metric.KamailioShmSize)
	f(bytes.Rate(), "rate of kamailio_shm_size_bytes: not a counter as scraped")
	f(total.Rate().Rate(), "not a counter as scraped")
	f(total.Sum(), "a counter is rated first")
	f(bytes.Over(total.Rate()), "bytes divided by count per second is no ratio")
	f(bytes.Minus(Of(metric.KamailioStartTime)), "bytes and seconds do not mix")
	f(bytes.Over(bytes).Per(5), "a ratio by a number is no ratio")
	f(total.Rate().Per(5), "a count per second by a number is no ratio")
	f(Quantile(0.5, metric.KamailioShmSize, nil), "kamailio_shm_size_bytes: want a histogram, got a gauge")
	f(Quantile(50, waiting(), nil), "quantile 50 of test_wait_seconds: want 0 to 1")
	f(Recorded(promql.Record{Name: "no good"}), "PromQL syntax")
}

// TestMistakesAddUp checks that a mistake survives what is built on it and hides no other.
func TestMistakesAddUp(t *testing.T) {
	t.Parallel()
	left, right := Of(metric.KamailioShmSize).Rate(), Of(metric.KamailioPkgSize).Rate()
	_, err := left.Over(right).Sum("instance").Top(3).Build()
	if err == nil {
		t.Fatal("want an error, got none")
	}
	for _, want := range []string{"kamailio_shm_size_bytes", "kamailio_pkg_size_bytes"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("want %s in the error, got %v", want, err)
		}
	}
}

func TestExemplars(t *testing.T) {
	t.Parallel()
	f := func(e Expr, want bool) {
		t.Helper()
		if got := e.Exemplars(); got != want {
			t.Errorf("%s: want exemplars %v, got %v", e.text, want, got)
		}
	}
	f(Quantile(0.5, waiting(), nil), true)
	f(Spread(waiting()), true)
	f(Of(waiting()).Rate().Over(Of(waiting()).Rate()), true)
	f(Of(metric.KamailioRequests).Rate(), false)
}
