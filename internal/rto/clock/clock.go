// Package clock is the tracker's own clock: it starts at the wall clock, counts every second that passes, suspended ones too, and follows no step of
// the wall clock. It sets no clock, and does not say which of the two is right.
package clock

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/voipbin/observability/internal/rto"
)

// bootID names the boot of a Linux machine (random(4)).
const bootID = "/proc/sys/kernel/random/boot_id"

// Sources are what a clock is made of; the zero value uses the machine's.
type Sources struct {
	// Wall is the wall clock, Elapsed the time since the machine booted, suspensions within (CLOCK_BOOTTIME, clock_gettime(2)).
	Wall    func() time.Time
	Elapsed func() time.Duration
	// Boot tells one boot of the machine from another; empty if that is not known.
	Boot string
}

// Machine are the sources of this machine.
func Machine() Sources {
	id, err := os.ReadFile(bootID)
	if err != nil {
		id = nil // no Linux: a restart then begins a new clock
	}
	return Sources{Wall: time.Now, Elapsed: sinceBoot, Boot: strings.TrimSpace(string(id))}
}

// sinceBoot reads CLOCK_BOOTTIME, which every Linux since 2.6.39 has.
func sinceBoot() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// Clock is a clock that never steps. It may be used from many goroutines.
type Clock struct {
	sources Sources
	origin  rto.Instant   // the instant at which elapsed was base
	base    time.Duration // of Elapsed
}

// New starts a clock. Within the boot of an earlier session the clock of that session goes on, whatever the wall clock did meanwhile; else it
// starts at the wall clock, and never before the newest record, so that what was proven earlier lies in the past.
func New(s Sources, earlier rto.Session, newest rto.Instant) *Clock {
	c := &Clock{sources: s, base: s.Elapsed()}
	if s.Boot != "" && earlier.BootID == s.Boot && earlier.Elapsed > 0 && earlier.Elapsed <= c.base {
		c.origin, c.base = earlier.Began, earlier.Elapsed
		return c
	}
	c.origin = max(rto.InstantOf(s.Wall()), newest)
	return c
}

// Now is the instant.
func (c *Clock) Now() rto.Instant { return c.origin.Add(c.sources.Elapsed() - c.base) }

// Offset is the wall clock less this one.
func (c *Clock) Offset() time.Duration { return rto.InstantOf(c.sources.Wall()).Sub(c.Now()) }

// Begin fills in what a session's record says of the clock.
func (c *Clock) Begin(s rto.Session) rto.Session {
	s.Elapsed = c.sources.Elapsed()
	s.Began = c.origin.Add(s.Elapsed - c.base)
	s.BootID = c.sources.Boot
	return s
}
