package asterisk

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

const (
	// mostTracked is how many channels are remembered at once, for the times of their calls: ten times what an Asterisk carries.
	mostTracked = 20_000
	// mostQueues and mostServices bound the series of labels whose values Asterisk's configuration decides.
	mostQueues     = 500
	mostServices   = 200
	mostTechnology = 30
	// mostCauses bounds cause values by technology.
	mostCauses = 1000
)

// counts are what events add up to. They live as long as the target, over any number of connections.
type counts struct {
	now func() time.Time

	received *emit.CounterVec
	lag      *emit.HistogramVec
	calls    callCounts
	dials    dialCounts
	queues   queueCounts
	security *emit.CounterVec
	rtcp     rtcpCounts

	mu       sync.Mutex
	incoming int64     // calls that came in, of all technologies
	booted   time.Time // when the last FullyBooted came
	channels map[string]*channel
}

// channel is what is remembered of a channel until it ends.
type channel struct {
	technology string
	began      time.Time // zero unless it is an incoming call
	answered   time.Time // zero unless that was seen
	dial       *dial     // the attempt that it was made by
	queue      *waiting  // the queue that its caller is in
	streams    map[string]*clock
}

func newCounts(now func() time.Time) *counts {
	return &counts{
		now: now, channels: make(map[string]*channel),
		received: emit.NewCounterVec(metric.AsteriskAMIEvents, 0),
		lag:      emit.NewHistogramVec(metric.AsteriskAMILag, 0),
		security: emit.NewCounterVec(metric.AsteriskSecurityEventsSeen, mostServices),
		calls:    newCallCounts(), dials: newDialCounts(), queues: newQueueCounts(), rtcp: newRTCPCounts(),
	}
}

// events are the metrics of the collectors that run, and those of the connection.
func (c *counts) events(collectors []string) []emit.Collector {
	list := []emit.Collector{c.received, c.lag}
	if slices.Contains(collectors, "events") {
		list = append(list, c.security)
		list = append(list, c.calls.events()...)
		list = append(list, c.dials.events()...)
		list = append(list, c.queues.events()...)
	}
	if slices.Contains(collectors, "rtcp") {
		list = append(list, c.rtcp.events()...)
	}
	return list
}

// classes are the classes of events that the collectors need: system is for FullyBooted.
func classes(collectors []string) string {
	list := []string{"system"}
	if slices.Contains(collectors, "events") {
		list = append(list, "call", "agent", "security")
	}
	if slices.Contains(collectors, "rtcp") {
		list = append(list, "call", "reporting") // call: streams are forgotten when their channel ends
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ",")
}

// eventNames are the events that the collectors need.
func eventNames(collectors []string) []string {
	names := []string{"FullyBooted"}
	if slices.Contains(collectors, "events") || slices.Contains(collectors, "rtcp") {
		names = append(names, "Hangup")
	}
	if slices.Contains(collectors, "events") {
		names = append(names, "Newchannel", "Newstate", "DialBegin", "DialState", "DialEnd", "QueueCallerJoin", "QueueCallerLeave",
			"QueueCallerAbandon", "AgentConnect", "AgentComplete", "AgentRingNoAnswer")
		names = append(names, metric.AsteriskSecurityEvents()...)
	}
	if slices.Contains(collectors, "rtcp") {
		names = append(names, "RTCPSent", "RTCPReceived")
	}
	return names
}

// take counts one event. It is called by the connection, one event at a time.
func (c *counts) take(m ami.Message) {
	if m.Truncated() {
		return
	}
	name := m.Event()
	at := c.moment(m)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dispatch(name, m, at) {
		name = "other"
	}
	c.received.Add(1, name)
}

// moment is when the event happened, as it says itself where timestampevents is on, and otherwise now.
func (c *counts) moment(m ami.Message) time.Time {
	now := c.now()
	seconds, err := strconv.ParseFloat(m.Get("Timestamp"), 64)
	if err != nil || seconds <= 0 {
		return now
	}
	at := time.UnixMicro(int64(seconds * 1e6))
	if lag := now.Sub(at).Seconds(); lag >= 0 {
		c.lag.Observe(lag)
	}
	return at
}

// dispatch tells whether the event is one that is used.
func (c *counts) dispatch(name string, m ami.Message, at time.Time) bool {
	switch name {
	case "Newchannel":
		c.newChannel(m, at)
	case "Newstate":
		c.newState(m, at)
	case "Hangup":
		c.hangup(m, at)
	case "DialBegin":
		c.dialBegin(m, at)
	case "DialState":
		c.dialState(m, at)
	case "DialEnd":
		c.dialEnd(m, at)
	case "QueueCallerJoin":
		c.queueJoin(m, at)
	case "QueueCallerLeave":
		c.queueLeave(m, at)
	case "QueueCallerAbandon":
		c.queueEnd(m, at, "abandoned")
	case "AgentConnect":
		c.queueEnd(m, at, "answered")
	case "AgentComplete":
		c.queueComplete(m)
	case "AgentRingNoAnswer":
		c.queues.unanswered.Add(1, m.Get("Queue"))
	case "RTCPSent":
		c.report(m, "received") // Asterisk sends reports about what it receives
	case "RTCPReceived":
		c.report(m, "sent")
	case "FullyBooted":
		c.booted = c.now()
	default:
		return c.securityEvent(name, m)
	}
	return true
}

func (c *counts) securityEvent(name string, m ami.Message) bool {
	if !slices.Contains(metric.AsteriskSecurityEvents(), name) {
		return false
	}
	c.security.Add(1, name, m.Get("Service"))
	return true
}

// seen is how many calls came in.
func (c *counts) seen() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.incoming
}

// lastBoot is when the last FullyBooted came.
func (c *counts) lastBoot() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.booted
}

// resume forgets channels that ended unseen: all but the live ones, or all if those are not known.
func (c *counts) resume(live map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id := range c.channels {
		if !live[id] {
			delete(c.channels, id)
		}
	}
}

// track returns what is remembered of a channel, and begins to remember it if there is room.
func (c *counts) track(id string) (*channel, bool) {
	if ch, ok := c.channels[id]; ok {
		return ch, true
	}
	if id == "" || len(c.channels) >= mostTracked {
		return nil, false
	}
	ch := &channel{}
	c.channels[strings.Clone(id)] = ch // not a piece of the event, which would keep all of it in memory
	return ch, true
}

// technology is the channel driver in a channel's name, such as PJSIP in PJSIP/trunk-00000001.
func technology(name string) string {
	t, _, ok := strings.Cut(name, "/")
	if !ok || t == "" {
		return "unknown"
	}
	return t
}
