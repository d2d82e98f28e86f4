//go:build integration

package integration

import (
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// TestRelayLogOfAReplicaThatStands lets a replica receive what it does not apply, stops both of its threads, takes its source away, and starts
// it again: what the sampler counts as received must then come to be applied.
func TestRelayLogOfAReplicaThatStands(t *testing.T) {
	t.Parallel()
	for _, flavour := range flavours() {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			p, now := startPair(t, flavour, suiteOf(flavour)), trackerClock()
			s := sampler(t, p.Replica.Account(database.Monitor), now, mysql.Options{Bare: true})
			source := sampler(t, p.Source.Account(database.Monitor), now, mysql.Options{})
			w := p.Word()
			do(t, p.Replica, "STOP "+w+" SQL_THREAD")
			do(t, p.Source, "INSERT INTO lab.ledger (seq, t_us) VALUES (1, 1), (2, 2)")
			written := source.Source(t.Context())
			becomes(t, "received", func() bool { r := s.Replica(t.Context()); return r.ReceivedKnown && r.Received.Contains(written.At) })
			do(t, p.Replica, "STOP "+w)
			stands := s.Replica(t.Context())
			p.Link.Pause()
			p.Link.Cut()
			do(t, p.Replica, "START "+w+" SQL_THREAD")
			deadline := time.Now().Add(3 * time.Second)
			for time.Now().Before(deadline) && !s.Replica(t.Context()).Applied.Contains(written.At) {
				time.Sleep(10 * time.Millisecond)
			}
			after := s.Replica(t.Context())
			t.Logf("written %v; while it stands received %v, applied %v; started without its source: applied %v", written.At, stands.Received, stands.Applied, after.Applied)
			if !after.Applied.Contains(stands.Received) {
				t.Errorf("%v counted as received, and cannot be applied: %v", stands.Received, after.Applied)
			}
		})
	}
}
