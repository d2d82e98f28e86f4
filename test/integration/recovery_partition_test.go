//go:build integration

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// every is the sampling interval of these tests.
const every = 100 * time.Millisecond

// watch is a tracker of one replica, in a test's own loop, with the truth beside each number.
type watch struct {
	t               *testing.T
	pair            *database.Pair
	now             func() rto.Instant
	writers         *writers
	source, replica *mysql.Sampler
	ledger          rto.Ledger
	survivor        rto.Survivor
	frozen          bool  // the replica cannot be asked for the truth: it is as it was
	have            int64 // rows of the replica when last asked
	base            int64 // transactions that the replica had before the first row

	unsettled int // samples in which rows were visible that the replica's position did not hold yet

	lines         []string
	samples, seen int
	late          int
	loose         bool          // the test makes gaps: only the side of the truth is judged
	sends         []rto.Instant // of the looks at the source that were answered
	worstUnder    time.Duration // how far the upper edge was below the truth
	worstOver     time.Duration // how far above it, while the source was visible
	worstOverLate time.Duration // the same where a look was late, less the time it was late
	lowerAbove    time.Duration // how far the lower edge was above the truth
}

func newWatch(t *testing.T, p *database.Pair, o mysql.Options, sourceAt, replicaAt mysql.Account) *watch {
	now := trackerClock()
	o.Store, o.Name, o.Heartbeat = "main", "replica", "drheartbeat.heartbeat"
	w := &watch{
		t: t, pair: p, now: now, writers: newWriters(t, p, now, 1),
		source: sampler(t, sourceAt, now, o), replica: sampler(t, replicaAt, now, o),
	}
	w.base = int64(w.replica.Replica(t.Context()).Applied.Count())
	return w
}

// rowsOfReplica is the highest row that the replica shows.
func (w *watch) rowsOfReplica() int64 {
	if w.frozen {
		return w.have
	}
	n, err := w.pair.Replica.Number(w.t.Context(), "SELECT MAX(seq) FROM lab.ledger")
	if err != nil {
		w.t.Fatal(err)
	}
	w.have = n
	return n
}

// freeze stops the replica, and knows what it has: nobody writes meanwhile, as a busy machine lets time pass between a question and a signal, and between a
// signal and what it does.
func (w *watch) freeze() {
	w.t.Helper()
	w.writers.halt()
	last := int64(0)
	for _, one := range w.writers.all() {
		if one.acked != 0 {
			last = max(last, one.seq)
		}
	}
	process := w.pair.Replica.Process
	until := func(what string, done func() bool) {
		for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				w.t.Fatal("the replica does not " + what)
			}
		}
	}
	until("catch up", func() bool { return w.rowsOfReplica() >= last })
	w.frozen = true
	if err := process.Signal(syscall.SIGSTOP); err != nil {
		w.t.Fatal(err)
	}
	until("stop", func() bool { return stopped(w.t, process.Pid()) })
	w.writers.run(1, 10*time.Millisecond)
}

// stopped tells whether no thread of a process runs any more, see proc_pid_stat(5).
func stopped(t *testing.T, pid int) bool {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		t.Fatalf("threads of process %d: %v", pid, err)
	}
	for _, one := range threads {
		text, err := os.ReadFile(one)
		if err != nil {
			return false // a thread ended
		}
		if _, state, ok := strings.Cut(string(text), ") "); !ok || !strings.HasPrefix(state, "T") {
			return false
		}
	}
	return true
}

// stage takes n samples.
func (w *watch) stage(name string, n int) {
	w.t.Helper()
	tick := time.NewTicker(every)
	defer tick.Stop()
	var last string
	var over time.Duration
	for range n {
		<-tick.C
		var o time.Duration
		last, o = w.sample()
		over = max(over, o)
	}
	w.lines = append(w.lines, fmt.Sprintf("%-28s %4d samples, at its end: %s; largest distance of the upper edge %.3f s", name, n, last, over.Seconds()))
}

// sample looks once and judges what the tracker says by the truth.
func (w *watch) sample() (string, time.Duration) {
	w.t.Helper()
	source := w.source.Source(w.t.Context())
	w.ledger.Observe(source)
	before := w.rowsOfReplica()
	replica := w.replica.Replica(w.t.Context())
	w.survivor.Observe(replica)
	before = w.settled(before, replica)
	now := w.now()
	applied := rto.Exposed(&w.ledger, &w.survivor, "main", "replica", rto.Applied, now, every*3/2)
	received := rto.Exposed(&w.ledger, &w.survivor, "main", "replica", rto.Received, now, every*3/2)
	after := w.rowsOfReplica()
	w.samples++
	over := w.judge(applied, source, now, before, after)
	least, _ := w.writers.truth(now, after)
	if !applied.Window.Unbounded && !received.Window.Unbounded && received.Window.Hi > applied.Window.Hi {
		w.t.Errorf("received %v is worse than applied %v", received.Window, applied.Window)
	}
	behind := "no Seconds_Behind"
	if b := replica.Estimates.SecondsBehind; b != nil {
		behind = fmt.Sprintf("Seconds_Behind %.0f", *b)
	}
	threads := "?"
	if replica.Threads != nil {
		threads = replica.Threads.Receiving + "/" + replica.Threads.Applying
	}
	return fmt.Sprintf("truth %.3f s, applied %v, received %v, %s (%s)", least.Seconds(), applied.Window, received.Window, behind, threads), over
}

// settled is how many of the visible rows the replica's own position holds. A replica shows rows before they are durable and counted in:
// where storage stalls, by more than an interval. What is not counted in yet is rightly not proven.
func (w *watch) settled(visible int64, r rto.ReplicaSample) int64 {
	if r.Outcome != rto.OK {
		return visible
	}
	held := int64(r.Applied.Count()) - w.base
	if held < visible {
		w.unsettled++
		return held
	}
	return visible
}

// judge compares one exposure with the truth: the replica had at least the rows `before`, and at most the rows `after`.
func (w *watch) judge(e rto.Exposure, source rto.SourceSample, now rto.Instant, before, after int64) time.Duration {
	w.t.Helper()
	most, sent := w.writers.truth(now, before)
	least, _ := w.writers.truth(now, after)
	if source.Outcome == rto.OK {
		w.sends = append(w.sends, source.Send)
	}
	if e.Window.Unbounded {
		return 0 // before the first proof
	}
	w.worstUnder = max(w.worstUnder, least-e.Window.Hi)
	w.lowerAbove = max(w.lowerAbove, e.Window.Lo-sent)
	if e.Window.Hi < least {
		w.t.Errorf("upper edge %v is below the truth, %.6f s", e.Window, least.Seconds())
	}
	if e.Window.Lo > sent {
		w.t.Errorf("lower edge %v is above the truth, %.6f s", e.Window, sent.Seconds())
	}
	if source.Outcome != rto.OK || !e.ReplicaSeen {
		return 0
	}
	over := e.Window.Hi - most
	w.seen++
	lag, gap := w.lag(e, source, now)
	if lag > every/4 {
		w.late++
		w.worstOverLate = max(w.worstOverLate, over-lag)
		over -= lag
	} else {
		w.worstOver = max(w.worstOver, over)
	}
	if over > every*3/2 && !w.loose {
		w.t.Errorf("upper edge %v is %.3f s above the truth %.3f s: more than 1.5 intervals (looks %.3f s apart)", e.Window, over.Seconds(), most.Seconds(), gap.Seconds())
	}
	return over
}

// lag is what this process' own schedule adds to the upper edge: the looks around the proven instant were further apart than the interval
// on a busy machine, or the replica was asked late after the source.
func (w *watch) lag(e rto.Exposure, source rto.SourceSample, now rto.Instant) (lag, gap time.Duration) {
	next := now
	if i, found := slices.BinarySearch(w.sends, e.Proven); found && i+1 < len(w.sends) {
		next = w.sends[i+1]
	}
	gap = next.Sub(e.Proven)
	return max(gap-every, 0) + max(now.Sub(source.Send)-every/4, 0), gap
}

// report is what the stages showed.
func (w *watch) report() string {
	return fmt.Sprintf("%s %s, one look each %v, writes of one client acknowledged every 10 ms or so\n\n%s\n\n"+
		"%d samples; upper edge below the truth by at most %.6f s (0 is never); lower edge above the age of the oldest missing write by at most %.6f s.\n"+
		"With the source and the replica visible (%d samples, %d of them more than %v late): upper edge above the truth by at most %.3f s; of the late ones %.3f s besides their lateness.\n"+
		"In %d samples the replica showed rows that its position did not hold yet; they count as missing.\n",
		w.pair.Program.Flavour, w.pair.Program.Package, every, strings.Join(w.lines, "\n"), w.samples, w.worstUnder.Seconds(), w.lowerAbove.Seconds(),
		w.seen, w.late, every/4, w.worstOver.Seconds(), w.worstOverLate.Seconds(), w.unsettled)
}

// TestExposureInAPartition holds the clock against the truth while the link between source and replica is swallowed without a word, and
// while the applier stands.
func TestExposureInAPartition(t *testing.T) {
	t.Parallel()
	for _, flavour := range flavours() {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			p := startPair(t, flavour, suiteOf(flavour))
			w := newWatch(t, p, mysql.Options{}, p.Source.Account(database.Monitor), p.Replica.Account(database.Monitor))
			w.writers.run(1, 10*time.Millisecond)
			n := amount(20, 120)
			w.stage("healthy", 2*n)
			if err := p.Replica.Do(t.Context(), "STOP "+p.Word()+" SQL_THREAD"); err != nil {
				t.Fatal(err)
			}
			w.stage("applier stopped", n)
			if err := p.Replica.Do(t.Context(), "START "+p.Word()+" SQL_THREAD"); err != nil {
				t.Fatal(err)
			}
			w.stage("applier started", n)
			p.Link.Pause()
			w.stage("silent partition", 4*n)
			p.Link.Resume()
			w.stage("partition mended", n)
			w.writers.halt()
			w.stage("nobody writes", n)
			proof(t, "partition-"+string(flavour), w.report())
		})
	}
}

// TestExposureNeverFalselyGood hangs and delays what the tracker looks at: the upper edge must never be below the truth.
func TestExposureNeverFalselyGood(t *testing.T) {
	t.Parallel()
	for _, flavour := range flavours() {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			p := startPair(t, flavour, suiteOf(flavour))
			n := amount(3, 20)
			sourceLink, err := p.Proxy(p.Source)
			if err != nil {
				t.Fatal(err)
			}
			replicaLink, err := p.Proxy(p.Replica)
			if err != nil {
				t.Fatal(err)
			}
			w := newWatch(t, p, mysql.Options{Limit: 1500 * time.Millisecond}, p.Source.AccountAt(database.Monitor, sourceLink.Addr().String()),
				p.Replica.AccountAt(database.Monitor, replicaLink.Addr().String()))
			w.loose = true
			w.writers.run(1, 10*time.Millisecond)
			w.stage("healthy", n)
			sourceLink.Delay(250 * time.Millisecond)
			replicaLink.Delay(250 * time.Millisecond)
			w.stage("500 ms round trips", 2*n)
			p.Link.Pause()
			w.stage("the same, partitioned", n)
			p.Link.Resume()
			sourceLink.Delay(0)
			replicaLink.Delay(0)
			w.stage("mended", n)
			must := func(err error) {
				if err != nil {
					t.Fatal(err)
				}
			}
			must(p.Source.Process.Signal(syscall.SIGSTOP))
			w.stage("source hangs", n/2)
			must(p.Source.Process.Signal(syscall.SIGCONT))
			w.stage("source goes on", n)
			w.freeze()
			w.stage("replica hangs", n/2)
			must(p.Replica.Process.Signal(syscall.SIGCONT))
			w.frozen = false
			w.stage("replica goes on", n)
			w.writers.halt()
			proof(t, "hanging-"+string(flavour), w.report())
		})
	}
}
