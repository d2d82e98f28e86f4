package asterisk

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// gap counts what the connection's ends cost.
//
// Asterisk itself counts the channels that have begun to run the dialplan. How many that were is read from time to time, together with
// how many calls events have told of. After a gap, what its count has grown by since the last reading, less the calls seen since, is
// what was missed.
type gap struct {
	counts *counts
	now    func() time.Time

	gaps, seconds, missed *emit.CounterVec

	mu   sync.Mutex
	open bool
	upTo time.Time // until when the open gap is counted
	seen int64     // calls seen when it began
	last reading
}

// reading is Asterisk's count of calls and ours, at one moment.
type reading struct {
	known     bool // Asterisk before 18 does not tell
	started   string
	processed int64
	seen      int64
}

func newGap(c *counts, now func() time.Time) *gap {
	g := &gap{
		counts: c, now: now, gaps: emit.NewCounterVec(metric.AsteriskAMIGaps, 0),
		seconds: emit.NewCounterVec(metric.AsteriskAMIGapSeconds, 0), missed: emit.NewCounterVec(metric.AsteriskAMIMissedCalls, 0),
	}
	g.gaps.Add(0)
	g.seconds.Add(0)
	return g
}

func (g *gap) events() []emit.Collector { return []emit.Collector{g.gaps, g.seconds, g.missed} }

// begin opens a gap.
func (g *gap) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open, g.upTo, g.seen = true, g.now(), g.counts.seen()
	g.gaps.Add(1)
}

// account counts an open gap up to now.
func (g *gap) account() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open {
		now := g.now()
		g.seconds.Add(max(0, now.Sub(g.upTo).Seconds()))
		g.upTo = now
	}
}

// end closes the gap, if there is one, on a connection that gets events already.
func (g *gap) end(ctx context.Context, conn *ami.Conn) error {
	g.account()
	now, err := g.take(ctx, conn)
	if err != nil {
		return err
	}
	g.mu.Lock()
	again, last, seen := g.open, g.last, g.seen
	g.open, g.last = false, now
	g.mu.Unlock()
	if now.known {
		g.missed.Add(0)
	}
	if again {
		g.counts.resume(g.live(ctx, conn))
		if now.known && last.known {
			g.missed.Add(float64(max(0, missedCalls(last, now, seen))))
		}
	}
	return nil
}

// missedCalls is how many calls began between two readings without being seen. After a restart Asterisk counts from 0, and only calls
// seen since the gap began can be among them.
func missedCalls(last, now reading, seenAtBegin int64) int64 {
	if last.started != now.started || now.processed < last.processed {
		last.processed, last.seen = 0, seenAtBegin
	}
	return now.processed - last.processed - (now.seen - last.seen)
}

// read takes a reading to compare the next one with.
func (g *gap) read(ctx context.Context, conn *ami.Conn) error {
	now, err := g.take(ctx, conn)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = now
	return nil
}

// take asks Asterisk for its count. Events that happened before the answer may be sent after it; with the answer to a further question
// they have come. A user who may not ask gets no reading.
func (g *gap) take(ctx context.Context, conn *ami.Conn) (reading, error) {
	answer, err := conn.Do(ctx, ami.NewAction("CoreStatus"))
	if err != nil && !refusedBy(err) {
		return reading{}, err
	}
	if _, err := conn.Do(ctx, ami.NewAction("Ping")); err != nil {
		return reading{}, err
	}
	status := answer.Response
	processed, err := strconv.ParseInt(status.Get("CoreProcessedCalls"), 10, 64)
	return reading{
		known: err == nil, started: status.Get("CoreStartupDate") + status.Get("CoreStartupTime"), processed: processed,
		seen: g.counts.seen(),
	}, nil
}

// live lists the channels that there are, so that those that ended during a gap are forgotten; nil if that cannot be known.
func (g *gap) live(ctx context.Context, conn *ami.Conn) map[string]bool {
	answer, err := conn.Do(ctx, ami.NewAction("CoreShowChannels"))
	if err != nil {
		return nil
	}
	ids := make(map[string]bool, len(answer.Events))
	for _, m := range answer.Events {
		ids[m.Get("Uniqueid")] = true
	}
	return ids
}
