package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

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

// TestStoppedWhileItBegins: a service manager that stops a tracker whose first records are on their way to the disk sees it end well.
func TestStoppedWhileItBegins(t *testing.T) {
	t.Parallel()
	for takes := range 2 { // the session's record, and that of the hole since the one before
		t.Run(fmt.Sprintf("after %d records", takes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := tracker.New(options(&pair{}, &stuckDisk{takes: takes}))
				if err != nil {
					t.Fatal(err)
				}
				end := start(t, s, instant()-1)
				synctest.Wait()
				end()
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
	if err := s.Run(t.Context(), rto.Session{Vantage: "tracker-dr", Began: instant()}, 0); !errors.Is(err, full) {
		t.Errorf("want %v, got %v", full, err)
	}
}
