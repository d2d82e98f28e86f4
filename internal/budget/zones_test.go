package budget_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests do not depend on the machine's zones

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/policy"
	"github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// stretches remembers which times were asked for, by the questions for alerts, which every stretch has. Each number is 1, and each hour has one error.
type stretches struct {
	asked []string
	fails string // a stretch
}

func (s *stretches) Query(context.Context, string, time.Time) ([]promapi.Sample, error) {
	return []promapi.Sample{{Labels: promapi.Labels{"slo": "calls"}, Point: promapi.Point{Value: 1}}}, nil
}

func (s *stretches) Range(_ context.Context, expr string, from, to time.Time, step time.Duration) ([]promapi.Series, error) {
	if strings.Contains(expr, "ALERTS") {
		asked := from.Add(-5*time.Minute).Format("02T15:04") + " to " + to.Format("02T15:04")
		s.asked = append(s.asked, asked)
		if asked == s.fails {
			return nil, errors.New("connection reset")
		}
		return nil, nil
	}
	calls := promapi.Series{Labels: promapi.Labels{"slo": "calls"}}
	for at := from; !at.After(to); at = at.Add(step) {
		calls.Points = append(calls.Points, promapi.Point{Time: at, Value: 1})
	}
	return []promapi.Series{calls}, nil
}

// place is a tracker in which all is by the clock of a test.
type place struct {
	*budget.OpenReports
	*stretches
	*budget.Closer
	now  time.Time
	days *days
}

func newPlace(t *testing.T, now time.Time, log report.Source, taken []report.Day, objectives ...spec.SLO) *place {
	t.Helper()
	ledger := report.NewLedger(log, nil)
	for _, d := range taken {
		body, err := json.Marshal(d)
		if err := errors.Join(err, ledger.Restore(report.RecordDay, body)); err != nil {
			t.Fatal(err)
		}
	}
	p := &place{stretches: &stretches{}, now: now, days: &days{all: taken}}
	clock := func() time.Time { return p.now }
	p.Closer = budget.NewCloser(objectives, p.stretches, p.days, clock, slog.New(slog.DiscardHandler))
	p.OpenReports = budget.NewOpenReports(ledger, p.Closer, budget.New(objectives, p.stretches, clock, slog.New(slog.DiscardHandler)))
	return p
}

// in is an objective by the month of a place.
func in(name, zone string, clock slo.Clock) spec.SLO {
	return spec.SLO{Name: name, Objective: 0.99, Calendar: spec.Month, TimeZone: zone, Clock: clock}
}

// TestDaysOfZones: a day is what it is where an objective has its calendar, one that rolls has those of UTC, and it is over when it is over everywhere.
func TestDaysOfZones(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 30, 7, 29, 0, 0, time.UTC) // half past midnight in Los Angeles, but for a minute
	s, d := &stretches{}, &days{all: []report.Day{{Day: "2026-03-28"}}}
	objectives := []spec.SLO{
		{Name: "rolls", Objective: 0.99, Period: 30 * 24 * time.Hour, TimeZone: "UTC"},
		in("seoul", "", slo.Clock{Offset: 9 * time.Hour}), in("berlin", "Europe/Berlin", slo.Clock{Offset: time.Hour}), in("nepal", "Asia/Kathmandu", slo.Clock{}),
		in("coast", "America/Los_Angeles", slo.Clock{}), in("utc", "UTC", slo.Clock{}), in("berlin_too", "Europe/Berlin", slo.Clock{Offset: time.Hour}),
	}
	c := budget.NewCloser(objectives, s, d, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	if err := c.Look(t.Context()); err != nil || len(d.all) != 1 || len(s.asked) != 0 {
		t.Fatalf("before a day was over everywhere: %v, %v, %v", d.all, s.asked, err)
	}
	now = now.Add(time.Minute)
	if err := c.Look(t.Context()); err != nil || len(d.all) != 2 {
		t.Fatalf("%v, %v", d.all, err)
	}
	got := strings.Join(s.asked, ", ")
	if want := "29T00:00 to 30T00:00, 28T15:00 to 29T15:00, 28T23:00 to 29T22:00, 28T19:00 to 29T19:00, 29T07:00 to 30T07:00"; got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
	said := ""
	for _, n := range d.all[1].Objectives {
		said += fmt.Sprintf("%s %s %.0fh; ", n.Name, n.Zone, n.To.Sub(n.From).Hours())
	}
	if want := "rolls  0h; seoul +09:00 24h; berlin Europe/Berlin 23h; nepal Asia/Kathmandu 24h; coast America/Los_Angeles 24h; utc  0h; berlin_too Europe/Berlin 23h; "; said != want {
		t.Errorf("%s, want %s", said, want)
	}
}

// TestDaysOfAZoneLeaveNothingOut: whatever a parliament decided, days follow each other without holes, and periods begin where the tracker's begin, but for the
// hours of the rules.
func TestDaysOfAZoneLeaveNothingOut(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago", "Asia/Beirut", "Pacific/Kiritimati", "Pacific/Apia", "America/St_Johns"} {
		at, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2027, 1, 3, 0, 0, 0, 0, time.UTC)
		s, d := &stretches{}, &days{all: []report.Day{{Day: "2025-12-31"}}}
		c := budget.NewCloser([]spec.SLO{in("calls", name, slo.Clock{})}, s, d, func() time.Time { return now }, slog.New(slog.DiscardHandler))
		if err := c.Look(t.Context()); err != nil || len(d.all) < 366 {
			t.Fatalf("%d days: %v", len(d.all), err)
		}
		end, hours := d.all[1].Objectives[0].From, 0.0
		for _, one := range d.all[1:] {
			n := one.Objectives[0]
			first, before := n.From.In(at).Format(time.DateOnly), n.From.Add(-time.Hour).In(at).Format(time.DateOnly)
			if !n.From.Equal(end) || n.From.Minute() != 0 || first != one.Day || before >= one.Day {
				t.Errorf("%s: %s is from %s, an hour before it is %s; the day before ended %s", name, one.Day, n.From, before, end)
			}
			end = n.To
			hours += n.To.Sub(n.From).Hours()
		}
		if got := len(d.all) - 1; hours != 24*float64(got) && name != "Pacific/Apia" {
			// Over whole years of winter to winter, clocks go back as often as forth.
			t.Errorf("%s: %v hours in %d days", name, hours, got)
		}
	}
}

// TestTheReportOfTodayElsewhere: where it is tomorrow already, and where it is yesterday still, an outage of today is in the report.
func TestTheReportOfTodayElsewhere(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 1, 5, 2, 0, 0, time.UTC) // April in Seoul and in UTC, March in Los Angeles
	all := []spec.SLO{in("calls", "America/Los_Angeles", slo.Clock{}), in("seoul", "Asia/Seoul", slo.Clock{}), in("utc", "", slo.Clock{})}
	s := &stretches{}
	c := budget.NewCloser(all, s, &days{}, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	f := budget.New(all, s, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	o := budget.NewOpenReports(report.NewLedger(blankLog{}, blankLog{}), c, f)
	m, err := o.Report(t.Context(), report.Month(now.AddDate(0, 0, -1)))
	if err != nil || m.Final || !m.Until.Equal(now.Add(-2*time.Minute)) || m.Now == nil {
		t.Errorf("March: %+v, %v", m, err)
	}
	i := slices.IndexFunc(m.Objectives, func(l report.Line) bool { return l.Name == "calls" })
	l := m.Objectives[i] // 22 hours of the last day, of which one tile was counted
	if l.Zone != "America/Los_Angeles" || l.Unknown < 0.99 || l.Unknown >= 1 || l.Taken <= 0.003 || l.Taken > 0.004 {
		t.Errorf("%+v", l)
	}
	if m, err = o.Report(t.Context(), report.Month(now)); err != nil || m.Until.IsZero() || len(m.Objectives) != 3 {
		t.Errorf("April: %+v, %v", m, err)
	}
	if got := fmt.Sprint(s.asked); got != "[31T07:00 to 01T05:00 30T15:00 to 31T15:00 31T00:00 to 01T00:00 31T15:00 to 01T05:00 01T00:00 to 01T05:00]" {
		t.Errorf("asked for %s", got)
	}
	var names []string
	for _, p := range o.Periods() {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); got != "2026-04 2026-03 2026-Q2 2026-Q1 2026-W14" {
		t.Errorf("periods %s", got)
	}
	now = time.Date(2026, 4, 1, 7, 31, 0, 0, time.UTC)
	if err := c.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m, err := o.Report(t.Context(), report.Month(now.AddDate(0, 0, -1))); err == nil {
		t.Errorf("March is over: what the log does not have is not asked for: %+v", m)
	}
}

// records is a log in memory.
type records []evidence.Record

func (r records) Read(uint64) iter.Seq2[evidence.Record, error] {
	return func(yield func(evidence.Record, error) bool) {
		for _, one := range r {
			if !yield(one, nil) {
				return
			}
		}
	}
}

func (r *records) add(t *testing.T, kind string, body any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	*r = append(*r, evidence.Record{Seq: uint64(len(*r) + 1), Kind: kind, Body: text})
}

// TestTheEdgesOfAnOpenMonth: what happened where it was March already, or still, is in the report of March, and in no other, while the last day runs.
func TestTheEdgesOfAnOpenMonth(t *testing.T) {
	t.Parallel()
	f := func(zone, now, at string, want string) {
		t.Helper()
		when := func(text string) time.Time {
			one, err := time.Parse(time.RFC3339, text)
			if err != nil {
				t.Fatal(err)
			}
			return one
		}
		happened := when(at)
		var log records
		log.add(t, policy.RecordChange, policy.Change{Objective: "calls", At: happened, Step: &policy.Step{Consumed: 0.5, Action: "look"}})
		for _, correction := range []bool{false, true} {
			log.add(t, maintenance.RecordAdded, maintenance.Window{
				ID: fmt.Sprint(correction), Objectives: []string{"calls"}, Span: maintenance.Span{From: happened, To: happened.Add(time.Hour)}, Zone: "UTC", Correction: correction,
				Effects: []maintenance.Effect{{Objective: "calls", Errors: 1, Events: 1}},
			})
		}
		p := newPlace(t, when(now), log, []report.Day{{Day: "2026-03-30"}}, in("calls", zone, slo.Clock{}), in("utc", "", slo.Clock{}))
		for _, name := range []string{"2026-03", "2026-04"} {
			month, err := report.Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			m, err := p.OpenReports.Report(t.Context(), month)
			n := 1
			if name != want {
				n = 0
			}
			if errors.Is(err, report.ErrNone) && n == 0 {
				continue
			}
			if err != nil || len(m.Policy) != n || len(m.Maintenance) != n || len(m.Corrections) != n {
				t.Errorf("%s, at %s: what happened at %s is in the report of %s %d, %d and %d times: %v", zone, now, at, name, len(m.Policy), len(m.Maintenance), len(m.Corrections), err)
			}
		}
	}
	f("America/Los_Angeles", "2026-04-01T05:02:00Z", "2026-04-01T02:00:00Z", "2026-03")
	f("America/Los_Angeles", "2026-04-01T07:20:00Z", "2026-04-01T05:00:00Z", "2026-03") // over, and not taken down yet
	f("America/Los_Angeles", "2026-04-01T09:02:00Z", "2026-04-01T08:00:00Z", "2026-04")
	f("Asia/Seoul", "2026-03-31T20:02:00Z", "2026-03-31T16:00:00Z", "2026-04")
	f("Asia/Seoul", "2026-03-31T20:02:00Z", "2026-03-31T13:00:00Z", "2026-03")
	f("Europe/Berlin", "2026-03-31T21:02:00Z", "2026-03-31T20:00:00Z", "2026-03")
	f("Europe/Berlin", "2026-03-31T23:02:00Z", "2026-03-31T22:00:00Z", "2026-04")
}

// TestAnotherZone: the first day of another zone begins where the last one ended, whatever zones they are of, and the next is as usual.
func TestAnotherZone(t *testing.T) {
	t.Parallel()
	f := func(before, zone string, want string) {
		t.Helper()
		now := time.Date(2026, 11, 1, 11, 0, 0, 0, time.UTC)
		was := newPlace(t, now.Add(3*time.Hour), nil, []report.Day{{Day: "2026-10-30"}}, in("calls", before, slo.Clock{}))
		if err := was.Look(t.Context()); err != nil || len(was.days.all) != 2 {
			t.Fatalf("%s: %d days: %v", before, len(was.days.all), err)
		}
		p := newPlace(t, now.AddDate(0, 0, 2), nil, was.days.all, in("calls", zone, slo.Clock{}), in("new", zone, slo.Clock{}))
		if err := p.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(p.asked, ", "); got != want {
			t.Errorf("from %q to %q: asked for %s, want %s", before, zone, got, want)
		}
		for i, one := range p.days.all[2:] {
			n := one.Objectives[0]
			if usual := zone == "" && (i > 0 || before == ""); n.Zone != zone || n.From.IsZero() != usual {
				t.Errorf("from %q to %q: %+v", before, zone, n)
			}
		}
	}
	f("", "Asia/Seoul", "01T00:00 to 01T15:00, 31T15:00 to 01T15:00, 01T15:00 to 02T15:00")
	f("", "America/Los_Angeles", "01T00:00 to 02T08:00, 01T07:00 to 02T08:00, 02T08:00 to 03T08:00")
	f("Europe/Berlin", "", "31T23:00 to 02T00:00, 01T00:00 to 02T00:00, 02T00:00 to 03T00:00")
	f("America/Los_Angeles", "Asia/Seoul", "01T07:00 to 01T15:00, 31T15:00 to 01T15:00, 01T15:00 to 02T15:00")
	f("Etc/GMT+12", "Pacific/Kiritimati", "31T10:00 to 01T10:00, 01T12:00 to 02T10:00, 01T10:00 to 02T10:00, 02T10:00 to 03T10:00") // the old day ends after the new one
	f("", "", "01T00:00 to 02T00:00, 02T00:00 to 03T00:00")
}

// TestTheLongDay: on the day on which clocks go back, errors of its last hour are told while that runs.
func TestTheLongDay(t *testing.T) {
	t.Parallel()
	p := newPlace(t, time.Date(2026, 10, 25, 22, 30, 40, 0, time.UTC), blankLog{}, nil, in("calls", "Europe/Berlin", slo.Clock{}))
	m, err := p.OpenReports.Report(t.Context(), report.Month(p.now))
	if err != nil || *m.Objectives[0].Errors != 25 { // 24 hours, and what there is of one more
		t.Errorf("%+v: %v", m.Objectives, err)
	}
	p.now = p.now.Add(time.Hour + 30*time.Minute)
	p.days.all = []report.Day{{Day: "2026-10-24"}}
	if err := p.Look(t.Context()); err != nil || len(p.days.all) != 2 || p.days.all[1].Objectives[0].Errors != 25 {
		t.Errorf("%+v: %v", p.days.all, err)
	}
}

// TestASecondDayThatFailed is asked for again, though the first one was read.
func TestASecondDayThatFailed(t *testing.T) {
	t.Parallel()
	p := newPlace(t, time.Date(2026, 4, 1, 5, 2, 0, 0, time.UTC), blankLog{}, nil, in("calls", "America/Los_Angeles", slo.Clock{}), in("utc", "", slo.Clock{}))
	p.fails = "01T00:00 to 01T05:00"
	for _, failed := range []int{1, 0} {
		m, err := p.OpenReports.Report(t.Context(), report.Month(p.now))
		if err != nil || len(m.Unread) != failed {
			t.Errorf("%+v, want %d: %v", m.Unread, failed, err)
		}
		p.fails = ""
	}
}
