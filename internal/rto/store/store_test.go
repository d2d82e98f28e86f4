package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/store"
)

const (
	second = rto.Instant(1e9)
	// start is 2026-11-01 00:00 UTC.
	start = rto.Instant(1793491200 * 1e9)
	uuid  = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
)

func position(t testing.TB, last int) rto.Position {
	t.Helper()
	p, err := rto.ParsePosition(fmt.Sprintf("%s:1-%d", uuid, last))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// recorder writes evidence as a tracker does.
type recorder struct {
	t   testing.TB
	log *evidence.Log
}

func newRecorder(t testing.TB) *recorder {
	t.Helper()
	l, err := evidence.Open(filepath.Join(t.TempDir(), "evidence"), evidence.Options{Name: "east", SegmentBytes: 1 << 20, FS: unsynced{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return &recorder{t: t, log: l}
}

// unsynced leaves out what only a loss of power would show.
type unsynced struct{ evidence.OS }

func (u unsynced) OpenFile(name string, flag int, perm fs.FileMode) (evidence.File, error) {
	f, err := u.OS.OpenFile(name, flag, perm)
	return unsyncedFile{f}, err
}

func (unsynced) SyncDir(string) error { return nil }

type unsyncedFile struct{ evidence.File }

func (unsyncedFile) Sync() error { return nil }

func (r *recorder) add(kind rto.RecordKind, at rto.Instant, body any) evidence.Record {
	r.t.Helper()
	rec, err := r.log.Append(r.t.Context(), string(kind), int64(at), body)
	if err != nil {
		r.t.Fatal(err)
	}
	return rec
}

func (r *recorder) session(at rto.Instant) {
	r.add(rto.RecordSession, at, rto.Session{Vantage: "east", Version: "1", Began: at, ConfigSHA256: "c0"})
}

// look is one second: the source at a transaction, the replica at another; a negative number did not answer.
func (r *recorder) look(at rto.Instant, source, replica int) {
	r.t.Helper()
	r.add(rto.RecordLook, at, lookAt(r.t, at, source, replica))
}

func lookAt(t testing.TB, at rto.Instant, source, replica int) rto.Look {
	t.Helper()
	s := rto.SourceSample{Store: "main", Send: at - second/10, Recv: at - second/20, Outcome: rto.TimedOut}
	if source >= 0 {
		s.Outcome, s.At = rto.OK, position(t, source)
	}
	p := rto.ReplicaSample{Store: "main", Replica: "dr", Send: at - second/20, Recv: at, Outcome: rto.TimedOut}
	if replica >= 0 {
		p.Outcome, p.Applied = rto.OK, position(t, replica)
	}
	return rto.Look{Until: at, Sources: []rto.SourceSample{s}, Replicas: []rto.ReplicaSample{p}}
}

func (r *recorder) drill(at rto.Instant, e rto.DrillEvent) {
	r.t.Helper()
	e.At, e.Noted, e.Source = rto.At(at), at, rto.ByPerson
	r.add(rto.RecordDrill, at, e)
}

// history is half an hour with a silent partition, a restart, a hole, two drills, alerts and findings.
func (r *recorder) history() rto.Instant {
	at := start
	r.session(at)
	n := 100
	for i := range 600 { // ten minutes of health
		at, n = at+second, n+1
		r.look(at, n, n-i%3)
	}
	kept := n
	for range 420 { // a silent partition of seven minutes
		at, n = at+second, n+1
		r.look(at, n, kept)
	}
	at += 90 * second
	r.session(at) // a restart, of which nobody looked for 90 s
	r.add(rto.RecordHole, at, rto.Hole{From: at - 90*second, To: at, Cause: "restart"})
	r.drill(at, rto.DrillEvent{Drill: "d1", Kind: rto.EventStarted, Start: &rto.DrillStart{Kind: rto.Full, Scenario: rto.Scenario{Name: "region"}}})
	for range 500 {
		at, n = at+second, n+1
		r.look(at, n, n)
	}
	r.drill(at, rto.DrillEvent{Drill: "d1", Kind: rto.EventFinding, Finding: &rto.Finding{ID: "f1", Title: "slow", Owner: "ops", Due: at + 9*second}})
	r.drill(at, rto.DrillEvent{Drill: "d1", Kind: rto.EventFinding, Finding: &rto.Finding{ID: "f2", Title: "none", Owner: "ops"}})
	r.drill(at, rto.DrillEvent{Drill: "d1", Kind: rto.EventEnded})
	r.add(rto.RecordAlert, at, rto.AlertSeen{Name: "RegionDown", Labels: map[string]string{"region": "a"}, Starts: at})
	r.add(rto.RecordClock, at, rto.ClockStep{At: at, Offset: 10 * time.Second})
	r.add("weather", at, "fine")
	for range 400 {
		at, n = at+second, n+1
		r.look(at, n, n)
	}
	r.drill(at, rto.DrillEvent{Drill: "d2", Kind: rto.EventStarted, Start: &rto.DrillStart{Kind: rto.Tabletop, Scenario: rto.Scenario{Name: "zone"}}})
	r.drill(at, rto.DrillEvent{Drill: "d2", Kind: rto.EventFindingDone, Finding: &rto.Finding{ID: "f1", ClosedBy: "d2"}})
	return at
}

func open(t testing.TB, file string, opt store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), file, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func catchUp(t testing.TB, s *store.Store, source store.Source) store.CaughtUp {
	t.Helper()
	done, err := s.CatchUp(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// dump is every row of every table but the checkpoint.
func dump(t testing.TB, file string) map[string][][]any {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string][][]any{}
	for _, table := range []string{"session", "drill", "event", "finding", "alert", "hole", "step", "tally"} {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			row := make([]any, len(columns))
			to := make([]any, len(columns))
			for i := range row {
				to[i] = &row[i]
			}
			if err := rows.Scan(to...); err != nil {
				t.Fatal(err)
			}
			all[table] = append(all[table], row)
		}
		if err := rows.Err(); err != nil || len(all[table]) == 0 {
			t.Fatalf("%s: %d rows, %v", table, len(all[table]), err)
		}
	}
	return all
}

func same(t *testing.T, what string, got, want map[string][][]any) {
	t.Helper()
	for table := range want {
		if !reflect.DeepEqual(got[table], want[table]) {
			t.Errorf("%s: table %s: %d rows, want %d; %v", what, table, len(got[table]), len(want[table]), firstDifference(got[table], want[table]))
		}
	}
}

func firstDifference(got, want [][]any) string {
	for i := range min(len(got), len(want)) {
		if !reflect.DeepEqual(got[i], want[i]) {
			return fmt.Sprintf("row %d:\n%v\n%v", i, got[i], want[i])
		}
	}
	return "one is shorter"
}

// TestThrowAway deletes, breaks and interrupts the index: the rows are always those that follow from the evidence.
func TestThrowAway(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	file := filepath.Join(t.TempDir(), "index.db")
	// While it is written: by Take record after record, with restarts of the index.
	s := open(t, file, store.Options{})
	if s.Rebuilt() == "" {
		t.Error("a missing file is not called rebuilt")
	}
	r.history()
	n := 0
	var some []evidence.Record
	for rec, err := range r.log.Read(1) {
		if err != nil {
			t.Fatal(err)
		}
		some = append(some, rec)
		if n++; n%29 != 0 && rec.Seq != r.log.Head().Seq {
			continue
		}
		if err := s.Take(t.Context(), some...); err != nil {
			t.Fatal(err)
		}
		some = nil
		if n%(29*23) == 0 {
			s.Close()
			s = open(t, file, store.Options{})
			if s.Rebuilt() != "" {
				t.Fatalf("rebuilt: %s", s.Rebuilt())
			}
			next := evidence.Record{Seq: rec.Seq + 2}
			if err := s.Take(t.Context(), next); !errors.Is(err, store.ErrGap) {
				t.Fatalf("a gap after a restart: %v", err)
			}
			catchUp(t, s, until{r.log, rec.Seq})
		}
	}
	s.Close()
	want := dump(t, file)

	f := func(what string, spoil func() error, rebuilt bool) {
		t.Helper()
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		s := open(t, file, store.Options{})
		if (s.Rebuilt() != "") != rebuilt {
			t.Errorf("%s: rebuilt %q", what, s.Rebuilt())
		}
		done := catchUp(t, s, r.log)
		if done.Seq != r.log.Head().Seq || done.Skipped != 1 {
			t.Errorf("%s: %+v, the log is at %d", what, done, r.log.Head().Seq)
		}
		s.Close()
		same(t, what, dump(t, file), want)
	}
	f("as it is", func() error { return nil }, false)
	f("deleted", func() error { return os.Remove(file) }, true)
	f("emptied", func() error { return os.Truncate(file, 0) }, true)
	f("cut", func() error { return os.Truncate(file, 5000) }, true)
	f("no database", func() error {
		return os.WriteFile(file, []byte("no database at all, but long enough to be one"), 0o600)
	}, true)
	f("a broken page", func() error { return scribble(file, 3*4096) }, true)
	f("a broken schema", func() error { return scribble(file, 300) }, true)
}

// scribble writes nonsense into the middle of a file.
func scribble(file string, at int64) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(make([]byte, 2000), at)
	return errors.Join(err, f.Close())
}

// until is the evidence as it was at a record.
type until struct {
	*evidence.Log
	seq uint64
}

func (u until) Read(seq uint64) iter.Seq2[evidence.Record, error] {
	return func(yield func(evidence.Record, error) bool) {
		for rec, err := range u.Log.Read(seq) {
			if rec.Seq > u.seq || !yield(rec, err) {
				return
			}
		}
	}
}

func TestOtherEvidence(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "index.db")
	one, two := newRecorder(t), newRecorder(t)
	for _, r := range []*recorder{one, two} {
		r.session(start)
		r.look(start+second, 5, 5)
	}
	two.look(start+2*second, 6, 6)
	s := open(t, file, store.Options{})
	catchUp(t, s, one.log)
	if done := catchUp(t, s, two.log); !done.Restarted || done.Seq != 3 {
		t.Errorf("another chain: %+v", done)
	}
	if done := catchUp(t, s, two.log); done.Restarted || done.Records != 0 {
		t.Errorf("nothing new: %+v", done)
	}
	if done := catchUp(t, s, one.log); !done.Restarted || done.Seq != 2 {
		t.Errorf("a shorter chain: %+v", done)
	}
}

func TestOtherObjectives(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "index.db")
	r := newRecorder(t)
	r.session(start)
	s := open(t, file, store.Options{})
	catchUp(t, s, r.log)
	s.Close()
	s = open(t, file, store.Options{Objective: time.Minute})
	if s.Rebuilt() == "" {
		t.Error("tallies by one objective are taken for those by another")
	}
}

func TestMalformedBody(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	r.session(start)
	r.add(rto.RecordDrill, start, map[string]any{"drill": 7})
	s := open(t, filepath.Join(t.TempDir(), "index.db"), store.Options{})
	_, err := s.CatchUp(t.Context(), r.log)
	if err == nil || err.Error()[:6] != "seq 2:" {
		t.Errorf("%v", err)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	r.session(start)
	file := filepath.Join(t.TempDir(), "index.db")
	s := open(t, file, store.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.CatchUp(ctx, r.log); !errors.Is(err, context.Canceled) {
		t.Errorf("catching up: %v", err)
	}
	if _, err := store.Open(ctx, file, store.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("opening: %v", err)
	}
	if done := catchUp(t, s, r.log); done.Seq != 1 {
		t.Errorf("afterwards: %+v", done)
	}
}

// TestNotReplaced wants an error, and nothing removed, where it cannot be told whether the file is good.
func TestNotReplaced(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "index.db")
	if err := os.MkdirAll(filepath.Join(file, "kept"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), file, store.Options{}); err == nil {
		t.Error("a directory was opened")
	}
	if _, err := os.Stat(filepath.Join(file, "kept")); err != nil {
		t.Error(err)
	}
}

// BenchmarkCatchUp makes the index of looks at one store with one replica.
func BenchmarkCatchUp(b *testing.B) {
	r := newRecorder(b)
	r.session(start)
	const looks = 5000
	for i := range looks {
		r.look(start+rto.Instant(i)*second, i+1, i+1)
	}
	b.ResetTimer()
	for i := range b.N {
		s := open(b, filepath.Join(b.TempDir(), fmt.Sprintf("%d.db", i)), store.Options{})
		catchUp(b, s, r.log)
		s.Close()
	}
	b.ReportMetric(float64(looks)*float64(b.N)/b.Elapsed().Seconds(), "looks/s")
}
