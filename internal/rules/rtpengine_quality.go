package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// qualityWindow is the time over which the quality of live calls is judged: long enough that a sample of calls has reports.
const qualityWindow = 15 * time.Minute

// qualityAlert tells when live calls sound bad. Without reports nothing is judged: an absent score is not a good one.
func (r *rtpengineTier) qualityAlert() {
	const name = "RTPEngineQualityLow"
	q := r.limits.Quality
	window := slo.FormatDuration(qualityWindow)
	sum := func(selector string) string {
		return fmt.Sprintf("sum by (job, instance) (%s)", increase(selector, qualityWindow, r.anchored))
	}
	mos := metric.RTPEngineStreamMOS.Name
	streams := sum(mos + "_count")
	poor := sum(fmt.Sprintf("%s_bucket{le=%q}", mos, slo.FormatNumber(q.MOS)))
	enough := func(expr, counted string) string {
		return fmt.Sprintf("%s and %s >= %d", expr, counted, q.MinReports)
	}
	rules := r.limitRules(name, poor+" / "+streams, q.Poor, map[string]string{"cause": "mos"},
		"Some calls through {{ $labels.instance }} sound bad", "Many calls through {{ $labels.instance }} sound bad",
		fmt.Sprintf("of the streams sampled in the last %s scored %s or less", window, slo.FormatNumber(q.MOS)))
	for i := range rules {
		rules[i].Expr = enough(rules[i].Expr, streams)
	}
	mean := func(cause string, f *metric.Family, limit float64, text string) Rule {
		count := sum(f.Name + "_count")
		return Rule{
			Expr: enough(fmt.Sprintf("%s / (%s > 0) > %s", sum(f.Name+"_sum"), count, slo.FormatNumber(limit)), count),
			For:  slo.FormatDuration(q.Poor.For), Labels: map[string]string{"severity": slo.Ticket, "cause": cause},
			Annotations: r.annotations(name, r.board, "Media through {{ $labels.instance }} suffer from "+cause, text),
		}
	}
	rules = append(rules,
		mean("loss", metric.RTPEngineReportedLoss, q.Loss, "{{ $value | humanizePercentage }} of the packets were lost on average, as the ends of the calls reported in the last "+window+"."),
		mean("jitter", metric.RTPEngineReportedJitter, q.Jitter.Seconds(), "The jitter was {{ $value | humanizeDuration }} on average, as the ends of the calls reported in the last "+window+"."))
	r.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "Live calls sound bad",
		Meaning: fmt.Sprintf("The label cause says how that is known, over %s. \"mos\": sampled streams that scored %s or less by their RTCP reports (%s); \"loss\" and \"jitter\": the mean of all reports is above %s and %s. Fewer than %d of them are not judged.",
			window, slo.FormatNumber(q.MOS), ticketAndPage(q.Poor), slo.FormatPercent(q.Loss), slo.FormatDuration(q.Jitter), q.MinReports),
		Impact: "Callers hear gaps, robot voices or echo, ask each other to repeat, and hang up.",
		Look: []string{
			"the RTPEngine board: scores, loss, jitter and round trips, by interface: one interface alone is the network on that side",
			"`rtpengine-ctl list sessions all` on the node: do the bad ones share a codec, a carrier, a customer?",
			"`mtr -u -c 100 -r PEER` from the node towards a peer of bad calls",
			"`nstat -az UdpRcvbufErrors UdpInErrors` and `ethtool -S IFACE | grep -iE 'drop|miss'` on the node: are packets lost on the machine itself?",
		},
		Do: []string{
			"Losses on the machine: the engine is overloaded; move calls to another (`kamcmd rtpengine.enable URL 0`).",
			"Losses on one way: tell the carrier or the cloud provider, and route around it where there is a second way.",
			"All engines at once: look at what they share, the transit first.",
		},
		FalsePositives: []string{
			"Many customers on mobile networks: their usual share has to be below the limit.",
			"RTPEngine 26.0 computes lower scores than 12.5 for the same loss: after an update the share of poor streams rises.",
		},
	}, r.qualityStories(name, rules)...)
}

// qualityStories prove each cause apart.
func (r *rtpengineTier) qualityStories(name string, rules []Rule) []TestGroup {
	q := r.limits.Quality
	node := r.node()
	c := counted(q.Poor.For, qualityWindow)
	rise := float64(q.MinReports) // a step: plenty
	streams := func(every, poor float64) []TestSeries {
		return []TestSeries{
			series(metric.RTPEngineStreamMOS.Name+"_count", node, c.counter(every)),
			series(metric.RTPEngineStreamMOS.Name+"_bucket", merge(node, map[string]string{"le": slo.FormatNumber(q.MOS)}), c.counter(poor)),
		}
	}
	reports := func(f *metric.Family, count, mean float64) []TestSeries {
		return []TestSeries{
			series(f.Name+"_count", node, c.counter(count)), series(f.Name+"_sum", node, c.counter(count*mean)),
		}
	}
	few := float64(q.MinReports-1) / float64(qualityWindow/storyStep)
	jitter := 2 * q.Jitter.Seconds()
	return append(c.limits(name, q.Poor, r.places(), rules[:2], func(share float64) []TestSeries { return streams(rise, share*rise) }),
		c.fires(name, "packets are lost", all(r.places(), percent(2*q.Loss), rules[2]), reports(metric.RTPEngineReportedLoss, rise, 2*q.Loss)...),
		c.fires(name, "packets come late", all(r.places(), fmt.Sprintf("%.4gms", jitter*1000), rules[3]), reports(metric.RTPEngineReportedJitter, rise, jitter)...),
		c.quiet(name, "too few streams to judge", Holds, append(streams(few, few), reports(metric.RTPEngineReportedLoss, few, 1)...)...),
		c.quiet(name, "nobody reports", Silent, streams(0, 0)...),
	)
}
