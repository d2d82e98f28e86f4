//go:build integration

package integration

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/promapi"
)

// The figures of the alert's story (recovery evidence 2.3): the warning's threshold, how late it may be told, and how much earlier than the truth
// the proof may give up, which is a sample's and a scrape's age.
const (
	warnAfter  = 60 * time.Second
	toldWithin = 5 * time.Second
	proofAge   = 4 * time.Second
)

// secondsBehind is what the replica says of itself; false where it says nothing.
func secondsBehind(t *testing.T, db *sql.DB) (float64, bool) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SHOW SLAVE STATUS")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil || !rows.Next() {
		t.Fatalf("no replica: %v %v", err, rows.Err())
	}
	values, into := make([]sql.NullString, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		if name == "Seconds_Behind_Master" {
			seconds, err := time.ParseDuration(values[i].String + "s")
			return seconds.Seconds(), err == nil
		}
	}
	t.Fatal("the replica does not say how far it is behind")
	return 0, false
}

// warning finds the warning about exposure among the alerts that fire.
func warning(alerts []promapi.Alert) (promapi.Alert, bool) {
	for _, a := range alerts {
		if a.Name == "RecoveryExposureHigh" && a.Labels["level"] == "warning" && a.State == "firing" {
			return a, true
		}
	}
	return promapi.Alert{}, false
}

// TestTheWarningFiresInASilentPartition: the link swallows everything and nobody notices. Real Prometheus, with the rules as they are generated,
// has to warn within five seconds of the moment at which a minute of writes would be lost. Seconds_Behind never passes a minute.
func TestTheWarningFiresInASilentPartition(t *testing.T) {
	t.Parallel()
	l := start(t, func(o *lab.Options) { o.Recovery = true })
	within(t, 30*time.Second, "the exposure is small", func() bool {
		s, err := l.Summary(t.Context())
		return err == nil && s.Exposure != nil && *s.Exposure < 3
	})
	if err := l.Break(t.Context(), "partition", false); err != nil {
		t.Fatal(err)
	}
	pair := l.Recovery.Pair
	// What the replica has now is all that it will have; the source goes on. The oldest write that it lacks is the one after.
	var last int64
	within(t, 10*time.Second, "the partition shows", func() bool {
		var err error
		if last, err = pair.Replica.Number(t.Context(), "SELECT MAX(seq) FROM lab.ledger"); err != nil {
			t.Fatal(err)
		}
		newest, err := pair.Source.Number(t.Context(), "SELECT MAX(seq) FROM lab.ledger")
		return err == nil && newest > last+4
	})
	written, err := pair.Source.Number(t.Context(), fmt.Sprintf("SELECT MIN(t_us) FROM lab.ledger WHERE seq > %d", last))
	if err != nil {
		t.Fatal(err)
	}
	crossing := time.UnixMicro(written).Add(warnAfter)
	most, silent := 0.0, 0
	var alert promapi.Alert
	within(t, time.Until(crossing)+30*time.Second, "the warning fires", func() bool {
		if s, ok := secondsBehind(t, pair.Replica.Root()); ok {
			most = max(most, s)
		} else {
			silent++
		}
		alerts, err := l.API.Alerts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var ok bool
		alert, ok = warning(alerts)
		return ok
	})
	late := alert.Since.Sub(crossing)
	t.Logf("the warning fired %v after a minute of writes would have been lost; Seconds_Behind was at most %.0f, and absent %d times", late, most, silent)
	if late > toldWithin || late < -proofAge {
		t.Errorf("the warning fired %v after the crossing, want %v to %v", late, -proofAge, toldWithin)
	}
	if most > warnAfter.Seconds() {
		t.Errorf("Seconds_Behind passed a minute: %.0f", most)
	}
	if err := l.Break(t.Context(), "partition", true); err != nil {
		t.Fatal(err)
	}
	within(t, 60*time.Second, "the warning ends with the partition", func() bool {
		alerts, err := l.API.Alerts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, firing := warning(alerts)
		return !firing
	})
}
