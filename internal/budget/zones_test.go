package budget_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests do not depend on the machine's zones

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// stretches remembers which times were asked for, by the questions for alerts, which every stretch has.
type stretches struct{ asked []string }

func (s *stretches) Query(context.Context, string, time.Time) ([]promapi.Sample, error) {
	return []promapi.Sample{{Labels: promapi.Labels{"slo": "calls"}, Point: promapi.Point{Value: 1}}}, nil
}

func (s *stretches) Range(_ context.Context, expr string, from, to time.Time, _ time.Duration) ([]promapi.Series, error) {
	if strings.Contains(expr, "ALERTS") {
		s.asked = append(s.asked, from.Add(-5*time.Minute).Format("02T15:04")+" to "+to.Format("02T15:04"))
	}
	return nil, nil
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
			date, _ := time.ParseInLocation(time.DateOnly, one.Day, at) // the closer wrote it
			late := n.From.Sub(date)
			if !n.From.Equal(end) || n.From.Minute() != 0 || late < 0 || late >= time.Hour {
				t.Errorf("%s: %s is from %s, %s after midnight; the day before ended %s", name, one.Day, n.From, late, end)
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
