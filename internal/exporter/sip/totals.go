package sip

import (
	"slices"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/sipprobe"
)

// totals are of all probes of one target since the exporter began to watch it.
type totals struct {
	probes, reached                       *emit.CounterVec
	response, registration, session, dial *emit.HistogramVec
	mos, loss, jitter, round              *emit.HistogramVec
}

// newTotals begins with every series that will count at 0, so that rates see the first one.
func newTotals() *totals {
	t := &totals{
		probes: emit.NewCounterVec(metric.SIPProbes, 0), reached: emit.NewCounterVec(metric.SIPProbesReached, 0),
		response: emit.NewHistogramVec(metric.SIPResponse, 0), registration: emit.NewHistogramVec(metric.SIPRegistrationDelay, 0),
		session: emit.NewHistogramVec(metric.SIPSessionDelay, 0), dial: emit.NewHistogramVec(metric.SIPPostDial, 0),
		mos: emit.NewHistogramVec(metric.SIPCallMOS, 0), loss: emit.NewHistogramVec(metric.SIPCallLoss, 0),
		jitter: emit.NewHistogramVec(metric.SIPCallJitter, 0), round: emit.NewHistogramVec(metric.SIPCallRoundTrip, 0),
	}
	for _, outcome := range metric.SIPProbeOutcomes() {
		t.probes.Add(0, outcome)
	}
	for _, grade := range metric.SIPGrades() {
		t.reached.Add(0, grade)
	}
	return t
}

// events are the metrics to show, those of the collectors that are switched on.
func (t *totals) events(collectors []string) []emit.Collector {
	var out []emit.Collector
	if slices.Contains(collectors, "probe") {
		out = append(out, t.probes, t.reached, t.response, t.registration, t.session, t.dial)
	}
	if slices.Contains(collectors, "media") {
		out = append(out, t.mos, t.loss, t.jitter, t.round)
	}
	return out
}

// count adds one result.
func (t *totals) count(r sipprobe.Result) {
	t.probes.Add(1, string(r.Outcome))
	for i, grade := range metric.SIPGrades() {
		if r.Grade > sipprobe.Grade(i) && counts(r.Method, i) {
			t.reached.Add(1, grade)
		}
	}
	observe(t.response, r.Delay, string(r.Method))
	if r.Grade == sipprobe.GradeRegistered {
		observe(t.registration, r.Delay)
	}
	observe(t.session, r.RequestDelay)
	observe(t.dial, r.PostDial)
	if m := r.Media; m != nil && m.Loss != nil {
		t.loss.Observe(*m.Loss)
		t.mos.Observe(*m.MOS)
		observe(t.jitter, m.Jitter)
		observe(t.round, m.RoundTrip)
	}
}

// counts reports whether a probe can prove a grade: a call registers nothing.
func counts(m sipprobe.Method, grade int) bool {
	return m != sipprobe.Invite || sipprobe.Grade(grade+1) != sipprobe.GradeRegistered
}

func observe(h *emit.HistogramVec, d *time.Duration, labels ...string) {
	if d != nil {
		h.Observe(d.Seconds(), labels...)
	}
}
