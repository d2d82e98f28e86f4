package slo_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the tests do not depend on the machine's zones

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/slo"
)

// begins are midnights of a zone on the first of each month, or on each Monday, in the years for which a clock is proven.
func begins(t *testing.T, name string, weeks bool) []time.Time {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	from, until := slo.ClockYears()
	var list []time.Time
	for at := time.Date(from, 1, 1, 0, 0, 0, 0, zone); at.Year() < until; at = at.AddDate(0, 0, 1) {
		if weeks && at.Weekday() == time.Monday || !weeks && at.Day() == 1 {
			list = append(list, at)
		}
	}
	return list
}

// A clock knows by the date how far a zone is ahead when a period begins there, in each year, also in the hours around.
func TestClockOf(t *testing.T) {
	t.Parallel()
	f := func(name string, weeks bool, want slo.Clock) {
		t.Helper()
		list := begins(t, name, weeks)
		got, ok := slo.ClockOf(list)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s, weeks %t: %t (-want +got):\n%s", name, weeks, ok, diff)
		}
		for _, b := range list {
			_, seconds := b.Zone()
			for _, around := range []time.Duration{-3 * time.Hour, 0, 3 * time.Hour} {
				if ahead := got.Ahead(b.Add(around)); ahead != time.Duration(seconds)*time.Second {
					t.Fatalf("%s at %s: want %d s, got %s", name, b.Add(around), seconds, ahead)
				}
			}
		}
	}
	const hour = time.Hour
	f("Europe/Berlin", false, slo.Clock{Offset: hour, Steps: []slo.Step{{401, 2 * hour}, {1101, hour}}})
	f("Europe/Berlin", true, slo.Clock{Offset: hour, Steps: []slo.Step{{326, 2 * hour}, {1026, hour}}})
	f("America/New_York", false, slo.Clock{Offset: -5 * hour, Steps: []slo.Step{{401, -4 * hour}, {1201, -5 * hour}}})
	f("America/New_York", true, slo.Clock{Offset: -5 * hour, Steps: []slo.Step{{309, -4 * hour}, {1102, -5 * hour}}})
	f("Australia/Sydney", false, slo.Clock{Offset: 11 * hour, Steps: []slo.Step{{501, 10 * hour}, {1101, 11 * hour}}})
	f("Asia/Seoul", true, slo.Clock{Offset: 9 * hour})
	f("Asia/Kolkata", false, slo.Clock{Offset: 5*hour + 30*time.Minute})
	f("UTC", false, slo.Clock{})
	// Summer time pauses in Ramadan there, at other dates each year.
	if c, ok := slo.ClockOf(begins(t, "Africa/Casablanca", false)); ok {
		t.Errorf("want no clock, got %+v", c)
	}
	if a, b := (slo.Clock{Offset: hour}), (slo.Clock{Offset: hour, Steps: []slo.Step{{401, 2 * hour}}}); !b.Equal(b) || a.Equal(b) || a.Equal(slo.Clock{}) {
		t.Error("clocks are compared wrongly")
	}
}
