package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// balancerSlow tells when requests take long. The histogram has no sum that means anything, so that a percentile it is.
func (s *signs) balancerSlow() {
	bucket := func(le, values string) TestSeries {
		return cloudSeries(metric.LBLatency, "_bucket", map[string]string{"url_map_name": "api", "le": le}, values)
	}
	told := func(c lapse, fast string) []TestSeries {
		always := counterValues(c.step, phase{length: c.length(), rise: 100})
		return []TestSeries{bucket("500", fast), bucket("5000", always), bucket("+Inf", always)}
	}
	s.add(sign{
		Alert: Alert{
			Name:    "LoadBalancerSlow",
			Summary: "Requests through the load balancer take long",
			Meaning: fmt.Sprintf("Over %s one request in twenty took longer than %d ms, from its first byte in to the last byte of the answer out.", slo.FormatDuration(cloudWindow), s.limits.Network.Latency.Milliseconds()),
			Impact:  "Consoles are slow, and callers who wait for a flow that asks the API hear silence.",
			Look: []string{
				"the load balancers board: are the backends as slow? If not, it is the way to the customers",
				s.command("kubectl -n %s top pods --sort-by=cpu", "docker stats --no-stream") + ": processor at its limit?",
			},
			Do: []string{
				"Backends are slow: the gateway waits for a queue or the database; see their boards, oldest trouble first.",
				"Pods at their limit: see whether the autoscaler is at its maximum, and give them more: " + s.moreOf() + ".",
			},
			FalsePositives: []string{"Long answers by design, such as downloads of recordings."},
		},
		board: networkBoard, wait: s.limits.Network.LatencyFor, window: cloudWindow, whose: map[string]string{"url_map_name": "api"},
		fault: func(c lapse) []TestSeries {
			return told(c, counterValues(c.step, phase{length: c.before, rise: 100}, phase{length: c.fault}, phase{length: c.after, rise: 100}))
		},
		well: func(c lapse) []TestSeries {
			return told(c, counterValues(c.step, phase{length: c.length(), rise: 100}))
		},
	}, clause{slo.Ticket, "", fmt.Sprintf("histogram_quantile(0.95, sum by (url_map_name, le) (rate(%s[%s]))) > %d", cloud(metric.LBLatency, "_bucket", ""), slo.FormatDuration(cloudWindow), s.limits.Network.Latency.Milliseconds()),
		"Requests to {{ $labels.url_map_name }} are slow", fmt.Sprintf("One in twenty takes longer than %d ms.", s.limits.Network.Latency.Milliseconds())})
}

// natFailing tells when machines get no ports to the outside.
func (s *signs) natFailing() {
	gateway := map[string]string{"gateway_name": "nat", "region": "us-central1"}
	failed := func(values string) []TestSeries {
		return []TestSeries{cloudSeries(metric.NATFailed, "", gateway, values)}
	}
	s.add(sign{
		Alert: Alert{
			Name:    "NATPortsExhausted",
			Summary: "Machines cannot open connections to the outside",
			Meaning: "The NAT gateway has no ports left for some machine (cause allocation), or dropped packets because a machine had used up its ports (cause dropped).",
			Impact:  "Webhooks to customers, calls of speech and language services, and mail fail for some machines and not for others.",
			Look: []string{
				"`gcloud compute routers get-nat-mapping-info ROUTER --region REGION`: ports of each machine",
				"`ss -tan state time-wait | wc -l` on the machine: connections that are not used again",
			},
			Do: []string{
				"dropped: raise the ports of a machine, `gcloud compute routers nats update nat --router ROUTER --region REGION --min-ports-per-vm 256`, or turn on dynamic allocation.",
				"allocation: give the gateway another address; each has 64,512 ports.",
				"Then let the services keep connections instead of opening one for each request.",
			},
			FalsePositives: []string{"A scan of the outside by a machine that was taken over: look at where its packets go."},
		},
		board: networkBoard, wait: s.limits.Network.NATPortsFor, whose: gateway,
		fault: func(c lapse) []TestSeries { return failed(c.gauge(0, 1)) },
		well:  func(c lapse) []TestSeries { return failed(c.steady(0)) },
		others: []shown{{whose: gateway, window: cloudWindow, fault: func(c lapse) []TestSeries {
			return []TestSeries{cloudSeries(metric.NATDropped, "", merge(gateway, map[string]string{"reason": "OUT_OF_RESOURCES"}), c.counter(1))}
		}}},
	}, clause{slo.Ticket, "allocation", fmt.Sprintf("max by (gateway_name, region) (%s) > 0", cloud(metric.NATFailed, "", "")),
		"The NAT gateway {{ $labels.gateway_name }} has no ports left", "Some machine cannot reach the outside."},
		clause{slo.Ticket, "dropped", fmt.Sprintf("sum by (gateway_name, region) (rate(%s[%s])) > 0", cloud(metric.NATDropped, "", `reason="OUT_OF_RESOURCES"`), slo.FormatDuration(cloudWindow)),
			"The NAT gateway {{ $labels.gateway_name }} drops packets", "A machine has used up its ports."})
}
