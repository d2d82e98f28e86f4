package report

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// sums are the days of a period, added up.
type sums struct {
	period Period
	seen   map[string]bool // days that there is a record of
	newest string          // of them
	read   int             // how many of them could be read
	tiles  int             // of these, each five minutes of one that was or could have been counted
	until  time.Time       // until when the day that still runs was read; the zero time without one
	unread []Unread
	lost   int               // days of which nothing is known, up to the newest
	names  []string          // of objectives, sorted
	counts map[string]*Count // the promise is that of the newest day
	zoned  map[string]zoned  // those with days of another zone than UTC
	// hours with errors, and what fired, joined over midnight; nil where none are asked for: those of years of days would fill the memory.
	hours map[string][]hour
	fired []Fired
}

// zoned is how the period of an objective lies beside that of UTC, by the records of its days: no data of zones are needed to make a report again.
type zoned struct {
	names []string // of the zones that it had, the newest last; empty for UTC
	tiles int      // how many more, or less, could have been counted
	// begin and end are how much later than in UTC its first day began, and its last one ended.
	begin, end time.Duration
}

// hour is an hour with errors, as small as it can be: a quarter of a thousand objectives has two millions.
type hour struct {
	begin  int64 // Unix time
	errors float64
}

func (h hour) from() time.Time { return time.Unix(h.begin, 0).UTC() }

func newSums(p Period) *sums {
	return &sums{period: p, seen: map[string]bool{}, counts: map[string]*Count{}, zoned: map[string]zoned{}}
}

// closely are sums with hours and alerts.
func closely(p Period) *sums {
	s := newSums(p)
	s.hours = map[string][]hour{}
	return s
}

// holds tells whether a day belongs to the period and was not added yet. Names of days are in the order of time.
func (s *sums) holds(name string) bool {
	return name >= s.period.From.Format(time.DateOnly) && name < s.period.To.Format(time.DateOnly) && !s.seen[name]
}

// take adds a day.
func (s *sums) take(d Day) {
	begin, err := time.Parse(time.DateOnly, d.Day)
	if err != nil || !s.holds(d.Day) {
		return
	}
	s.seen[d.Day] = true
	if d.Through.IsZero() {
		s.newest = max(s.newest, d.Day)
	}
	for _, c := range d.Objectives {
		s.lie(c, d, begin)
	}
	if d.Unread != "" {
		s.unread = append(s.unread, Unread{d.Day, d.Unread})
		return
	}
	s.tiles += d.tiles(begin, begin.Add(day))
	if s.until = d.Through; s.until.IsZero() {
		s.read++
	}
	for _, c := range d.Objectives {
		s.add(c, begin)
	}
	if s.hours != nil {
		s.fired = append(s.fired, d.Alerts...)
	}
}

// end sorts what was added.
func (s *sums) end() {
	s.names = slices.Sorted(maps.Keys(s.counts))
	s.fired = joined(s.fired)
	s.lost = len(s.unread)
	for _, d := range s.period.days() {
		if d <= s.newest && !s.seen[d] {
			s.lost++
		}
	}
	for _, of := range s.hours {
		slices.SortStableFunc(of, func(a, b hour) int { return cmp.Compare(a.begin, b.begin) })
	}
}

func (s *sums) add(c Count, utc time.Time) {
	begin, _ := c.span(utc)
	for i, errors := range c.Hours {
		if errors > 0 && s.hours != nil {
			s.hours[c.Name] = append(s.hours[c.Name], hour{begin.Add(time.Duration(i) * time.Hour).Unix(), errors})
		}
	}
	c.Hours, c.From, c.To = nil, time.Time{}, time.Time{}
	if have := s.counts[c.Name]; have != nil {
		c.Events, c.Errors, c.Tiles, c.Taken = c.Events+have.Events, c.Errors+have.Errors, c.Tiles+have.Tiles, c.Taken+have.Taken
	}
	s.counts[c.Name] = &c
}

// lie takes down how a day of an objective lies beside that of UTC, which began at a time.
func (s *sums) lie(c Count, d Day, utc time.Time) {
	z, known := s.zoned[c.Name]
	if c.From.IsZero() && !known {
		return
	}
	from, to := c.span(utc)
	switch earlier := s.counts[c.Name]; {
	case !known && earlier != nil:
		z.names = []string{"UTC"}
	case !known:
		z.begin = from.Sub(utc)
	}
	if name := cmp.Or(c.Zone, "UTC"); len(z.names) == 0 || z.names[len(z.names)-1] != name {
		z.names = append(z.names, name)
	}
	z.end = to.Sub(utc.Add(day))
	if d.Unread == "" {
		z.tiles += d.tiles(from, to) - d.tiles(utc, utc.Add(day))
	}
	s.zoned[c.Name] = z
}

// within is the period as an objective has it.
func (s *sums) within(name string) Period {
	z := s.zoned[name]
	return Period{s.period.Name, s.period.From.Add(z.begin), s.period.To.Add(z.end)}
}

// possible is how many pieces of the counted days could have been counted of an objective.
func (s *sums) possible(name string) int { return s.tiles + s.zoned[name].tiles }

// joined are alerts that went on over midnight as one.
func joined(all []Fired) []Fired {
	slices.SortStableFunc(all, func(a, b Fired) int {
		return cmp.Or(cmp.Compare(a.Objective, b.Objective), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Burn, b.Burn), a.From.Compare(b.From))
	})
	var out []Fired
	for _, f := range all {
		if n := len(out); n > 0 {
			l := &out[n-1]
			if l.Objective == f.Objective && l.Name == f.Name && l.Burn == f.Burn && !f.From.After(l.To) {
				l.To = f.To
				continue
			}
		}
		out = append(out, f)
	}
	return out
}

// whole is how many pieces there were of an objective, those of days included of which nothing is known: up to the newest day.
func (s *sums) whole(name string) int { return s.possible(name) + s.lost*int(day/tile) }

// verdict is how an objective did, and the share of its events that failed.
func (s *sums) verdict(name string) (Verdict, float64) {
	c := s.counts[name]
	if c == nil {
		return NotKnown, 0
	}
	failed, v := 0.0, Verdict("")
	switch {
	case len(c.Weights) > 0:
		failed, v = s.weighted(c)
	case c.Tiles == 0 && c.Taken == 0, 2*(c.Tiles+c.Taken) < s.whole(name):
		return NotKnown, 0 // what is true of the lesser part of the time says nothing about the period
	case c.Events <= 0: // idle, or in maintenance all the time
		return NoEvents, 0
	default:
		failed = c.Errors / c.Events
	}
	switch {
	case v != "":
		return v, 0
	case failed > budgetOf(c):
		return Missed, failed
	}
	return Met, failed
}

// weighted is the mean of the parts' failure ratios; it is known while all of them are.
func (s *sums) weighted(c *Count) (float64, Verdict) {
	failed := 0.0
	for _, part := range slices.Sorted(maps.Keys(c.Weights)) {
		v, ratio := s.verdict(part)
		if v != Met && v != Missed {
			return 0, v
		}
		failed += c.Weights[part] * ratio
	}
	return failed, ""
}

// incidents are the runs of hours that each spent a hundredth of the budget, or more.
func (s *sums) incidents(name string) []Incident {
	c := s.counts[name]
	budget := budgetOf(c) * c.Events // errors that were allowed
	if budget <= 0 {
		return nil
	}
	var all []Incident
	for _, h := range s.hours[name] {
		if h.errors < telling*budget {
			continue
		}
		if n := len(all); n > 0 && h.from().Sub(all[n-1].To) <= join {
			all[n-1].To, all[n-1].Errors = h.from().Add(time.Hour), all[n-1].Errors+h.errors
			continue
		}
		all = append(all, Incident{Objective: name, Title: c.Title, From: h.from(), To: h.from().Add(time.Hour), Errors: h.errors})
	}
	for i := range all {
		all[i].Errors, all[i].Share = clean(all[i].Errors), clean(all[i].Errors/budget)
		all[i].Alerts = s.alerts(name, all[i].From, all[i].To.Add(time.Hour))
	}
	return all
}

// alerts are the alerts of an objective that fired between two times.
func (s *sums) alerts(name string, from, to time.Time) []string {
	out := []string{}
	for _, f := range s.fired {
		if f.Objective != name || !f.From.Before(to) || !f.To.After(from) {
			continue
		}
		what := f.Severity + ": " + f.Name
		if f.Burn != "" {
			what += " " + f.Burn
		}
		if !slices.Contains(out, what) {
			out = append(out, what)
		}
	}
	return out
}
