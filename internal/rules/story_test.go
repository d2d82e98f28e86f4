package rules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGauge(t *testing.T) {
	t.Parallel()
	f := func(want string, phases ...phase) {
		t.Helper()
		if got := gauge(time.Minute, phases...); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	f("1x4", phase{length: 5 * time.Minute, value: 1})
	f("1x1 0x2 0.5x0", phase{length: 2 * time.Minute, value: 1}, phase{length: 3 * time.Minute}, phase{length: time.Minute, value: 0.5})
	f("1x1 _x3", phase{length: 2 * time.Minute, value: 1}, phase{length: 3 * time.Minute, gap: true})
	f("1x1 stale _x2 1x1", phase{length: 2 * time.Minute, value: 1}, phase{length: 3 * time.Minute, gone: true}, phase{length: 2 * time.Minute, value: 1})
	f("1x1 stale", phase{length: 2 * time.Minute, value: 1}, phase{length: time.Minute, gone: true})
}

func TestCounterValues(t *testing.T) {
	t.Parallel()
	f := func(want string, phases ...phase) {
		t.Helper()
		if got := counterValues(time.Minute, phases...); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	f("0 5+5x2", phase{length: 3 * time.Minute, rise: 5})
	f("0 5+5x2 15+0x1 17+2x0", phase{length: 3 * time.Minute, rise: 5}, phase{length: 2 * time.Minute}, phase{length: time.Minute, rise: 2})
	// A counter that is not seen goes on.
	f("0 5+5x1 _x2 25+5x1", phase{length: 2 * time.Minute, rise: 5}, phase{length: 2 * time.Minute, rise: 5, gap: true}, phase{length: 2 * time.Minute, rise: 5})
	f("0 5+5x0", phase{}, phase{length: time.Minute, rise: 5})
}

func TestSliding(t *testing.T) {
	t.Parallel()
	failed := func(x traffic) float64 { return x.failed }
	phases := []traffic{{length: 30 * time.Minute}, {length: time.Hour, failed: 2}, {length: 30 * time.Minute}}
	f := func(window time.Duration, want string) {
		t.Helper()
		if got := sliding(phases, window, failed); got != want {
			t.Errorf("%s: want %q, got %q", window, want, got)
		}
	}
	f(5*time.Minute, "0 0+0x0 0x4 2+2x0 2x10 0-2x0 0x4")
	f(30*time.Minute, "0 0+0x5 2+2x5 12x5 10-2x5")
}

func TestStepsUp(t *testing.T) {
	t.Parallel()
	f := func(d, want time.Duration) {
		t.Helper()
		if got := stepsUp(d); got != want {
			t.Errorf("%s: want %s, got %s", d, want, got)
		}
	}
	f(0, 0)
	f(time.Second, 15*time.Second)
	f(15*time.Second, 15*time.Second)
	f(61*time.Second, 75*time.Second)
}

func TestFiring(t *testing.T) {
	t.Parallel()
	rule := Rule{
		Labels:      map[string]string{"severity": "page"},
		Annotations: map[string]string{"summary": "{{ $labels.instance }} has {{ $value | humanize }} of {{ $value }} left{{ more }}"},
	}
	got := firing(rule, map[string]string{"instance": "a"}, "5", map[string]string{"{{ more }}": "."})
	want := ExpectedAlert{
		Labels:      map[string]string{"instance": "a", "severity": "page"},
		Annotations: map[string]string{"summary": "a has 5 of 5 left."},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLabelText(t *testing.T) {
	t.Parallel()
	f := func(labels map[string]string, want string) {
		t.Helper()
		if got := labelText(labels); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	f(nil, "")
	f(map[string]string{"b": `x"y`, "a": "1"}, `{a="1", b="x\"y"}`)
}

func TestCount(t *testing.T) {
	t.Parallel()
	phases := []traffic{{length: 10 * time.Minute, events: 5}, {length: 10 * time.Minute, events: 3, failed: 1}}
	f := func(from, to time.Duration, wantEvents, wantFailed float64) {
		t.Helper()
		events, failed := count(phases, from, to, time.Minute)
		if events != wantEvents || failed != wantFailed {
			t.Errorf("%s to %s: want %v and %v, got %v and %v", from, to, wantEvents, wantFailed, events, failed)
		}
	}
	f(0, 20*time.Minute, 80, 10)
	f(-time.Hour, time.Hour, 80, 10)
	f(8*time.Minute, 12*time.Minute, 16, 2)
	f(12*time.Minute, 15*time.Minute, 9, 3)
	f(time.Hour, 2*time.Hour, 0, 0)
}

// The stories hold these forms to Prometheus' own: promtool compares the texts of firing alerts word for word.
func TestHumanForms(t *testing.T) {
	t.Parallel()
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	f(percent(0.015360), "1.536%")
	f(percent(-8.92), "-892%")
	f(percent(-141.857142), "-1.419e+04%")
	f(percent(0.1234567), "12.35%")
	f(humanDuration(0), "0s")
	f(humanDuration(59.5), "59.5s")
	f(humanDuration(61), "1m 1s")
	f(humanDuration(3661.9), "1h 1m 1s")
	f(humanDuration(429337.3), "4d 23h 15m 37s")
}
