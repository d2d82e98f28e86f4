package slo

import (
	"math"
	"testing"
	"time"
)

const day = 24 * time.Hour

func TestBudget(t *testing.T) {
	t.Parallel()
	f := func(objective, want float64) {
		t.Helper()
		if got := Budget(objective); got != want {
			t.Errorf("objective %v: want %v, got %v", objective, want, got)
		}
	}
	f(0.999, 0.001)
	f(0.9999, 0.0001)
	f(0.9995, 0.0005)
	f(0.99999, 0.00001)
	f(0.95, 0.05)
	f(0.9, 0.1)
	f(0.7, 0.3)
}

func TestFormatNumber(t *testing.T) {
	t.Parallel()
	f := func(x float64, want string) {
		t.Helper()
		if got := FormatNumber(x); got != want {
			t.Errorf("want %s, got %s", want, got)
		}
	}
	f(0, "0")
	f(14.4*Budget(0.999), "0.0144")
	f(6*Budget(0.9999), "0.0006")
	f(Budget(0.99999), "0.00001")
	f(100*Budget(0.999), "0.1")
	f(1.0/3, "0.333333333333")
	f(10000, "10000")
	f(-2.5, "-2.5")
	f(2e-10, "2e-10")
	f(1e15, "1e+15")
	f(math.Inf(1), "+Inf")
	if got := FormatPercent(0.999); got != "99.9%" {
		t.Errorf("want 99.9%%, got %s", got)
	}
	if got := Clean(math.NaN()); !math.IsNaN(got) {
		t.Errorf("want NaN as it is, got %v", got)
	}
}

func TestFormatDuration(t *testing.T) {
	t.Parallel()
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := FormatDuration(d); got != want {
			t.Errorf("want %s, got %s", want, got)
		}
	}
	f(30*day, "30d")
	f(28*day, "28d")
	f(365*day, "365d")
	f(5*time.Minute, "5m")
	f(90*time.Minute, "1h30m")
	f(15*time.Second, "15s")
	f(day+time.Hour+time.Millisecond, "1d1h1ms")
	f(0, "0s")
	f(-time.Second, "0s")
}
