package emodel_test

import (
	"math"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/emodel"
)

// The expected scores were computed by hand from the formulas of ITU-T G.107 and the tables of G.113.
func TestMOSOfAPath(t *testing.T) {
	t.Parallel()
	f := func(name string, c emodel.Codec, delay time.Duration, loss, want float64) {
		t.Helper()
		got := emodel.MOS(emodel.R(c, emodel.Path{Delay: delay, Loss: loss, Burst: 1}))
		if math.Abs(got-want) > 0.005 {
			t.Errorf("%s, %v, loss %v: want %v, got %.4f", name, delay, loss, want, got)
		}
	}
	plc, plain := emodel.G711PLC(), emodel.G711()
	f("G.711 with concealment", plc, 150*time.Millisecond, 0, 4.33)
	f("G.711 with concealment", plc, 150*time.Millisecond, 0.01, 4.23)
	f("G.711 with concealment", plc, 150*time.Millisecond, 0.02, 4.12)
	f("G.711 with concealment", plc, 150*time.Millisecond, 0.05, 3.77)
	f("G.711 with concealment", plc, 300*time.Millisecond, 0.01, 3.54)
	f("G.711", plain, 150*time.Millisecond, 0, 4.33)
	f("G.711", plain, 150*time.Millisecond, 0.01, 3.67)
	f("G.711", plain, 150*time.Millisecond, 0.02, 3.07)
	f("G.711", plain, 150*time.Millisecond, 0.05, 1.99)
	f("G.711", plain, 300*time.Millisecond, 0.01, 2.82)
}

// The first five pairs are those of ITU-T G.107, annex B, table B.1, which is rounded to hundredths.
func TestMOSOfARating(t *testing.T) {
	t.Parallel()
	f := func(r, want float64) {
		t.Helper()
		if got := emodel.MOS(r); math.Abs(got-want) > 0.01 {
			t.Errorf("R %v: want %v, got %.4f", r, want, got)
		}
	}
	f(90, 4.34)
	f(80, 4.03)
	f(70, 3.60)
	f(60, 3.10)
	f(50, 2.58)
	f(93.2, 4.41)
	f(100, 4.5)
	f(120, 4.5)
	f(0, 1)
	f(-40, 1)
	f(3, 1) // the formula gives 0.94
	f(math.NaN(), 1)
}

func TestRating(t *testing.T) {
	t.Parallel()
	f := func(what string, c emodel.Codec, p emodel.Path, want float64) {
		t.Helper()
		if got := emodel.R(c, p); math.Abs(got-want) > 0.001 {
			t.Errorf("%s: want %v, got %.4f", what, want, got)
		}
	}
	f("nothing in the way", emodel.G711PLC(), emodel.Path{}, 93.2)
	f("time that goes backwards", emodel.G711PLC(), emodel.Path{Delay: -time.Second}, 93.2)
	f("below the knee", emodel.G711PLC(), emodel.Path{Delay: 100 * time.Millisecond}, 93.2-2.4)
	f("above the knee", emodel.G711PLC(), emodel.Path{Delay: 277300 * time.Microsecond}, 93.2-6.6552-11)
	f("a codec that costs", emodel.G729A(), emodel.Path{}, 82.2)
	f("a codec that costs, with loss", emodel.G729A(), emodel.Path{Loss: 0.02, Burst: 1}, 82.2-84*2/21.0)
	f("all lost", emodel.G711(), emodel.Path{Loss: 1, Burst: 1}, 93.2-95*100/104.3)
	f("more than all lost", emodel.G711(), emodel.Path{Loss: 7, Burst: 1}, 93.2-95*100/104.3)
	f("bursts hurt more", emodel.G711PLC(), emodel.Path{Loss: 0.05, Burst: 2}, 93.2-95*5/(2.5+25.1))
	f("more even than at random", emodel.G711PLC(), emodel.Path{Loss: 0.05, Burst: 0.5}, 93.2-95*5/30.1)
}

// Nothing that gets worse may look better.
func TestWorseIsNeverBetter(t *testing.T) {
	t.Parallel()
	for _, c := range []emodel.Codec{emodel.G711(), emodel.G711PLC(), emodel.G729A()} {
		before := 5.0
		for loss := 0.0; loss <= 1; loss += 0.001 {
			got := emodel.MOS(emodel.R(c, emodel.Path{Loss: loss, Burst: 1}))
			if got > before || got < 1 {
				t.Fatalf("codec %v, loss %v: %v after %v", c, loss, got, before)
			}
			before = got
		}
		before = 5.0
		for d := time.Duration(0); d < 2*time.Second; d += time.Millisecond {
			got := emodel.MOS(emodel.R(c, emodel.Path{Delay: d}))
			if got > before || got < 1 {
				t.Fatalf("codec %v, delay %v: %v after %v", c, d, got, before)
			}
			before = got
		}
	}
}
