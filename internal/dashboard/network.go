package dashboard

import (
	"slices"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// The jobs of what must not answer: asked from outside, and from a part of the private network that must not get there.
const (
	closedJob   = "closed"
	closedInner = "closed-inside"
)

// networkName is the board of load balancers and the network.
const networkName = "network"

// The jobs of what is asked about the edge, as the scrape configuration sets them.
const (
	cloudJob   = "stackdriver"
	outsideJob = "blackbox"
)

// networkBoard makes the cards of that board.
type networkBoard struct{ *maker }

func network(m *maker) board {
	n := networkBoard{m}
	description := "Can customers reach the platform, how does the load balancer answer them, and has the network ports and addresses left? What the cloud tells is minutes late."
	if !n.asks(cloudJob) {
		description = "Can customers reach the platform, and is closed what must be?"
	}
	return board{
		name: networkName, title: "VoIPBIN / Load balancers and network", folder: "Platform", from: "now-6h",
		description: description,
		rows: []row{
			{title: "Is it reachable?", cards: n.outside()},
			{title: "How does the load balancer answer?", cards: n.told(n.balancer()...)},
			{title: "Calls at the edge", cards: n.sip()},
			{title: "Ports and addresses", cards: n.limits()},
			{title: "Objectives", cards: n.objectivesOf(networkName)},
		},
	}
}

func (n networkBoard) cloud(f *metric.Family, more ...query.Matcher) query.Expr {
	return query.Of(f, append([]query.Matcher{query.Is("job", cloudJob)}, more...)...)
}

// asks reports whether the platform has a job.
func (n networkBoard) asks(job string) bool {
	return slices.ContainsFunc(n.spec.Scrape.Jobs, func(j spec.ScrapeJob) bool { return j.Name == job })
}

// told are cards over what the cloud tells, where somebody asks it.
func (n networkBoard) told(cards ...card) []card {
	if !n.asks(cloudJob) {
		return nil
	}
	return cards
}

func (n networkBoard) probe(f *metric.Family) query.Expr {
	return query.Of(f, query.Is("job", outsideJob))
}

func (n networkBoard) outside() []card {
	return []card{
		{
			kind: panel.StateTimelineType, title: "Public addresses", weight: 2, states: upStates("answers", "does not answer"), alerts: n.made("LoadBalancerUnreachable"),
			description: "Whether each public address answers a request from outside. One that does not is down for customers, whatever is green inside: begin with curl -v.",
			asks:        []ask{{n.probe(metric.ProbeSuccess).Min("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Time of a probe",
			description: "How long a request from outside took in all. A rise without load is the way to the platform or the name service.",
			asks:        []ask{{n.probe(metric.ProbeDuration).Max("instance"), "{{instance}}"}},
		},
		{
			kind: panel.StatType, title: "Public certificates run out in", named: true, none: "no address shows one", unit: panel.UnitSeconds, alerts: n.made("LoadBalancerCertificateExpiring"),
			description: "When the first certificate of each public address ends. From then on nobody can connect: renew it before.",
			asks:        []ask{{query.Until(n.probe(metric.ProbeCertExpiry)).Min("instance"), "{{instance}}"}},
		},
		{
			kind: panel.StateTimelineType, title: "What must be closed", alerts: n.made("PortOpenToWorld"), none: "nobody asks from outside",
			states:      []panel.State{{Value: 0, Text: "closed", Color: panel.Good}, {Value: 1, Text: "open", Color: panel.Bad}},
			description: "Ports that only the private network may reach, asked from outside. One that is open is a way in: close it, then look who has been there.",
			asks:        []ask{{query.Of(metric.ProbeSuccess, query.Like("job", closedJob+"|"+closedInner)).Max("instance"), "{{instance}}"}},
		},
	}
}

func (n networkBoard) balancer() []card {
	all := n.cloud(metric.LBRequests).Rate().Sum("url_map_name")
	bad := n.cloud(metric.LBRequests, query.Is("response_code_class", "500")).Rate().Sum("url_map_name")
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Requests by class of status", stacked: true, looks: answerClasses(), none: "the cloud tells nothing",
			description: "Requests a second that the load balancer answered, by class of their status. Many of class 400 are one customer's mistake; 500 are ours.",
			asks:        []ask{{n.cloud(metric.LBRequests).Rate().Sum("response_code_class"), "{{response_code_class}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Requests that fail", unit: panel.UnitPercent, alerts: n.made("LoadBalancerErrors"), none: "no request was answered with 5xx",
			description: "Share of requests that were answered with a server error. See whether the backends say as many: those that they do not have are the load balancer's own.",
			asks:        []ask{{bad.Over(all, "url_map_name"), "{{url_map_name}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Milliseconds of 95 % of requests", alerts: n.made("LoadBalancerSlow"), none: "the cloud tells nothing",
			description: "In how many milliseconds 95 % of the requests were answered, from the first byte in to the last out. A rise with calm backends is the way to the customers.",
			asks:        []ask{{query.Quantile(0.95, metric.LBLatency, []string{"url_map_name"}, query.Is("job", cloudJob)), "{{url_map_name}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Requests by path", looks: answerClasses(), alerts: n.made("LoadBalancerPathErrors"), none: "the cloud tells nothing",
			description: "Requests a second that each rule of paths took, by class of status. Errors of one path alone are its backend's, or the rule leads to the wrong one.",
			asks:        []ask{{n.cloud(metric.LBRequests).Rate().Sum("matched_url_path_rule", "response_code_class").Top(12), "{{response_code_class}} {{matched_url_path_rule}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Requests to buckets", alerts: n.made("BucketRequestsFailing"), none: "the cloud tells nothing",
			description: "Requests a second to each bucket of recordings and media files, by how they ended. Anything but OK and NOT_FOUND is a recording that was not stored, or a prompt that was not played.",
			asks:        []ask{{n.cloud(metric.BucketRequests).Rate().Sum("bucket_name", "response_code"), "{{bucket_name}} {{response_code}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Requests passed on to backends", looks: answerClasses(), none: "the cloud tells nothing",
			description: "Requests a second that went on to each backend, by class of status. One backend without any is not healthy for the load balancer's check.",
			asks:        []ask{{n.cloud(metric.LBBackendRequests).Rate().Sum("backend_target_name", "response_code_class"), "{{response_code_class}} {{backend_target_name}}"}},
		},
		n.reading(),
	}
}

// reading is whether the exporter of the cloud's metrics gets them, without which most of this board is empty.
func (n networkBoard) reading() card {
	return card{
		kind: panel.StateTimelineType, title: "What the cloud tells", alerts: n.made("CloudMonitoringUnread"), none: "nobody asks the cloud",
		states:      []panel.State{{Value: 0, Text: "read", Color: panel.Good}, {Value: 1, Text: "refused", Color: panel.Bad}},
		description: "Whether Cloud Monitoring could be read. While it is refused or nothing is shown, panels over load balancers, NAT and buckets are old or empty: mend this first.",
		asks:        []ask{{n.cloud(metric.CloudScrapeError).Max("project_id"), "{{project_id}}"}},
	}
}

func (n networkBoard) sip() []card {
	cards := n.told(card{
		kind: panel.TimeSeriesType, title: "SIP packets through the load balancer", none: "the cloud tells nothing", weight: 2, looks: append(panel.Spread(), panel.ForRegexp("^out ", panel.Dashed(10, 6))),
		description: "Packets a second of each forwarding rule, in both directions. In without out means that the proxies do not answer; see the Kamailio board.",
		asks:        []ask{{n.cloud(metric.LBSIPPacketsIn).Rate().Sum("forwarding_rule_name"), "in {{forwarding_rule_name}}"}, {n.cloud(metric.LBSIPPacketsOut).Rate().Sum("forwarding_rule_name"), "out {{forwarding_rule_name}}"}},
	})
	return append(cards, card{
		kind: panel.TimeSeriesType, title: "Spread of calls over the proxies", to: kamailioName, alerts: n.made("CallsUnevenlySpread"),
		description: "Initial INVITEs a second at each proxy. They should be near to each other; one apart means a health check that fails or clients that hold on to one address.",
		asks:        []ask{{n.record(attemptsRate), "{{instance}}"}}, looks: panel.Series(nodeNames(n.spec.Platform.SIPProxies.Nodes)),
	})
}

func (n networkBoard) limits() []card {
	cards := n.told(
		card{
			kind: panel.TimeSeriesType, title: "NAT ports of the busiest machine", alerts: n.made("NATPortsExhausted"), none: "the cloud tells nothing",
			description: "Ports that the machine with most connections to the outside uses. A machine has 64 unless the gateway gives more: at its end webhooks fail.",
			asks:        []ask{{n.cloud(metric.NATUsage).Max("gateway_name"), "{{gateway_name}}"}},
		},
		card{
			kind: panel.TimeSeriesType, title: "NAT drops", alerts: n.made("NATPortsExhausted"), none: "the cloud tells nothing",
			description: "Packets a second that the NAT gateway dropped on their way out, by reason. OUT_OF_RESOURCES needs more ports for a machine.",
			asks:        []ask{{n.cloud(metric.NATDropped).Rate().Sum("gateway_name", "reason"), "{{gateway_name}} {{reason}}"}},
		})
	if !n.spec.Profile.Has(spec.PartKubernetes) {
		return cards
	}
	cards = append(cards, card{
		kind: panel.TimeSeriesType, title: "Addresses of the cluster", alerts: n.made("SubnetFilling"), none: "the cluster tells nothing", stacked: true,
		description: "Machines of the cluster and pods with a network of their own: each has an address of the subnet. Near the end of the addresses no pod begins: enlarge the range.",
		asks: []ask{
			{query.Of(metric.KubeNodeInfo).Count(), "machines"},
			{query.Of(metric.KubePodInfo, query.Is("host_network", "false"), query.Not("pod_ip", "")).Count(), "pods"},
		},
	})
	if len(n.made("LoadBalancerBackendsFew")) == 0 {
		return cards
	}
	return append(cards, card{
		kind: panel.TimeSeriesType, title: "Backends that are well", alerts: n.made("LoadBalancerBackendsFew"), none: "the cluster tells nothing", looks: panel.Series([]string{"ready", "not ready"}),
		description: "Endpoints of the service that the load balancer sends to, by whether they are ready. One that is not gets no requests, and the others get its share.",
		asks: []ask{
			{n.backends("true"), "ready"}, {n.backends("false"), "not ready"},
		},
	})
}

// backends counts the endpoints of what the load balancer sends to.
func (n networkBoard) backends(ready string) query.Expr {
	balancer, _ := n.spec.Network.LoadBalancer("api")
	return query.Of(metric.KubeEndpoints, query.Is("namespace", n.spec.Services.Namespace), query.Like("endpointslice", balancer.Backend+"-.+"), query.Is("ready", ready)).Count()
}
