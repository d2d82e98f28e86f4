package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/store"
)

var applied = store.Series{Store: "main", Replica: "dr", Side: rto.Applied}

func always() store.Range { return store.Range{From: 0, To: start + 1e6*second} }

// indexed is the index of what was recorded; a look a minute later closes the last minute.
func indexed(t *testing.T, r *recorder, opt store.Options) *store.Store {
	t.Helper()
	s := open(t, filepath.Join(t.TempDir(), "index.db"), opt)
	catchUp(t, s, r.log)
	return s
}

func total(t *testing.T, s *store.Store, span time.Duration) rto.Tally {
	t.Helper()
	tally, err := s.Total(t.Context(), applied, span, always())
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

// TestVirtualDrill follows the replica through health, a silent partition longer than the objective, a restart, and a stop.
func TestVirtualDrill(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	s := store.Options{Objective: time.Minute}
	at, n := start, 100
	look := func(seconds int, replica func() int) {
		for range seconds {
			at, n = at+second, n+1
			r.look(at, n, replica())
		}
	}
	now := func() int { return n }
	r.session(start)
	look(121, now) // the first look begins the count: 120 s of health
	kept := n
	// In the partition the source is at n and the replica stays: the exposure grows by a second a second.
	look(120, func() int { return kept })
	look(59, now)
	at += 100 * second // longer than the gap: the tracker stood still
	look(61, now)
	at += 50 * second
	r.session(at)
	look(60, now)
	look(60, func() int { return -1 }) // nobody answers
	index := indexed(t, r, s)

	minutes := total(t, index, store.Minute)
	if got, want := minutes.Total(), begin(at).Sub(start+second); got != want {
		t.Errorf("%v were counted, of %v", got, want)
	}
	// 60 s of the partition are beyond the objective at their lower edge or nearly so; none of it may count as inside.
	if minutes.Outside < 58*time.Second || minutes.Outside > 61*time.Second {
		t.Errorf("outside: %v", minutes.Outside)
	}
	// 101 s of standing still and 51 s of restart are nobody's; the edges between inside and outside are unprovable.
	if minutes.Unprovable < 152*time.Second || minutes.Unprovable > 156*time.Second {
		t.Errorf("unprovable: %v", minutes.Unprovable)
	}
	for _, span := range []time.Duration{store.Hour, store.Day} {
		if got := total(t, index, span); got != minutes {
			t.Errorf("by %v: %+v, by minutes %+v", span, got, minutes)
		}
	}
}

func begin(at rto.Instant) rto.Instant { return at - at%(60*second) }

// TestEdges compares the quantiles of the upper edge with what the exposure was.
func TestEdges(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	r.session(start)
	n := 0
	for i := range 3700 {
		n++
		replica := n
		if i >= 1800 && i < 2000 { // 200 s in which the replica stands still
			replica = 1800
		}
		r.look(start+rto.Instant(i)*second, n, replica)
	}
	s := indexed(t, r, store.Options{})
	hours, err := s.History(t.Context(), applied, store.Hour, always(), 10)
	if err != nil || len(hours) != 2 {
		t.Fatalf("%v, %v", hours, err)
	}
	h := hours[0]
	near := func(what string, got *time.Duration, want time.Duration) {
		t.Helper()
		if got == nil || *got < want*98/100 || *got > want*102/100 {
			t.Errorf("%s: %v, want about %v", what, got, want)
		}
	}
	// A look's positions are sent 0.1 s before it, so that just before the next 1.1 s are open.
	near("least", h.Least, 1100*time.Millisecond)
	near("half", h.P50, 1100*time.Millisecond)
	near("most", h.Most, 201100*time.Millisecond)
	near("99 %", h.P99, 165100*time.Millisecond) // 36 of 3600 s were above it
	if h.Total() != time.Hour || h.Inside != time.Hour {
		t.Errorf("%+v", h.Tally)
	}
	minutes, err := s.History(t.Context(), applied, store.Minute, store.Range{From: start + 60*second, To: start + 180*second}, 10)
	if err != nil || len(minutes) != 2 || minutes[0].Began != start+60*second || minutes[0].Total() != time.Minute {
		t.Errorf("%+v, %v", minutes, err)
	}
}

// TestUnknownIsUnbounded never saw the replica hold anything: no edge, no quantile, nothing inside.
func TestUnknownIsUnbounded(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	r.session(start)
	for i := range 130 {
		r.look(start+rto.Instant(i)*second, 5+i, -1)
	}
	s := indexed(t, r, store.Options{})
	minutes, err := s.History(t.Context(), applied, store.Minute, always(), 0)
	if err != nil || len(minutes) != 2 {
		t.Fatalf("%v, %v", minutes, err)
	}
	for _, m := range minutes {
		if m.Unprovable != time.Minute || m.Inside != 0 || m.Least != nil || m.Most != nil || m.P50 != nil || m.P99 != nil {
			t.Errorf("%+v", m)
		}
	}
}

// TestReplicaTakenOut stops counting a replica that a new session does not have, and a clock that went back counts nothing twice.
func TestReplicaTakenOut(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	r.session(start)
	for i := range 61 {
		r.look(start+rto.Instant(i)*second, 5, 5)
	}
	back := start + 30*second
	r.session(back)
	for i := range 31 { // seen once more, for no new time
		r.look(back+rto.Instant(i)*second, 5, 5)
	}
	r.session(start + 100*second)
	for i := range 200 {
		look := lookAt(t, start+rto.Instant(100+i)*second, 5, 5)
		look.Replicas = nil
		r.add(rto.RecordLook, look.Until, look)
	}
	s := indexed(t, r, store.Options{})
	if got := total(t, s, store.Minute).Total(); got > time.Minute {
		t.Errorf("%v were counted, 60 s had the replica", got)
	}
}

// TestExpiry keeps minutes for 30 days and hours for longer.
func TestExpiry(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	r.session(start)
	at := start
	for day := range 34 {
		at = start + rto.Instant(day)*24*3600*second
		r.session(at)
		for i := range 3 {
			r.look(at+rto.Instant(60*i)*second, 5, 5)
		}
		r.add(rto.RecordHole, at, rto.Hole{From: at, To: at + 300*second, Cause: "starved"})
	}
	s := indexed(t, r, store.Options{})
	oldest := func(span time.Duration) rto.Instant {
		t.Helper()
		all, err := s.History(t.Context(), applied, span, always(), 1)
		if err != nil || len(all) != 1 {
			t.Fatalf("%v: %v, %v", span, all, err)
		}
		return all[0].Began
	}
	if got, want := oldest(store.Minute), begin(at)-rto.Instant(30*store.Day); got != want {
		t.Errorf("oldest minute %v, want %v", got, want)
	}
	if got := oldest(store.Hour); got != start {
		t.Errorf("oldest hour %v", got)
	}
	if got := oldest(store.Day); got != start {
		t.Errorf("oldest day %v", got)
	}
	all, err := s.History(t.Context(), applied, store.Minute, always(), 0)
	if err != nil || len(all) != 10_000 {
		t.Errorf("an unbounded answer: %d rows, %v", len(all), err)
	}
}

func TestSpanFor(t *testing.T) {
	t.Parallel()
	f := func(age, length time.Duration, limit int, want time.Duration) {
		t.Helper()
		from := start.Add(-age)
		if got := store.SpanFor(store.Range{From: from, To: from.Add(length)}, start, limit); got != want {
			t.Errorf("%v ago, %v long: %v, want %v", age, length, got, want)
		}
	}
	f(time.Hour, time.Hour, 100, store.Minute)
	f(time.Hour, time.Hour, 59, store.Hour)
	f(40*store.Day, time.Hour, 100, store.Hour)
	f(29*store.Day, 29*store.Day, 1000, store.Hour)
	f(400*store.Day, time.Hour, 100, store.Day)
}

// TestReplay wants what a tracker needs after a restart: the records since an instant, decoded, unknown kinds counted.
func TestReplay(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	end := r.history()
	var skipped, looks, drills, sessions int
	var ledger rto.Ledger
	for e, err := range store.Replay(r.log, end-410*second, &skipped) {
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case e.Look != nil:
			looks++
			for _, s := range e.Look.Sources {
				ledger.Observe(s)
			}
		case e.Drill != nil:
			drills++
		case e.Session != nil:
			sessions++
		}
		if e.Record.At < int64(end-410*second) {
			t.Fatalf("record %d is older", e.Record.Seq)
		}
	}
	if looks != 411 || drills != 5 || sessions != 0 || skipped != 1 || ledger.Len() != 411 {
		t.Errorf("%d looks, %d drill events, %d sessions, %d skipped, %d ticks", looks, drills, sessions, skipped, ledger.Len())
	}
	for _, err := range store.Replay(r.log, 0, nil) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	bad := r.add(rto.RecordLook, end, "no look")
	var last error
	for _, err := range store.Replay(evidence.Dir(r.log.Dir()), end, nil) {
		last = err
	}
	if last == nil || last.Error()[:len(fmt.Sprint("seq ", bad.Seq))] != fmt.Sprint("seq ", bad.Seq) {
		t.Errorf("a malformed body: %v", last)
	}
	for _, err := range store.Replay(evidence.Dir(filepath.Join(t.TempDir(), "none")), 0, nil) {
		last = err
	}
	var fault *evidence.Fault
	if !errors.As(last, &fault) {
		t.Errorf("no log: %v", last)
	}
}
