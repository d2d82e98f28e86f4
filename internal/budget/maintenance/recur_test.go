package maintenance

import (
	"testing"
	"time"
)

// TestLocalTimes reads local times where clocks change: one that does not come has the offset from before, one that comes twice is the first
// (RFC 5545, 3.3.5).
func TestLocalTimes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ zone, local, want string }{
		"winter":                           {"Europe/Berlin", "2026-01-10T02:30", "2026-01-10T01:30:00Z"},
		"summer":                           {"Europe/Berlin", "2026-07-10T02:30", "2026-07-10T00:30:00Z"},
		"the hour that is left out":        {"Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00Z"},
		"the hour that comes twice":        {"Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z"},
		"the first second after the gap":   {"Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00Z"},
		"the first second after the twins": {"Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z"},
		"in the west":                      {"America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"},
		"half an hour of summer time":      {"Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z"},
		"without summer time":              {"Asia/Seoul", "2026-03-29T02:30", "2026-03-28T17:30:00Z"},
		"a day that never was":             {"Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Instant(c.local, c.zone, time.Time{})
			if err != nil || got.Format(time.RFC3339) != c.want {
				t.Errorf("%s in %s is %s, want %s (%v)", c.local, c.zone, got.Format(time.RFC3339), c.want, err)
			}
		})
	}
}

// TestARuleKeepsItsLocalTime: on each Sunday at half past two, for two hours that passed, also on the Sundays on which clocks change.
func TestARuleKeepsItsLocalTime(t *testing.T) {
	t.Parallel()
	w := Window{Rule: "FREQ=WEEKLY;BYDAY=SU", Zone: "Europe/Berlin", Span: Span{moment("2026-03-22T01:30:00Z"), moment("2026-03-22T03:30:00Z")}}
	got := w.Spans(moment("2026-03-22T00:00:00Z"), moment("2026-04-06T00:00:00Z"), 10)
	want := []string{"2026-03-22T01:30:00Z", "2026-03-29T01:30:00Z", "2026-04-05T00:30:00Z"}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i, s := range got {
		if s.From.Format(time.RFC3339) != want[i] || s.To.Sub(s.From) != 2*time.Hour {
			t.Errorf("the %d. is from %s to %s, want it to begin at %s", i+1, s.From, s.To, want[i])
		}
	}
	autumn := w.Spans(moment("2026-10-18T00:00:00Z"), moment("2026-11-02T00:00:00Z"), 10)
	for i, want := range []string{"2026-10-18T00:30:00Z", "2026-10-25T00:30:00Z", "2026-11-01T01:30:00Z"} {
		if autumn[i].From.Format(time.RFC3339) != want || autumn[i].To.Sub(autumn[i].From) != 2*time.Hour {
			t.Errorf("in autumn the %d. is %v, want it to begin at %s", i+1, autumn[i], want)
		}
	}
}

// TestTheFirstWindowOfARule begins at the instant that was entered, and the later ones at the local time that was entered, on days on which clocks change as well.
// A record of an older tracker has no local time, and is read as before.
func TestTheFirstWindowOfARule(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, local string
		want        []string
	}{
		"in the hour that is left out":           {"2026-03-29T02:30", "2026-03-29T02:30:00", []string{"2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"}},
		"the same by its offset":                 {"2026-03-29T01:30:00Z", "", []string{"2026-03-29T01:30:00Z", "2026-03-30T01:30:00Z", "2026-03-31T01:30:00Z"}},
		"the second of an hour that comes twice": {"2026-10-25T01:30:00Z", "", []string{"2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z"}},
		"the first of it":                        {"2026-10-25T02:30", "", []string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			s.now = moment("2026-03-28T12:00:00Z")
			r := Request{From: c.from, Rule: "FREQ=DAILY", Zone: "Europe/Berlin", Objectives: []string{"calls"}}
			zone, _ := time.LoadLocation(r.Zone)
			from, err := instant(c.from, zone, s.now)
			if err != nil {
				t.Fatal(err)
			}
			r.To = from.Add(time.Hour).Format(time.RFC3339)
			w := s.add(r)
			if w.Local != c.local || !w.From.Equal(moment(c.want[0])) {
				t.Errorf("taken down as %q, %s", w.Local, w.From)
			}
			again := New(s.options())
			if err := again.Restore(s.journal.kinds[0], s.journal.bodies[0]); err != nil {
				t.Fatal(err)
			}
			restored := again.Windows()[0]
			got := restored.Spans(from.Add(-24*time.Hour), from.Add(72*time.Hour), 3)
			for i, span := range got {
				if span.From.UTC().Format(time.RFC3339) != c.want[i] || span.To.Sub(span.From) != time.Hour {
					t.Errorf("the %d. is %v, want it to begin at %s", i+1, span, c.want[i])
				}
			}
			if len(got) != 3 {
				t.Errorf("%v", got)
			}
		})
	}
}

// TestWhatBeginsBeforeClocksGoBack is found at an instant whose local time is earlier than that of its begin.
func TestWhatBeginsBeforeClocksGoBack(t *testing.T) {
	t.Parallel()
	w := Window{Rule: "FREQ=DAILY", Zone: "Europe/Berlin", Span: Span{moment("2026-10-20T00:30:00Z"), moment("2026-10-20T01:30:00Z")}}
	if got := w.Spans(moment("2026-10-25T00:40:00Z"), moment("2026-10-25T01:10:00Z"), 5); len(got) != 1 || !got[0].From.Equal(moment("2026-10-25T00:30:00Z")) {
		t.Errorf("%v", got)
	}
}

// TestASeldomRuleIsNotOver: between two windows that lie years apart the next is planned, and can be called off.
func TestASeldomRuleIsNotOver(t *testing.T) {
	t.Parallel()
	for rule, next := range map[string]string{"FREQ=YEARLY;INTERVAL=6": "2032-03-11T02:00:00Z", "FREQ=YEARLY;INTERVAL=6;COUNT=1": "", "FREQ=YEARLY;INTERVAL=6;UNTIL=20310101T000000Z": ""} {
		s := newShelf(t)
		w := s.add(Request{From: "2026-03-11T02:00", To: "2026-03-11T03:00", Rule: rule})
		s.now = moment("2026-03-12T00:00:00Z")
		span, ok := w.Next(s.now)
		_, err := s.End(t.Context(), w.ID, "", "jae")
		if ok != (next != "") || ok && !span.From.Equal(moment(next)) || (err == nil) != ok {
			t.Errorf("%s comes next %v, %t, and ends with %v", rule, span, ok, err)
		}
	}
}

// TestSpans: a rule ends by its count, its until, and when somebody ends it; what is under way then is cut.
func TestSpans(t *testing.T) {
	t.Parallel()
	daily := func(rule string) Window {
		return Window{Rule: "FREQ=DAILY" + rule, Zone: "UTC", Span: Span{moment("2026-03-01T02:00:00Z"), moment("2026-03-01T03:00:00Z")}}
	}
	ended := daily("")
	ended.Ended = moment("2026-03-03T02:20:00Z")
	open := Window{Zone: "UTC", Span: Span{From: moment("2026-03-01T02:00:00Z")}}
	for name, c := range map[string]struct {
		w    Window
		n    int
		last string
	}{
		"by count":               {daily(";COUNT=3"), 3, "2026-03-03T03:00:00Z"},
		"by until":               {daily(";UNTIL=20260305T020000Z"), 5, "2026-03-05T03:00:00Z"},
		"by until, a local time": {daily(";UNTIL=20260304T235959"), 4, "2026-03-04T03:00:00Z"},
		"every other day":        {daily(";INTERVAL=2;COUNT=3"), 3, "2026-03-05T03:00:00Z"},
		"ended while under way":  {ended, 3, "2026-03-03T02:20:00Z"},
		"without end":            {open, 1, "0001-01-01T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.w.Spans(moment("2026-02-01T00:00:00Z"), moment("2026-04-01T00:00:00Z"), 100)
			if len(got) != c.n || got[len(got)-1].To.Format(time.RFC3339) != c.last {
				t.Errorf("%v", got)
			}
		})
	}
	// One that began before still counts.
	w := daily("")
	if got := w.Spans(moment("2026-03-10T02:30:00Z"), moment("2026-03-10T02:31:00Z"), 5); len(got) != 1 || !got[0].Holds(moment("2026-03-10T02:30:00Z")) {
		t.Errorf("within a window: %v", got)
	}
}

func moment(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}
