package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Jobs of what must not answer, as spec/scrape.yaml sets them: asked from outside, and from a part of the private network that must not get there.
const (
	closedJob       = "closed"
	closedInsideJob = "closed-inside"
)

// pathErrors tells of a single path of the load balancer, whose errors are lost in the sum over all.
func (s *signs) pathErrors() {
	limits := s.limits.Network
	paths := cloudRequests{
		family: metric.LBRequests, by: "url_map_name, matched_url_path_rule", ended: "response_code_class", failed: errorClass,
		whose: map[string]string{"url_map_name": "api", "matched_url_path_rule": "/v1.0/calls"},
	}
	s.failing(failingShare{
		cloudRequests: paths, most: limits.PathErrors, wait: limits.PathErrorsFor, alerts: paths.whose, good: "200", bad: "500",
		harmless: func(c lapse) TestSeries { return paths.of("500", c.steady(5)) },
		summary:  "Requests to {{ $labels.matched_url_path_rule }} fail", description: "{{ $value | humanizePercentage }} of them are answered with an error of the server.",
		Alert: Alert{
			Name:    "LoadBalancerPathErrors",
			Summary: "Requests to one path of the API fail",
			Meaning: fmt.Sprintf("Over %s more than %s of the requests that one rule of the load balancer's paths took were answered with 5xx. The sum over all paths may hide that.", slo.FormatDuration(cloudWindow), percent(limits.PathErrors)),
			Impact:  "What customers do by that path fails, all else works: its backend is down, or the rule leads to the wrong one.",
			Look: []string{
				"`gcloud compute url-maps describe api`: which backend has the path?",
				"`gcloud logging read 'resource.type=\"http_load_balancer\" AND httpRequest.status>=500' --limit 20 --format='value(httpRequest.requestUrl,jsonPayload.statusDetails)'`",
			},
			Do: []string{
				"The path was added or moved just now: `gcloud compute url-maps validate` on its file, and put the one before back.",
				"Its backend is down: see that service's pods.",
			},
			FalsePositives: []string{"A path that hardly anybody uses: one customer's failing request is then a large share."},
		},
	})
}

// bucketErrors tells of recordings and media files that can be neither stored nor read.
func (s *signs) bucketErrors(buckets []spec.Bucket) {
	limits, first := s.limits.Network, buckets[0].Name
	writes := cloudRequests{
		family: metric.BucketRequests, by: "bucket_name", ended: "response_code", failed: `response_code!~"OK|NOT_FOUND"`,
		whose: map[string]string{"bucket_name": first, "location": "us-central1", "method": "WriteObject"},
	}
	s.failing(failingShare{
		cloudRequests: writes, most: limits.BucketErrors, wait: limits.BucketErrorsFor, alerts: map[string]string{"bucket_name": first}, good: "OK", bad: "UNAVAILABLE",
		harmless: func(c lapse) TestSeries { return writes.of("NOT_FOUND", c.counter(20)) },
		summary:  "Requests to bucket {{ $labels.bucket_name }} fail", description: "{{ $value | humanizePercentage }} of them do not end well.",
		Alert: Alert{
			Name:    "BucketRequestsFailing",
			Summary: "Requests to the object storage fail",
			Meaning: fmt.Sprintf("Over %s more than %s of the requests to a bucket did not end in OK, without those for an object that is not there.", slo.FormatDuration(cloudWindow), percent(limits.BucketErrors)),
			Impact:  "Recordings of calls that end now are not stored, and media files cannot be played: callers hear silence instead of a prompt. Asterisk keeps a recording on its disk until it was stored.",
			Look: []string{
				"`gcloud logging read 'resource.type=\"gcs_bucket\" AND severity>=ERROR' --limit 20`: permission, quota, or the service itself?",
				"`gcloud storage ls gs://BUCKET | head -3` with the account of the service",
				"the provider's status page",
			},
			Do: []string{
				"PERMISSION_DENIED: a role or key of the storage service was changed; give it back: `gcloud storage buckets add-iam-policy-binding gs://BUCKET --member=serviceAccount:ACCOUNT --role=roles/storage.objectUser`.",
				"RESOURCE_EXHAUSTED: too many writes to names that begin alike; spread them, or slow the upload down.",
				"UNAVAILABLE: wait for the provider; see that the disks of the media servers have room meanwhile (HostDiskFilling).",
			},
			FalsePositives: []string{"Somebody who tries out access by hand on a bucket that is hardly used."},
		},
	})
}

// openPorts tells of what answers and must not.
func (s *signs) openPorts(jobs []spec.ScrapeJob) {
	var clauses []clause
	var faults []shown
	answers := func(whose map[string]string, values string) []TestSeries {
		return []TestSeries{series(metric.ProbeSuccess.Name, whose, values)}
	}
	for _, j := range jobs {
		told := clause{slo.Page, "world", "", "{{ $labels.instance }} answers the world", "Only the private network may reach it."}
		if j.Name == closedInsideJob {
			told = clause{slo.Page, "inside", "", "{{ $labels.instance }} answers where it must not", "From here no firewall rule should lead to it."}
		}
		told.expr = fmt.Sprintf("%s{job=%q} == 1", metric.ProbeSuccess.Name, j.Name)
		whose := map[string]string{"job": j.Name, "instance": j.Targets[0]}
		clauses = append(clauses, told)
		faults = append(faults, shown{whose: whose, title: "it is opened: " + j.Name, fault: func(c lapse) []TestSeries { return answers(whose, c.gauge(0, 1)) }})
	}
	if len(clauses) == 0 {
		return
	}
	s.add(sign{
		Alert: Alert{
			Name:    "PortOpenToWorld",
			Summary: "A port that must be closed answers the world",
			Meaning: "A prober outside of the private network could connect to a port that only the private network may reach: by spec/network.yaml nothing but HTTPS, SIP and RTP is open to the world (cause \"world\", job " + closedJob + " of spec/scrape.yaml). Or one in the subnet that the world comes in by could connect to what holds data (cause \"inside\", job " + closedInsideJob + "): private addresses cannot be asked from outside.",
			Impact:  "Whoever finds it can try passwords, or needs none: Asterisk's manager places calls at your cost, a Redis without password gives everything away, metrics name customers' peers.",
			Look: []string{
				"`gcloud compute firewall-rules list --format='table(name,sourceRanges.list(),allowed[].map().firewall_rule().list())'`: which rule lets it in?",
				"`ss -tlnp` on the machine: which process listens on all addresses?",
				"the daemon's own log: has somebody been there already?",
			},
			Do: []string{
				"Close it: remove the rule that is too wide, or `gcloud compute firewall-rules update NAME --source-ranges=...`.",
				"Have the daemon listen on its private address alone.",
				"Change the passwords that it would have taken, and look for what was done by them.",
			},
			FalsePositives: []string{"A prober that is inside of the network, or in a range that is let in on purpose: move it."},
		},
		board: networkBoard, wait: s.limits.Network.OpenPortFor, whose: faults[0].whose, fault: faults[0].fault, others: faults[1:],
		well: func(c lapse) []TestSeries { return answers(faults[0].whose, c.steady(0)) },
	}, clauses...)
}

// unevenCalls tells of a proxy that gets hardly any of the calls that the network load balancer spreads over all.
func (s *signs) unevenCalls(proxies []spec.Node) {
	part := s.limits.Network.LeastShare
	attempts := func(c lapse, first string) []TestSeries {
		var list []TestSeries
		for i, n := range proxies {
			values := c.steady(10)
			if i == 0 {
				values = first
			}
			list = append(list, series(callSetupRate, map[string]string{"instance": n.Name}, values))
		}
		return list
	}
	s.add(sign{
		Alert: Alert{
			Name:    "CallsUnevenlySpread",
			Summary: "A SIP proxy gets hardly any calls",
			Meaning: fmt.Sprintf("A proxy gets less than %s of what proxies get on average, while there are calls enough to tell (one a second for each).", percent(part)),
			Impact:  "The others carry its share: the loss of one of them is no longer what the capacity alerts reckon with.",
			Look: []string{
				"the Kamailio board: since when, and did the proxy restart then?",
				"`gcloud compute backend-services get-health sip --region=REGION`: does the load balancer take it for well?",
				"`kamcmd core.uptime` and `ss -ulnp | grep 5060` on the proxy",
			},
			Do: []string{
				"The health check fails: open its port (5060, or the one of the check) to the load balancer's ranges: `gcloud compute firewall-rules update NAME --source-ranges=...`, which takes the whole list.",
				"It was taken out on purpose: put it back (`gcloud compute instance-groups unmanaged add-instances GROUP --instances=NODE --zone=ZONE`), or remove it from spec/platform.yaml, so that N-1 is reckoned right.",
				"One carrier sends all of its calls from one address: ask for more, or spread by the call's name instead of the source's address.",
			},
			FalsePositives: []string{"A proxy of another region that stands by."},
		},
		board: networkBoard, wait: s.limits.Network.LeastShareFor, whose: map[string]string{"instance": proxies[0].Name},
		fault: func(c lapse) []TestSeries { return attempts(c, c.gauge(10, 0.1)) },
		well:  func(c lapse) []TestSeries { return attempts(c, c.gauge(10, 8)) },
	}, clause{slo.Ticket, "", fmt.Sprintf("%[1]s < on () group_left () %[2]g * avg(%[1]s) and on () avg(%[1]s) > 1", callSetupRate, part), "{{ $labels.instance }} gets hardly any calls", "The load balancer gives it next to nothing of what the others get."})
}
