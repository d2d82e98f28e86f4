// Package rto is the recovery core: it says what was provably kept and lost when a region failed, and how long it provably took
// to come back. It computes from samples, probes and marks that others give it; it reads no clock, opens no connection, writes no
// file and imports the standard library only, so that an auditor can recompute every number of a report from its evidence.
//
// Terms: RPO (recovery point objective) bounds the time whose writes may be lost, RTO (recovery time objective) the time until
// the service is back (NIST SP 800-34 rev. 1, ISO 22300). Nothing here is a single number where only a bracket is known.
package rto

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Instant is a moment on the tracker's own clock, in nanoseconds since the Unix epoch. That clock is monotonic within a session: it
// starts at the wall clock and never follows its steps, so that differences are durations that passed.
type Instant int64

// InstantOf is the instant at which the wall clock shows t; for fixed points and fixtures, not for measuring.
func InstantOf(t time.Time) Instant { return Instant(t.UnixNano()) }

// Time shows the instant as UTC wall time.
func (i Instant) Time() time.Time { return time.Unix(0, int64(i)).UTC() }

// Add is the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d) }

// Sub is the time from o to i.
func (i Instant) Sub(o Instant) time.Duration { return time.Duration(i - o) }

// String shows the instant in RFC 3339 with microseconds, UTC.
func (i Instant) String() string { return i.Time().Format("2006-01-02T15:04:05.000000Z") }

// MarshalJSON writes RFC 3339 with nanoseconds, which a reader can check by eye and which loses nothing.
func (i Instant) MarshalJSON() ([]byte, error) {
	return json.Marshal(i.Time().Format("2006-01-02T15:04:05.000000000Z"))
}

// UnmarshalJSON reads what MarshalJSON wrote, or any RFC 3339 time.
func (i *Instant) UnmarshalJSON(b []byte) error {
	// Evidence holds a few of these for every sample: what needs no unquoting is not sent through the decoder a second time.
	s := string(bytes.Trim(b, `"`))
	if len(s) != len(b)-2 || bytes.IndexByte(b, '\\') >= 0 {
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return err
	}
	*i = InstantOf(t)
	return nil
}

// Moment is an event whose instant is known to lie within [Lo, Hi].
type Moment struct {
	Lo Instant `json:"lo"`
	Hi Instant `json:"hi"`
}

// At is a moment that is known exactly.
func At(i Instant) Moment { return Moment{Lo: i, Hi: i} }

// Valid tells whether the moment's edges are in order; the zero Moment is "not known".
func (m Moment) Valid() bool { return m != Moment{} && m.Lo <= m.Hi }

// Since is how long before m the earlier moment was: the shortest and the longest possible. A negative lower edge means that the
// order of the two is not known; it is cut to 0, because the later cannot have come first.
func (m Moment) Since(earlier Moment) Bracket {
	return Bracket{Lo: max(m.Lo.Sub(earlier.Hi), 0), Hi: max(m.Hi.Sub(earlier.Lo), 0)}
}

// Later is the moment at which the later of both has happened.
func (m Moment) Later(o Moment) Moment { return Moment{Lo: max(m.Lo, o.Lo), Hi: max(m.Hi, o.Hi)} }

// Bracket is a duration known to lie within [Lo, Hi], or to be at least Lo if nothing bounds it from above.
type Bracket struct {
	Lo time.Duration `json:"lo_ns"`
	Hi time.Duration `json:"hi_ns"`
	// Unbounded says that no upper edge could be proven; Hi is then 0 and means nothing.
	Unbounded bool `json:"unbounded,omitempty"`
}

// Width is the distance of the edges; it is 0 for an unbounded bracket, which has none.
func (b Bracket) Width() time.Duration {
	if b.Unbounded {
		return 0
	}
	return b.Hi - b.Lo
}

// Contains tells whether the true duration d is compatible with the bracket.
func (b Bracket) Contains(d time.Duration) bool { return d >= b.Lo && (b.Unbounded || d <= b.Hi) }

// String shows the bracket in seconds, to the millisecond.
func (b Bracket) String() string {
	if b.Unbounded {
		return fmt.Sprintf("at least %.3f s", b.Lo.Seconds())
	}
	return fmt.Sprintf("%.3f to %.3f s", b.Lo.Seconds(), b.Hi.Seconds())
}
