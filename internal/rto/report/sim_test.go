package report_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
)

const (
	oldServer = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
	newServer = "4e11fa47-71ca-11e1-9e33-c80aa9429562"
)

// world is a scripted outage whose truth is known: what was committed when, what the replica had, when each path served again.
type world struct {
	rng   *rand.Rand
	begin rto.Instant // of the evidence
	// The script, as time since begin.
	Kill       time.Duration // T0
	Cut        time.Duration // when the replica's link went silent; after Kill if never
	ApplyStop  time.Duration // when the replica stopped applying; after the end if never
	Notify     time.Duration // the alert's webhook; 0 for never
	Declare    time.Duration
	Promote    time.Duration
	Paths      []pathScript
	End        time.Duration
	Drain      bool
	Received   bool // whether the account may ask for the received position
	Inject     bool
	Manifest   bool
	Kind       rto.DrillKind
	RatePerSec float64
	Idle       [2]time.Duration // without commits
	Interval   time.Duration
	Vantages   []string
	Skip       func(vantage string, at time.Duration) bool // looks that were never made
	// What people typed.
	Typed func(string) string
	ID    string
	More  func(w *world, b *builder)
	// Taken is what the tracker took down of the promotion; nil is what was so.
	Taken *rto.Promotion
	// MariaDB writes positions as that does.
	MariaDB bool

	commits []time.Duration
}

// pathScript is a critical path: when it served again, and when it stopped serving once more in between.
type pathScript struct {
	Path     rto.Path
	Back     time.Duration
	Flap     [2]time.Duration // serves in between, too shortly
	OldUntil time.Duration    // the dying region still answers until then
}

// truth is what a report must not contradict.
type truth struct {
	RTO, RPO, Commits time.Duration
	Lost              uint64
	Oldest            time.Duration // commit of the oldest lost, since begin
}

func newWorld(seed uint64) *world {
	path := func(name string, want rto.Grade, back time.Duration) pathScript {
		return pathScript{Path: rto.Path{Name: name, Want: want, Region: "us-east1", Interval: time.Second, Timeout: time.Second}, Back: back}
	}
	return &world{
		rng: rand.New(rand.NewPCG(seed, 7)), begin: rto.InstantOf(time.Date(2026, 11, 14, 2, 0, 0, 0, time.UTC)),
		Kill: 300*time.Second + 417*time.Millisecond, Cut: time.Hour * 9, ApplyStop: time.Hour * 9, Notify: 371 * time.Second, Declare: 455 * time.Second,
		Promote: 540 * time.Second, End: 1100 * time.Second, Drain: true, Received: true, Inject: true, Manifest: true, Kind: rto.Full,
		RatePerSec: 9, Interval: time.Second, Vantages: []string{"us-west1"}, ID: "2026-q4-region-loss", Typed: func(s string) string { return s },
		Skip: func(string, time.Duration) bool { return false },
		Paths: []pathScript{
			path("sip-call", rto.Served, 905*time.Second), path("api", rto.Registered, 760*time.Second),
			path("dns", rto.Accepted, 700*time.Second), path("redis", rto.Served, 610*time.Second),
		},
	}
}

func (w *world) at(d time.Duration) rto.Instant { return w.begin.Add(d) }

// history draws the commits: a heartbeat each second but in idle time, and others at random.
func (w *world) history() {
	for d := time.Duration(0); d < w.Kill; {
		d += time.Duration(w.rng.ExpFloat64() / w.RatePerSec * float64(time.Second))
		if d < w.Kill && (d < w.Idle[0] || d >= w.Idle[1]) {
			w.commits = append(w.commits, d)
		}
	}
}

// Positions by time: what was committed, received and applied.
func (w *world) committed(at time.Duration) int { return w.countBefore(min(at, w.Kill)) }

func (w *world) received(at time.Duration) int {
	return w.countBefore(min(at, w.Kill, w.Cut) - 20*time.Millisecond)
}

func (w *world) applied(at time.Duration) int {
	return min(w.received(at), w.countBefore(min(at, w.ApplyStop)-80*time.Millisecond))
}

func (w *world) countBefore(d time.Duration) int {
	n, _ := slices.BinarySearch(w.commits, d)
	return n
}

func (w *world) kept() int {
	if w.Drain {
		return w.received(w.Promote)
	}
	return w.applied(w.Promote)
}

func (w *world) truth() truth {
	t := truth{}
	for _, p := range w.Paths {
		t.RTO = max(t.RTO, p.Back-w.Kill)
	}
	kept, all := w.kept(), len(w.commits)
	t.Lost = uint64(all - kept)
	if t.Lost > 0 {
		t.Oldest = w.commits[kept]
		t.RPO = w.Kill - t.Oldest
		t.Commits = w.commits[all-1] - w.commits[kept-1]
	}
	return t
}

func gtid(n int) rto.Position {
	if n == 0 {
		return rto.Position{}
	}
	p, err := rto.ParsePosition(fmt.Sprintf("%s:1-%d", oldServer, n))
	if err != nil {
		panic(err)
	}
	return p
}

// builder writes records as a tracker would.
type builder struct {
	t       testing.TB
	w       *world
	items   []item
	records []report.Record
}

type item struct {
	at      rto.Instant
	vantage string
	kind    rto.RecordKind
	body    any
}

func (b *builder) add(vantage string, at time.Duration, kind rto.RecordKind, body any) {
	b.items = append(b.items, item{b.w.at(at), vantage, kind, body})
}

// event adds a drill's event, noted a little after it happened.
func (b *builder) event(at time.Duration, e rto.DrillEvent) {
	e.Drill = b.w.ID
	if !e.At.Valid() {
		e.At = rto.At(b.w.at(at))
	}
	e.Noted = b.w.at(at + 2*time.Millisecond)
	e.Source = cmp.Or(e.Source, rto.ByPerson)
	b.add(b.w.Vantages[0], at+3*time.Millisecond, rto.RecordDrill, e)
}

// chain orders the items and hashes them, each vantage point by itself.
func (b *builder) chain() []report.Record {
	b.t.Helper()
	slices.SortStableFunc(b.items, func(x, y item) int { return cmp.Compare(x.at, y.at) })
	type head struct {
		seq  uint64
		hash string
	}
	heads := map[string]head{}
	for _, it := range b.items {
		body, err := json.Marshal(it.body)
		if err != nil {
			b.t.Fatal(err)
		}
		if b.w.MariaDB {
			body = []byte(strings.NewReplacer(oldServer+":1-", "0-1-", oldServer+":1\"", "0-1-1\"").Replace(string(body)))
		}
		h := heads[it.vantage]
		r := report.Record{Vantage: it.vantage, Seq: h.seq + 1, At: it.at, Kind: it.kind, Body: body, Prev: h.hash}
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s %s %s", r.Seq, r.At, r.Kind, body, r.Prev))
		r.Hash = hex.EncodeToString(sum[:])
		heads[it.vantage] = head{r.Seq, r.Hash}
		b.records = append(b.records, r)
	}
	return b.records
}

// play runs the script and returns its evidence and the truth.
func (w *world) play(t testing.TB) ([]report.Record, truth) {
	t.Helper()
	w.history()
	b := &builder{t: t, w: w}
	for i, v := range w.Vantages {
		b.add(v, 0, rto.RecordSession, rto.Session{Vantage: v, Version: "v0.9.0", Began: w.at(0), BootID: fmt.Sprintf("boot-%d", i), ConfigSHA256: "c0ffee"})
		w.looks(b, v)
	}
	w.story(b)
	if w.More != nil {
		w.More(w, b)
	}
	return b.chain(), w.truth()
}

// looks samples and probes at the interval; one record holds what one second saw.
func (w *world) looks(b *builder, vantage string) {
	steps := int(w.End / w.Interval)
	phase := make([]time.Duration, len(w.Paths))
	for i := range phase {
		phase[i] = time.Duration(w.rng.Int64N(int64(w.Interval)))
	}
	for i := range steps {
		at := time.Duration(i) * w.Interval
		if w.Skip(vantage, at) {
			continue
		}
		l := rto.Look{Until: w.at(at + w.Interval)}
		l.Sources = append(l.Sources, w.source(at))
		l.Replicas = append(l.Replicas, w.replica(at+5*time.Millisecond))
		if i%10 == 0 {
			l.Stocks = append(l.Stocks, w.stock(at))
		}
		for j, p := range w.Paths {
			l.Probes = append(l.Probes, w.probe(p, at+phase[j]))
		}
		b.add(vantage, at+2*w.Interval, rto.RecordLook, l)
	}
}

// rtt is the time of a question and its answer; when in it the server read its answer is anybody's guess.
func (w *world) rtt() (whole, read time.Duration) {
	whole = 4*time.Millisecond + time.Duration(w.rng.Int64N(int64(30*time.Millisecond)))
	return whole, time.Duration(w.rng.Int64N(int64(whole)))
}

func (w *world) source(at time.Duration) rto.SourceSample {
	rtt, read := w.rtt()
	s := rto.SourceSample{Store: "mysql", Send: w.at(at), Recv: w.at(at + rtt), Outcome: rto.OK}
	if at+rtt >= w.Kill {
		s.Recv, s.Outcome = w.at(at+500*time.Millisecond), rto.TimedOut
		return s
	}
	s.Server, s.At = oldServer, gtid(w.committed(at+read))
	s.Clock = &rto.ClockOffset{Offset: 3 * time.Millisecond, Error: rtt / 2}
	return s
}

func (w *world) replica(at time.Duration) rto.ReplicaSample {
	rtt, read := w.rtt()
	s := rto.ReplicaSample{Store: "mysql", Replica: "east-1", Server: newServer, Send: w.at(at), Recv: w.at(at + rtt), Outcome: rto.OK, ReadOnly: at < w.Promote}
	n := w.received(at + read)
	s.Applied = gtid(w.applied(at + read))
	if at >= w.Promote {
		s.Applied = gtid(w.kept())
	}
	if w.Received {
		s.Received, s.ReceivedKnown = gtid(n), true
	}
	zero := 0.0
	s.Estimates.SecondsBehind = &zero
	if at > w.Kill+time.Minute {
		s.Estimates.SecondsBehind = nil
	}
	age := (at - min(at, w.Kill, w.Cut)).Seconds() + 0.3
	s.Estimates.Heartbeat = &age
	s.Clock = &rto.ClockOffset{Offset: -2 * time.Millisecond, Error: rtt / 2}
	return s
}

func (w *world) stock(at time.Duration) rto.StockSample {
	age := 3.5
	s := rto.StockSample{Store: "rabbitmq", Node: "west-mq-1", Send: w.at(at), Recv: w.at(at + 3*time.Millisecond), Outcome: rto.OK, OldestAge: &age}
	s.AtRisk = map[string]float64{"messages_ready": 210 + float64(w.rng.IntN(9)), "messages_unacked": 14}
	if at >= w.Kill {
		s.Outcome, s.AtRisk, s.OldestAge = rto.Refused, nil, nil
	}
	return s
}

func (w *world) probe(p pathScript, at time.Duration) rto.ProbeResult {
	rtt, read := w.rtt()
	r := rto.ProbeResult{Path: p.Path.Name, Send: w.at(at), Recv: w.at(at + rtt), Outcome: rto.OK, Grade: p.Path.Want, Region: "us-central1", Code: 200}
	moment := at + read
	switch {
	case moment < w.Kill:
		r.Good = p.Path.Region == "" // its region is who must answer after the failover
	case moment >= p.Back, moment >= p.Flap[0] && moment < p.Flap[1]:
		r.Region, r.Good = "us-east1", true
	case moment < p.OldUntil:
		r.Good = false
	default:
		r.Recv, r.Outcome, r.Grade, r.Region, r.Code = w.at(at+p.Path.Timeout), rto.TimedOut, rto.NoAnswer, "", 0
	}
	return r
}
