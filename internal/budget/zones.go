package budget

import (
	"fmt"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/spec"
)

// zone is where the calendar's days of some objectives begin.
type zone struct {
	name       string // as reports have it; empty for UTC
	at         *time.Location
	objectives []int
}

// zonesOf are the zones of objectives, in the order in which they come; UTC where there are no objectives.
func zonesOf(objectives []spec.SLO) []zone {
	var all []zone
	for i, o := range objectives {
		z := zoneOf(o)
		at := slices.IndexFunc(all, func(known zone) bool { return known.name == z.name })
		if at < 0 {
			all, at = append(all, z), len(all)
		}
		all[at].objectives = append(all[at].objectives, i)
	}
	if len(all) == 0 {
		all = []zone{{at: time.UTC}}
	}
	return all
}

// zoneOf is the zone of an objective without the others. A period that rolls has no days; it is in the reports of UTC.
func zoneOf(o spec.SLO) zone {
	offset := o.Clock.Offset
	if o.TimeZone != "" && o.TimeZone != "UTC" {
		if at, err := time.LoadLocation(o.TimeZone); err == nil { // the spec was read with the same data: there is one
			return zone{name: o.TimeZone, at: at}
		}
	}
	if o.TimeZone != "" || offset == 0 {
		return zone{at: time.UTC}
	}
	sign, ahead := '+', offset
	if offset < 0 {
		sign, ahead = '-', -offset
	}
	name := fmt.Sprintf("%c%02d:%02d", sign, ahead/time.Hour, ahead%time.Hour/time.Minute)
	return zone{name: name, at: time.FixedZone(name, int(offset/time.Second))}
}

// day is when a date begins and ends there.
func (z zone) day(date time.Time) (from, to time.Time) {
	return z.begin(date), z.begin(date.Add(oneDay))
}

// begin is the first full hour of a date, with which periods begin in the rules too: they count by hours.
func (z zone) begin(date time.Time) time.Time {
	at := time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, 0, z.at)
	// Where clocks go forth at midnight, there is none, and Go says an hour before it.
	for at.Format(time.DateOnly) < date.Format(time.DateOnly) {
		at = at.Add(tile)
	}
	return at.UTC().Add(time.Hour - 1).Truncate(time.Hour)
}

// date is the day there that holds a moment, as midnight of UTC.
func (z zone) date(at time.Time) time.Time {
	local := at.In(z.at)
	date := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	if at.Before(z.begin(date)) {
		return date.Add(-oneDay)
	}
	return date
}

// stretch is the time that is a day of some objectives.
type stretch struct {
	zone       string
	from, to   time.Time
	usual      bool // the whole day of UTC
	objectives []int
}

// frame says of a count which stretch it is of, unless that is the usual one.
func (s stretch) frame(n *report.Count) {
	if !s.usual {
		n.Zone, n.From, n.To = s.zone, s.from, s.to
	}
}

// stretches are those of a date. An objective's day begins where the one before ended, by what was taken down of that: when its zone changes, no hour is counted
// twice, and none is left out.
func (c *Closer) stretches(date time.Time) ([]stretch, error) {
	var ends map[string]time.Time
	if c.ledger.Newest().Equal(date.Add(-oneDay)) {
		var err error
		if ends, err = c.ledger.Ends(); err != nil {
			return nil, err
		}
	}
	var all []stretch
	for _, z := range c.zones {
		first := len(all)
		for _, i := range z.objectives {
			s := stretch{zone: z.name}
			s.from, s.to = z.day(date)
			if end, known := ends[c.counts[i].Name]; known {
				s.from = end
			}
			s.to = latest(s.from, s.to)
			s.usual = z.name == "" && s.from.Equal(date)
			at := slices.IndexFunc(all[first:], func(have stretch) bool { return have.from.Equal(s.from) })
			if at < 0 {
				all, at = append(all, s), len(all)-first
			}
			all[first+at].objectives = append(all[first+at].objectives, i)
		}
	}
	return all, nil
}

// oldest and newest are the first and the last of the dates that it is somewhere at a moment.
func (c *Closer) oldest(at time.Time) time.Time {
	return slices.MinFunc(c.dates(at), time.Time.Compare)
}

func (c *Closer) newest(at time.Time) time.Time {
	return slices.MaxFunc(c.dates(at), time.Time.Compare)
}

func (c *Closer) dates(at time.Time) []time.Time {
	all := make([]time.Time, 0, len(c.zones))
	for _, z := range c.zones {
		all = append(all, z.date(at))
	}
	return all
}

// span is a date from where it begins first to where it ends last.
func (c *Closer) span(date time.Time) (from, to time.Time) {
	from, to = c.zones[0].day(date)
	for _, z := range c.zones[1:] {
		f, t := z.day(date)
		if f.Before(from) {
			from = f
		}
		to = latest(to, t)
	}
	return from, to
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
