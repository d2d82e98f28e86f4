package clock_test

import (
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/clock"
)

// machine is a machine whose clocks the test moves.
type machine struct {
	wall    time.Time
	elapsed time.Duration
	boot    string
}

func (m *machine) pass(d time.Duration) { m.wall, m.elapsed = m.wall.Add(d), m.elapsed+d }

func (m *machine) sources() clock.Sources {
	return clock.Sources{Wall: func() time.Time { return m.wall }, Elapsed: func() time.Duration { return m.elapsed }, Boot: m.boot}
}

func newMachine() *machine {
	return &machine{wall: time.Date(2026, 11, 28, 4, 0, 0, 0, time.UTC), elapsed: time.Hour, boot: "a"}
}

func TestStepsOfTheWallClockChangeNothing(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{10 * time.Second, -10 * time.Second} {
		m := newMachine()
		c := clock.New(m.sources(), rto.Session{}, 0)
		began := c.Now()
		m.pass(3 * time.Second)
		m.wall = m.wall.Add(step)
		m.pass(4 * time.Second)
		if got := c.Now().Sub(began); got != 7*time.Second {
			t.Errorf("7 s passed with a step of %s, and the clock says %s", step, got)
		}
		if got := c.Offset(); got != step {
			t.Errorf("the wall clock stepped by %s, and the offset is %s", step, got)
		}
	}
}

func TestASessionOfOneBootGoesOn(t *testing.T) {
	t.Parallel()
	m := newMachine()
	first := clock.New(m.sources(), rto.Session{}, 0)
	session := first.Begin(rto.Session{Vantage: "dr"})
	m.pass(time.Minute)
	m.wall = m.wall.Add(-10 * time.Second) // while the tracker was down
	second := clock.New(m.sources(), session, 0)
	if got := second.Now().Sub(session.Began); got != time.Minute {
		t.Errorf("a minute passed between two sessions, and the clock says %s", got)
	}
	if second.Now() != first.Now() {
		t.Errorf("two clocks of one boot differ: %s and %s", second.Now(), first.Now())
	}
}

func TestAnotherBootNeverGoesBack(t *testing.T) {
	t.Parallel()
	m := newMachine()
	session := clock.New(m.sources(), rto.Session{}, 0).Begin(rto.Session{})
	newest := session.Began.Add(time.Minute)
	m.boot, m.elapsed, m.wall = "b", time.Second, m.wall.Add(-time.Hour)
	if got := clock.New(m.sources(), session, newest).Now(); got != newest {
		t.Errorf("the clock starts at %s, before the newest record at %s", got, newest)
	}
	m.wall = m.wall.Add(24 * time.Hour)
	if got := clock.New(m.sources(), session, newest).Now(); got != rto.InstantOf(m.wall) {
		t.Errorf("the clock starts at %s, want the wall clock", got)
	}
	m.boot = ""
	if got := clock.New(m.sources(), rto.Session{Elapsed: time.Second}, 0).Now(); got != rto.InstantOf(m.wall) {
		t.Errorf("without a boot id the clock starts at %s, want the wall clock", got)
	}
}

func TestTheMachinesOwn(t *testing.T) {
	t.Parallel()
	s := clock.Machine()
	c := clock.New(s, rto.Session{}, 0)
	one := c.Now()
	two := c.Now()
	if two < one || s.Elapsed() <= 0 || s.Boot == "" {
		t.Errorf("%s, then %s, booted %s ago as %q", one, two, s.Elapsed(), s.Boot)
	}
}
