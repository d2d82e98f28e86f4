package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests do not depend on the machine's zones

	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/policy"
)

// berliner is a day of calls in UTC, and of the same by the days of Berlin: ten of a thousand fail in its first hour, whichever it is.
func berliner(t *testing.T, at time.Time) Day {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	d := usual(at)
	d.Objectives = d.Objectives[:1]
	n := d.Objectives[0]
	n.Name, n.Zone = "berlin", "Europe/Berlin"
	n.From = time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone).UTC()
	n.To = time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, zone).UTC()
	n.Errors, n.Hours, n.Tiles = 10, append([]float64{10}, make([]float64, 24)...), int(n.To.Sub(n.From)/(5*time.Minute))
	d.Objectives = append(d.Objectives, n)
	return d
}

// TestAMonthOfAZone: what is told of a month is of the month that an objective has, from its first hour to its last.
func TestAMonthOfAZone(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	begin, end := date("2026-09-30").Add(22*time.Hour), date("2026-10-31").Add(23*time.Hour)
	window := func(id string, correction bool, from time.Time, objectives ...string) {
		w := maintenance.Window{ID: id, Objectives: objectives, Span: maintenance.Span{From: from, To: from.Add(30 * time.Minute)}, Zone: "UTC", Correction: correction, Reason: "a test", Author: "jae"}
		if correction {
			w.Effects = []maintenance.Effect{{Objective: objectives[0], Errors: 5, Events: 20}}
		}
		b.append(maintenance.RecordAdded, w)
	}
	window("first", true, begin, "berlin")
	window("early", true, begin.Add(-time.Hour), "berlin")
	window("late", true, end, "berlin")
	window("not in UTC", true, begin, "calls")
	window("in Berlin", false, begin, "berlin", "calls")
	window("before", false, begin, "calls")
	window("after", false, end, "berlin")
	for _, c := range []struct {
		name string
		at   time.Time
	}{{"berlin", begin}, {"berlin", end}, {"calls", begin}, {"calls", end}} {
		b.append(policy.RecordChange, policy.Change{Objective: c.name, At: c.at, Step: &policy.Step{Consumed: 0.5, Action: "look"}, Consumed: 0.6})
	}
	for at := date("2026-10-01"); at.Before(date("2026-11-01")); at = at.AddDate(0, 0, 1) {
		b.days(berliner(t, at))
	}
	october, _ := Parse("2026-10")
	m, err := b.Report(october)
	if err != nil || !m.Final {
		t.Fatalf("final %v: %v", m.Final, err)
	}
	l := m.Objectives[slices.IndexFunc(m.Objectives, func(l Line) bool { return l.Name == "berlin" })]
	if l.Zone != "Europe/Berlin" || *l.Errors != 310 || *l.Events != 31000 || l.Unknown != 0 || *l.Corrected != clean(305.0/30980/0.01) {
		t.Errorf("%+v", l)
	}
	if first := m.Incidents[slices.IndexFunc(m.Incidents, func(i Incident) bool { return i.Objective == "berlin" })]; !first.From.Equal(begin) || first.Errors != 10 {
		t.Errorf("%+v", first)
	}
	said := ""
	for _, c := range m.Corrections {
		said += c.ID + ", "
	}
	for _, w := range m.Maintenance {
		said += w.ID + ", "
	}
	for _, c := range m.Policy {
		said += c.Objective + " " + when(c.At) + ", "
	}
	if want := "first, in Berlin, berlin 2026-09-30 22:00, calls 2026-10-31 23:00, "; said != want {
		t.Errorf("%s, want %s", said, want)
	}
	for format, want := range map[string][]string{
		"json": {`"zone": "Europe/Berlin"`},
		"html": {"99%, days of Europe/Berlin", "days of UTC where an objective names no other zone"},
		"md":   {"99%, days of Europe/Berlin", "UTC where an objective names no other zone"},
	} {
		var text bytes.Buffer
		if err := Write(&text, m, format); err != nil {
			t.Fatal(err)
		}
		for _, want := range want {
			if strings.Count(text.String(), want) != 1 {
				t.Errorf("%s: not once %q", format, want)
			}
		}
	}
	if n, differ, err := Verify(b.log); n != 5 || len(differ) != 0 || err != nil { // four weeks and October
		t.Errorf("%d reports, %q differ: %v", n, differ, err)
	}
}

// TestAZoneThatChanges, as in the month in which a spec changes, or a tracker is new that knows zones: the report says so.
func TestAZoneThatChanges(t *testing.T) {
	t.Parallel()
	of := func(zoned func(day int) bool) Line {
		b := newBook(t)
		for at := date("2026-10-01"); at.Before(date("2026-11-01")); at = at.AddDate(0, 0, 1) {
			d := berliner(t, at)
			n := &d.Objectives[1]
			d.Objectives = d.Objectives[1:]
			if !zoned(at.Day()) {
				n.Zone, n.From, n.To, n.Tiles = "", time.Time{}, time.Time{}, 288
			}
			b.days(d)
		}
		m, err := b.Report(Month(date("2026-10-01")))
		if err != nil || len(m.Objectives) != 1 {
			t.Fatalf("%+v: %v", m.Objectives, err)
		}
		return m.Objectives[0]
	}
	for want, zoned := range map[string]func(int) bool{
		"":                                  func(int) bool { return false },
		"UTC, then Europe/Berlin":           func(day int) bool { return day > 10 },
		"Europe/Berlin, then UTC":           func(day int) bool { return day < 10 },
		"Europe/Berlin":                     func(int) bool { return true },
		"UTC, then Europe/Berlin, then UTC": func(day int) bool { return day == 25 },
	} {
		if l := of(zoned); l.Zone != want || l.Unknown != 0 || *l.Errors != 310 {
			t.Errorf("%q: %+v", want, l)
		}
	}
}

// TestHoursThatWereToldTwice, by a log of an older tracker, make no incident that ends before it begins.
func TestHoursThatWereToldTwice(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for i, at := range []time.Time{date("2026-10-10"), date("2026-10-11")} {
		d := usual(at)
		n := &d.Objectives[0]
		n.Hours[15], n.Hours[20] = 100, 50
		if i == 1 {
			n.Zone, n.From, n.To = "+09:00", at.Add(-9*time.Hour), at.Add(15*time.Hour)
			n.Hours = append(make([]float64, 11), 50, 0, 0)
		}
		b.days(d)
	}
	m, err := b.Report(Month(date("2026-10-01")))
	if err != nil || len(m.Incidents) == 0 {
		t.Fatalf("%+v: %v", m.Incidents, err)
	}
	for _, i := range m.Incidents {
		if !i.To.After(i.From) {
			t.Errorf("%+v", i)
		}
	}
}

// TestADayAtTheEdgeThatWasNotRead says still where the period ends.
func TestADayAtTheEdgeThatWasNotRead(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	at := date("2026-10-25").Add(22*time.Hour + 30*time.Minute) // in the 25th hour of a Sunday
	b.append(policy.RecordChange, policy.Change{Objective: "berlin", At: at, Step: &policy.Step{Consumed: 0.5, Action: "look"}, Consumed: 0.6})
	for at := date("2026-10-19"); at.Before(date("2026-10-26")); at = at.AddDate(0, 0, 1) {
		d := berliner(t, at)
		if at.Day() == 25 {
			n := d.Objectives[1]
			d = Day{Day: d.Day, Unread: "the server could not be read for two weeks", Objectives: []Count{{Name: n.Name, Zone: n.Zone, From: n.From, To: n.To}}}
		}
		b.days(d)
	}
	m, err := b.Report(Week(date("2026-10-19")))
	if err != nil || !m.Final || m.Days != 6 || len(m.Policy) != 1 || m.Objectives[0].Unknown != 0 && m.Objectives[1].Unknown != 0 {
		t.Errorf("%+v: %v", m, err)
	}
	if len(m.Objectives) != 2 {
		t.Errorf("%+v", m.Objectives)
	}
}

// TestEnds are those of the newest day, also for a ledger that was restored.
func TestEnds(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	if ends, err := b.Ends(); len(ends) != 0 || err != nil {
		t.Errorf("%v, %v", ends, err)
	}
	b.days(usual(date("2026-10-23")), berliner(t, date("2026-10-24")))
	again := b.restored(NewLedger(b.log, b))
	for _, l := range []*Ledger{b.Ledger, again} {
		ends, err := l.Ends()
		if err != nil || len(ends) != 2 || !ends["calls"].Equal(date("2026-10-25")) || !ends["berlin"].Equal(date("2026-10-24").Add(22*time.Hour)) {
			t.Errorf("%v, %v", ends, err)
		}
	}
}
