package asterisk

import (
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// The states of a channel that matter (include/asterisk/channelstate.h).
const (
	stateRing = "4" // an incoming call that is not answered
	stateUp   = "6"
)

// callCounts are about calls that come in, and about the ends of all channels.
type callCounts struct {
	incoming, hangups, untracked *emit.CounterVec
	setup, duration              *emit.HistogramVec
}

func newCallCounts() callCounts {
	c := callCounts{
		incoming:  emit.NewCounterVec(metric.AsteriskIncomingCalls, mostTechnology),
		hangups:   emit.NewCounterVec(metric.AsteriskHangups, mostCauses),
		untracked: emit.NewCounterVec(metric.AsteriskUntracked, 0),
		setup:     emit.NewHistogramVec(metric.AsteriskCallSetup, mostTechnology),
		duration:  emit.NewHistogramVec(metric.AsteriskCallDuration, mostTechnology),
	}
	c.untracked.Add(0)
	return c
}

func (c callCounts) events() []emit.Collector {
	return []emit.Collector{c.incoming, c.hangups, c.untracked, c.setup, c.duration}
}

func (c *counts) newChannel(m ami.Message, at time.Time) {
	ch, ok := c.track(m.Get("Uniqueid"))
	name := strings.Clone(technology(m.Get("Channel")))
	if m.Get("ChannelState") == stateRing {
		c.incoming++
		c.calls.incoming.Add(1, name)
		if ok {
			ch.began = at
		}
	}
	if ok {
		ch.technology = name
	}
}

func (c *counts) newState(m ami.Message, at time.Time) {
	ch, ok := c.channels[m.Get("Uniqueid")]
	if !ok || m.Get("ChannelState") != stateUp || ch.began.IsZero() || !ch.answered.IsZero() {
		return
	}
	ch.answered = at
	observe(c.calls.setup, ch.began, at, ch.technology)
}

func (c *counts) hangup(m ami.Message, at time.Time) {
	id := m.Get("Uniqueid")
	name := technology(m.Get("Channel"))
	if cause, err := strconv.Atoi(m.Get("Cause")); err == nil {
		c.calls.hangups.Add(1, name, strconv.Itoa(cause), causeClass(cause))
	}
	ch, ok := c.channels[id]
	if !ok || ch.technology == "" {
		c.calls.untracked.Add(1)
	}
	if !ok {
		return
	}
	if !ch.answered.IsZero() {
		observe(c.calls.duration, ch.answered, at, ch.technology)
	}
	c.queueGone(ch)
	delete(c.channels, id)
}

// observe observes a time between two events. Clocks that were set back make no time below zero.
func observe(h *emit.HistogramVec, from, to time.Time, labels ...string) {
	if d := to.Sub(from).Seconds(); d >= 0 {
		h.Observe(d, labels...)
	}
}

// causeClass is the class of a cause value (ITU-T Q.850, 2.2.5). Asterisk takes 0 for no cause.
func causeClass(cause int) string {
	const (
		valuesPerClass = 16
		values         = 128
	)
	if cause <= 0 || cause >= values {
		return "none"
	}
	return metric.AsteriskCauseClasses()[1+cause/valuesPerClass]
}
