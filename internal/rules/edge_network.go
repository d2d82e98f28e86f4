package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
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
				"`kubectl -n bin-manager top pods -l app=api-manager`: processor at its limit?",
			},
			Do: []string{
				"Backends are slow: the gateway waits for a queue or the database; see their boards, oldest trouble first.",
				"Pods at their limit: see whether the autoscaler is at its maximum.",
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

// subnetFilling tells when a subnet has hardly any addresses left for machines of the cluster.
func (s *signs) subnetFilling(n spec.Subnet) {
	nodes := func(c lapse, last string) []TestSeries {
		var list []TestSeries
		const fault = 10
		for i := range int(s.limits.Network.Subnet*float64(n.Usable())) + fault {
			values := c.steady(1)
			if i >= fault {
				values = last
			}
			list = append(list, series(metric.KubeNodeInfo.Name, map[string]string{"job": "kube-state-metrics", "node": fmt.Sprintf("gke-%d", i)}, values))
		}
		return list
	}
	s.add(sign{
		Alert: Alert{
			Name:    "SubnetFilling",
			Summary: "A subnet has hardly any addresses left",
			Meaning: fmt.Sprintf("Machines of the cluster have more than %s of the %d addresses of the subnet %s (%s). Internal load balancers take more of the same.", percent(s.limits.Network.Subnet), n.Usable(), n.Name, n.Range),
			Impact:  "At the end of the addresses the cluster gets no new machine: pods wait, and neither growth nor a release gets through.",
			Look: []string{
				"`kubectl get nodes -o wide`: do machines stand idle?",
				"`gcloud compute addresses list --filter='subnetwork~" + n.Name + "'`: addresses that nobody uses",
			},
			Do: []string{
				"Enlarge the range; that needs no restart: `gcloud compute networks subnets expand-ip-range " + n.Name + " --region REGION --prefix-length 23`, where the next range is free.",
				"Then write it into spec/network.yaml: `obsgen check` says whether it meets another subnet.",
			},
			FalsePositives: []string{"Machines with addresses of another subnet are counted here, too: a cluster over several subnets needs a row for each."},
		},
		board: networkBoard, wait: s.limits.Network.SubnetFor, value: percent(float64(int(s.limits.Network.Subnet*float64(n.Usable()))+10) / float64(n.Usable())),
		fault: func(c lapse) []TestSeries {
			return nodes(c, gauge(c.step, phase{length: c.before, gap: true}, phase{length: c.fault, value: 1}, phase{length: c.after, gone: true}))
		},
		well: func(c lapse) []TestSeries { return nodes(c, gauge(c.step, phase{length: c.length(), gap: true})) },
	}, clause{slo.Ticket, "", fmt.Sprintf("count(%s) / %d > %g", metric.KubeNodeInfo.Name, n.Usable(), s.limits.Network.Subnet),
		"The subnet " + n.Name + " has hardly any addresses left", "{{ $value | humanizePercentage }} of them are used by machines of the cluster."})
}
