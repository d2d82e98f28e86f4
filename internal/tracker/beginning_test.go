package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

// stuckDisk is a journal whose disk takes the first records of a session, one after the other, and then no more until it is given up.
type stuckDisk struct {
	takes int
	full  error // what the disk says instead of being busy
}

// Append implements tracker.Journal.
func (d *stuckDisk) Append(ctx context.Context, _ rto.RecordKind, _ rto.Instant, _ any) error {
	if d.takes--; d.takes >= 0 {
		return nil
	}
	if d.full != nil {
		return d.full
	}
	<-ctx.Done()
	return fmt.Errorf("%w: %w", evidence.ErrUnknown, context.Cause(ctx))
}

// TestStoppedWhileItBegins: who stops a tracker whose first records are on their way to the disk does not wait for the disk.
func TestStoppedWhileItBegins(t *testing.T) {
	t.Parallel()
	for takes := range 2 { // the record of the hole since the session before, and the session's own
		t.Run(fmt.Sprintf("after %d records", takes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := tracker.New(options(&pair{}, &stuckDisk{takes: takes}))
				if err != nil {
					t.Fatal(err)
				}
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- s.Begin(ctx, rto.Session{Vantage: "tracker-dr", Began: instant()}, instant()-1) }()
				synctest.Wait()
				stop()
				if err := <-done; !errors.Is(err, context.Canceled) {
					t.Errorf("it says %v", err)
				}
			})
		})
	}
}

// TestNothingBeginsOnABadDisk: a journal that refuses the first record is an error.
func TestNothingBeginsOnABadDisk(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left on device")
	s, err := tracker.New(options(&pair{}, &stuckDisk{full: full}))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Begin(t.Context(), rto.Session{Vantage: "tracker-dr", Began: instant()}, 0); !errors.Is(err, full) {
		t.Errorf("want %v, got %v", full, err)
	}
}

// dying is a journal that takes so many records of a session and is then dead: what a tracker leaves that is killed while it begins.
type dying struct {
	takes int
	left  []rto.RecordKind
	holes []rto.Hole
	last  rto.Instant
}

// Append implements tracker.Journal.
func (d *dying) Append(_ context.Context, kind rto.RecordKind, at rto.Instant, body any) error {
	if d.takes--; d.takes < 0 {
		return errors.New("killed")
	}
	d.left, d.last = append(d.left, kind), at
	if h, ok := body.(rto.Hole); ok {
		d.holes = append(d.holes, h)
	}
	return nil
}

// TestKilledWhileItBegins: whichever of the first records is the last that was written, the holes of this session and of the next are all of the
// time in which nobody looked, and none of it twice.
func TestKilledWhileItBegins(t *testing.T) {
	t.Parallel()
	for takes := range 3 {
		t.Run(fmt.Sprintf("after %d records", takes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				looked := instant()
				j := &dying{takes: takes, last: looked}
				begin := func() {
					time.Sleep(time.Minute)
					s, err := tracker.New(options(&pair{}, j))
					if err != nil {
						t.Fatal(err)
					}
					_ = s.Begin(t.Context(), rto.Session{Vantage: "tracker-dr", Began: instant()}, j.last) // it is killed
				}
				begin()
				j.takes = 2
				begin()
				from := looked
				for _, h := range j.holes {
					if h.From != from || h.To <= h.From {
						t.Errorf("a hole from %v to %v, what was looked at ends at %v", h.From, h.To, from)
					}
					from = h.To
				}
				if from != instant() || j.left[len(j.left)-1] != rto.RecordSession {
					t.Errorf("holes until %v, it is %v; records: %v", from, instant(), j.left)
				}
			})
		})
	}
}
