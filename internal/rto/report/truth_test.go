package report_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
)

// randomWorld is an outage with everything drawn: when what failed and came back, what was watched and how people promoted.
func randomWorld(seed uint64) *world {
	w := newWorld(seed)
	rng := rand.New(rand.NewPCG(seed, 99))
	between := func(lo, hi time.Duration) time.Duration { return lo + time.Duration(rng.Int64N(int64(hi-lo))) }
	coin := func() bool { return rng.IntN(2) == 0 }
	w.Kill = between(100*time.Second, 130*time.Second)
	w.Notify, w.Declare, w.Promote = w.Kill+20*time.Second, w.Kill+30*time.Second, w.Kill+75*time.Second+between(0, 10*time.Second)
	w.RatePerSec = 0.5 + 20*rng.Float64()
	if coin() {
		w.Cut = w.Kill - between(0, 90*time.Second)
	}
	if coin() {
		w.ApplyStop = w.Kill - between(0, 60*time.Second)
	}
	if rng.IntN(3) == 0 {
		w.Idle = [2]time.Duration{w.Kill - between(20*time.Second, 60*time.Second), w.Kill - between(0, 20*time.Second)}
	}
	w.Drain, w.Inject, w.Manifest, w.Received = coin(), coin(), coin(), coin()
	if !w.Received {
		w.Drain = false
	}
	if !w.Inject {
		w.Kind = rto.Real
	}
	last := time.Duration(0)
	for i := range w.Paths {
		w.Paths[i].Back = w.Promote + between(time.Second, 60*time.Second)
		last = max(last, w.Paths[i].Back)
	}
	w.Paths[0].Back = max(last, w.Promote+80*time.Second) + between(0, 5*time.Second)
	if coin() {
		w.Paths[1].Flap = [2]time.Duration{w.Kill + 30*time.Second, w.Kill + 45*time.Second}
	}
	if coin() {
		w.Paths[2].OldUntil = w.Kill + 60*time.Second
	}
	w.End = w.Paths[0].Back + 110*time.Second
	if coin() {
		w.Vantages = []string{"us-west1", "europe-west4"}
	}
	return w
}

// TestBracketsHoldTheTruth is the promise of the whole report: over many outages no bracket excludes what really happened.
func TestBracketsHoldTheTruth(t *testing.T) {
	t.Parallel()
	seeds := uint64(40)
	if testing.Short() {
		seeds = 8
	}
	for seed := range seeds {
		w := randomWorld(seed)
		records, want := w.play(t)
		r, err := report.Make(report.Input{Records: records})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		hold := func(name string, b rto.Bracket, truth time.Duration) {
			t.Helper()
			if !b.Contains(truth) {
				t.Errorf("seed %d: %s is %s, and in truth %s", seed, name, b, truth)
			}
		}
		hold("recovery time", r.RTO.Took, want.RTO)
		hold("oldest lost write", r.RPO.OldestLost, want.RPO)
		hold("oldest lost write by the ledger", r.RPO.Ledger, want.RPO)
		hold("last commits", r.RPO.Commits, want.Commits)
		if failed := r.RTO.Failed; w.at(w.Kill) < failed.Lo || w.at(w.Kill) > failed.Hi {
			t.Errorf("seed %d: T0 is %v, in truth %s", seed, failed, w.at(w.Kill))
		}
		// Two probe intervals and time-outs bound the width (recovery evidence 5, goal v), and two clocks whose difference is known only so well.
		if limit := 4*time.Second + 200*time.Millisecond; r.RTO.Took.Unbounded || r.RTO.Took.Width() > limit {
			t.Errorf("seed %d: the recovery time is %s, which is no answer", seed, r.RTO.Took)
		}
		checkLosses(t, seed, w, r, want)
	}
}

func checkLosses(t *testing.T, seed uint64, w *world, r report.Report, want truth) {
	t.Helper()
	switch n := *r.RPO.Transactions; {
	case r.RPO.TransactionsExact && n != want.Lost:
		t.Errorf("seed %d: exactly %d transactions lost, in truth %d", seed, n, want.Lost)
	case !r.RPO.TransactionsExact && n > want.Lost:
		t.Errorf("seed %d: at least %d transactions lost, in truth %d", seed, n, want.Lost)
	}
	if r.RPO.Exact != w.Manifest {
		t.Errorf("seed %d: exact is %v, a manifest was read: %v: %+v", seed, r.RPO.Exact, w.Manifest, r.Reasons)
	}
	if width := r.RPO.OldestLost.Width(); r.RPO.Exact && w.Inject && width > 50*time.Millisecond {
		t.Errorf("seed %d: an exact loss is %s wide", seed, width)
	}
	for _, c := range r.RPO.Choices {
		kept := w.received(w.Promote)
		if c.Position == rto.Applied {
			kept = w.applied(w.Promote)
		}
		lost := time.Duration(0)
		if kept < len(w.commits) {
			lost = w.Kill - w.commits[kept]
		}
		if !c.Window.Contains(lost) {
			t.Errorf("seed %d: with the %s position %s would be lost, in truth %s", seed, c.Position, c.Window, lost)
		}
	}
	wantSide := rto.Applied
	if w.Drain || w.received(w.Promote) == w.applied(w.Promote) && w.Received {
		wantSide = rto.Received
	}
	if r.RPO.Position != wantSide {
		t.Errorf("seed %d: the %s position was kept, the report says %s", seed, wantSide, r.RPO.Position)
	}
}

func TestSecondVantageSavesTheReport(t *testing.T) {
	t.Parallel()
	w := newWorld(5)
	w.Vantages = []string{"us-west1", "europe-west4"}
	w.Skip = func(v string, at time.Duration) bool { return v == "europe-west4" && at > 400*time.Second } // its host died
	r, _, want := make3(t, w)
	if r.Verdict != rto.Pass || !r.RTO.Took.Contains(want.RTO) {
		t.Errorf("%s with %s, in truth %s: %+v", r.Verdict, r.RTO.Took, want.RTO, r.Reasons)
	}
	if len(r.Reasons) == 0 {
		t.Error("a vantage point died, and nothing was said")
	}
}

func TestBlipBeforeARealOutageIsNotT0(t *testing.T) {
	t.Parallel()
	w := newWorld(6)
	w.Inject, w.Kind = false, rto.Real
	// A path was out and back long before.
	w.More = func(w *world, b *builder) {
		var l rto.Look
		for i := range 5 {
			at := 20*time.Second + time.Duration(i)*100*time.Millisecond
			l.Probes = append(l.Probes, rto.ProbeResult{Path: "api", Send: w.at(at), Recv: w.at(at + 50*time.Millisecond), Outcome: rto.Refused})
		}
		b.add(w.Vantages[0], 22*time.Second, rto.RecordLook, l)
	}
	r, _, want := make3(t, w)
	if !r.RTO.Took.Contains(want.RTO) || r.RTO.Failed.Lo < w.at(w.Kill-2*time.Second) {
		t.Errorf("T0 is %v and the recovery took %s, in truth %s from %s", r.RTO.Failed, r.RTO.Took, want.RTO, w.at(w.Kill))
	}
}

func TestFalseRecoveryIsCaught(t *testing.T) {
	t.Parallel()
	w := newWorld(8)
	w.Paths[1].OldUntil = 700 * time.Second // the dying region answers well for minutes
	r, _, want := make3(t, w)
	if !r.RTO.Took.Contains(want.RTO) {
		t.Errorf("the recovery took %s, in truth %s", r.RTO.Took, want.RTO)
	}
	if n := r.Probes[1].Elsewhere; n < 300 {
		t.Errorf("%d good answers from the wrong region, want some 400", n)
	}
}

// TestKeptIsWhatWasThereAtThePromotion has the tracker see the survivor for the last time as a replica well before its promotion, while it still
// receives and applies: what it had then is not what was kept.
func TestKeptIsWhatWasThereAtThePromotion(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(w *world){
		"MySQL":   func(*world) {},
		"MariaDB": func(w *world) { w.MariaDB = true },
		"not drained, MySQL": func(w *world) {
			w.Drain, w.ApplyStop = false, w.Kill-40*time.Second
		},
		"not drained, MariaDB": func(w *world) {
			w.Drain, w.ApplyStop, w.MariaDB = false, w.Kill-40*time.Second, true
		},
		"the relay log was gone when the tracker asked": func(w *world) { w.Taken = &rto.Promotion{ReceivedKnown: true} },
		"received is not known":                         func(w *world) { w.Received, w.MariaDB = false, true },
	} {
		w := newWorld(21)
		w.Cut, w.Manifest = w.Kill-20*time.Second, false
		spoil(w)
		w.history()
		had := w.kept() - 90
		seen := rto.Promotion{Store: "mysql", Replica: "east-1", Before: gtid(had), After: gtid(w.kept()), FirstWrite: rto.At(w.at(w.Promote))}
		switch {
		case w.Taken != nil:
			seen.Received, seen.ReceivedKnown = gtid(had), true
		case w.Received:
			seen.Received, seen.ReceivedKnown = gtid(w.received(w.Promote)-30), true
		}
		w.Taken = &seen
		again := *w
		again.commits = nil
		again.rng = newWorld(21).rng
		records, want := again.play(t)
		r, err := report.Make(report.Input{Records: records})
		if err != nil {
			t.Fatal(err)
		}
		if !r.RPO.OldestLost.Contains(want.RPO) || !r.RPO.Commits.Contains(want.Commits) {
			t.Errorf("%s: lost were %s and %s, in truth %s and %s", name, r.RPO.OldestLost, r.RPO.Commits, want.RPO, want.Commits)
		}
		if n := *r.RPO.Transactions; n > want.Lost {
			t.Errorf("%s: at least %d transactions lost, in truth %d", name, n, want.Lost)
		}
		if r.RPO.Kept.Count() != uint64(w.kept()) {
			t.Errorf("%s: kept is %s, in truth %d transactions", name, r.RPO.Kept, w.kept())
		}
	}
}

// TestKeptDoesNotCountTheSurvivorsOwn has a MariaDB position that was read when the survivor had written in the same domain: it is none of the old
// source's.
func TestKeptDoesNotCountTheSurvivorsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(22)
	w.Cut, w.Manifest, w.MariaDB = w.Kill-20*time.Second, false, true
	w.history()
	own, err := rto.ParsePosition(fmt.Sprintf("0-2-%d", w.kept()+500))
	if err != nil {
		t.Fatal(err)
	}
	w.Taken = &rto.Promotion{Store: "mysql", Replica: "east-1", Before: gtid(w.kept()), Received: gtid(w.kept()), ReceivedKnown: true, After: own, FirstWrite: rto.At(w.at(w.Promote))}
	w.commits, w.rng = nil, newWorld(22).rng
	records, want := w.play(t)
	r, err := report.Make(report.Input{Records: records})
	if err != nil {
		t.Fatal(err)
	}
	if !r.RPO.OldestLost.Contains(want.RPO) || r.RPO.OldestLost.Lo == 0 || r.RPO.Position != rto.Received {
		t.Errorf("lost were %s of the %s position, in truth %s", r.RPO.OldestLost, r.RPO.Position, want.RPO)
	}
}
