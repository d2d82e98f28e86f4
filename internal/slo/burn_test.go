package slo

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestShortWindow(t *testing.T) {
	t.Parallel()
	want := []string{"5m", "30m", "2h", "6h"}
	var got []string
	for _, tier := range Tiers() {
		got = append(got, FormatDuration(tier.Short))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("short windows (-want +got):\n%s", diff)
	}
}

// The factors of the SRE workbook for 30 days, and the same shares of 28 and 7 days in windows of the same length.
func TestFactor(t *testing.T) {
	t.Parallel()
	f := func(period time.Duration, want ...float64) {
		t.Helper()
		var got []float64
		for _, tier := range Tiers() {
			got = append(got, Factor(tier.Share, period, tier.Long))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", FormatDuration(period), diff)
		}
	}
	f(30*day, 14.4, 6, 3, 1)
	f(28*day, 13.44, 5.6, 2.8, 0.933333333333)
	f(7*day, 3.36, 1.4, 0.7, 0.233333333333)
}

func TestBurns(t *testing.T) {
	t.Parallel()
	f := func(objective float64, period time.Duration, want ...string) {
		t.Helper()
		var got []string
		for _, b := range Burns(Tiers(), objective, period) {
			got = append(got, b.Name+" "+FormatNumber(b.Factor)+" "+FormatNumber(b.Threshold)+" "+FormatPercent(b.ShareAtAlert(period)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v over %s (-want +got):\n%s", objective, FormatDuration(period), diff)
		}
	}
	f(0.999, 30*day, "page_fast 14.4 0.0144 2%", "page_slow 6 0.006 5%", "ticket_fast 3 0.003 10%", "ticket_slow 1 0.001 10%")
	f(0.99, 30*day, "page_fast 14.4 0.144 2%", "page_slow 6 0.06 5%", "ticket_fast 3 0.03 10%", "ticket_slow 1 0.01 10%")
	f(0.9999, 28*day, "page_fast 13.44 0.001344 2%", "page_slow 5.6 0.00056 5%", "ticket_fast 2.8 0.00028 10%", "ticket_slow 1 0.0001 10.7142857143%")
	f(0.999, 7*day, "page_fast 3.36 0.00336 2%", "page_slow 1.4 0.0014 5%", "ticket_fast 1 0.001 14.2857142857%")
	f(0.999, time.Hour)
}

// An objective below 93.06 % cannot page on 2 % an hour, and so on.
func TestCanFire(t *testing.T) {
	t.Parallel()
	f := func(objective float64, want ...bool) {
		t.Helper()
		var got []bool
		for _, b := range Burns(Tiers(), objective, 30*day) {
			got = append(got, b.CanFire())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", objective, diff)
		}
	}
	f(0.999, true, true, true, true)
	f(0.9306, true, true, true, true)
	f(0.93, false, true, true, true)
	f(0.9, false, true, true, true)
	f(0.834, false, true, true, true)
	f(0.83, false, false, true, true)
	f(0.66, false, false, false, true)
	if got := LargestShare(0.9, 30*day, time.Hour); math.Abs(got-0.0138888888889) > 1e-12 {
		t.Errorf("want a thirtieth of a day's tenth, got %v", got)
	}
}

func TestExhaustion(t *testing.T) {
	t.Parallel()
	f := func(factor float64, want time.Duration) {
		t.Helper()
		if got := Exhaustion(30*day, factor); got != want {
			t.Errorf("burn rate %v: want %s, got %s", factor, want, got)
		}
	}
	f(14.4, 50*time.Hour)
	f(6, 5*day)
	f(3, 10*day)
	f(1, 30*day)
	f(1000, 43*time.Minute+12*time.Second)
}

func TestTimeToDetect(t *testing.T) {
	t.Parallel()
	f := func(objective, errorRatio float64, want ...string) {
		t.Helper()
		var got []string
		for _, b := range Burns(Tiers(), objective, 30*day) {
			d, ok := b.TimeToDetect(errorRatio)
			if !ok {
				got = append(got, "never")
				continue
			}
			got = append(got, d.Round(time.Second).String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v at %v (-want +got):\n%s", objective, errorRatio, diff)
		}
	}
	f(0.999, 1, "52s", "2m10s", "4m19s", "4m19s")
	f(0.99, 1, "8m38s", "21m36s", "43m12s", "43m12s")
	f(0.95, 1, "43m12s", "1h48m0s", "3h36m0s", "3h36m0s")
	f(0.999, 0.01, "never", "3h36m0s", "7h12m0s", "7h12m0s")
	f(0.999, 0.001, "never", "never", "never", "never")
	f(0.9, 1, "never", "3h36m0s", "7h12m0s", "7h12m0s")
}

func TestQuietestEvents(t *testing.T) {
	t.Parallel()
	f := func(objective float64, want ...int) {
		t.Helper()
		var got []int
		for _, b := range Burns(Tiers(), objective, 30*day) {
			got = append(got, b.QuietestEvents())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", objective, diff)
		}
	}
	f(0.999, 69, 166, 333, 999)
	f(0.99, 6, 16, 33, 99)
	f(0.9999, 694, 1666, 3333, 9999)
}

func TestFailuresToFire(t *testing.T) {
	t.Parallel()
	fast := Burns(Tiers(), 0.999, 30*day)[0]
	f := func(eventsPerHour float64, minFailures, want int, wantOK bool) {
		t.Helper()
		got, ok := fast.FailuresToFire(eventsPerHour, minFailures)
		if got != want || ok != wantOK {
			t.Errorf("%v an hour, at least %d: want %d (%v), got %d (%v)", eventsPerHour, minFailures, want, wantOK, got, ok)
		}
	}
	f(60, 0, 1, true)
	f(69, 0, 1, true)
	f(72, 0, 2, true)
	f(600, 0, 9, true)
	f(4000, 5, 58, true)
	f(60, 5, 5, true)
	f(4, 5, 5, false)
	f(0, 0, 1, false)
	f(1250, 0, 19, true) // exactly 18 are not above the threshold
}
