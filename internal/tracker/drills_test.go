package tracker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

// begin starts a full drill.
func begin(t *testing.T, s *tracker.Service) string {
	t.Helper()
	id, err := s.StartDrill(t.Context(), tracker.DrillRequest{Kind: rto.Full, Scenario: "region_loss", Author: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestAutomaticMarks takes down fence, promotion, first write, detection and verification without anybody's help, each once.
func TestAutomaticMarks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, j := newPair(), &memory{}
		s, end := running(t, options(p, j))
		defer end()
		time.Sleep(10 * time.Second)
		id := begin(t, s)
		time.Sleep(5 * time.Second)
		p.set(func(p *pair) { p.readOnly, p.stopped = true, time.Now() })
		time.Sleep(5 * time.Second)
		p.set(func(p *pair) { p.source = rto.Refused })
		time.Sleep(10 * time.Second)
		heard := instant()
		for _, name := range []string{"RecoveryRegionDown", "RecoveryRegionDown"} {
			if err := s.SeeAlerts(t.Context(), []rto.AlertSeen{{Name: name, Received: heard}}); err != nil {
				t.Fatal(err)
			}
		}
		promoted := instant()
		p.set(func(p *pair) { p.promoted = true })
		time.Sleep(5 * time.Second)
		p.set(func(p *pair) { p.ownWrites = 1 })
		time.Sleep(30 * time.Second)
		d, err := s.Drill(id)
		if err != nil {
			t.Fatal(err)
		}
		if !d.Fenced.Valid() || d.Fenced.Lo < d.Began.Lo {
			t.Errorf("fenced %+v", d.Fenced)
		}
		if d.Promotion == nil || d.Promoted.Lo > promoted || d.Promoted.Hi < promoted || !d.Promotion.FirstWrite.Valid() {
			t.Errorf("promoted at %v, have %+v %+v", promoted, d.Promoted, d.Promotion)
		}
		if got := d.Steps["detect"].Done; got != rto.At(heard) {
			t.Errorf("detected %+v, want %v", got, heard)
		}
		if !d.Steps["verify"].Done.Valid() {
			t.Error("the paths are back, and nobody said so")
		}
		count := map[string]int{}
		for _, e := range d.Events {
			count[string(e.Kind)+e.Step]++
		}
		for what, n := range map[string]int{"fenced": 1, "promoted": 2, "step_donedetect": 1, "step_doneverify": 1} {
			if count[what] != n {
				t.Errorf("%s %d times, want %d: %v", what, count[what], n, count)
			}
		}
	})
}

// TestEndOfADrill writes down what was seen up to the end before the end itself: a report reads no further.
func TestEndOfADrill(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, j := newPair(), &memory{}
		s, end := running(t, options(p, j))
		defer end()
		time.Sleep(10*time.Second + 500*time.Millisecond) // between two records
		begin(t, s)
		time.Sleep(200 * time.Millisecond)
		now := instant()
		if _, err := s.Note(t.Context(), rto.DrillEvent{Kind: rto.EventEnded, Source: rto.ByPerson}); err != nil {
			t.Fatal(err)
		}
		all := j.all()
		if n := len(all); all[n-1].kind != rto.RecordDrill || all[n-2].kind != rto.RecordLook || all[n-2].at != now {
			t.Errorf("the last records are %s at %s and %s at %s, want a look at %s and the end", all[n-2].kind, all[n-2].at, all[n-1].kind, all[n-1].at, now)
		}
	})
}

// TestDrillOfAnotherTracker takes the name that the other gave the drill, and no other name.
func TestDrillOfAnotherTracker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, end := running(t, options(newPair(), &memory{}))
		defer end()
		request := tracker.DrillRequest{Kind: rto.Full, Scenario: "region_loss", Author: "alice"}
		for _, id := range []string{"x", "../../etc", "2026-11-28-region-loss-1<script>"} {
			request.ID = id
			if _, err := s.StartDrill(t.Context(), request); err == nil {
				t.Errorf("%q became the name of a drill", id)
			}
		}
		request.ID = "2026-11-28-region-loss-7"
		if id, err := s.StartDrill(t.Context(), request); err != nil || id != request.ID {
			t.Errorf("%s, %v", id, err)
		}
		if _, err := s.Note(t.Context(), rto.DrillEvent{Kind: rto.EventEnded, Source: rto.ByPerson}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.StartDrill(t.Context(), request); err == nil {
			t.Error("two drills have one name")
		}
	})
}

// TestTwoOperators loses no mark of two who press at the same time, and the evidence has them in the order in which they count.
func TestTwoOperators(t *testing.T) {
	t.Parallel()
	p, j := newPair(), &memory{}
	s, err := tracker.New(options(p, j))
	if err != nil {
		t.Fatal(err)
	}
	id := begin(t, s)
	var wg sync.WaitGroup
	for _, who := range []string{"alice", "bob", "carol"} {
		wg.Go(func() {
			for i := range 100 {
				e := rto.DrillEvent{Drill: id, Kind: rto.EventNote, Author: who, Source: rto.ByPerson, Text: strconv.Itoa(i)}
				if _, err := s.Note(context.Background(), e); err != nil {
					t.Errorf("%s: %v", who, err)
				}
				s.Snapshot()
			}
		})
	}
	wg.Wait()
	d, err := s.Drill(id)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Events) != 301 || len(j.all()) != 301 {
		t.Fatalf("%d events, %d records, want 301", len(d.Events), len(j.all()))
	}
	for i, r := range j.all() {
		var e rto.DrillEvent
		if err := json.Unmarshal(r.body, &e); err != nil {
			t.Fatal(err)
		}
		if e.Author != d.Events[i].Author || e.Text != d.Events[i].Text {
			t.Fatalf("record %d is %s %s, event is %s %s", i, e.Author, e.Text, d.Events[i].Author, d.Events[i].Text)
		}
	}
}

// TestOneDrillAtATime refuses a second, also while the way back runs, and gives the id again to nobody.
func TestOneDrillAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := tracker.New(options(newPair(), &memory{}))
		if err != nil {
			t.Fatal(err)
		}
		note := func(kind rto.EventKind) {
			t.Helper()
			time.Sleep(time.Second)
			if _, err := s.Note(t.Context(), rto.DrillEvent{Kind: kind, Drill: "2000-01-01-region-loss-1", Author: "alice", Source: rto.ByPerson}); err != nil {
				t.Fatal(err)
			}
		}
		refused := func() {
			t.Helper()
			_, err := s.StartDrill(t.Context(), tracker.DrillRequest{Kind: rto.Full, Scenario: "region_loss"})
			if !errors.Is(err, tracker.ErrRunning) {
				t.Fatalf("got %v", err)
			}
		}
		if id := begin(t, s); id != "2000-01-01-region-loss-1" {
			t.Fatalf("id %s", id)
		}
		refused()
		note(rto.EventAborted)
		note(rto.EventFailback)
		refused()
		note(rto.EventFailedBack)
		if d, err := s.Drill("2000-01-01-region-loss-1"); err != nil || d.State != rto.Aborted || !d.FailedBack.Valid() {
			t.Errorf("state %v, %v", d.State, err)
		}
		if id := begin(t, s); id != "2000-01-01-region-loss-2" {
			t.Errorf("id %s", id)
		}
	})
}

// TestUnwritten acknowledges nothing that is not in the evidence.
func TestUnwritten(t *testing.T) {
	t.Parallel()
	j := &memory{}
	s, err := tracker.New(options(newPair(), j))
	if err != nil {
		t.Fatal(err)
	}
	j.fail(errDisk)
	if _, err := s.StartDrill(t.Context(), tracker.DrillRequest{Kind: rto.Full, Scenario: "region_loss"}); !errors.Is(err, errDisk) {
		t.Errorf("start: %v", err)
	}
	if _, ok := s.Running(); ok {
		t.Error("a drill runs of which there is no evidence")
	}
	j.fail(nil)
	id := begin(t, s)
	j.fail(errDisk)
	if _, err := s.Note(t.Context(), rto.DrillEvent{Drill: id, Kind: rto.EventDeclared, Author: "alice", Source: rto.ByPerson}); !errors.Is(err, errDisk) {
		t.Errorf("note: %v", err)
	}
	if d, err := s.Drill(id); err != nil || d.Declared.Valid() || len(d.Events) != 1 {
		t.Errorf("the mark counts: %v, %+v", err, d.Events)
	}
}

// hooked is a service whose step promote is done by a shell command.
func hooked(t *testing.T, script string, limit time.Duration) (s *tracker.Service, drill string) {
	t.Helper()
	o := options(newPair(), &memory{})
	o.Hooks = map[string]tracker.Hook{"promote": {Command: []string{"/bin/sh", "-c", script}, Limit: limit}}
	s, err := tracker.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, begin(t, s)
}

// TestHookEnvironment gives a command the drill and the step, and nothing that the tracker has.
func TestHookEnvironment(t *testing.T) {
	t.Setenv("TRACKER_TEST_SECRET", "hunter2")
	s, id := hooked(t, "env", time.Minute)
	run, err := s.RunHook(t.Context(), id, "promote", "alice")
	if err != nil || run.Exit != 0 {
		t.Fatalf("%+v, %v", run, err)
	}
	if !strings.Contains(run.Output, "DRILL="+id+"\n") || !strings.Contains(run.Output, "STEP=promote\n") || strings.Contains(run.Output, "hunter2") {
		t.Errorf("environment:\n%s", run.Output)
	}
	if d, err := s.Drill(id); err != nil || !d.Steps["promote"].Done.Valid() {
		t.Errorf("the step is not done: %v", err)
	}
}

// TestHookOutput keeps the end of what a command says.
func TestHookOutput(t *testing.T) {
	t.Parallel()
	s, id := hooked(t, "head -c 100000 /dev/zero | tr '\\0' x; echo the end; exit 3", time.Minute)
	run, err := s.RunHook(t.Context(), id, "promote", "alice")
	if err != nil {
		t.Fatal(err)
	}
	if !run.Cut || len(run.Output) != 16<<10 || !strings.HasSuffix(run.Output, "xthe end\n") || run.Exit != 3 || len(run.OutputSHA256) != 64 {
		t.Errorf("cut %v, %d bytes, exit %d", run.Cut, len(run.Output), run.Exit)
	}
	if d, err := s.Drill(id); err != nil || d.Steps["promote"].Done.Valid() {
		t.Errorf("a command that failed did the step: %v", err)
	}
}

// TestHookLimit ends a command that takes too long with all its children.
func TestHookLimit(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/child"
	s, id := hooked(t, fmt.Sprintf("sleep 600 & echo $! > %s; wait", file), 500*time.Millisecond)
	run, err := s.RunHook(t.Context(), id, "promote", "alice")
	if err != nil || !run.TimedOut || run.Exit == 0 {
		t.Fatalf("%+v, %v", run, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	// Whoever adopted the child may take a moment to bury it.
	for end := time.Now().Add(10 * time.Second); !gone(child); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the command's child lives on")
		}
	}
}

// gone tells whether a process has ended, buried or not.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

// TestHookOutlivesRequest ends no failover half-way because a browser was closed.
func TestHookOutlivesRequest(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/begun"
	s, id := hooked(t, fmt.Sprintf("touch %s; sleep 0.3; echo whole", file), time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			if _, err := os.Stat(file); err == nil || t.Context().Err() != nil {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	run, err := s.RunHook(ctx, id, "promote", "alice")
	if err != nil || run.Exit != 0 || run.Output != "whole\n" {
		t.Errorf("%+v, %v", run, err)
	}
}

// TestHookMissing says that there is no such program, and that a step has no command.
func TestHookMissing(t *testing.T) {
	t.Parallel()
	o := options(newPair(), &memory{})
	o.Hooks = map[string]tracker.Hook{"promote": {Command: []string{"/nowhere/at/all"}, Limit: time.Minute}}
	s, err := tracker.New(o)
	if err != nil {
		t.Fatal(err)
	}
	id := begin(t, s)
	if run, err := s.RunHook(t.Context(), id, "promote", "alice"); err != nil || run.Exit == 0 || run.Output != "the command could not be started" {
		t.Errorf("%+v, %v", run, err)
	}
	if _, err := s.RunHook(t.Context(), id, "verify", "alice"); !errors.Is(err, tracker.ErrNoHook) {
		t.Errorf("got %v", err)
	}
}
