package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// What the cluster tells of the network: who has addresses of its subnet, and what the load balancer finds behind it.

// addresses counts those that the cluster has taken: one for each machine, and one for each pod that has a network of its own and has not ended.
// The pods of all namespaces are in the one subnet.
func addresses() string {
	pods := fmt.Sprintf(`max by (namespace, pod) (%s{host_network="false", pod_ip!=""}) unless on (namespace, pod) max by (namespace, pod) (%s{phase=~"Succeeded|Failed"}) == 1`,
		metric.KubePodInfo.Name, metric.KubePodPhase.Name)
	return fmt.Sprintf("(count(max by (node) (%s)) + (count(%s) or vector(0)))", metric.KubeNodeInfo.Name, pods)
}

// subnetFilling tells when a subnet has hardly any addresses left for machines and pods of the cluster.
func (s *signs) subnetFilling(n spec.Subnet) {
	const machines, fault = 30, 10
	job := map[string]string{"job": clusterJob}
	full := int(s.limits.Network.Subnet*float64(n.Usable())) + fault
	taken := func(c lapse, last string) []TestSeries {
		var list []TestSeries
		for i := range machines {
			list = append(list, series(metric.KubeNodeInfo.Name, merge(job, map[string]string{"node": fmt.Sprintf("gke-%d", i)}), c.steady(1)))
		}
		pod := func(name, ip, host, values string) TestSeries {
			return series(metric.KubePodInfo.Name, merge(job, map[string]string{"namespace": "production", "pod": name, "pod_ip": ip, "host_network": host}), values)
		}
		for i := range full - machines {
			values := c.steady(1)
			if i < fault {
				values = last
			}
			list = append(list, pod(fmt.Sprintf("pod-%d", i), fmt.Sprintf("10.0.1.%d", i), "false", values))
		}
		for i := range 2 * fault { // none of these takes an address
			list = append(list, pod(fmt.Sprintf("agent-%d", i), "10.0.1.1", "true", c.steady(1)), pod(fmt.Sprintf("waits-%d", i), "", "false", c.steady(1)),
				pod(fmt.Sprintf("done-%d", i), "10.0.1.2", "false", c.steady(1)),
				series(metric.KubePodPhase.Name, merge(job, map[string]string{"namespace": "production", "pod": fmt.Sprintf("done-%d", i), "phase": "Succeeded"}), c.steady(1)))
		}
		return list
	}
	s.add(sign{
		Alert: Alert{
			Name:    "SubnetFilling",
			Summary: "A subnet has hardly any addresses left",
			Meaning: fmt.Sprintf("Machines and pods of the cluster have more than %s of the %d addresses of the subnet %s (%s). Pods that use their machine's network, wait or have ended have none. Internal load balancers take more of the same.", percent(s.limits.Network.Subnet), n.Usable(), n.Name, n.Range),
			Impact:  "At the end of the addresses the cluster gets no new machine and no pod begins: neither growth nor a release gets through.",
			Look: []string{
				"`kubectl get pods -A -o wide --no-headers | awk '{print $1}' | sort | uniq -c | sort -n`: whose pods are they?",
				"`gcloud compute addresses list --filter='subnetwork~" + n.Name + "'`: addresses that nobody uses",
			},
			Do: []string{
				"Enlarge the range; that needs no restart: `gcloud compute networks subnets expand-ip-range " + n.Name + " --region REGION --prefix-length 23`, where the next range is free.",
				"Then write it into spec/network.yaml: `obsgen check` says whether it meets another subnet.",
				"Or give pods a range of their own (a cluster native to its network), and the subnet's row in spec/network.yaml that range.",
			},
			FalsePositives: []string{"Machines or pods with addresses of another subnet are counted here, too: a cluster over several subnets needs a row for each."},
		},
		board: networkBoard, wait: s.limits.Network.SubnetFor, value: percent(float64(full) / float64(n.Usable())),
		fault: func(c lapse) []TestSeries {
			return taken(c, gauge(c.step, phase{length: c.before, gap: true}, phase{length: c.fault, value: 1}, phase{length: c.after, gone: true}))
		},
		well: func(c lapse) []TestSeries { return taken(c, gauge(c.step, phase{length: c.length(), gap: true})) },
	}, clause{slo.Ticket, "", fmt.Sprintf("%s / %d > %g", addresses(), n.Usable(), s.limits.Network.Subnet),
		"The subnet " + n.Name + " has hardly any addresses left", "{{ $value | humanizePercentage }} of them are used by machines and pods of the cluster."})
}

// backendsFew tells when fewer backends are well than there should be. Google tells no metric of its load balancer's own checks; an endpoint of the
// service that is not ready fails them.
func (s *signs) backendsFew(namespace, service string) {
	endpoint := func(n int, ready, values string) TestSeries {
		return series(metric.KubeEndpoints.Name, map[string]string{
			"job": clusterJob, "namespace": namespace, "endpointslice": service + "-x2x7k", "address": fmt.Sprintf("10.0.1.%d", n+1), "ready": ready, "targetref_name": fmt.Sprintf("%s-%d", service, n),
		}, values)
	}
	wanted := func(c lapse) TestSeries {
		return series(metric.KubeDeploymentReplicas.Name, map[string]string{"job": clusterJob, "namespace": namespace, "deployment": service}, c.steady(2))
	}
	turns := func(c lapse) (is, isNot string) {
		is = gauge(c.step, phase{length: c.before, value: 1}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 1})
		return is, gauge(c.step, phase{length: c.before, gap: true}, phase{length: c.fault, value: 1}, phase{length: c.after, gone: true})
	}
	slices := fmt.Sprintf("namespace=%q, endpointslice=~%q", namespace, service+"-[a-z0-9]+")
	ready := fmt.Sprintf("count(max by (address) (%s{%s, ready=\"true\"}) == 1)", metric.KubeEndpoints.Name, slices)
	should := fmt.Sprintf("max(%s{namespace=%q, deployment=%q})", metric.KubeDeploymentReplicas.Name, namespace, service)
	s.add(sign{
		Alert: Alert{
			Name:    "LoadBalancerBackendsFew",
			Summary: "The load balancer has fewer backends that are well than it should",
			Meaning: fmt.Sprintf("Of the endpoints of service %s, which the load balancer sends to, fewer are ready than the deployment should have pods (cause few), or none is (cause none). Google tells no metric of its load balancer's checks, so that this is what the cluster says of the same.", service),
			Impact:  "few: the others take all requests, and are not enough at the busy hour. none: every request is answered with 502 or 503.",
			Look: []string{
				fmt.Sprintf("`kubectl -n %s get endpointslices -l kubernetes.io/service-name=%s -o yaml | grep -B2 -A6 conditions`", namespace, service),
				"`gcloud compute backend-services get-health api --global`: does the load balancer say the same?",
			},
			Do: []string{
				"A pod is not ready: see ServicePodsNotReady, and what its readiness probe waits for.",
				fmt.Sprintf("All pods are ready and are no endpoints: the service's selector does not fit their labels; undo what changed it: `kubectl -n %s rollout undo deployment/%s`, or the change of the service.", namespace, service),
				"The load balancer says otherwise: open the checks' ranges to the pods: `gcloud compute firewall-rules update NAME --source-ranges=130.211.0.0/22,35.191.0.0/16`.",
			},
			FalsePositives: []string{"A service of another name than its deployment: nothing is known of it then, and ServicePodsNotReady watches its pods."},
		},
		board: networkBoard, wait: s.limits.Network.UnreachableFor, value: "1",
		fault: func(c lapse) []TestSeries {
			is, isNot := turns(c)
			return []TestSeries{wanted(c), endpoint(0, "true", c.steady(1)), endpoint(1, "true", is), endpoint(1, "false", isNot)}
		},
		well: func(c lapse) []TestSeries {
			return []TestSeries{wanted(c), endpoint(0, "true", c.steady(1)), endpoint(1, "true", c.steady(1))}
		},
		others: []shown{{value: "2", fault: func(c lapse) []TestSeries {
			is, isNot := turns(c)
			return []TestSeries{wanted(c), endpoint(0, "true", is), endpoint(0, "false", isNot), endpoint(1, "true", is), endpoint(1, "false", isNot)}
		}}},
	}, clause{slo.Ticket, "few", fmt.Sprintf("%s < %s", ready, should), "Backends of the load balancer are not well", "Only {{ $value }} are ready."},
		clause{slo.Page, "none", fmt.Sprintf("count(max by (address) (%s{%s})) unless %s > 0", metric.KubeEndpoints.Name, slices, ready), "No backend of the load balancer is well", "None of the {{ $value }} endpoints is ready."})
}
