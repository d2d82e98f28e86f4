package asterisk

import (
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// dialCounts are about calls that go out.
type dialCounts struct {
	ended       *emit.CounterVec
	delay, ring *emit.HistogramVec
}

// dial is one attempt under way.
type dial struct{ began, rang time.Time }

func newDialCounts() dialCounts {
	const outcomes = 10
	return dialCounts{
		ended: emit.NewCounterVec(metric.AsteriskDials, mostTechnology*outcomes),
		delay: emit.NewHistogramVec(metric.AsteriskPostDialDelay, mostTechnology),
		ring:  emit.NewHistogramVec(metric.AsteriskRingTime, mostTechnology*outcomes),
	}
}

func (d dialCounts) events() []emit.Collector { return []emit.Collector{d.ended, d.delay, d.ring} }

func (c *counts) dialBegin(m ami.Message, at time.Time) {
	if ch, ok := c.channels[m.Get("DestUniqueid")]; ok {
		ch.dial = &dial{began: at}
	}
}

// dialState takes the first sign of the other side: Asterisk tells of more states, such as PROCEEDING, which are not one.
func (c *counts) dialState(m ami.Message, at time.Time) {
	ch, ok := c.channels[m.Get("DestUniqueid")]
	status := m.Get("DialStatus")
	if !ok || ch.dial == nil || !ch.dial.rang.IsZero() || status != "RINGING" && status != "PROGRESS" {
		return
	}
	ch.dial.rang = at
	observe(c.dials.delay, ch.dial.began, at, technology(m.Get("DestChannel")))
}

// dialEnd counts an attempt's end once: of a queue's members who are rung in vain Asterisk tells it twice (16.28, 22.10).
func (c *counts) dialEnd(m ami.Message, at time.Time) {
	ch, ok := c.channels[m.Get("DestUniqueid")]
	if !ok || ch.dial == nil {
		return
	}
	result := strings.ToLower(m.Get("DialStatus"))
	if !slices.Contains(metric.AsteriskDialOutcomes(), result) {
		result = "other"
	}
	name := technology(m.Get("DestChannel"))
	c.dials.ended.Add(1, name, result)
	if !ch.dial.rang.IsZero() {
		observe(c.dials.ring, ch.dial.rang, at, name, result)
	}
	ch.dial = nil
}
