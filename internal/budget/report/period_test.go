package report

import (
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"2026-10": "2026-10-01 2026-11-01", "2026-12": "2026-12-01 2027-01-01", "2024-02": "2024-02-01 2024-03-01",
		"2026-Q4": "2026-10-01 2027-01-01", "2026-Q1": "2026-01-01 2026-04-01",
		"2026-W01": "2025-12-29 2026-01-05", "2026-W53": "2026-12-28 2027-01-04", "2025-W01": "2024-12-30 2025-01-06",
	} {
		p, err := Parse(name)
		if got := p.From.Format(time.DateOnly) + " " + p.To.Format(time.DateOnly); err != nil || got != want || p.Name != name {
			t.Errorf("%s is %s (%s), want %s: %v", name, got, p.Name, want, err)
		}
	}
	for _, name := range []string{"", "2026", "2026-13", "2026-00", "2026-1", "2026-Q5", "2026-W00", "2025-W53", "2026-W54", "1999-10", "2026-10-01", "../2026-10", "2026-W1"} {
		if p, err := Parse(name); err == nil {
			t.Errorf("%q is taken for %+v", name, p)
		}
	}
}

func TestBeforeAndEnding(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"2026-01": "2025-12", "2026-Q1": "2025-Q4", "2026-W01": "2025-W52", "2027-W01": "2026-W53"} {
		p, err := Parse(name)
		if err != nil || p.Before().Name != want {
			t.Errorf("before %s is %s, want %s (%v)", name, p.Before().Name, want, err)
		}
	}
	f := func(day string, want ...string) {
		t.Helper()
		last, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range Ending(last) {
			got = append(got, p.Name)
		}
		if len(got) != len(want) {
			t.Errorf("with %s end %v, want %v", day, got, want)
			return
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("with %s end %v, want %v", day, got, want)
			}
		}
	}
	f("2026-10-30")
	f("2026-10-31", "2026-10")
	f("2026-11-01", "2026-W44")
	f("2026-12-31", "2026-12", "2026-Q4")
	f("2028-12-31", "2028-W52", "2028-12", "2028-Q4")
}
