package asterisk

import (
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// queueCounts are about callers of queues.
type queueCounts struct {
	joined, unanswered *emit.CounterVec
	wait, talk         *emit.HistogramVec
}

// waiting is a caller in a queue. Asterisk tells QueueCallerAbandon of callers who hang up, and also when the time in the queue is over or
// no agent is left (app_queue.c counts all three as abandoned). QueueCallerLeave is told for every caller: after QueueCallerAbandon, but before AgentConnect. So one
// who has left without either is decided when AgentConnect comes, or the channel goes on.
type waiting struct {
	queue  string
	joined time.Time
	left   time.Time // zero before
}

func newQueueCounts() queueCounts {
	const outcomes = 4
	return queueCounts{
		joined:     emit.NewCounterVec(metric.AsteriskQueueJoined, mostQueues),
		unanswered: emit.NewCounterVec(metric.AsteriskQueueRingNoAnswer, mostQueues),
		wait:       emit.NewHistogramVec(metric.AsteriskQueueWait, mostQueues*outcomes),
		talk:       emit.NewHistogramVec(metric.AsteriskQueueTalk, mostQueues*outcomes),
	}
}

func (q queueCounts) events() []emit.Collector {
	return []emit.Collector{q.joined, q.unanswered, q.wait, q.talk}
}

func (c *counts) queueJoin(m ami.Message, at time.Time) {
	queue := strings.Clone(m.Get("Queue"))
	c.queues.joined.Add(1, queue)
	if ch, ok := c.track(m.Get("Uniqueid")); ok {
		c.queueGone(ch) // from the queue before, if any
		ch.queue = &waiting{queue: queue, joined: at}
	}
}

// queueEnd is for an end that Asterisk names. Its HoldTime, in whole seconds, stands in where the beginning was not seen.
func (c *counts) queueEnd(m ami.Message, at time.Time, outcome string) {
	queue := m.Get("Queue")
	if ch, ok := c.channels[m.Get("Uniqueid")]; ok && ch.queue != nil && ch.queue.queue == queue {
		observe(c.queues.wait, ch.queue.joined, at, queue, outcome)
		ch.queue = nil
		return
	}
	if seconds, err := strconv.ParseFloat(m.Get("HoldTime"), 64); err == nil && seconds >= 0 {
		c.queues.wait.Observe(seconds, queue, outcome)
	}
}

func (c *counts) queueLeave(m ami.Message, at time.Time) {
	if ch, ok := c.channels[m.Get("Uniqueid")]; ok && ch.queue != nil && ch.queue.queue == m.Get("Queue") {
		ch.queue.left = at
	}
}

// queueGone settles a caller who is no longer in a queue and was neither connected nor hung up there.
func (c *counts) queueGone(ch *channel) {
	if ch.queue != nil && !ch.queue.left.IsZero() {
		observe(c.queues.wait, ch.queue.joined, ch.queue.left, ch.queue.queue, "left")
	}
	ch.queue = nil
}

func (c *counts) queueComplete(m ami.Message) {
	by := strings.ToLower(m.Get("Reason"))
	switch by {
	case "caller", "agent", "transfer":
	default:
		by = "other"
	}
	if seconds, err := strconv.ParseFloat(m.Get("TalkTime"), 64); err == nil && seconds >= 0 {
		c.queues.talk.Observe(seconds, m.Get("Queue"), by)
	}
}
