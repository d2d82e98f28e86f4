package promql

import (
	"testing"

	"github.com/voipbin/observability/internal/metric"
)

func TestQuantity(t *testing.T) {
	t.Parallel()
	c := NewChecker(metric.NewCatalogue(metric.All()), []Record{
		{Name: "a:call:rate5m", Unit: metric.None}, {Name: "a:memory:ratio", Unit: metric.Ratio},
	}, Options{})
	const (
		bytes   = "kamailio_shm_size_bytes"
		counted = "kamailio_requests_received_total"
		waited  = "sip_response_seconds"
		cpu     = "container_cpu_usage_seconds_total"
		started = "process_start_time_seconds"
	)
	known := func(text string, want Quantity) {
		t.Helper()
		if got, ok := c.Quantity(text); !ok || got != want {
			t.Errorf("%s: want %v, got %v, %v", text, want, got, ok)
		}
	}
	unknown := func(text string) {
		t.Helper()
		if got, ok := c.Quantity(text); ok {
			t.Errorf("%s: want nothing known, got %v", text, got)
		}
	}
	size, share, rate := Quantity{Base: metric.Bytes}, Quantity{Base: metric.Ratio}, Quantity{PerSecond: true}
	known(bytes, size)
	known("sum by (instance) ("+bytes+`{instance=~"$instance"})`, size)
	known("topk(3, -max_over_time("+bytes+"[1h]))", size)
	known("quantile_over_time(0.9, "+bytes+"[1h])", size)
	known("count("+bytes+" > 5)", Quantity{})
	known(bytes+" > bool 5", Quantity{})
	known(bytes+" > 5", size)
	known("5 < "+bytes, size)
	known(bytes+" and on (instance) kamailio_up", size)
	known(bytes+" or "+bytes, size)
	known(bytes+" / "+bytes, share)
	known("1 - "+bytes+" / "+bytes, share)
	known("a:memory:ratio", share)
	known("a:call:rate5m", rate)
	known("sum(rate("+counted+"[$__rate_interval]))", rate)
	known("increase("+counted+"[1h])", Quantity{})
	known("rate("+cpu+"[5m])", Quantity{Base: metric.Seconds, PerSecond: true})
	known("histogram_quantile(0.9, sum by (le) (rate("+waited+"_bucket[5m])))", Quantity{Base: metric.Seconds})
	known("sum by (le) (increase("+waited+"_bucket[5m]))", Quantity{Bounds: metric.Seconds})
	known("rate("+waited+"_count[5m])", rate)
	known("sum(rate("+waited+"_sum[5m])) / sum(rate("+waited+"_count[5m]))", Quantity{Base: metric.Seconds})
	known("time() - max("+started+")", Quantity{Base: metric.Seconds})
	unknown("kamailio_up / kamailio_up")          // a share, or so many of one for each of the other
	unknown(bytes + " * 8")                       // bits
	unknown(bytes + " / 1024")                    // another unit
	unknown(bytes + " or kamailio_up")            // one of both
	unknown(bytes + " + kamailio_up")             // of nothing
	unknown("rate(a:call:rate5m[5m])")            // of a rate
	unknown("kube_pod_container_resource_limits") // cores, or bytes
	unknown("no_such_metric")
	unknown("sum(")
	unknown("7")
	unknown("day_of_week(time())")
}
