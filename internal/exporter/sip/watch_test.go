package sip

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/sipprobe"
)

// watching is a watch in a bubble whose probes are made by ask.
func watching(interval, timeout time.Duration, ask func(ctx context.Context) sipprobe.Result) (*watch, *bytes.Buffer) {
	var logs bytes.Buffer
	w := newWatch(Options{
		Name: "edge", Module: Module{Interval: interval}, Timeout: timeout, Collectors: everything(), Now: time.Now,
		Logger: slog.New(slog.NewTextHandler(&logs, nil)),
	}, ask)
	return w, &logs
}

func good(context.Context) sipprobe.Result {
	r := answered(sipprobe.Options, sipprobe.GradeServed, sipprobe.OK, 200)
	r.Ended = time.Now()
	return r
}

// A scrape that waited for the first result once showed it beside counters that had not counted it yet. The lock is held here, so that
// the result cannot be kept: by then it has to be counted.
func TestCountsBeforeItShows(t *testing.T) {
	t.Parallel()
	w, _ := watching(time.Second, time.Second, nil)
	w.mu.Lock()
	done := make(chan struct{})
	go func() { w.note(good(t.Context())); close(done) }()
	for end := time.Now().Add(5 * time.Second); testutil.ToFloat64(w.totals.probes.WithLabelValues("ok")) == 0; runtime.Gosched() {
		if time.Now().After(end) {
			t.Error("it waits to keep the result before it counts it")
			break
		}
	}
	w.mu.Unlock()
	<-done
}

// A module with an interval is probed at it, and a scrape shows the last result and probes nothing.
func TestProbesAtAnInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var probes []time.Time
		w, _ := watching(10*time.Second, 5*time.Second, func(ctx context.Context) sipprobe.Result {
			probes = append(probes, time.Now())
			if left, ok := ctx.Deadline(); !ok || time.Until(left) != 5*time.Second {
				t.Errorf("a probe has until %v", left)
			}
			time.Sleep(time.Second)
			return good(ctx)
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { w.run(ctx); close(done) }()

		if err := w.check(ctx); err != nil { // waits for the first one
			t.Error(err)
		}
		time.Sleep(42 * time.Second)
		synctest.Wait()
		made := len(probes)
		if made < 5 {
			t.Errorf("%d probes in 43 seconds", made)
		}
		for i := 1; i < made; i++ {
			gap := probes[i].Sub(probes[i-1])
			if i == 1 && (gap < 5*time.Second || gap > 10*time.Second) || i > 1 && gap != 10*time.Second {
				t.Errorf("probe %d is %v after the one before", i, gap)
			}
		}
		if err := w.check(ctx); err != nil {
			t.Error(err)
		}
		if len(probes) != made {
			t.Error("a scrape made a probe")
		}
		cancel()
		<-done
	})
}

// Targets that begin at once do not go on at once.
func TestProbesAreSpread(t *testing.T) {
	t.Parallel()
	phases := make(map[time.Duration]bool)
	for _, name := range []string{"edge-1", "edge-2", "edge-3", "edge-4"} {
		w := newWatch(Options{Name: name, Module: Module{Interval: time.Second}}, nil)
		phases[w.phase()] = true
		if w.phase() < 500*time.Millisecond || w.phase() >= time.Second {
			t.Errorf("%s: %v", name, w.phase())
		}
	}
	if len(phases) != 4 {
		t.Errorf("phases %v", phases)
	}
}

// A probe that takes longer than the interval is never doubled.
func TestSlowProbesDoNotPileUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		atOnce := 0
		w, _ := watching(10*time.Second, time.Minute, func(ctx context.Context) sipprobe.Result {
			atOnce++
			if atOnce > 1 {
				t.Error("two probes at once")
			}
			<-ctx.Done() // the interval bounds it
			atOnce--
			return sipprobe.Result{Outcome: sipprobe.FailTimeout, Err: errors.New("no answer"), Ended: time.Now()}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		w.run(ctx)
		if err := w.check(context.Background()); exporter.OutcomeOf(err) != exporter.OutcomeTimeout {
			t.Errorf("check: %v", err)
		}
	})
}

// Before the first result a scrape waits for it, and in the end says that there is none; a result that is too old is none.
func TestNoResultIsMadeUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := watching(10*time.Second, 5*time.Second, good)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.check(ctx); exporter.OutcomeOf(err) != exporter.OutcomeTimeout {
			t.Errorf("before the first: %v", err)
		}
		w.note(good(t.Context()))
		if err := w.check(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(26 * time.Second)
		if err := w.check(t.Context()); exporter.OutcomeOf(err) != exporter.OutcomeTimeout || !strings.Contains(err.Error(), "26s ago") {
			t.Errorf("when it is old: %v", err)
		}
		if w.result() != nil {
			t.Error("an old result is still shown")
		}
		w.note(good(t.Context())) // the host is awake again
		if err := w.check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A probe that is broken off by the end of the exporter says nothing of the server.
func TestProbeThatIsBrokenOffDoesNotCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := watching(10*time.Second, 5*time.Second, func(ctx context.Context) sipprobe.Result {
			<-ctx.Done()
			return sipprobe.Result{Outcome: sipprobe.FailTimeout}
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w.run(ctx)
		if w.result() != nil {
			t.Error("it counts")
		}
	})
}

// A probe on demand leaves time to tell of it.
func TestProbeLeavesTimeForTheScrape(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var left time.Duration
		w, _ := watching(0, 0, func(ctx context.Context) sipprobe.Result {
			deadline, _ := ctx.Deadline()
			left = time.Until(deadline)
			return good(ctx)
		})
		for timeout, want := range map[time.Duration]time.Duration{10 * time.Second: 9800 * time.Millisecond, time.Second: 900 * time.Millisecond} {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			if err := w.check(ctx); err != nil || left != want {
				t.Errorf("of %v: left %v (%v)", timeout, left, err)
			}
			cancel()
		}
	})
}

// Why a server counts as down is sorted as for all exporters.
func TestReasonsOfBeingDown(t *testing.T) {
	t.Parallel()
	f := func(o sipprobe.Outcome, g sipprobe.Grade, want string) {
		t.Helper()
		if got := exporter.OutcomeOf(unanswered(&sipprobe.Result{Outcome: o, Grade: g, Err: errors.New("why")})); got != want {
			t.Errorf("%s: want %s, got %s", o, want, got)
		}
	}
	f(sipprobe.OK, sipprobe.GradeServed, exporter.OutcomeOK)
	f(sipprobe.FailRejected, sipprobe.GradeAnswered, exporter.OutcomeOK)
	f(sipprobe.FailTimeout, sipprobe.GradeNone, exporter.OutcomeTimeout)
	f(sipprobe.FailRinging, sipprobe.GradeNone, exporter.OutcomeTimeout)
	f(sipprobe.FailGarbage, sipprobe.GradeNone, exporter.OutcomeDecode)
	f(sipprobe.FailConnect, sipprobe.GradeNone, exporter.OutcomeTransport)
	f(sipprobe.FailCert, sipprobe.GradeNone, exporter.OutcomeTransport)
	if unanswered(nil) == nil {
		t.Error("no result is no answer")
	}
}

// Only what is news is logged, once.
func TestLog(t *testing.T) {
	t.Parallel()
	w, logs := watching(0, 0, nil)
	bad := answered(sipprobe.Options, sipprobe.GradeAnswered, sipprobe.FailRejected, 503)
	silent := sipprobe.Result{Outcome: sipprobe.FailTimeout, Err: errors.New("no answer")}
	for _, r := range []sipprobe.Result{options(), bad, bad, options(), options(), silent} {
		w.note(r)
	}
	text := logs.String()
	if strings.Count(text, "\n") != 2 || strings.Count(text, `msg="probe failed" target=edge outcome=rejected err=why`) != 1 || !strings.Contains(text, "probe succeeds again") {
		t.Errorf("log:\n%s", text)
	}
}
