package drill

import (
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
)

// story is a truth, and a report that holds it.
func story() (Truth, report.Report) {
	failed := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	t := Truth{Failed: failed, Served: failed.Add(5 * time.Second), Lasting: failed.Add(5 * time.Second), Called: failed.Add(5500 * time.Millisecond), Unknown: 1}
	t.lost([]write{
		{1, failed.Add(-3 * time.Second), failed.Add(-2900 * time.Millisecond)},
		{2, failed.Add(-2 * time.Second), failed.Add(-1900 * time.Millisecond)},
		{3, failed.Add(-1 * time.Second), failed.Add(-900 * time.Millisecond)},
		{4, failed.Add(6 * time.Second), failed.Add(7 * time.Second)}, // on the survivor, and not read back yet
	}, map[int64]bool{1: true})
	var r report.Report
	r.RTO.Verdict, r.RTO.Took = rto.Pass, rto.Bracket{Lo: 4 * time.Second, Hi: 6 * time.Second}
	r.RTO.Recovered = rto.Moment{Lo: rto.InstantOf(failed.Add(4 * time.Second)), Hi: rto.InstantOf(failed.Add(6 * time.Second))}
	r.RPO.OldestLost = rto.Bracket{Lo: 1500 * time.Millisecond, Hi: 2500 * time.Millisecond}
	n := uint64(7)
	r.RPO.Transactions, r.RPO.TransactionsExact = &n, true
	r.RPO.Tables = []rto.TableLoss{{Table: "canary.voipbin_canary", Inserts: 5}, {Table: "lab.ledger", Inserts: 2}}
	r.RPO.Canary = &report.CanaryLoss{Acknowledged: 30, Lost: 4, Uncertain: 1}
	t.Notified, t.Ended = failed.Add(4*time.Second), failed.Add(20*time.Second)
	told := func(name string, at time.Duration) report.AlertLine {
		return report.AlertLine{Name: name, Outcome: report.AlertReceived, Fired: rto.InstantOf(failed.Add(at - time.Second)), Received: rto.InstantOf(failed.Add(at))}
	}
	r.Alerts.Expected = []report.AlertLine{told(alertRegionDown, 4100*time.Millisecond), told(alertExposure, 3*time.Second)}
	r.Alerts.Others = []report.AlertLine{{Name: alertExposure, Outcome: report.AlertFired, Muted: true}}
	return t, r
}

func TestTruth(t *testing.T) {
	t.Parallel()
	truth, r := story()
	if truth.Lost != 2 || truth.Failed.Sub(truth.OldestCommit) != 1900*time.Millisecond {
		t.Errorf("want two lost writes, the oldest 1.9 s old, got %+v", truth)
	}
	if err := truth.Judge(r); err != nil {
		t.Errorf("want a true report, got %v", err)
	}
	// With the drill its silence ends: what still fires is told.
	truth.Muted = truth.Ended.Add(time.Second)
	r.Alerts.Others[0].Received = rto.InstantOf(truth.Muted)
	if err := truth.Judge(r); err != nil {
		t.Errorf("want a true report of what was told after the drill, got %v", err)
	}
}

func TestReportsThatAreNotTrue(t *testing.T) {
	t.Parallel()
	f := func(want string, spoil func(*Truth, *report.Report)) {
		t.Helper()
		truth, r := story()
		spoil(&truth, &r)
		if err := truth.Judge(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	f("the recovery took 5s", func(_ *Truth, r *report.Report) { r.RTO.Took.Hi = 4900 * time.Millisecond })
	f("the recovery took 5s", func(_ *Truth, r *report.Report) { r.RTO.Took.Lo = 5100 * time.Millisecond })
	f("the recovery took 3s to 3.9s", func(t *Truth, _ *report.Report) {
		t.Served, t.Lasting = t.Failed.Add(3*time.Second), t.Failed.Add(3900*time.Millisecond)
	})
	f("the recovery took 6.1s to 7s", func(t *Truth, _ *report.Report) {
		t.Served, t.Lasting = t.Failed.Add(6100*time.Millisecond), t.Failed.Add(7*time.Second)
	})
	f("the verdict on the recovery time", func(_ *Truth, r *report.Report) { r.RTO.Verdict = rto.NotProven })
	f("before the report's recovery", func(t *Truth, _ *report.Report) { t.Called = t.Failed.Add(time.Second) })
	f("the oldest lost write was between 1.9s and 2s old", func(_ *Truth, r *report.Report) { r.RPO.OldestLost.Hi = 1800 * time.Millisecond })
	f("the oldest lost write was between 1.9s and 2s old", func(_ *Truth, r *report.Report) { r.RPO.OldestLost.Lo = 2100 * time.Millisecond })
	f("nothing was lost", func(t *Truth, _ *report.Report) { t.Lost = 0 })
	f("2 to 3 writes were lost, and the manifest says 4", func(_ *Truth, r *report.Report) { r.RPO.Tables[1].Inserts = 4 })
	f("2 to 3 writes were lost, and the manifest says 0", func(_ *Truth, r *report.Report) { r.RPO.Tables = r.RPO.Tables[:1] })
	f("4 to 5 of the tracker's own writes were lost, and the manifest says 6", func(_ *Truth, r *report.Report) { r.RPO.Tables[0].Inserts = 6 })
	f("4 to 5 of the tracker's own writes were lost, and the manifest says 0", func(_ *Truth, r *report.Report) { r.RPO.Tables = r.RPO.Tables[1:] })
	f("nothing of the tracker's own writes", func(_ *Truth, r *report.Report) { r.RPO.Canary = nil })
	f("never told that the region is down", func(t *Truth, _ *report.Report) { t.Notified = time.Time{} })
	f("of what the drill mutes", func(t *Truth, _ *report.Report) { t.Muted = t.Failed })
	f("RecoveryRegionDown was received at", func(t *Truth, _ *report.Report) { t.Notified = t.Notified.Add(5 * time.Second) })
	f(`says "never fired"`, func(_ *Truth, r *report.Report) { r.Alerts.Expected[1].Outcome = report.AlertNever })
	f("audits 1 alerts", func(_ *Truth, r *report.Report) { r.Alerts.Expected = r.Alerts.Expected[:1] })
	f("no alert that was muted", func(_ *Truth, r *report.Report) { r.Alerts.Others = nil })
	f("no alert that was muted", func(t *Truth, r *report.Report) {
		r.Alerts.Others[0].Received = rto.InstantOf(t.Ended.Add(-time.Second))
	})
}

// TestATruthThatFlapped is of an overloaded machine: the name was redirected at 5 s, and writes went on failing until 9 s.
func TestATruthThatFlapped(t *testing.T) {
	t.Parallel()
	truth, r := story()
	at := func(s float64) time.Time { return truth.Failed.Add(time.Duration(s * float64(time.Second))) }
	truth.Lasting = lasting(truth.Served, hold, []trouble{{at(8.6), at(9)}, {at(1), at(4)}, {at(6.5), at(6.9)}, {at(13), at(14)}})
	if want := at(9); !truth.Lasting.Equal(want) {
		t.Errorf("it lasted from %v on, want %v", truth.Lasting.Sub(truth.Failed), want.Sub(truth.Failed))
	}
	r.RTO.Took = rto.Bracket{Lo: 8500 * time.Millisecond, Hi: 9500 * time.Millisecond}
	r.RTO.Recovered = rto.Moment{Lo: rto.InstantOf(at(8.5)), Hi: rto.InstantOf(at(9.5))}
	if err := truth.Judge(r); err != nil {
		t.Errorf("want a true report, although a call was answered before: %v", err)
	}
	if got := lasting(truth.Served, hold, nil); got != truth.Served {
		t.Errorf("without a trouble it lasted from %v on", got)
	}
}

func TestStandstills(t *testing.T) {
	t.Parallel()
	at := func(ms int) rto.Instant { return rto.Instant(ms) * rto.Instant(time.Millisecond) }
	got := standstills([]rto.Moment{{Lo: at(0), Hi: at(100)}, {Lo: at(200), Hi: at(301)}})
	if want := (trouble{at(200).Time(), at(301).Time()}); len(got) != 1 || got[0] != want {
		t.Errorf("want %v, got %v", want, got)
	}
}
