//go:build integration

package integration

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
	"github.com/voipbin/observability/internal/rto/mysql/binlog"
)

// kills is a pair whose source is killed again and again, watched all the time.
type kills struct {
	t       *testing.T
	pair    *database.Pair
	now     func() rto.Instant
	source  *mysql.Sampler
	replica *mysql.Sampler

	mu       sync.Mutex // guards what the looks give
	ledger   *rto.Ledger
	survivor *rto.Survivor
	held     int // rows of the ledger table before the round
}

// looking looks at the source every interval until the returned function is called.
func (k *kills) looking() (stop func()) {
	ctx, cancel := context.WithCancel(k.t.Context())
	var done sync.WaitGroup
	k.ledger, k.survivor = &rto.Ledger{}, &rto.Survivor{}
	done.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			s := k.source.Source(ctx)
			k.mu.Lock()
			k.ledger.Observe(s)
			k.mu.Unlock()
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
	return func() { cancel(); done.Wait() }
}

// settled reads the replica's position and its rows so that they belong together: no transaction came in between.
func (k *kills) settled(drained bool) (rto.ReplicaSample, map[int64]bool) {
	k.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		first := k.replica.Replica(k.t.Context())
		have := rows(k.t, k.pair.Replica)
		second := k.replica.Replica(k.t.Context())
		still := first.Outcome == rto.OK && second.Outcome == rto.OK && first.Applied.Equal(second.Applied) && first.Received.Equal(second.Received)
		if still && (!drained || first.Applied.Contains(first.Received)) {
			return second, have
		}
		time.Sleep(5 * time.Millisecond)
	}
	k.t.Fatal("the replica does not come to rest")
	return rto.ReplicaSample{}, nil
}

// loss is what the harness knows to be lost: rows that were acknowledged, or found in the old source, and are not in the survivor.
type loss struct {
	acknowledged, uncertain int
	// acked is the earliest acknowledgement of a lost row, sent the earliest sending; 0 if none was lost.
	acked, sent rto.Instant
}

func lossOf(writes []write, old, survivor map[int64]bool) loss {
	var l loss
	earlier := func(a, b rto.Instant) rto.Instant {
		if a == 0 || b < a {
			return b
		}
		return a
	}
	for _, w := range writes {
		if survivor[w.seq] || w.acked == 0 && !old[w.seq] {
			continue
		}
		l.sent = earlier(l.sent, w.sent)
		if w.acked == 0 {
			l.uncertain++
			continue
		}
		l.acknowledged++
		l.acked = earlier(l.acked, w.acked)
	}
	return l
}

// contains tells whether a bracket is compatible with a loss when the source failed within the moment. The upper edge speaks of writes that
// were acknowledged, the lower one of writes that the source had, acknowledged or not.
func (l loss) contains(b rto.Bracket, failed rto.Moment) bool {
	if l.acked != 0 && !b.Unbounded && b.Hi < failed.Hi.Sub(l.acked) {
		return false
	}
	if l.sent == 0 {
		return b.Lo == 0
	}
	return b.Lo <= failed.Lo.Sub(l.sent)
}

// kind is how a round goes before the kill.
type kind string

const (
	healthy     kind = "healthy"
	partitioned kind = "partitioned"
	applierOff  kind = "applier off"
)

// round kills the source once and returns what was seen, as a line.
func (k *kills) round(kind kind, length time.Duration) string {
	t, p := k.t, k.pair
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	stop := k.looking()
	w := newWriters(t, p, k.now, 8)
	w.offset = k.held
	w.run(8, 2*time.Millisecond)
	time.Sleep(500 * time.Millisecond) // of writes that arrive
	switch kind {
	case partitioned:
		p.Link.Pause()
	case applierOff:
		must(p.Replica.Do(t.Context(), "STOP "+p.Word()+" SQL_THREAD"))
	}
	time.Sleep(length)
	failed := rto.Moment{Lo: k.now()}
	must(p.Source.Kill())
	failed.Hi = k.now()
	w.halt()
	stop()
	p.Link.Pause() // the survivor gets nothing more, whatever comes back
	p.Link.Cut()

	applied, have := k.settled(kind != applierOff)
	atOnce := k.ledger.Loss(applied.Applied, failed)
	received := k.ledger.Loss(applied.Received, failed)
	drained, all := applied, have
	if kind == applierOff {
		must(p.Replica.Do(t.Context(), "START "+p.Word()+" SQL_THREAD"))
		drained, all = k.settled(true)
	}
	must(p.Source.Start(t.Context(), "--read-only=ON")) // the fence: nobody but root may write, and root does not
	old, writes := rows(t, p.Source), w.all()
	until := k.fenced()
	lossAtOnce, lossDrained := lossOf(writes, old, have), lossOf(writes, old, all)
	for name, c := range map[string]struct {
		b rto.Bracket
		l loss
	}{"applied": {atOnce, lossAtOnce}, "received": {received, lossDrained}} {
		if !c.l.contains(c.b, failed) {
			t.Errorf("%s: %s: bracket %v does not contain the truth: oldest lost acknowledged %v before the failure, sent %v before it, %d lost", kind, name, c.b,
				failed.Hi.Sub(c.l.acked), failed.Lo.Sub(c.l.sent), c.l.acknowledged)
		}
	}
	exact := k.manifest(drained.Applied, until, lossDrained, len(old)-len(all))
	line := fmt.Sprintf("%-12s promoted at once: %5d acknowledged and %d uncertain lost, oldest %s, bracket %v; drained: %5d and %d lost, oldest %s, bracket %v; log: %s",
		kind, lossAtOnce.acknowledged, lossAtOnce.uncertain, lossAtOnce.age(failed), atOnce, lossDrained.acknowledged, lossDrained.uncertain, lossDrained.age(failed), received, exact)
	p.Link.Resume()
	must(p.Source.Do(t.Context(), "SET GLOBAL read_only = 0"))
	must(p.Replica.Do(t.Context(), "STOP "+p.Word(), "START "+p.Word()))
	must(p.CaughtUp(t.Context(), time.Minute))
	k.held += len(writes)
	return line
}

// fenced is a look at the source that takes no writes any more. The first look after its restart may find the connection broken.
func (k *kills) fenced() rto.SourceSample {
	k.t.Helper()
	var s rto.SourceSample
	for range 20 {
		if s = k.source.Source(k.t.Context()); s.Outcome == rto.OK && s.ReadOnly {
			return s
		}
		time.Sleep(10 * time.Millisecond)
	}
	k.t.Fatalf("the restarted source is not fenced: %+v", s)
	return s
}

// age shows how long before the failure the oldest lost write had been acknowledged.
func (l loss) age(failed rto.Moment) string {
	if l.acked == 0 {
		return "none"
	}
	return fmt.Sprintf("%.3f s", failed.Hi.Sub(l.acked).Seconds())
}

// manifest reads the old source's log and holds it against the truth. It returns what is worth a line.
func (k *kills) manifest(kept rto.Position, until rto.SourceSample, truth loss, lost int) string {
	k.t.Helper()
	m, err := binlog.Read(k.t.Context(), binlog.Request{
		Account: k.pair.Source.Account(database.Repl), Flavour: k.pair.Program.Flavour, Store: "main", Kept: kept, Until: until.At, Clock: until.Clock,
	})
	if err != nil {
		k.t.Fatal(err)
	}
	if want := until.At.Minus(kept).Count(); m.Transactions != want || m.Transactions != uint64(lost) {
		k.t.Errorf("manifest has %d transactions, positions say %d, tables %d", m.Transactions, want, lost)
	}
	if lost == 0 {
		return "nothing lost"
	}
	i := slices.IndexFunc(m.Tables, func(l rto.TableLoss) bool { return l.Table == "lab.ledger" })
	if i < 0 || m.Tables[i].Inserts != uint64(lost) || len(m.Tables) != 1 {
		k.t.Errorf("manifest has %+v, want %d inserts into lab.ledger", m.Tables, lost)
	}
	slack := 10 * time.Millisecond
	lo, hi := m.Oldest, m.Oldest.Add(m.Resolution)
	// The truth is a bracket of its own: the commit came after the sending and before the acknowledgement.
	acked := "never acknowledged"
	if truth.acked != 0 {
		acked = fmt.Sprintf("%.1f ms before it was acknowledged", float64(truth.acked.Sub(m.Oldest).Microseconds())/1000)
	}
	if hi.Add(slack) < truth.sent || truth.acked != 0 && lo > truth.acked.Add(slack) {
		k.t.Errorf("oldest lost commit by the log %v (to %v), but it was sent %v and acknowledged %v", m.Oldest, m.Resolution, truth.sent, truth.acked)
	}
	return fmt.Sprintf("%d transactions, oldest commit (to %v) %.1f ms after it was sent, %s", m.Transactions, m.Resolution, float64(m.Oldest.Sub(truth.sent).Microseconds())/1000, acked)
}

// TestLossAfterKills kills the source with writes in flight. What is promoted is compared with what the client had acknowledged.
func TestLossAfterKills(t *testing.T) {
	t.Parallel()
	for _, flavour := range flavours() {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			p := startPair(t, flavour, suiteOf(flavour))
			now := trackerClock()
			o := mysql.Options{Store: "main", Name: "replica", Bare: true}
			k := &kills{t: t, pair: p, now: now, source: sampler(t, p.Source.Account(database.Monitor), now, o), replica: sampler(t, p.Replica.Account(database.Monitor), now, o)}
			kinds := []kind{partitioned, applierOff, healthy}
			var lines []string
			n := amount(3, 20)
			for i := range n {
				lines = append(lines, k.round(kinds[i%len(kinds)], time.Duration(1+i%3)*time.Second))
				t.Log(lines[i])
			}
			proof(t, "kills-"+string(flavour), fmt.Sprintf("%s %s, %d kills (SIGKILL) of the source with 8 clients writing, one look each %v\n\n%s\n\nEvery bracket contains the truth, every count is exact.\n",
				flavour, p.Program.Package, n, every, strings.Join(lines, "\n")))
		})
	}
}
