package erlang

import (
	"math"
	"testing"
)

// The traffic that lines carry at one lost call in a thousand, as it is tabulated, in whole erlangs; and the small numbers that can be worked out
// by hand: one line blocks A/(1+A).
func TestOffered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		grade float64
		lines int
		want  float64
		exact float64
	}{
		{0.001, 500, 448, 0.6}, {0.001, 1500, 1418, 0.6}, {0.001, 2000, 1908, 0.6}, {0.001, 3000, 2892, 0.6},
		{0.01, 10, 4.461, 0.001}, {0.01, 100, 84.06, 0.01}, {0.02, 30, 21.93, 0.01},
		{0.5, 1, 1, 1e-9}, {0.2, 1, 0.25, 1e-9},
		{0, 10, 0, 0}, {1, 10, 0, 0}, {0.01, 0, 0, 0}, {0.01, -1, 0, 0}, {math.NaN(), 10, 0, 0},
	} {
		if got := Offered(c.grade, c.lines); math.Abs(got-c.want) > c.exact {
			t.Errorf("%g on %d lines: want %g, got %g", c.grade, c.lines, c.want, got)
		}
	}
}

func TestBlocking(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		erlangs float64
		lines   int
		want    float64
	}{
		{1, 1, 0.5}, {1, 2, 0.2}, {2, 2, 0.4}, {0, 5, 0}, {-1, 5, 0}, {3, 0, 1}, {3, -1, 1}, {math.NaN(), 5, 0}, {1e-9, 15000, 0},
	} {
		if got := Blocking(c.erlangs, c.lines); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%g erlangs on %d lines: want %g, got %g", c.erlangs, c.lines, c.want, got)
		}
	}
}

// Both inverses belong to the formula: just below the traffic the share is kept, just above it is not, and one line fewer does not do.
func TestInverses(t *testing.T) {
	t.Parallel()
	for _, lines := range []int{1, 2, 7, 60, 500, 4000} {
		for _, grade := range []float64{1e-6, 0.001, 0.01, 0.3} {
			a := Offered(grade, lines)
			if below, above := Blocking(a*(1-1e-9), lines), Blocking(a*(1+1e-6), lines); below > grade || above <= grade {
				t.Errorf("%g on %d lines: %g erlangs block %g to %g", grade, lines, a, below, above)
			}
			if got := Lines(a*(1-1e-9), grade); got != lines {
				t.Errorf("%g erlangs at %g: want %d lines, got %d", a, grade, lines, got)
			}
		}
	}
	for _, c := range []struct{ erlangs, grade float64 }{{0, 0.01}, {-1, 0.01}, {5, 0}, {math.NaN(), 0.1}} {
		if got := Lines(c.erlangs, c.grade); got != 0 {
			t.Errorf("%g at %g: want no number of lines, got %d", c.erlangs, c.grade, got)
		}
	}
}
