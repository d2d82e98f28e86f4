package rules

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Jobs of what is asked about the edge, as the scrape configuration sets them.
const (
	cloudJob   = "stackdriver"
	outsideJob = "blackbox"
	clusterJob = "kube-state-metrics"
)

// networkBoard is the end of the uid of the board that shows load balancers and the network.
const networkBoard = "network"

// cloudWindow is long because Cloud Monitoring has a sample a minute, up to 210 s late.
const cloudWindow = 10 * time.Minute

// errorClass is how Cloud Monitoring writes the class of 5xx.
const errorClass = `response_code_class="500"`

// edges returns the alerts about load balancers, the way to them, NAT and addresses.
func edges(s *spec.Spec, l links) *signs {
	e := &signs{links: l, limits: s.Alerts}
	if scraped(s, cloudJob) {
		e.cloudUnread()
	}
	balancer, described := s.Network.LoadBalancer("api")
	if way, ok := entrance(s); ok {
		e.unreachable(way)
		if way.TerminatesTLS {
			e.certificate(way, s.Alerts.SIP.Certificate.Warn, s.Alerts.SIP.Certificate.Page)
		}
	}
	if described && scraped(s, cloudJob) {
		e.balancerErrors()
		e.balancerSlow()
		if balancer.PathRouting {
			e.pathErrors()
		}
	}
	if len(s.Stores.Buckets) > 0 && scraped(s, cloudJob) {
		e.bucketErrors(s.Stores.Buckets)
	}
	e.openPorts(slices.DeleteFunc(slices.Clone(s.Scrape.Jobs), func(j spec.ScrapeJob) bool {
		return len(j.Targets) == 0 || j.Name != closedJob && j.Name != closedInsideJob
	}))
	if _, spread := s.Network.LoadBalancer("sip"); spread && len(s.Platform.SIPProxies.Nodes) > 1 {
		e.unevenCalls(s.Platform.SIPProxies.Nodes)
	}
	if s.Network.NAT && scraped(s, cloudJob) {
		e.natFailing()
	}
	if nodes, ok := s.Network.Of(spec.PartServices); ok && scraped(s, clusterJob) {
		e.subnetFilling(nodes)
	}
	if gateway, ok := s.Services.Find(balancer.Backend); ok && balancer.HealthChecks && scraped(s, clusterJob) {
		e.backendsFew(s.Services.Namespace, gateway.Name)
	}
	return e
}

// entrance is where customers come in, as far as it is asked from outside: the load balancer, or where there is none the reverse proxy of a machine
// with a public name.
func entrance(s *spec.Spec) (spec.LoadBalancer, bool) {
	if !scraped(s, outsideJob) {
		return spec.LoadBalancer{}, false
	}
	if balancer, ok := s.Network.LoadBalancer("api"); ok {
		return balancer, true
	}
	for _, j := range s.Scrape.Jobs {
		if j.Name != outsideJob {
			continue
		}
		for _, target := range j.Targets {
			if way, ok := proxied(s.Network.Hosts, target); ok {
				return way, true
			}
		}
	}
	return spec.LoadBalancer{}, false
}

// proxied is the entrance that an address from outside leads to, where one of the machines has its name.
func proxied(hosts []spec.Host, target string) (spec.LoadBalancer, bool) {
	at, err := url.Parse(target)
	if err != nil {
		return spec.LoadBalancer{}, false
	}
	i := slices.IndexFunc(hosts, func(h spec.Host) bool { return slices.Contains(h.Public, at.Hostname()) })
	if i < 0 {
		return spec.LoadBalancer{}, false
	}
	return spec.LoadBalancer{Name: hosts[i].Name, Host: at.Hostname(), TerminatesTLS: at.Scheme == "https", Backend: "the gateway"}, true
}

// called is the entrance in words.
func called(b spec.LoadBalancer) string {
	if b.Kind == "" {
		return "machine " + b.Name
	}
	return "load balancer " + b.Name
}

// cloud is a selector of what Cloud Monitoring tells.
func cloud(f *metric.Family, suffix, more string) string {
	if more != "" {
		more = ", " + more
	}
	return fmt.Sprintf("%s%s{job=%q%s}", f.Name, suffix, cloudJob, more)
}

// cloudSeries is a series of Cloud Monitoring.
func cloudSeries(f *metric.Family, suffix string, more map[string]string, values string) TestSeries {
	return series(f.Name+suffix, merge(map[string]string{"job": cloudJob, "instance": "stackdriver", "project_id": "voipbin-prod"}, more), values)
}

func probed(host string) map[string]string {
	return map[string]string{"job": outsideJob, "instance": "https://" + host + "/ping"}
}

func (s *signs) unreachable(b spec.LoadBalancer) {
	success := func(values string) []TestSeries {
		return []TestSeries{series(metric.ProbeSuccess.Name, probed(b.Host), values)}
	}
	s.add(sign{
		Alert: Alert{
			Name:    "LoadBalancerUnreachable",
			Summary: "A public address does not answer a probe",
			Meaning: "A request to the address of the " + called(b) + " (" + b.Host + ") got no answer, or one that is no success.",
			Impact:  "Customers cannot use the API: no calls are begun by it, no messages sent, the web consoles are empty. Calls in progress go on.",
			Look: []string{
				"`curl -sv https://" + b.Host + "/ping` from outside: name, connection, TLS, or the answer's status?",
				"`curl -s 'http://BLACKBOX:9115/probe?module=http_2xx&target=https://" + b.Host + "/ping&debug=true' | tail -40`",
				s.command("kubectl -n %s get pods -l app="+b.Backend, "docker compose ps") + ": does the gateway run?",
			},
			Do: []string{
				"502 or 503: nothing that is well is behind it. See whether " + b.Backend + " runs and is ready, and start it anew if it hangs: " + s.command("kubectl -n %s rollout restart deployment/"+b.Backend, "docker compose restart "+b.Backend) + ".",
				"No name or no connection: the DNS record (`gcloud dns record-sets update NAME. --zone=ZONE --type=A --ttl=60 --rrdatas=ADDRESS`), the forwarding rule, firewall rule allow-https.",
				"A TLS error: the certificate has run out or does not fit the name.",
			},
			FalsePositives: []string{"The prober itself has no way outside: then all its targets fail at once."},
		},
		board: networkBoard, wait: s.limits.Network.UnreachableFor, whose: probed(b.Host),
		fault: func(c lapse) []TestSeries { return success(c.gauge(1, 0)) },
		well:  func(c lapse) []TestSeries { return success(c.steady(1)) },
	}, clause{slo.Page, "", fmt.Sprintf("%s{job=%q} == 0", metric.ProbeSuccess.Name, outsideJob), "{{ $labels.instance }} does not answer", "Customers cannot reach it."})
}

func (s *signs) certificate(b spec.LoadBalancer, warn, page time.Duration) {
	ends := func(values string) []TestSeries {
		return []TestSeries{series(metric.ProbeCertExpiry.Name, probed(b.Host), values)}
	}
	expr := func(limit time.Duration) string {
		return fmt.Sprintf("%s{job=%q} - time() < %s", metric.ProbeCertExpiry.Name, outsideJob, slo.FormatNumber(limit.Seconds()))
	}
	s.add(sign{
		Alert: Alert{
			Name:    "LoadBalancerCertificateExpiring",
			Summary: "The certificate of a public address runs out",
			Meaning: fmt.Sprintf("A certificate of the chain that %s shows ends within %s (ticket) or %s (page).", b.Host, slo.FormatDuration(warn), slo.FormatDuration(page)),
			Impact:  "None until it ends. From then on every client refuses the connection, and the whole API is gone for customers.",
			Look: []string{
				"`echo | openssl s_client -connect " + b.Host + ":443 -servername " + b.Host + " 2>/dev/null | openssl x509 -noout -enddate -issuer`",
				"`gcloud compute ssl-certificates list`: does a managed certificate say FAILED_NOT_VISIBLE?",
			},
			Do: []string{
				"Managed: let the name resolve to the load balancer's address again, and CAA records allow its issuer; it then renews itself.",
				"Your own: get a new one, `gcloud compute ssl-certificates create`, and give it to the target proxy.",
			},
			FalsePositives: []string{"A certificate that is renewed later than " + slo.FormatDuration(warn) + " before its end by plan."},
		},
		board: networkBoard, wait: s.limits.Network.CertificatesFor, whose: probed(b.Host),
		fault:  func(c lapse) []TestSeries { return ends(c.gauge(2*warn.Seconds(), (warn+page).Seconds()/2)) },
		well:   func(c lapse) []TestSeries { return ends(c.steady(2 * warn.Seconds())) },
		others: []shown{{whose: probed(b.Host), with: []int{0}, fault: func(c lapse) []TestSeries { return ends(c.gauge(2*warn.Seconds(), page.Seconds()/2)) }}},
	}, clause{slo.Ticket, "", expr(warn), "The certificate of {{ $labels.instance }} runs out", "Renew it within " + slo.FormatDuration(warn) + "."},
		clause{slo.Page, "", expr(page), "The certificate of {{ $labels.instance }} runs out in days", "Renew it now."})
}

func (s *signs) balancerErrors() {
	requests := cloudRequests{
		family: metric.LBRequests, by: "url_map_name", ended: "response_code_class", failed: errorClass, whose: map[string]string{"url_map_name": "api"},
	}
	share := requests.failing()
	good := func(c lapse) TestSeries {
		return requests.of("200", counterValues(c.step, phase{length: c.length(), rise: 970}))
	}
	s.add(sign{
		Alert: Alert{
			Name:    "LoadBalancerErrors",
			Summary: "The load balancer answers requests with server errors",
			Meaning: fmt.Sprintf("Over %s more than %s (ticket) or %s (page) of all requests were answered with 5xx, by a backend or by the load balancer itself.", slo.FormatDuration(cloudWindow), percent(s.limits.Network.Errors.Warn), percent(s.limits.Network.Errors.Page)),
			Impact:  "Customers' requests fail. Those of them that retry make more load.",
			Look: []string{
				"the load balancers board: do backends say as many errors? If not, the load balancer could not reach them",
				"`gcloud logging read 'resource.type=\"http_load_balancer\" AND httpRequest.status>=500' --limit 20 --format='value(jsonPayload.statusDetails)'`",
			},
			Do: []string{
				"failed_to_pick_backend: no pod is ready; see the deployment and its readiness probe.",
				"backend_timeout: the gateway waits for a service behind it; see which queue is long.",
				"response_sent_by_backend: the gateway's own errors are in its log; a release just before is rolled back first: " + s.command("kubectl -n %s rollout undo deployment/SERVICE", "docker compose up -d SERVICE") + ".",
			},
			FalsePositives: []string{"Hardly any traffic: a few requests of somebody who tries things out are then a large share."},
		},
		board: networkBoard, wait: s.limits.Network.Errors.For, window: cloudWindow, late: 3 * storyStep, whose: requests.whose,
		fault: func(c lapse) []TestSeries { return []TestSeries{good(c), requests.of("500", c.counter(30))} },
		well:  func(c lapse) []TestSeries { return []TestSeries{good(c), requests.of("500", c.steady(5))} },
		others: []shown{{whose: requests.whose, with: []int{0}, window: cloudWindow, fault: func(c lapse) []TestSeries {
			return []TestSeries{requests.of("200", c.counter(50)), requests.of("500", c.counter(50))}
		}}},
	}, clause{slo.Ticket, "", fmt.Sprintf("%s > %g", share, s.limits.Network.Errors.Warn), "The load balancer {{ $labels.url_map_name }} answers with errors", "More than " + percent(s.limits.Network.Errors.Warn) + " of all requests fail."},
		clause{slo.Page, "", fmt.Sprintf("%s > %g", share, s.limits.Network.Errors.Page), "Many requests to {{ $labels.url_map_name }} fail", "More than " + percent(s.limits.Network.Errors.Page) + " of all requests fail."})
}
