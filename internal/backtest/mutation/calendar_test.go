package mutation_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunks"

	"github.com/voipbin/observability/internal/backtest/memory"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// calendar holds rules about periods of the calendar against their changed forms, at all turns of four years, one of them a leap year: a rule
// names each month, each date of a zone's summer and each hour's offset several times, and most of the places matter at few turns or at none. It
// is how a change that no test can see is told from one that no story looks for.
type calendar struct {
	of    spec.SLO
	times []int64                            // at which rules are evaluated
	known map[string]map[int64]promql.Vector // what unchanged expressions yield
}

func newCalendar(of spec.SLO) *calendar {
	c := &calendar{of: of, known: map[string]map[int64]promql.Vector{}}
	if of.Calendar == spec.Rolling {
		return c
	}
	const step = 150 * time.Second // between two evaluations of the groups
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	last, _ := of.Clock.Begin(string(of.Calendar), at)
	for ; at.Year() < 2029; at = at.Add(15 * time.Minute) { // where offsets of zones change by quarters of an hour at least
		begin, _ := of.Clock.Begin(string(of.Calendar), at)
		if begin.Equal(last) {
			continue
		}
		last = begin
		for _, around := range []time.Duration{
			-2 * time.Hour, -time.Hour - step, -time.Hour, -time.Hour + step, -step, 0, step, time.Hour - 2*step, time.Hour - step, time.Hour, time.Hour + step,
			2*time.Hour - step, 2 * time.Hour, 2*time.Hour + step, 3 * time.Hour, 13 * time.Hour, 25 * time.Hour, of.Period / 2,
		} {
			c.times = append(c.times, at.Add(around).UnixMilli())
		}
	}
	return c
}

// same reports whether a changed rule yields the same at every time. Of rules that are not about the calendar it does not know.
func (c *calendar) same(ctx context.Context, was, changed rules.Rule) bool {
	if c.of.Calendar == spec.Rolling || was.Expr == changed.Expr || !strings.Contains(was.Expr, "time()") || !strings.HasSuffix(was.Record, ":increase_period") && !strings.HasPrefix(was.Record, "slo:period_") {
		return false
	}
	known := c.known[was.Expr]
	if known == nil {
		known = map[int64]promql.Vector{}
		c.known[was.Expr] = known
	}
	engine := newEngine()
	yields := func(expr string, t int64) (promql.Vector, error) {
		query, err := engine.NewInstantQuery(ctx, memory.Reader(countedApart), nil, expr, time.UnixMilli(t))
		if err != nil {
			return nil, err
		}
		defer query.Close()
		vector, err := query.Exec(ctx).Vector()
		return append(promql.Vector{}, vector...), err
	}
	for _, t := range c.times {
		want, ok := known[t]
		if !ok {
			var err error
			if want, err = yields(was.Expr, t); err != nil {
				return false
			}
			known[t] = want
		}
		if got, err := yields(changed.Expr, t); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			return false
		}
	}
	return true
}

// countedApart is a series of any name with a sample each two and a half minutes, each of a number of its own, so that no sum has one more, one less
// or another without showing it.
func countedApart(hints *storage.SelectHints, matchers []*labels.Matcher) []storage.Series {
	const apart = int64(150_000)
	b := labels.NewBuilder(labels.EmptyLabels())
	for _, m := range matchers {
		if m.Type == labels.MatchEqual {
			b.Set(m.Name, m.Value)
		}
	}
	var samples chunks.SampleSlice
	for t := floor(hints.Start, apart); t <= hints.End; t += apart {
		mixed := uint64(t/apart) * 0x9e3779b97f4a7c15 // Fibonacci hashing: Knuth, The Art of Computer Programming, 6.4
		samples = append(samples, sample{t: t, v: float64(mixed >> 44)})
	}
	return []storage.Series{&line{b.Labels(), samples}}
}
