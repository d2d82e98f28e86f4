package drill

import (
	"slices"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// standstill is for how long this process must not have run to have served nobody meanwhile: its name server, its application and its caller are
// parts of the platform, and on a machine that has too much to do they stand still.
const standstill = 100 * time.Millisecond

// trouble is a time in which a part of the platform did not serve, by the laboratory's own books.
type trouble struct{ from, to time.Time }

// lasting is from when on the platform served and went on to for as long as a recovery must: a trouble before that begins it anew.
func lasting(served time.Time, hold time.Duration, all []trouble) time.Time {
	all = slices.SortedFunc(slices.Values(all), func(a, b trouble) int { return a.from.Compare(b.from) })
	for _, t := range all {
		if t.to.After(served) && t.from.Before(served.Add(hold)) {
			served = t.to
		}
	}
	return served
}

// standstills are the troubles among the times at which this process did not run.
func standstills(stood []rto.Moment) []trouble {
	var all []trouble
	for _, m := range stood {
		if m.Hi.Sub(m.Lo) > standstill {
			all = append(all, trouble{m.Lo.Time(), m.Hi.Time()})
		}
	}
	return all
}
