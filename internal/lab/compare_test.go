package lab

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/lab/sipp"
)

func TestCompareAgrees(t *testing.T) {
	t.Parallel()
	seen := sipp.Counts{Attempts: 20, Final: map[int]int{200: 9, 302: 1, 401: 1, 407: 1, 404: 1, 408: 2, 480: 1, 488: 1, 502: 1, 603: 1}}
	known := Outcomes{Attempts: 20, ByCause: map[string]int{
		"2xx": 9, "3xx": 1, "401_407": 2, "404": 1, "408": 1, "timeout": 1, "480": 1, "4xx_other": 1, "5xx_other": 1, "6xx": 1, "none": 1, "503": 0,
	}}
	c := Compare(seen, known, 0.85)
	if got := c.Problems(); len(got) != 0 {
		t.Errorf("want no difference, got %q", got)
	}
	var out strings.Builder
	if err := c.Write(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"attempts    20          20           0\n", "408 or timeout     2           2           0\n", "no answer     1           1           0\n", "success  85 %        85 %"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in\n%s", want, out.String())
		}
	}
}

func TestCompareTellsEachDifference(t *testing.T) {
	t.Parallel()
	f := func(name string, seen sipp.Counts, known Outcomes, success float64, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, Compare(seen, known, success).Problems()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	good := sipp.Counts{Attempts: 2, Final: map[int]int{200: 2}}
	f("an attempt too many", good, Outcomes{Attempts: 3, ByCause: map[string]int{"2xx": 2}}, 1,
		"attempts: SIPp saw 2, Prometheus says 3")
	f("a cause only one side knows", good, Outcomes{Attempts: 2, ByCause: map[string]int{"2xx": 1, "486": 1}}, 1,
		"2xx: SIPp saw 2, Prometheus says 1", "486: SIPp saw 0, Prometheus says 1")
	f("no record", good, Outcomes{Attempts: 2, ByCause: map[string]int{"2xx": 2}}, math.NaN(),
		"call-setup success: 100 % by SIPp's counts, the record says unknown")
	f("another share", good, Outcomes{Attempts: 2, ByCause: map[string]int{"2xx": 2}}, 0.9999,
		"call-setup success: 100 % by SIPp's counts, the record says 99.99 %")
}

func TestSuccessOf(t *testing.T) {
	t.Parallel()
	f := func(want float64, seen sipp.Counts) {
		t.Helper()
		if got := successOf(seen); math.Abs(got-want) > 1e-12 {
			t.Errorf("%+v: want %v, got %v", seen, want, got)
		}
	}
	f(1, sipp.Counts{Attempts: 4, Final: map[int]int{200: 1, 404: 1, 486: 1, 487: 1}})
	f(0, sipp.Counts{Attempts: 5, Final: map[int]int{408: 1, 500: 1, 503: 1, 504: 1}})
	f(0.5, sipp.Counts{Attempts: 2, Final: map[int]int{502: 1, 500: 1}})
	if got := successOf(sipp.Counts{}); !math.IsNaN(got) {
		t.Errorf("no calls: want unknown, got %v", got)
	}
}

func TestOutcomesMinus(t *testing.T) {
	t.Parallel()
	now := Outcomes{Attempts: 9, ByCause: map[string]int{"2xx": 5, "404": 4}}
	got := now.minus(Outcomes{Attempts: 4, ByCause: map[string]int{"404": 4}})
	if diff := cmp.Diff(Outcomes{Attempts: 5, ByCause: map[string]int{"2xx": 5}}, got); diff != "" {
		t.Errorf("growth (-want +got):\n%s", diff)
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	f := func(share float64, want string) {
		t.Helper()
		if got := percent(share); got != want {
			t.Errorf("%v: want %q, got %q", share, want, got)
		}
	}
	f(1, "100 %")
	f(0.999, "99.9 %")
	f(0.12345678, "12.3457 %")
	f(0, "0 %")
	f(-2.5, "-250 %")
	f(math.NaN(), "unknown")
}

func TestMixesSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	if got, want := callsIn(BoundedMix()), 200; got != want {
		t.Errorf("bounded mix: want %d calls, got %d", want, got)
	}
	for i, leg := range Scaled(BoundedMix(), 10) {
		if one := BoundedMix()[i]; leg.Calls != 10*one.Calls || leg.Rate != 10*one.Rate || leg.Hold != one.Hold {
			t.Errorf("scaled mix: want ten times the calls in the same time, got %+v for %+v", leg, one)
		}
	}
	perSecond, failing, users := 0.0, 0.0, map[string]bool{}
	for _, leg := range UsualMix() {
		if leg.Calls != 0 {
			t.Errorf("usual mix: want %s without end, got %d calls", leg.User, leg.Calls)
		}
		perSecond += leg.Rate
		users[leg.User] = true
		if leg.User == UserUnavailable || leg.User == UserHole {
			failing += leg.Rate
		}
	}
	if want := 25.51; math.Abs(perSecond-want) > 1e-9 {
		t.Errorf("usual mix: want %v calls a second, got %v", want, perSecond)
	}
	if share := failing / perSecond; share > 0.0005 || share < 0.0003 {
		t.Errorf("usual mix: want about 4 in 10 000 to fail, got %v", share)
	}
	for _, user := range []string{UserAnswer, UserNotFound, UserBusy, UserUnavailable, UserHole} {
		if !users[user] {
			t.Errorf("usual mix: want calls to %s", user)
		}
	}
}
