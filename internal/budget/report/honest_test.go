package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget/maintenance"
)

// TestWhatLittleIsKnownIsNoVerdict: neither what was counted in the lesser part of the time, nor maintenance in it, says anything about the period.
func TestWhatLittleIsKnownIsNoVerdict(t *testing.T) {
	t.Parallel()
	f := func(want Verdict, days, unread int, change func(day int, c *Count)) {
		t.Helper()
		b := newBook(t)
		for i := range days {
			at := date("2026-10-01").AddDate(0, 0, i)
			d := usual(at)
			d.Objectives = d.Objectives[:1]
			change(i, &d.Objectives[0])
			if i < unread {
				d = Day{Day: d.Day, Unread: "the server could not be read for two weeks"}
			}
			b.days(d)
		}
		m, err := b.Report(Month(date("2026-10-01")))
		if err != nil || len(m.Objectives) != 1 {
			t.Fatalf("%+v: %v", m, err)
		}
		l := m.Objectives[0]
		if known := want == Met || want == Missed; l.Verdict != want || (l.SLI != nil) != known || (l.Consumed != nil) != known || l.Trend[5].Verdict != want {
			t.Errorf("%d days, %d not read: %+v, want %s", days, unread, l, want)
		}
	}
	f(Met, 31, 15, func(int, *Count) {})
	f(NotKnown, 31, 16, func(int, *Count) {})
	f(NotKnown, 31, 0, func(day int, c *Count) {
		if day > 0 {
			*c = Count{Name: c.Name, Objective: c.Objective}
		}
	})
	f(NotKnown, 31, 0, func(day int, c *Count) {
		*c = Count{Name: c.Name, Objective: c.Objective}
		if day == 3 {
			c.Taken = 1
		}
	})
	f(NoEvents, 31, 0, func(_ int, c *Count) { *c = Count{Name: c.Name, Objective: c.Objective, Taken: 288} })
	f(Met, 31, 0, func(_ int, c *Count) { c.Tiles, c.Taken = 44, 100 })
	f(Met, 10, 0, func(int, *Count) {}) // so far
}

// TestAnEndAndAnEdge: who ended a window stands in the report, and so does a correction that no side of an edge can count.
func TestAnEndAndAnEdge(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	from := date("2026-10-03").Add(2 * time.Hour)
	b.append(maintenance.RecordAdded, maintenance.Window{ID: "endless", Objectives: []string{"calls"}, Span: maintenance.Span{From: from}, Zone: "UTC", Reason: "new cables", Author: "alice"})
	b.append(maintenance.RecordEnded, maintenance.Ended{ID: "endless", At: from.Add(5 * time.Minute), By: "bob", Reason: "they *fit*"})
	b.append(maintenance.RecordAdded, maintenance.Window{
		ID: "edge", Objectives: []string{"calls"}, Span: maintenance.Span{From: date("2026-09-30").Add(23 * time.Hour), To: date("2026-10-01").Add(time.Hour)}, Zone: "UTC", Correction: true,
		Reason: "a test", Author: "jae", Effects: []maintenance.Effect{{Objective: "calls", Errors: 1, Events: 10}},
	})
	for at := date("2026-09-30"); at.Before(date("2026-11-01")); at = at.AddDate(0, 0, 1) {
		b.days(usual(at))
	}
	for _, name := range []string{"2026-09", "2026-10"} {
		p, _ := Parse(name)
		m, err := b.Report(p)
		if err != nil || len(m.Corrections) != 1 || !m.Corrections[0].Cut || m.Objectives[0].Corrected != nil {
			t.Errorf("%s: %+v: %v", name, m.Corrections, err)
		}
		if name == "2026-09" {
			continue
		}
		if len(m.Maintenance) != 1 || m.Maintenance[0].Ended == nil || m.Maintenance[0].Ended.By != "bob" {
			t.Errorf("%+v", m.Maintenance)
		}
		for _, format := range []string{"md", "html"} {
			var text bytes.Buffer
			if err := Write(&text, m, format); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"ended 2026-10-03 02:05 UTC by bob: they ", "enter one for each side"} {
				if !strings.Contains(text.String(), want) {
					t.Errorf("%s does not say %q", format, want)
				}
			}
		}
	}
	if n, differ, err := Verify(b.log); n != 7 || len(differ) != 0 || err != nil { // four weeks, two months and a quarter
		t.Errorf("%d reports, %q differ: %v", n, differ, err)
	}
}

// TestNeverRead: a tracker that could not ask yet has no time since when it does not know.
func TestNeverRead(t *testing.T) {
	t.Parallel()
	m := Model{Period: Month(date("2026-10-01")), Now: &Now{Problem: "connection refused"}}
	for _, format := range []string{"md", "html"} {
		var text bytes.Buffer
		if err := Write(&text, m, format); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text.String(), "0001") || !strings.Contains(text.String(), "were not read since the tracker started: connection refused") {
			t.Errorf("%s: %s", format, text.String())
		}
	}
}

// TestCorrectionsOfOneTile take it out once: each was measured with the whole of it.
func TestCorrectionsOfOneTile(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for i := range 3 {
		from := date("2026-10-03").Add(12*time.Hour + time.Duration(2*i)*time.Minute)
		b.append(maintenance.RecordAdded, maintenance.Window{
			ID: from.Format("15:04"), Objectives: []string{"calls"}, Span: maintenance.Span{From: from, To: from.Add(2 * time.Minute)}, Zone: "UTC", Correction: true,
			Reason: "a test", Author: "jae", Effects: []maintenance.Effect{{Objective: "calls", Errors: 1, Events: 10}},
		})
	}
	b.days(usual(date("2026-10-03")), usual(date("2026-10-04")))
	m, err := b.Report(Month(date("2026-10-01")))
	if err != nil || len(m.Corrections) != 3 {
		t.Fatalf("%+v: %v", m.Corrections, err)
	}
	for _, l := range m.Objectives {
		if l.Name == "calls" && (l.Corrected == nil || *l.Corrected != clean(1.0/1990/0.01)) {
			t.Errorf("%v of the budget, corrected", *l.Corrected)
		}
	}
}
