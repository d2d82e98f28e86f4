package lab

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/voipbin/observability/internal/lab/kamailio"
	"github.com/voipbin/observability/internal/lab/sipp"
)

// What the laboratory reads back of whole calls. The options probe cannot reach L4, so that a probe which did was a call.
const (
	hangupsByCause = `sum by (cause) (asterisk_hangups_total{technology="PJSIP"})`
	relayedEnded   = `sum(rtpengine_sessions_ended_total)`
	relayedSilent  = `sum(rtpengine_zero_packet_sessions_total)`
	probedCalls    = `sum(sip_probes_reached_total{grade="L4"})`
	probesFailed   = `sum(sip_probes_total{outcome!="ok"})`
	probeGrade     = `max(sip_probe_grade)`
	probeMOS       = `min(sip_probe_mos)`
	probeLoss      = `max(sip_probe_rtp_loss_ratio)`
	callsInPBX     = `sum(asterisk_channels{technology="PJSIP"}) or 0 * (max(asterisk_up) == 1)` // no channel is no series
	mediaStreams   = `sum(rtpengine_media_streams)`
)

// bestGrade is L4 of sip_probe_grade: audio both ways.
const bestGrade = 4

// The rows of what became of whole calls.
const (
	rowCleared = "cause 0 or 16" // a caller's BYE is 0 to Asterisk 22 and 16, normal clearing, to older ones
	rowAudible = "relayed with audio"
	rowSilent  = "relayed, no audio" // refused: a session was set up for the offer
)

// WholeCalls is what Prometheus knows of calls through RTPEngine to Asterisk, since they were started.
type WholeCalls struct {
	// ByCause is the number of Asterisk's hangups by cause of ITU-T Q.850, as the exporter writes it.
	ByCause map[string]int
	// Queues is the number of entries of queues by what became of them, as a row of the comparison names it.
	Queues map[string]int
	// Ended and Silent are RTPEngine's sessions that ended, and those of them without a packet.
	Ended, Silent int
	// Probes are the prober's own calls, all with audio, and ProbesFailed its probes of any kind that failed.
	Probes, ProbesFailed int
	// Grade, MOS and Loss are of the last probes; NaN where none has ended.
	Grade, MOS, Loss float64
}

// WholeCalls reads them as last scraped.
func (m *Monitoring) WholeCalls(ctx context.Context) (WholeCalls, error) {
	w := WholeCalls{ByCause: map[string]int{}}
	samples, err := m.API.Query(ctx, hangupsByCause, time.Time{})
	if err != nil {
		return w, err
	}
	for _, s := range samples {
		w.ByCause[s.Labels[causeLabel]] = int(s.Value)
	}
	if w.Queues, err = readQueues(ctx, m.API); err != nil {
		return w, err
	}
	for query, into := range map[string]*int{relayedEnded: &w.Ended, relayedSilent: &w.Silent, probedCalls: &w.Probes, probesFailed: &w.ProbesFailed} {
		value, err := number(ctx, m.API, query)
		if err != nil {
			return w, err
		}
		if math.IsNaN(value) {
			return w, fmt.Errorf("prometheus has no %s", query)
		}
		*into = int(value)
	}
	for query, into := range map[string]*float64{probeGrade: &w.Grade, probeMOS: &w.MOS, probeLoss: &w.Loss} {
		if *into, err = number(ctx, m.API, query); err != nil {
			return w, err
		}
	}
	return w, nil
}

// CallRow compares one number of whole calls.
type CallRow struct {
	// What is the cause, or what RTPEngine did.
	What string
	// SIPp and Probes are calls that ended so by what the callers and the prober saw, Prometheus by what the exporters counted.
	SIPp, Probes, Prometheus int
}

// CallComparison is what callers saw of whole calls beside what Prometheus knows.
type CallComparison struct {
	Rows  []CallRow
	Known WholeCalls
}

// CompareCalls sets the two sides against each other. Seen are the calls to users of Asterisk only, by user.
func CompareCalls(seen map[string]sipp.Counts, known WholeCalls) CallComparison {
	left, right := map[string]int{}, map[string]int{}
	var all sipp.Counts
	for _, counts := range seen {
		all = all.Add(counts)
	}
	refused := 0
	for code, n := range all.Final {
		left[rowOfAnswer(code)] += n
		if code != 200 {
			refused += n
		}
	}
	for cause, n := range known.ByCause {
		if n != 0 {
			right[rowOfHangup(cause)] += n
		}
	}
	c := CallComparison{Known: known}
	both := maps.Clone(left)
	maps.Copy(both, right)
	for _, what := range slices.Sorted(maps.Keys(both)) {
		row := CallRow{What: what, SIPp: left[what], Prometheus: right[what]}
		if what == rowCleared {
			row.Probes = known.Probes
		}
		c.Rows = append(c.Rows, row)
	}
	c.Rows = append(c.Rows, compareQueues(seen, known.Queues)...)
	c.Rows = append(c.Rows,
		CallRow{rowAudible, all.Final[200], known.Probes, known.Ended - known.Silent},
		CallRow{rowSilent, refused, 0, known.Silent})
	return c
}

// rowOfAnswer is the cause with which Asterisk ends a call that the caller was told this status of (RFC 3398, 8.2.6.1, the other way
// round). 503 comes as 500, for tm relays it so.
func rowOfAnswer(code int) string {
	switch code {
	case 200:
		return rowCleared
	case 403:
		return "cause 21"
	case 486:
		return "cause 17"
	case 500, 503:
		return "cause 34"
	}
	return fmt.Sprintf("status %d", code)
}

func rowOfHangup(cause string) string {
	if cause == "0" || cause == "16" {
		return rowCleared
	}
	return "cause " + cause
}

// Problems are the numbers that differ and what the prober did not find well, in words; none if all is well.
func (c CallComparison) Problems() []string {
	var all []string
	for _, r := range c.Rows {
		if r.SIPp+r.Probes != r.Prometheus {
			all = append(all, fmt.Sprintf("%s: SIPp saw %d, the prober %d, Prometheus says %d", r.What, r.SIPp, r.Probes, r.Prometheus))
		}
	}
	k := c.Known
	if k.ProbesFailed > 0 {
		all = append(all, fmt.Sprintf("%d probes failed", k.ProbesFailed))
	}
	if k.Grade != bestGrade { // true for NaN as well
		all = append(all, fmt.Sprintf("the probe's grade is %s instead of L%d", grade(k.Grade), bestGrade))
	}
	if math.IsNaN(k.MOS) || math.IsNaN(k.Loss) {
		all = append(all, "the probe measured no audio")
	}
	return all
}

// Write prints the comparison as a table.
func (c CallComparison) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "whole calls\tSIPp\tprober\tPrometheus\tdifference\t\n")
	for _, r := range c.Rows {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t\n", r.What, r.SIPp, r.Probes, r.Prometheus, r.Prometheus-r.SIPp-r.Probes)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "  probe %s, MOS %s, loss %s\n", grade(c.Known.Grade), score(c.Known.MOS), percent(c.Known.Loss))
	return err
}

// grade prints a grade as L0 to L4, or that it is unknown.
func grade(g float64) string {
	if math.IsNaN(g) {
		return "unknown"
	}
	return fmt.Sprintf("L%.0f", g)
}

// score prints a mean opinion score, or that it is unknown.
func score(mos float64) string {
	if math.IsNaN(mos) {
		return "unknown"
	}
	return fmt.Sprintf("%.2f", mos)
}

// toAsterisk tells callers of Asterisk's users.
func toAsterisk(c sipp.Caller) bool { return strings.HasPrefix(c.User, kamailio.MediaPrefix) }
