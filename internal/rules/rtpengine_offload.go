package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// How the usual share of streams in userspace is learnt.
const (
	// usualLag is how far behind what is usual follows: a rise within it counts as one.
	usualLag = time.Hour
	// usualKept is for how long what was usual is remembered of an engine without streams, such as over a night.
	usualKept = 24 * time.Hour
	// usualAfter is how long a loss lasts until it is usual itself: somebody has been told for a week.
	usualAfter = 7 * 24 * time.Hour
)

// usualRecord records the share of streams in userspace that was usual before it rose. While the share is, or an hour ago was, too far above
// it, it stays what it was; otherwise it follows an hour behind. So an alert against it lasts as long as the loss, and the end of a loss
// hides no new one. Moments with few streams teach nothing.
func (r *rtpengineTier) usualRecord() {
	limit := r.limits.Offload
	lost, now := slo.FormatNumber(limit.Lost), fmt.Sprintf("(%s and on (instance) %s >= %d)", mediaUserspace, mediaStreams, limit.MinStreams)
	before := fmt.Sprintf("last_over_time(%s[%s])", mediaUsual, slo.FormatDuration(usualKept))
	above := func(share string) string { return fmt.Sprintf("%s - %s > %s", share, before, lost) }
	ago := func(d time.Duration) string { return mediaUserspace + " offset " + slo.FormatDuration(d) }
	r.record(Record{
		Name: mediaUsual, Unit: metric.Ratio, Labels: []metric.Label{instanceLabel()},
		Help: fmt.Sprintf("Share of an engine's media streams in userspace an hour ago, or, since it rose by more than %s and for up to a week, before that; absent while it has fewer than %d streams.",
			slo.FormatPercent(limit.Lost), limit.MinStreams),
	}, fmt.Sprintf("%[1]s and on (instance) %[2]s and on (instance) ((%[3]s or %[4]s) unless on (instance) (%[5]s)) or %[6]s and on (instance) %[2]s or %[2]s",
		before, now, above(mediaUserspace), above(ago(usualLag)), above(ago(usualAfter)), ago(usualLag)), nil)
}

// offloadAlert tells when streams leave the kernel's fast path.
func (r *rtpengineTier) offloadAlert() {
	const name = "RTPEngineOffloadLost"
	limit := r.limits.Offload
	r.usualRecord()
	rule := Rule{
		Expr: fmt.Sprintf("%s - %s > %s and on (instance) %s >= %d", mediaUserspace, mediaUsual, slo.FormatNumber(limit.Lost), mediaStreams, limit.MinStreams),
		For:  slo.FormatDuration(limit.For), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: r.annotations(name, r.board, "RTPEngine on {{ $labels.instance }} has lost the kernel's fast path",
			"The share of media streams in userspace is {{ $value | humanizePercentage }} points higher than it used to be."),
	}
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "An engine's media streams have left the kernel's fast path",
		Meaning: fmt.Sprintf("The share of streams whose packets pass through the daemon rose by more than %s within an hour, with %d streams at least, and has not come back. It ends when that is mended, or after a week, when it counts as usual.",
			slo.FormatPercent(limit.Lost), limit.MinStreams),
		Impact: "Packets in userspace cost many times the CPU: the engine carries a fraction of what it is sized for, and at its end packets come late.",
		Look: []string{
			"`lsmod | grep -E 'xt_RTPENGINE|nft_rtpengine'` and `cat /proc/rtpengine/list` on the node: is the kernel module loaded, and is the table there?",
			"`nft list ruleset | grep -i rtpengine` or `iptables -S | grep -i rtpengine` on the node: does a rule send packets to the module?",
			"the RTPEngine board: transcoded media; what is transcoded or recorded must pass through the daemon",
		},
		Do: []string{
			"After a kernel update: build or install the module for it (`dkms status`), load it and restart the engine in a quiet hour.",
			"If a firewall reload dropped the rule, put it back; streams in progress go over to the kernel by themselves.",
			"If transcoding rose, look which trunk or customer brings another codec.",
		},
		FalsePositives: []string{"A campaign of calls that are recorded or transcoded, or a new customer's: silence it for a week, after which it is usual."},
	}, r.offloadStories(name, rule)...)
}

// offloadStories prove that it fires, lasts as long as the loss, and ends.
func (r *rtpengineTier) offloadStories(name string, rule Rule) []TestGroup {
	limit := r.limits.Offload
	streams := func(path, values string) TestSeries {
		return series(metric.RTPEngineMediaStreams.Name, merge(r.node(), map[string]string{"path": path}), values)
	}
	const before, fault, mended = 2 * time.Hour, 30 * time.Hour, 30 * time.Minute
	course := func(normal, faulty float64) string {
		return gauge(leakStep, phase{length: before, value: normal}, phase{length: fault, value: faulty})
	}
	most, few := float64(limit.MinStreams)*10, float64(limit.MinStreams)*1.1
	rise := min(limit.Lost*1.1, (1+limit.Lost)/2)
	hold := before + stepsUp(limit.For)
	story := func(title string, proves []Proof, user, kernel string, tests ...AlertTest) TestGroup {
		return TestGroup{
			Name: name + ": " + title, Interval: slo.FormatDuration(leakStep), Proves: proves, AlertTests: tests,
			InputSeries: []TestSeries{streams("userspace", user), streams("kernel", kernel)},
		}
	}
	expected := firing(rule, map[string]string{"instance": r.nodes[0].Name}, percent(0.9), nil)
	little := firing(rule, map[string]string{"instance": r.nodes[0].Name}, percent(rise), nil)
	// A night without streams in the middle of a loss, then the end of it, and soon after that a new one.
	end := before + fault
	again := func(normal, faulty float64) string {
		const evening, night = 6 * time.Hour, 8 * time.Hour
		return gauge(leakStep, phase{length: before, value: normal}, phase{length: evening, value: faulty}, phase{length: night}, phase{length: fault - evening - night, value: faulty},
			phase{length: mended, value: normal}, phase{length: time.Hour, value: faulty})
	}
	return []TestGroup{
		story("all streams go to userspace, for long", []Proof{Fires, Holds, Resets}, again(most/10, most), again(9*most/10, 0),
			at(hold-leakStep, name), at(hold, name, expected), at(before+2*time.Hour, name, expected), at(before+10*time.Hour, name), at(end-leakStep, name, expected),
			at(end, name), at(end+mended+stepsUp(limit.For), name, expected)),
		story("just more than may be, of just enough streams", []Proof{Fires, Holds}, course(0, few*rise), course(few, few*(1-rise)),
			at(hold-leakStep, name), at(hold, name, little), at(end-leakStep, name, little)),
		story("few more than before", []Proof{Holds}, course(0, most*limit.Lost*0.9), course(most, most*(1-limit.Lost*0.9)), at(hold, name), at(end-leakStep, name)),
		story("few streams at all", []Proof{Holds}, course(0, float64(limit.MinStreams-1)), course(float64(limit.MinStreams-1), 0), at(hold, name), at(end-leakStep, name)),
		story("no streams", []Proof{Silent}, course(0, 0), course(0, 0), at(hold, name), at(end-leakStep, name)),
	}
}
