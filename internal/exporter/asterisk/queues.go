package asterisk

import (
	"context"
	"strconv"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// queues reads the state of all queues.
type queues struct{ session *session }

// Name is that of the collector in its flag and in its outcome: queues.
func (queues) Name() string { return "queues" }

// queueState is what one queue adds up to.
type queueState struct {
	params                       ami.Message
	states                       []float64 // members by device state
	paused, available, attending float64
	longest                      float64
}

// Scrape sends the AMI action QueueStatus.
func (s queues) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := s.session.ask(ctx, ami.NewAction("QueueStatus"))
	if err != nil {
		return err
	}
	states := map[string]*queueState{}
	for _, m := range answer.Events {
		name := m.Get("Queue")
		q, ok := states[name]
		if m.Event() == "QueueParams" {
			states[name] = &queueState{params: m, states: make([]float64, len(metric.AsteriskMemberStates()))}
		}
		if !ok {
			continue
		}
		switch m.Event() {
		case "QueueMember":
			q.member(m)
		case "QueueEntry":
			wait, _ := number(m, "Wait")
			q.longest = max(q.longest, wait)
		}
	}
	for _, name := range sortedKeys(states) {
		states[name].add(b, name)
	}
	if len(states) == 0 {
		return exporter.Empty(nil)
	}
	return nil
}

// Device states of a member (include/asterisk/devicestate.h): free, no such device, and not reachable. To one whose state is not known,
// as of a Local channel, Asterisk tries to give calls.
const (
	notInUse    = 1
	invalid     = 4
	unavailable = 5
)

func (q *queueState) member(m ami.Message) {
	paused := m.Get("Paused") == "1"
	q.paused += boolean(paused)
	state, err := strconv.Atoi(m.Get("Status"))
	if err != nil || state < 0 || state >= len(q.states) {
		state = 0 // unknown
	}
	q.states[state]++
	q.available += boolean(state == notInUse && !paused)
	q.attending += boolean(state != invalid && state != unavailable && !paused)
}

func (q *queueState) add(b *emit.Batch, name string) {
	value(b, metric.AsteriskQueueCallers, q.params, "Calls", name)
	b.Add(metric.AsteriskQueueLongestWait, q.longest, name)
	for i, state := range metric.AsteriskMemberStates() {
		if q.states[i] > 0 {
			b.Add(metric.AsteriskQueueMembers, q.states[i], name, state)
		}
	}
	b.Add(metric.AsteriskQueuePaused, q.paused, name)
	b.Add(metric.AsteriskQueueAvailable, q.available, name)
	b.Add(metric.AsteriskQueueAttending, q.attending, name)
	value(b, metric.AsteriskQueueHoldTime, q.params, "Holdtime", name)
	value(b, metric.AsteriskQueueTalkTime, q.params, "TalkTime", name)
	value(b, metric.AsteriskQueueCompleted, q.params, "Completed", name)
	value(b, metric.AsteriskQueueAbandoned, q.params, "Abandoned", name)
	const percents = 100
	completed, _ := number(q.params, "Completed")
	if perf, ok := number(q.params, "ServicelevelPerf"); ok && completed > 0 {
		b.Add(metric.AsteriskQueueServiceLevel, perf/percents, name)
	}
	if target, ok := number(q.params, "ServiceLevel"); ok && target > 0 {
		b.Add(metric.AsteriskQueueServiceTarget, target, name)
	}
}
