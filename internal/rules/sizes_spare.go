package rules

import (
	"fmt"
	"slices"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// primaryRole is the role of the region that does the work; others stand by.
const primaryRole = "primary"

// quotaFor is what the cloud must have left in another region for a part of the machines, by the name of its quota.
type quotaFor struct {
	cause, metric, what string
	need                int
}

// quotas are what the VoIP machines of the primary region would take in another: processors, and disks in GB as the quota counts them.
func quotas(s *spec.Spec) []quotaFor {
	const gigabyte = 1_000_000_000
	cpus, disk := 0, int64(0)
	for _, f := range voipMachines(s.Platform) {
		cpus += f.machine.CPUs * len(f.nodes)
		disk += f.machine.DiskBytes * int64(len(f.nodes))
	}
	var list []quotaFor
	if cpus > 0 {
		list = append(list, quotaFor{"cpus", "compute.googleapis.com/cpus", "processors", cpus})
	}
	if disk >= gigabyte {
		list = append(list, quotaFor{"disks", "compute.googleapis.com/ssd_total_storage", "GB of SSD", int(disk / gigabyte)})
	}
	return list
}

// quota tells when the cloud would not give the standby region the machines that the primary has.
func (s *signs) quota(sp *spec.Spec) {
	var clauses []clause
	needs := quotas(sp)
	for _, r := range sp.Platform.Regions {
		if r.Role == primaryRole {
			continue
		}
		for _, q := range needs {
			of := fmt.Sprintf("{quota_metric=%q, location=%q}", q.metric, r.Name)
			limit := fmt.Sprintf("min by (location, quota_metric) (%s%s)", metric.QuotaLimit.Name, of)
			used := fmt.Sprintf("max by (location, quota_metric) (%s%s)", metric.QuotaUsage.Name, of)
			clauses = append(clauses, clause{
				slo.Ticket, q.cause, fmt.Sprintf("%s - (%s or 0 * %s) < %d", limit, used, limit, q.need),
				"{{ $labels.location }} could not get the machines for a recovery", fmt.Sprintf("The quota leaves {{ $value }} %s, and the VoIP machines need %d.", q.what, q.need),
			})
		}
	}
	if len(clauses) == 0 {
		return
	}
	other := slices.IndexFunc(sp.Platform.Regions, func(r spec.Region) bool { return r.Role != primaryRole })
	var faults []shown
	for _, q := range needs {
		at := map[string]string{"location": sp.Platform.Regions[other].Name, "quota_metric": q.metric}
		need := float64(q.need)
		left := func(limit, used string) []TestSeries {
			base := map[string]string{"job": cloudJob, "project_id": "voipbin", "service": "compute.googleapis.com"}
			return []TestSeries{series(metric.QuotaLimit.Name, merge(base, at, map[string]string{"limit_name": "CPUS-per-project-region"}), limit), series(metric.QuotaUsage.Name, merge(base, at), used)}
		}
		faults = append(faults, shown{whose: at, value: formatValue(need - 1), fault: func(c lapse) []TestSeries { return left(c.gauge(need+8, need+7), c.steady(8)) }})
	}
	s.add(sign{
		Alert: Alert{
			Name:    "RecoveryQuotaShort",
			Summary: "The standby region could not get the machines that a recovery needs",
			Meaning: "What the provider's quota leaves in a standby region is less than the VoIP machines of the primary region take: processors (cause cpus) or disks (cause disks), by the sizes in spec/platform.yaml.",
			Impact:  "None until the region is needed. Then machines do not start, and the recovery time objective is missed while somebody waits for the provider.",
			Look:    []string{"`gcloud compute regions describe REGION --format='table(quotas.metric,quotas.limit,quotas.usage)'`", "the Capacity board: what is left of each quota"},
			Do: []string{
				"Ask the provider for more now: it takes from minutes to days. `gcloud alpha services quota update` or the console, page Quotas.",
				"Free what nobody needs in that region: old disks, forgotten machines.",
			},
			FalsePositives: []string{"A reservation of machines counts as used although it is what the recovery takes."},
		},
		board: capacityBoard, wait: s.limits.Capacity.QuotaShortFor, whose: faults[0].whose, value: faults[0].value, fault: faults[0].fault, others: faults[1:],
		// Nothing is used yet, and of the quota just enough is left.
		well: func(c lapse) []TestSeries {
			base := map[string]string{"job": cloudJob, "project_id": "voipbin", "service": "compute.googleapis.com", "limit_name": "CPUS-per-project-region"}
			return []TestSeries{series(metric.QuotaLimit.Name, merge(base, faults[0].whose), c.steady(float64(needs[0].need)))}
		},
	}, clauses...)
}

// rabbitShare is how far the first broker's share of the messages may be from what the spec states, as a share of all; rabbitBusy is how many messages a
// second there must be at least for a share to mean anything.
const (
	rabbitShare = 0.2
	rabbitBusy  = 1
)

// shareAlert tells when the first node takes another share of the messages than the spec states.
func (b *rabbitBroker) shareAlert() {
	const name = "RabbitMQShareDiffers"
	if b.spec.PrimaryShare == 0 || len(b.nodes) < 2 {
		return
	}
	taken := func(of string) string {
		return fmt.Sprintf("sum(rate(%s{job=%q%s}[%s]))", metric.RabbitPublished.Name, rabbitJob, of, slo.FormatDuration(storeCountWindow))
	}
	first := b.nodes[0].Name
	share := fmt.Sprintf("%s / (%s > %d)", taken(fmt.Sprintf(", instance=%q", first)), taken(""), rabbitBusy)
	rule := func(sign string, limit float64) Rule {
		r := b.rule(name, slo.Ticket, fmt.Sprintf("%s %s %s", share, sign, slo.FormatNumber(slo.Clean(limit))), b.stores.DiffersFor, first+" takes another share of the messages than it should",
			fmt.Sprintf("It takes {{ $value | humanizePercentage }} of them, and the spec says %s.", slo.FormatPercent(b.spec.PrimaryShare)))
		return r
	}
	var rules []Rule
	low, high := b.spec.PrimaryShare-rabbitShare, b.spec.PrimaryShare+rabbitShare
	if low > 0 {
		rules = append(rules, cause(rule("<", low), "low"))
	}
	if high < 1 {
		rules = append(rules, cause(rule(">", high), "high"))
	}
	if len(rules) == 0 {
		return
	}
	const late = 5 * storyStep // until so much of the time since the begin is of the fault that the share is outside
	c := counted(b.stores.DiffersFor+late, storeCountWindow)
	part := func(of, others float64) []TestSeries {
		grows := func(n int, usual, faulty float64) TestSeries {
			values := counterValues(c.step, phase{length: c.before, rise: usual}, phase{length: c.fault, rise: faulty}, phase{length: c.after, rise: usual})
			return b.nth(n, metric.RabbitPublished, map[string]string{"protocol": "amqp091"}, values)
		}
		even := 1000 * b.spec.PrimaryShare
		return []TestSeries{grows(0, even, of), grows(1, 1000-even, others)}
	}
	ends := 0.0 // of the share in the story: nothing, or all
	if low <= 0 {
		ends = 1000
	}
	text, last := percent(ends/1000), 1000.0
	if high >= 1 {
		last = 0
	}
	b.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: rules,
		Summary: "The first broker takes another share of the messages than the spec states",
		Meaning: fmt.Sprintf("Of the messages that publishers send to all nodes, %s took less than %s or more than %s for %s; spec/stores.yaml says %s.", first, slo.FormatPercent(max(low, 0)), slo.FormatPercent(min(high, 1)), slo.FormatDuration(b.stores.DiffersFor), slo.FormatPercent(b.spec.PrimaryShare)),
		Impact:  "None by itself. What was reckoned of the nodes' sizes does not hold: one is idle, or one has more than its part and is the first to raise an alarm.",
		Look: []string{
			"`rabbitmqctl list_connections user peer_host state | awk '{print $1, $2}' | sort | uniq -c | sort -n` on each node: where do services connect?",
			"panel \"Messages by node\" of the RabbitMQ board",
		},
		Do: []string{
			"All services went to one node after another was restarted: restart their deployments one by one, and they spread again.",
			"It is meant so now: change primary_share in spec/stores.yaml and run `obsgen generate`.",
		},
		FalsePositives: []string{"A single service that publishes most of the messages: its connection is on one node, wherever that is."},
	},
		c.fires(name, "the share leaves its node", one(firing(rules[0], nil, text, nil)), part(ends, 1000-ends)...),
		c.fires(name, "the share comes to one node", one(firing(rules[len(rules)-1], nil, percent(last/1000), nil)), part(last, 1000-last)...),
		c.quiet(name, "it is just inside", Holds, part(1000*(b.spec.PrimaryShare+rabbitShare*0.9), 1000*(1-b.spec.PrimaryShare-rabbitShare*0.9))...),
		c.quiet(name, "hardly anybody publishes", Silent, part(0, float64(rabbitBusy))...))
}
