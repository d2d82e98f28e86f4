package tracker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

// stuck is a disk that never finishes writing marks.
type stuck struct{ memory }

func (s *stuck) Append(ctx context.Context, kind rto.RecordKind, at rto.Instant, body any) error {
	if kind == rto.RecordDrill {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.memory.Append(ctx, kind, at, body)
}

// TestAMarkThatHangsHidesNothing shows that a snapshot, and so a scrape, is answered while a mark waits for the disk.
func TestAMarkThatHangsHidesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, end := running(t, options(newPair(), &stuck{}))
		defer end()
		time.Sleep(5 * time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, err := s.StartDrill(ctx, tracker.DrillRequest{Kind: rto.Full, Scenario: "region_loss", Author: "alice"})
			ended <- err
		}()
		time.Sleep(time.Second)
		if got := s.Snapshot(); len(got.Exposures) == 0 || got.Running != nil {
			t.Errorf("%d exposures, running %v", len(got.Exposures), got.Running)
		}
		cancel()
		if err := <-ended; err == nil {
			t.Error("a drill that is in no evidence was acknowledged")
		}
	})
}
