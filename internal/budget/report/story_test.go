package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/policy"
	"github.com/voipbin/observability/internal/evidence"
)

// book is a ledger on a real log.
type book struct {
	*Ledger
	t   *testing.T
	dir string
	log *evidence.Log
	err error // what the disk says
}

func newBook(t *testing.T) *book {
	t.Helper()
	b := &book{t: t, dir: t.TempDir()}
	log, err := evidence.Open(b.dir, evidence.Options{Name: "tracker-dr"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() }) // a test may have closed it
	b.log = log
	b.Ledger = NewLedger(log, b)
	return b
}

// Append writes into the log.
func (b *book) Append(ctx context.Context, kind string, at time.Time, body any) error {
	if b.err != nil {
		return b.err
	}
	_, err := b.log.Append(ctx, kind, at.UnixNano(), body)
	return err
}

func (b *book) append(kind string, body any) {
	b.t.Helper()
	if err := b.Append(b.t.Context(), kind, noon, body); err != nil {
		b.t.Fatal(err)
	}
}

// restored is a ledger that has read what the log holds, as a start does.
func (b *book) restored(l *Ledger) *Ledger {
	b.t.Helper()
	for r, err := range b.log.Read(0) {
		if err == nil {
			err = l.Restore(r.Kind, r.Body)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	return l
}

// days takes days down, and closes what ends with them.
func (b *book) days(all ...Day) {
	b.t.Helper()
	for _, d := range all {
		if err := errors.Join(b.Take(b.t.Context(), d, noon), b.Close(b.t.Context(), noon)); err != nil {
			b.t.Fatal(err)
		}
	}
}

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func date(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

// usual is a day on which little failed: a thousand calls, of which one fails at noon, and media and their weighted journey.
func usual(at time.Time) Day {
	hours := make([]float64, 24)
	hours[12] = 1
	return Day{Day: at.Format(time.DateOnly), Objectives: []Count{
		{Name: "calls", Title: "Calls are set up", Owner: "voip", Tier: "sip_proxy", Text: "99%", Objective: 0.99, Events: 1000, Errors: 1, Hours: hours, Tiles: 288},
		{Name: "media", Title: "Media | <b>heard</b>", Owner: "media", Tier: "rtpengine", Text: "99.9%", Objective: 0.999, Events: 500, Tiles: 280, Taken: 8},
		{Name: "mail", Title: "Mail", Owner: "mail", Tier: "voicemail", Text: "99%", Objective: 0.99, Tiles: 288},
		{Name: "gone", Title: "Never recorded", Owner: "mail", Tier: "voicemail", Text: "99%", Objective: 0.99},
		{Name: "all", Title: "Everything", Owner: "voip", Tier: "platform", Text: "99%", Objective: 0.99, Weights: map[string]float64{"calls": 0.75, "media": 0.25}},
	}}
}

// october is a month with an outage over midnight, a day of which nothing is known, maintenance, a correction and a policy.
func october(b *book) {
	b.t.Helper()
	b.append(maintenance.RecordAdded, maintenance.Window{
		ID: "2026-10-04-1", Objectives: []string{"media"}, Span: maintenance.Span{From: date("2026-10-04").Add(2 * time.Hour), To: date("2026-10-04").Add(3 * time.Hour)},
		Rule: "FREQ=WEEKLY", Zone: "Europe/Berlin", Reason: "new cables", Author: "mina",
	})
	b.append(maintenance.RecordAdded, maintenance.Window{
		ID: "2026-10-11-1", Objectives: []string{"calls"}, Span: maintenance.Span{From: date("2026-10-11"), To: date("2026-10-11").Add(time.Hour)}, Zone: "UTC", Correction: true,
		Reason: "a test of ours", Author: "jae", Effects: []maintenance.Effect{{Objective: "calls", Errors: 10, Events: 40}},
	})
	b.append(policy.RecordChange, policy.Change{Objective: "calls", At: date("2026-10-11").Add(time.Hour), Step: &policy.Step{Consumed: 1, Action: "stop releases", Freeze: true}, Consumed: 1.03})
	for at := date("2026-10-01"); at.Before(date("2026-11-01")); at = at.AddDate(0, 0, 1) {
		d := usual(at)
		calls := &d.Objectives[0]
		switch at.Day() {
		case 10:
			calls.Hours[23], calls.Errors = 150, 151
			d.Alerts = []Fired{{"calls", "CallsBudgetBurn", "page", "page_fast", at.Add(23*time.Hour + 10*time.Minute), at.Add(24 * time.Hour)}, {"calls", "CallsIdle", "ticket", "", at, at.Add(time.Hour)}}
		case 11:
			calls.Hours[0], calls.Hours[1], calls.Errors = 100, 20, 121
			d.Alerts = []Fired{{"calls", "CallsBudgetBurn", "page", "page_fast", at, at.Add(time.Hour)}, {"calls", "CallsBudgetBurn", "ticket", "ticket_fast", at.Add(3 * time.Hour), at.Add(5 * time.Hour)}}
		case 20:
			d = Day{Day: d.Day, Unread: "the server could not be read for two weeks: connection refused"}
		case 25:
			calls.Hours[4], calls.Errors = 5, 6
		}
		b.days(d)
	}
}

// TestOctober holds the report of a month to what was done, number by number, and its forms to what somebody looked at.
func TestOctober(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for at := date("2026-09-01"); at.Before(date("2026-10-01")); at = at.AddDate(0, 0, 1) {
		b.days(usual(at))
	}
	october(b)
	p, _ := Parse("2026-10")
	m, err := b.Report(p)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Summary{Met: 2, Missed: 1, NotKnown: 1, NoEvents: 1, Pages: 1, Tickets: 1}); m.Summary != want || m.Days != 30 || m.Of != 31 || !m.Final {
		t.Errorf("%+v of %d of %d days, final %v", m.Summary, m.Days, m.Of, m.Final)
	}
	calls := m.Objectives[0]
	// 30 days of 1,000; 27 of one error, 151, 121 and 6.
	if calls.Name != "calls" || calls.Verdict != Missed || *calls.Errors != 305 || *calls.Events != 30000 || *calls.SLI != clean(1-305.0/30000) || *calls.Consumed != clean(305.0/300) || calls.Unknown != 0 {
		t.Errorf("%+v", calls)
	}
	if *calls.Corrected != clean(295.0/29960/0.01) {
		t.Errorf("corrected: %v", *calls.Corrected)
	}
	// The outage over midnight is one incident of three hours; that of the 25th is too small, five of three hundred being more than a hundredth.
	if len(m.Incidents) != 2 || m.Incidents[0].Errors != 270 || m.Incidents[0].To.Sub(m.Incidents[0].From) != 3*time.Hour || m.Incidents[1].Errors != 5 || calls.Incidents != clean(275.0/300) {
		t.Errorf("%+v", m.Incidents)
	}
	if got := strings.Join(m.Incidents[0].Alerts, ","); got != "page: CallsBudgetBurn page_fast,ticket: CallsBudgetBurn ticket_fast" && got != "page: CallsBudgetBurn page_fast" || len(m.Incidents[1].Alerts) != 0 {
		t.Errorf("%q, %q", got, m.Incidents[1].Alerts)
	}
	for _, l := range m.Objectives {
		if len(l.Trend) != 6 || l.Trend[5].Period != "2026-10" || l.Trend[4].Period != "2026-09" || l.Trend[0].Verdict != NotKnown {
			t.Errorf("trend of %s: %+v", l.Name, l.Trend)
		}
		switch l.Name {
		case "media":
			if l.Verdict != Met || l.Taken != clean(8.0/288) || l.Unknown != 0 {
				t.Errorf("%+v", l)
			}
		case "mail", "gone":
			if want := map[string]Verdict{"mail": NoEvents, "gone": NotKnown}[l.Name]; l.Verdict != want || l.SLI != nil || l.Consumed != nil {
				t.Errorf("%+v", l)
			}
		case "all": // three quarters of the calls' failures
			if *l.Consumed != clean(0.75*305.0/30000/0.01) {
				t.Errorf("%+v", l)
			}
		}
	}
	for _, format := range []string{"html", "md", "json"} {
		var text bytes.Buffer
		if err := Write(&text, m, format); err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/2026-10."+format, text.Bytes())
	}
	if err := Write(&bytes.Buffer{}, m, "pdf"); err == nil {
		t.Error("there is a PDF")
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, got, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is another (%v): UPDATE=1 writes it", name, err)
	}
}

// TestClosedReportsStay: what comes later changes no closed report, and each follows from the records before it, also for who has nothing but the log.
func TestClosedReportsStay(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	october(b)
	p, _ := Parse("2026-10")
	first, err := b.Report(p)
	if err != nil || !b.Closed("2026-10") {
		t.Fatal(err)
	}
	b.append(maintenance.RecordAdded, maintenance.Window{
		ID: "late", Objectives: []string{"calls"}, Span: maintenance.Span{From: date("2026-10-10"), To: date("2026-10-11")}, Zone: "UTC", Correction: true,
		Effects: []maintenance.Effect{{Objective: "calls", Errors: 151, Events: 1000}},
	})
	b.days(usual(date("2026-11-01")))
	again := b.restored(NewLedger(evidence.Dir(b.dir), nil))
	later, err := again.Report(p)
	if err != nil || !reflect.DeepEqual(first, later) {
		t.Errorf("a closed report changed: %v", err)
	}
	n, differ, err := Verify(evidence.Dir(b.dir))
	if err != nil || len(differ) != 0 || n != 6 { // five weeks and October
		t.Errorf("%d reports, %q differ: %v", n, differ, err)
	}
	var names []string
	for _, p := range again.Periods() {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); got != "2026-11 2026-10 2026-Q4 2026-W44 2026-W43 2026-W42 2026-W41 2026-W40" {
		t.Errorf("%s", got)
	}
	open, err := again.Report(Month(date("2026-11-15")))
	if err != nil || open.Final || open.Days != 1 || !strings.HasPrefix(open.Standing(), "so far: 1 of 30") {
		t.Errorf("%+v %v", open.Standing(), err)
	}
	if _, err := again.Report(Month(date("2026-12-15"))); !errors.Is(err, ErrNone) {
		t.Errorf("of a month to come: %v", err)
	}
	// Whoever writes a report that does not follow is found.
	first.Objectives[0].Verdict = Met
	b.append(RecordReport, first)
	if _, differ, err := Verify(evidence.Dir(b.dir)); err != nil || len(differ) != 1 || differ[0] != "2026-10" {
		t.Errorf("%q differ: %v", differ, err)
	}
}

// TestCrashBetweenDayAndReport: the next start closes what the last one did not.
func TestCrashBetweenDayAndReport(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.days(usual(date("2026-10-30")))
	if err := b.Take(t.Context(), usual(date("2026-10-31")), noon); err != nil {
		t.Fatal(err)
	}
	again := b.restored(NewLedger(b.log, b))
	if again.Closed("2026-10") {
		t.Fatal("the test has proven nothing")
	}
	b.err = errors.New("no space left on device")
	if err := again.Close(t.Context(), noon); err == nil || again.Closed("2026-10") {
		t.Errorf("a report that was not written stays: %v", err)
	}
	b.err = nil
	if err := again.Close(t.Context(), noon); err != nil || !again.Closed("2026-10") {
		t.Errorf("%v", err)
	}
	if err := again.Close(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	if n, _, err := Verify(b.log); n != 1 || err != nil {
		t.Errorf("%d reports: %v", n, err)
	}
}

// TestADayCountsOnce: a day that stands twice in the log, as two trackers' logs that were joined have it, is added once.
func TestADayCountsOnce(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.append(RecordDay, usual(date("2026-10-30")))
	b.append(RecordDay, usual(date("2026-10-30")))
	b.append(RecordDay, json.RawMessage(`{"objectives":[],"day":"2026-10-29"}`))
	m, err := FromRecords(Month(date("2026-10-30")), b.log.Read(0))
	if err != nil || m.Days != 2 || *m.Objectives[1].Events != 1000 {
		t.Errorf("%+v %v", m, err)
	}
	b.append(RecordDay, "x")
	if _, err := FromRecords(Month(date("2026-10-30")), b.log.Read(0)); err == nil {
		t.Error("a body that is none is taken")
	}
}
