package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// rtpengineJob is the job label of the RTPEngine targets, as the scrape configuration sets it.
const rtpengineJob = "rtpengine"

// rtpengineBoard is the uid of the RTPEngine board, without the prefix that all boards share.
const rtpengineBoard = "rtpengine"

// rtpengineTier makes the rules of the media proxy tier.
type rtpengineTier struct {
	watched
	streamsPerNode int
	limits         spec.RTPEngineThresholds
	anchored       bool
	proxies        watched // the SIP proxies, whose view of the engines is compared with the engines' own
}

// rtpengine returns the records, alerts and stories of the media proxy tier, or nothing where the platform has none.
func rtpengine(s *spec.Spec, l links, proxies watched) *rtpengineTier {
	tier := s.Platform.MediaProxies
	r := &rtpengineTier{
		watched: watched{
			links: l, daemon: "RTPEngine", service: "rtpengine", exporter: "rtpengine_exporter", port: tier.MetricsPort, job: rtpengineJob,
			board: rtpengineBoard, kit: metric.RTPEngineKit, start: metric.RTPEngineStartTime, plan: "platform.yaml", nodes: tier.Nodes,
		},
		streamsPerNode: tier.StreamsPerNode, limits: s.Alerts.RTPEngine, anchored: anchored(s), proxies: proxies,
	}
	if len(tier.Nodes) == 0 {
		return r
	}
	r.mediaRecords()
	r.downAlert(r.limits.DownFor, r.downTexts())
	r.restartAlert(r.limits.RestartsAnHour, Alert{
		Impact: "Every call through the engine loses its media at each crash, unless sessions are kept in Redis: callers hear silence until they hang up.",
		Look:   []string{"the RTPEngine board: sessions fall to zero at each restart"},
		Do: []string{
			"Switch the engine off in Kamailio (`kamcmd rtpengine.enable URL 0` on each proxy): new calls go to the others.",
			"Keep the core file and the log; if the crashes began with a new version, go back to the one before.",
		},
	})
	r.capacityAlert()
	r.ownLimitsAlert()
	r.portsAlert()
	r.offersAlert()
	r.controlAlert()
	r.offloadAlert()
	r.silenceAlerts()
	r.qualityAlert()
	r.viewAlert()
	r.collectorAlert("ports", r.limits.CollectorFailingFor, Alert{
		Look: []string{"`rtpengine-ctl list totals` on the node: does the daemon answer on its command line?"},
		Do: []string{
			"Outcome decode: note RTPEngine's version (`rtpengine --version`) and report it.",
			"Outcome timeout on a busy engine: ask over TCP (`--rtpengine.address=tcp://...`), which carries answers of any length.",
		},
		FalsePositives: []string{"An engine whose command line listens elsewhere: name it with `--rtpengine.cli-address`, or leave it out and lose the limits."},
	})
	return r
}

// downTexts is what people need to know of an engine that is down.
func (r *rtpengineTier) downTexts() Alert {
	return Alert{
		Summary: "A media proxy is down or cannot be watched",
		Impact: fmt.Sprintf("Calls whose media go through the engine fall silent; Kamailio sends new ones to the others, which together carry %d streams. With cause \"exporter\" or \"missing\" calls may be well: nobody knows.",
			r.capacity()),
		Look: []string{
			"`rtpengine-ctl list totals` on the node: an answer means that RTPEngine lives and the exporter cannot reach its ng port",
			"alert RTPEngineViewDiffers and `kamcmd rtpengine.show all` on a proxy: does Kamailio still send calls to it?",
			"`lsmod | grep -E 'xt_RTPENGINE|nft_rtpengine'` on the node: without its kernel module RTPEngine may refuse to start",
		},
		Do: []string{
			"Cause \"daemon\": keep the core file and the last log lines, then `systemctl restart rtpengine`. If it stops again, switch it off in Kamailio (`kamcmd rtpengine.enable URL 0`).",
			"Watch that the other engines stay below their capacity: alert RTPEngineCapacityHigh.",
		},
	}
}

// capacity is how many media streams the tier carries with one node lost.
func (r *rtpengineTier) capacity() int { return r.survivors() * r.streamsPerNode }

// mediaRecords record what the alerts and boards about media read.
func (r *rtpengineTier) mediaRecords() {
	streams := metric.RTPEngineMediaStreams.Name
	r.record(Record{
		Name: mediaStreams, Labels: []metric.Label{instanceLabel()},
		Help: "Media streams at an engine, by any path; before RTPEngine 26.0 only those with packets at the moment.",
	}, fmt.Sprintf("sum by (instance) (%s)", streams), nil)
	r.record(Record{
		Name: mediaCapacityUsed, Unit: metric.Ratio,
		Help: fmt.Sprintf("Media streams of the tier as a share of the %d that it carries with one of its %d nodes lost; absent while an engine that is up does not tell its streams.",
			r.capacity(), len(r.nodes)),
	}, fmt.Sprintf("sum(%s) / %d unless on () (%s == 1 unless on (instance) %s)", mediaStreams, r.capacity(), r.kit.Up.Name, mediaStreams), nil)
	r.record(Record{
		Name: mediaUserspace, Unit: metric.Ratio, Labels: []metric.Label{instanceLabel()},
		Help: "Share of an engine's media streams whose packets pass through the daemon rather than through the kernel alone; absent without streams.",
	}, fmt.Sprintf(`sum by (instance) (%s{path="userspace"}) / (%s > 0)`, streams, mediaStreams), nil)

	window := BaseWindows()[0]
	grown := func(selector string) string {
		return fmt.Sprintf("sum by (instance) (%s)", increase(selector, window, r.anchored))
	}
	r.record(Record{
		Name: windowed(mediaOffers, window), Labels: []metric.Label{instanceLabel()},
		Help: "Offers that an engine got in the window, re-offers within calls included.",
	}, grown(metric.RTPEngineControlRequests.Name+`{command="offer"}`), nil)
	r.record(Record{
		Name: windowed(mediaOffersFailed, window), Labels: []metric.Label{instanceLabel()},
		Help: "Sessions that an offer began in the window and that could not be set up, as a rule for want of ports.",
	}, grown(metric.RTPEngineSessionsFailed.Name), nil)
	r.viewRecord(r.view())
}

// check reports thresholds that the exporter's metrics cannot tell.
func (r *rtpengineTier) check() diag.Problems {
	mos, bounds := r.limits.Quality.MOS, metric.RTPEngineStreamMOS.Buckets
	below, above := 0.0, 0.0
	for _, b := range bounds {
		switch {
		case b == mos:
			return nil
		case b < mos:
			below = b
		case above == 0:
			above = b
		}
	}
	hint := fmt.Sprintf("take %s", slo.FormatNumber(max(below, above)))
	if below > 0 && above > 0 {
		hint = fmt.Sprintf("the nearest are %s and %s", slo.FormatNumber(below), slo.FormatNumber(above))
	}
	if len(r.nodes) == 0 {
		return nil
	}
	return diag.Problems{diag.At(r.limits.Quality.MOSPos, fmt.Sprintf("%s is no bucket bound of %s, so that nobody can tell how many streams are below", slo.FormatNumber(mos), metric.RTPEngineStreamMOS.Name), hint)}
}

// shareRules are the two rules of a share of events with two limits, each of which needs some failures to be no accident.
// Both expressions are of the same labels, and can stand beside an operator as they are.
func (r *rtpengineTier) shareRules(alert, failed, all string, l spec.Limits, least int, labels map[string]string, warns, pages, text string) []Rule {
	rules := r.limitRules(alert, failed+" / "+all, l, labels, warns, pages, text)
	for i := range rules {
		rules[i].Expr = fmt.Sprintf("%s and %s >= %d", rules[i].Expr, failed, least)
	}
	return rules
}

// node are the labels of the first engine's series.
func (r *rtpengineTier) node() map[string]string { return r.targetLabels(r.nodes[0]) }

// places are the labels that are left of them by an aggregation by job and instance.
func (r *rtpengineTier) places() map[string]string {
	return map[string]string{"job": r.job, "instance": r.nodes[0].Name}
}

// mediaWindow is the time over which ended calls are judged: they are few and end late.
const mediaWindow = 30 * time.Minute
