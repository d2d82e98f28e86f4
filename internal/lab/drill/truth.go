package drill

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
	"github.com/voipbin/observability/internal/rto/report"
)

// Truth is what the laboratory itself knows of the drill, by its own clock and its own writes.
type Truth struct {
	// Failed is when the kill began. Served is when the last thing that was missing was there again: the name's new address was in the DNS.
	Failed, Served time.Time
	// Lasting is from when on nothing failed any more by the laboratory's own books: Served, or later on a machine that had too much to do. A
	// recovery is the begin of what lasts, and who looks now and then need not have seen all that failed: it lies between both.
	Lasting time.Time
	// Called is when the first call of the laboratory's own caller was answered after the failure.
	Called time.Time
	// Lost counts writes that were acknowledged and that the survivor lacks; Oldest is the first of them, committed between its two times.
	Lost                     int
	OldestSent, OldestCommit time.Time
	// Unknown counts writes that were under way at the failure: the old source's log may have them besides.
	Unknown int
	// Notified is when the laboratory itself was told that the region is down, by the same Alertmanager; Muted when it was told of something
	// that the drill mutes, which it must not be before Ended, when the laboratory said that the drill is over: then the silence ends, and what still
	// fires is told within a second.
	Notified, Muted, Ended time.Time
}

// heardWithin is how far apart two receivers of one notification may be: Alertmanager sends to them one after the other, or side by side.
const heardWithin = 2 * time.Second

// RTO is the true recovery time.
func (t Truth) RTO() rto.Bracket {
	return rto.Bracket{Lo: t.Served.Sub(t.Failed), Hi: t.Lasting.Sub(t.Failed)}
}

// recovery is the true recovery time in words.
func (t Truth) recovery() string {
	lo, hi := t.RTO().Lo.Round(time.Millisecond), t.RTO().Hi.Round(time.Millisecond)
	if lo == hi {
		return lo.String()
	}
	return fmt.Sprintf("%v to %v", lo, hi)
}

// lost compares what was acknowledged before the failure with what the survivor has.
func (t *Truth) lost(acknowledged []write, kept map[int64]bool) {
	for _, w := range acknowledged {
		if w.acknowledged.After(t.Failed) || kept[w.seq] {
			continue
		}
		if t.Lost == 0 || w.acknowledged.Before(t.OldestCommit) {
			t.OldestSent, t.OldestCommit = w.sent, w.acknowledged
		}
		t.Lost++
	}
}

// Judge compares a report with the truth. Each error is a bracket that does not hold what it says it holds.
func (t Truth) Judge(r report.Report) error {
	var all []error
	if took := r.RTO.Took; t.RTO().Hi < took.Lo || !took.Unbounded && t.RTO().Lo > took.Hi {
		all = append(all, fmt.Errorf("the recovery took %s, and the report says %s", t.recovery(), took))
	}
	if r.RTO.Verdict != rto.Pass {
		all = append(all, fmt.Errorf("the verdict on the recovery time is %s, not %s", r.RTO.Verdict, rto.Pass))
	}
	if t.Called.Before(r.RTO.Recovered.Lo.Time()) && !t.Lasting.After(t.Served) {
		all = append(all, fmt.Errorf("a call was answered at %s, before the report's recovery of %s", rto.InstantOf(t.Called), r.RTO.Recovered.Lo))
	}
	return errors.Join(append(all, t.judgeLoss(r.RPO), t.judgeAlerts(r))...)
}

// judgeAlerts holds the alert audit against what the laboratory was told itself.
func (t Truth) judgeAlerts(r report.Report) error {
	if t.Notified.IsZero() {
		return errors.New("the laboratory was never told that the region is down")
	}
	if !t.Muted.IsZero() && t.Muted.Before(t.Ended) {
		return fmt.Errorf("the laboratory was told at %s of what the drill mutes", rto.InstantOf(t.Muted))
	}
	var all []error
	for _, a := range r.Alerts.Expected {
		if a.Outcome != report.AlertReceived || a.Fired < rto.InstantOf(t.Failed.Add(-time.Minute)) || a.Received < a.Fired {
			all = append(all, fmt.Errorf("%s: the report says %q, fired %s, received %s", a.Name, a.Outcome, a.Fired, a.Received))
			continue
		}
		if off := a.Received.Time().Sub(t.Notified); a.Name == alertRegionDown && (off > heardWithin || off < -heardWithin) {
			all = append(all, fmt.Errorf("%s was received at %s, and the report says %s", a.Name, rto.InstantOf(t.Notified), a.Received))
		}
	}
	if len(r.Alerts.Expected) != 2 {
		all = append(all, fmt.Errorf("the report audits %d alerts, want 2", len(r.Alerts.Expected)))
	}
	muted := func(a report.AlertLine) bool {
		return a.Name == alertExposure && a.Muted && (a.Received == 0 || !a.Received.Time().Before(t.Ended))
	}
	if !slices.ContainsFunc(r.Alerts.Others, muted) {
		all = append(all, errors.New("the report knows of no alert that was muted"))
	}
	return errors.Join(all...)
}

// judgeLoss holds the loss against its bracket. The oldest lost write was committed between two instants, either of which may be the true one.
func (t Truth) judgeLoss(p report.Point) error {
	if t.Lost == 0 {
		if p.OldestLost.Lo > 0 {
			return fmt.Errorf("nothing was lost, and the report says %s", p.OldestLost)
		}
		return nil
	}
	least, most := t.Failed.Sub(t.OldestCommit), t.Failed.Sub(t.OldestSent)
	if most < p.OldestLost.Lo || !p.OldestLost.Unbounded && least > p.OldestLost.Hi {
		return fmt.Errorf("the oldest lost write was between %v and %v old, and the report says %s", least, most, p.OldestLost)
	}
	if n := inserts(p, ledgerTable); p.TransactionsExact && (n < uint64(t.Lost) || n > uint64(t.Lost+t.Unknown)) {
		return fmt.Errorf("%d to %d writes were lost, and the manifest says %d", t.Lost, t.Lost+t.Unknown, n)
	}
	return judgeCanary(p)
}

// Tables of which rows were lost: the application's, and that of the tracker's own writes.
const (
	ledgerTable = "lab.ledger"
	canaryTable = mysql.DefaultCanaryTable
)

// inserts are a table's rows that the old source's log has and the survivor lacks.
func inserts(p report.Point, table string) uint64 {
	for _, l := range p.Tables {
		if l.Table == table {
			return l.Inserts
		}
	}
	return 0
}

// judgeCanary holds what the tracker says of its own writes against the old source's log.
func judgeCanary(p report.Point) error {
	c := p.Canary
	if c == nil {
		return errors.New("the report says nothing of the tracker's own writes")
	}
	if n := inserts(p, canaryTable); p.TransactionsExact && (n < c.Lost || n > c.Lost+c.Uncertain) {
		return fmt.Errorf("%d to %d of the tracker's own writes were lost, and the manifest says %d", c.Lost, c.Lost+c.Uncertain, n)
	}
	return nil
}

// Write prints the report beside the truth.
func (t Truth) Write(w io.Writer, r report.Report) error {
	_, err := fmt.Fprintf(w, "  %-22s %12s   report\n  %-22s %12s   %s, %s\n  %-22s %12s   %s, %s\n", "", "laboratory",
		"recovery time", t.recovery(), r.RTO.Took, r.RTO.Verdict,
		"age of oldest loss", t.age(), r.RPO.OldestLost, r.RPO.Verdict)
	if err == nil && r.RPO.TransactionsExact {
		_, err = fmt.Fprintf(w, "  %-22s %12d   %d, by the old source's log\n", "writes lost", t.Lost, inserts(r.RPO, ledgerTable))
	}
	if c := r.RPO.Canary; err == nil && c != nil {
		_, err = fmt.Fprintf(w, "  %-22s %12s   %d of %d, and %d by the old source's log\n", "the tracker's own", "", c.Lost, c.Acknowledged, inserts(r.RPO, canaryTable))
	}
	return err
}

func (t Truth) age() string {
	if t.Lost == 0 {
		return "nothing lost"
	}
	return t.Failed.Sub(t.OldestCommit).Round(time.Millisecond).String()
}

// readReport reads a report in JSON.
func readReport(file string) (report.Report, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return report.Report{}, err
	}
	var r report.Report
	return r, json.Unmarshal(text, &r)
}
