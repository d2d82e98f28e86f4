package tracker_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

// TestTallySums counts every nanosecond between the first and the last record, whatever happened.
func TestTallySums(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, j := newPair(), &memory{}
		s, end := running(t, options(p, j))
		time.Sleep(20 * time.Second)
		p.set(func(p *pair) { p.cutAt = time.Now() })
		time.Sleep(7 * time.Minute) // beyond the objective
		j.fail(errDisk)
		time.Sleep(10 * time.Second)
		j.fail(nil)
		p.set(func(p *pair) { p.cutAt = time.Time{} })
		time.Sleep(20*time.Second + 300*time.Millisecond)
		end()
		first, last := looked(t, j.all())
		sum := tally(t, s)
		if got, want := sum.Total(), last.Sub(first); got != want {
			t.Errorf("the tally has %v of %v", got, want)
		}
		if sum.Inside == 0 || sum.Outside < time.Minute || sum.Unprovable < 10*time.Second {
			t.Errorf("all three happened, got %+v", sum)
		}
	})
}

// looked are the instants of the first and the last look.
func looked(t *testing.T, records []record) (first, last rto.Instant) {
	t.Helper()
	for _, r := range records {
		if r.kind != rto.RecordLook {
			continue
		}
		if first == 0 {
			first = r.at
		}
		last = r.at
	}
	return first, last
}

// TestEvidenceFails lets no second count as good in which nothing could be written, and loses nothing that was seen meanwhile.
func TestEvidenceFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, j := newPair(), &memory{}
		s, end := running(t, options(p, j))
		time.Sleep(20*time.Second + 50*time.Millisecond)
		before := tally(t, s)
		j.fail(errDisk)
		time.Sleep(30 * time.Second)
		during := tally(t, s)
		if during.Inside != before.Inside || during.Unprovable-before.Unprovable != 30*time.Second {
			t.Errorf("from %+v to %+v while nothing could be written", before, during)
		}
		if s.Snapshot().Evidence.Writable {
			t.Error("evidence counts as written")
		}
		j.fail(nil)
		time.Sleep(10 * time.Second)
		after := tally(t, s)
		if !s.Snapshot().Evidence.Writable || after.Inside == during.Inside {
			t.Errorf("did not come back: %+v", after)
		}
		end()
		samples := 0
		for _, r := range j.all() {
			var l rto.Look
			if r.kind == rto.RecordLook {
				if err := json.Unmarshal(r.body, &l); err != nil {
					t.Fatal(err)
				}
				samples += len(l.Sources)
			}
		}
		if samples != 61 {
			t.Errorf("%d looks at the source are in the evidence, want all 61: one a second from 0 to 60", samples)
		}
	})
}

// TestEvidenceHangs tells of a disk that takes a write and does not end it, which no error says.
func TestEvidenceHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, j := newPair(), &memory{}
		s, end := running(t, options(p, j))
		defer end()
		time.Sleep(20 * time.Second)
		hang := make(chan struct{})
		j.mu.Lock()
		j.hang = hang
		j.mu.Unlock()
		before := tally(t, s)
		time.Sleep(time.Minute)
		if s.Snapshot().Evidence.Writable {
			t.Error("a disk that hangs for a minute counts as written")
		}
		j.mu.Lock()
		j.hang = nil
		j.mu.Unlock()
		close(hang)
		time.Sleep(5 * time.Second)
		after := tally(t, s)
		if after.Unprovable-before.Unprovable < 55*time.Second {
			t.Errorf("from %+v to %+v over a minute in which the disk hung", before, after)
		}
		if !s.Snapshot().Evidence.Writable {
			t.Error("did not come back")
		}
	})
}

// restored makes a service of what a journal has.
func restored(t *testing.T, o tracker.Options, records []record) *tracker.Service {
	t.Helper()
	s, err := tracker.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := s.Restore(r.kind, r.at, r.body); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestRestore rebuilds from evidence what was known, and counts the time of the restart as unprovable, a mark after the last look included.
func TestRestore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, j := newPair(), &memory{}
		p.lag = 5 * time.Second
		s, end := running(t, options(p, j))
		id, err := s.StartDrill(t.Context(), tracker.DrillRequest{Kind: rto.Full, Scenario: "region_loss", Author: "alice"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		end()
		time.Sleep(700 * time.Millisecond)
		if _, err := s.Note(t.Context(), rto.DrillEvent{Drill: id, Kind: rto.EventNote, Author: "alice", Source: rto.ByPerson, Text: "late"}); err != nil {
			t.Fatal(err)
		}
		was := s.Snapshot()
		next := restored(t, options(p, j), j.all())
		is := next.Snapshot()
		if a, b := encoded(t, was.Exposures), encoded(t, is.Exposures); a != b {
			t.Errorf("exposures\n%s\n%s", a, b)
		}
		if a, b := encoded(t, was.Virtual), encoded(t, is.Virtual); a != b {
			t.Errorf("tallies\n%s\n%s", a, b)
		}
		if a, b := encoded(t, s.Drills()), encoded(t, next.Drills()); a != b {
			t.Errorf("drills\n%s\n%s", a, b)
		}

		records := j.all()
		time.Sleep(10 * time.Second)
		begun := tally(t, next)
		endNext := start(t, next, records[len(records)-1].at)
		synctest.Wait()
		if got, want := tally(t, next).Unprovable-begun.Unprovable, 10*time.Second+700*time.Millisecond; got != want {
			t.Errorf("the restart counts as %v, want %v", got, want)
		}
		time.Sleep(20 * time.Second)
		endNext()
		first, last := looked(t, j.all())
		if got, want := tally(t, next).Total(), last.Sub(first); got != want {
			t.Errorf("the tally has %v of %v", got, want)
		}
		// The counters that are scraped begin with the restart: the rest would count twice.
		for _, v := range next.Snapshot().Virtual {
			if got, want := v.Tally.Total()-v.Replayed.Total(), 10*time.Second+700*time.Millisecond+20*time.Second; v.Replayed.Total() == 0 || got < want || got > want+2*time.Second {
				t.Errorf("%s: %v were replayed, %v are left, want about %v", v.Side, v.Replayed.Total(), got, want)
			}
		}
	})
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRestartProvesNothing counts no second as good by what was proven before a restart that took longer than the objective.
func TestRestartProvesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, j := newPair(), &memory{}
		_, end := running(t, options(p, j))
		time.Sleep(20 * time.Second)
		end()
		records := j.all()
		time.Sleep(10 * time.Minute)
		p.set(func(p *pair) { p.source = rto.Refused })
		next := restored(t, options(p, j), records)
		was := tally(t, next)
		endNext := start(t, next, records[len(records)-1].at)
		time.Sleep(30 * time.Second)
		endNext()
		if sum := tally(t, next); sum.Inside != was.Inside {
			t.Errorf("%v became good, although the source was not seen", sum.Inside-was.Inside)
		}
	})
}
