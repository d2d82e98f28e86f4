package whatif

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/backtest"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// point is a tile: what was counted in the five minutes before its time.
type point struct {
	at    int64 // milliseconds since 1970
	value float64
}

// tiles are what was counted, in the order of time.
type tiles struct {
	errors, events []point // as alerts read them
	// countedErrors and countedEvents are as the period reads them: with what counters brought back.
	countedErrors, countedEvents []point
}

// read asks the server for all tiles of an objective.
func (e *Engine) read(ctx context.Context, name string, from, to time.Time) (tiles, error) {
	var t tiles
	for record, into := range map[string]*[]point{
		"slo:sli_errors:increase5m": &t.errors, "slo:sli_events:increase5m": &t.events,
		"slo:sli_errors_counted:increase5m": &t.countedErrors, "slo:sli_events_counted:increase5m": &t.countedEvents,
	} {
		var err error
		if *into, err = e.series(ctx, record+"{slo="+strconv.Quote(name)+"}", from, to); err != nil {
			return t, fmt.Errorf("tiles of %s: %w", name, err)
		}
	}
	t.errors, t.events = paired(t.errors, t.events)
	t.countedErrors, t.countedEvents = paired(t.countedErrors, t.countedEvents)
	if len(t.events) == 0 {
		return t, &Refused{fmt.Sprintf("nothing of %s was counted between %s and %s", name, from.Format(time.RFC3339), to.Format(time.RFC3339)), "the server keeps no tiles of that time"}
	}
	return t, nil
}

// paired leaves out tiles that only one of two series has: events of which nobody knows whether they failed are not good ones. Both are in the order of time.
func paired(a, b []point) (both, of []point) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].at < b[0].at:
			a = a[1:]
		case a[0].at > b[0].at:
			b = b[1:]
		default:
			both, of = append(both, a[0]), append(of, b[0])
			a, b = a[1:], b[1:]
		}
	}
	return both, of
}

// series asks for one series, in as many parts as the server's limit takes.
func (e *Engine) series(ctx context.Context, expr string, from, to time.Time) ([]point, error) {
	var all []point
	for at := from.Add(tile); !at.After(to); at = at.Add(mostPoints * tile) {
		last := at.Add((mostPoints - 1) * tile)
		if last.After(to) {
			last = to
		}
		found, err := e.api.Range(ctx, expr, at, last, tile)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			all = append(all, pointsOf(s.Points)...)
		}
	}
	return all, nil
}

// pointsOf leaves out what is no number.
func pointsOf(of []promapi.Point) []point {
	all := make([]point, 0, len(of))
	for _, p := range of {
		if p.Value >= 0 {
			all = append(all, point{p.Time.UnixMilli(), p.Value})
		}
	}
	return all
}

// without are the tiles that stretches of time do not touch.
func (t tiles) without(out []backtest.Span) tiles {
	keep := func(all []point) []point {
		var kept []point
		for _, p := range all {
			at := time.UnixMilli(p.at)
			touched := false
			for _, s := range out {
				touched = touched || at.After(s.From) && at.Add(-tile).Before(s.To)
			}
			if !touched {
				kept = append(kept, p)
			}
		}
		return kept
	}
	return tiles{keep(t.errors), keep(t.events), keep(t.countedErrors), keep(t.countedEvents)}
}

// store puts the tiles where rules read them. After a tile that is missing nothing is there, as where maintenance took it out.
func (t tiles) store(name string) *backtest.Store {
	s := backtest.NewStore()
	for record, all := range map[string][]point{
		"slo:sli_errors:increase5m": t.errors, "slo:sli_events:increase5m": t.events,
		"slo:sli_errors_counted:increase5m": t.countedErrors, "slo:sli_events_counted:increase5m": t.countedEvents,
	} {
		set := map[string]string{"__name__": record, "slo": name}
		for i, p := range all {
			if i > 0 && p.at-all[i-1].at > tile.Milliseconds() {
				s.Append(set, backtest.Stale(all[i-1].at+tile.Milliseconds()))
			}
			s.Append(set, backtest.Sample{T: p.at, V: p.value})
		}
	}
	return s
}

// periods adds up whole periods back from the end: those of the calendar, after the one that runs, or such as roll.
func (t tiles) periods(o spec.SLO, a Answer) []Past {
	all := []Past{}
	for from, to := before(o, a.To), a.To; len(all) < mostPeriods && !from.Before(a.From); from, to = before(o, from), from {
		p := Past{From: from, To: to, Runs: len(all) == 0 && o.Calendar != spec.Rolling}
		p.Errors, p.Events = sum(t.countedErrors, p.From, p.To), sum(t.countedEvents, p.From, p.To)
		if p.Events > 0 {
			consumed := slo.Clean(p.Errors / p.Events / slo.Budget(o.Objective))
			p.Consumed, p.Met = &consumed, consumed <= 1
		}
		all = append(all, p)
	}
	return all
}

// before is when the period began that an instant ends. Those of the calendar begin with their first full hour.
func before(o spec.SLO, end time.Time) time.Time {
	full := func(t time.Time) time.Time { return t.Add(time.Hour - 1).Truncate(time.Hour) }
	begin, ok := o.Clock.Begin(string(o.Calendar), end.Add(-1))
	if !ok {
		return end.Add(-o.Period)
	}
	if full(begin).Before(end) {
		return full(begin)
	}
	begin, _ = o.Clock.Begin(string(o.Calendar), begin.Add(-1))
	return full(begin)
}

func sum(all []point, from, to time.Time) float64 {
	total := 0.0
	for _, p := range all {
		if p.at > from.UnixMilli() && p.at <= to.UnixMilli() {
			total += p.value
		}
	}
	return slo.Clean(total)
}

// fromTiles are the rules that an objective's burn alerts and its budget need beyond tiles. What is longer than a tile is made of tiles, also the hour that is
// counted at the source otherwise: the source is not read. Everything is evaluated at the end of each tile, where alone something changes.
func fromTiles(made *rules.Output, name string) []rules.RuleFile {
	var file rules.RuleFile
	for _, f := range made.Files {
		for g, r := range f.Make().All() {
			if r, ok := fromTile(r, name); ok {
				file.Groups = append(file.Groups, rules.Group{Name: g.Name, Interval: slo.FormatDuration(tile), Rules: []rules.Rule{r}})
			}
		}
	}
	return backtest.Needed([]rules.RuleFile{file}, name)
}

// fromTile is one rule as it is replayed; false for one that is not.
func fromTile(r rules.Rule, name string) (rules.Rule, bool) {
	switch {
	case r.Labels["slo"] != name, r.Alert != "" && r.Labels["burn"] == "":
		return r, false
	case strings.HasPrefix(r.Record, "slo:sli_") && strings.HasSuffix(r.Record, ":increase5m"), r.Record == "slo:maintenance:active":
		return r, false // these are fed
	case r.Record == "slo:sli_errors:increase1h", r.Record == "slo:sli_events:increase1h":
		r.Expr = "sum_over_time(" + strings.TrimSuffix(r.Record, "1h") + "5m{slo=" + strconv.Quote(name) + "}[1h:5m])"
	}
	return r, true
}
