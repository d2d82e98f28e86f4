package mutation_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"

	ourpromql "github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/rules"
)

// The engine is promtool's, but for the number of samples: that a broken rule reads too many is no proof.
const (
	lookback   = 5 * time.Minute
	maxSamples = 50_000_000
)

func newEngine() *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger: slog.New(slog.DiscardHandler), MaxSamples: maxSamples, Timeout: time.Hour, LookbackDelta: lookback,
		EnableAtModifier: true, EnableNegativeOffset: true, Parser: ourpromql.Parser(),
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
	})
}

// part is one rule of a play.
type part struct {
	rule  rules.Rule
	hold  int64    // the alert's "for"
	names []string // of all that it reads, by its texts too
}

func (p part) name() string { return p.rule.Record + p.rule.Alert }

// play is the rules that a story is told about, in the order in which promtool evaluates them, over the series that the story makes up.
// Nothing is evaluated that is not asked for, and nothing twice.
type play struct {
	engine *promql.Engine
	reads  *reads
	start  int64 // of the first evaluation
	step   int64 // between two evaluations
	given  map[string][]*line
	cast   []part
	makers map[string][]int // places in the cast, by the name of what is made
	made   []*made
	raw    []*made // of alerts: what their expressions yielded
}

// newPlay puts a story on.
func newPlay(engine *promql.Engine, known *reads, story rules.TestGroup, every string, cast []part) (*play, error) {
	p := &play{engine: engine, reads: known, given: map[string][]*line{}, cast: cast, makers: map[string][]int{}}
	var err error
	if p.start, err = began(story); err != nil {
		return nil, err
	}
	if p.step, err = milliseconds(every); err != nil {
		return nil, err
	}
	apart, err := milliseconds(story.Interval)
	if err != nil {
		return nil, err
	}
	for _, in := range story.InputSeries {
		set, sequence, err := ourpromql.Parser().ParseSeriesDesc(in.Series + " " + in.Values)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in.Series, err)
		}
		l := &line{set: set}
		for i, v := range sequence {
			if !v.Omitted {
				l.samples = append(l.samples, sample{p.start + int64(i)*apart, v.Value, v.Histogram})
			}
		}
		name := set.Get(nameLabel)
		p.given[name] = append(p.given[name], l)
	}
	for place, c := range cast {
		p.makers[c.name()] = append(p.makers[c.name()], place)
		p.made, p.raw = append(p.made, newMade()), append(p.raw, newMade())
	}
	return p, nil
}

// changed is the play with another rule at a place. What neither is that rule nor reads it is shared, with what was made already.
func (p *play) changed(place int, by part) *play {
	c := *p
	c.cast, c.made, c.raw = slices.Clone(p.cast), slices.Clone(p.made), slices.Clone(p.raw)
	c.cast[place] = by
	for name := range p.touched(place) {
		for _, maker := range p.makers[name] {
			c.made[maker], c.raw[maker] = newMade(), newMade()
		}
	}
	return &c
}

// touched are the names of what the rule at a place makes, and of all that is made of it.
func (p *play) touched(place int) map[string]bool {
	found := map[string]bool{p.cast[place].name(): true}
	for grown := true; grown; {
		grown = false
		for _, c := range p.cast {
			if !found[c.name()] && slices.ContainsFunc(c.names, func(n string) bool { return found[n] }) {
				found[c.name()], grown = true, true
			}
		}
	}
	return found
}

// query evaluates an expression at a time, as the rule at a place does, and before that what it reads.
func (p *play) query(ctx context.Context, text string, t int64, place int) (promql.Vector, error) {
	selectors, err := p.reads.of(text)
	if err != nil {
		return nil, err
	}
	for _, r := range selectors {
		for _, maker := range p.makers[r.name] {
			r.moments(t, p.start, p.step, func(at int64) {
				if at == t && maker >= place {
					at -= p.step
				}
				if at >= p.start && err == nil {
					err = p.ensure(ctx, maker, at)
				}
			})
		}
	}
	if err != nil {
		return nil, err
	}
	query, err := p.engine.NewInstantQuery(ctx, view{p, t, place}, nil, text, time.UnixMilli(t))
	if err != nil {
		return nil, err
	}
	defer query.Close()
	result := query.Exec(ctx)
	if scalar, err := result.Scalar(); err == nil {
		return promql.Vector{{T: t, F: scalar.V}}, nil
	}
	vector, err := result.Vector()
	return slices.Clone(vector), err
}

// ensure evaluates the rule at a place at a time, unless that was done.
func (p *play) ensure(ctx context.Context, place int, t int64) error {
	if p.made[place].has(t) {
		return nil
	}
	c := p.cast[place]
	if c.rule.Alert != "" {
		return p.alert(ctx, place, t)
	}
	vector, err := p.query(ctx, c.rule.Expr, t, place)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	m := p.made[place]
	m.evaluated(t)
	return addAll(m, vector, t, func(b *labels.Builder) {
		b.Set(nameLabel, c.rule.Record)
		setAll(b, c.rule.Labels)
	})
}

// addAll adds what an expression yielded under the labels that it has then, which must differ.
func addAll(m *made, vector promql.Vector, t int64, label func(*labels.Builder)) error {
	for _, s := range vector {
		b := labels.NewBuilder(s.Metric).Del(nameLabel)
		label(b)
		set := b.Labels()
		if l, ok := m.lines[set.String()]; ok {
			if _, twice := l.at[t]; twice {
				return fmt.Errorf("%s is made twice", set)
			}
		}
		if s.H != nil {
			return errors.New("a rule that makes histograms")
		}
		m.add(set, t, s.F)
	}
	return nil
}

func setAll(b *labels.Builder, of map[string]string) {
	for name, v := range of {
		b.Set(name, v)
	}
}

// check is one thing that a story says.
type check struct {
	text  string
	at    int64
	names []string // of what is asked for
	expr  rules.ExprTest
	alert rules.AlertTest // where it names one
}

// began is when a story begins.
func began(story rules.TestGroup) (int64, error) {
	if story.Start == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, story.Start)
	return t.UnixMilli(), err
}

// checks are all of a story.
func checks(story rules.TestGroup) ([]check, error) {
	var all []check
	start, err := began(story)
	if err != nil {
		return nil, err
	}
	for _, e := range story.ExprTests {
		at, err := milliseconds(e.EvalTime)
		if err != nil {
			return nil, err
		}
		names, err := namesIn(e.Expr)
		if err != nil {
			return nil, err
		}
		all = append(all, check{text: e.Expr + " at " + e.EvalTime, at: start + at, names: names, expr: e})
	}
	for _, a := range story.AlertTests {
		at, err := milliseconds(a.EvalTime)
		if err != nil {
			return nil, err
		}
		all = append(all, check{text: a.Alert + " at " + a.EvalTime, at: start + at, names: []string{a.Alert}, alert: a})
	}
	slices.SortStableFunc(all, func(a, b check) int { return int(a.at - b.at) })
	return all, nil
}

// passes reports whether what a check says is the case.
func (p *play) passes(ctx context.Context, c check) (bool, error) {
	if c.alert.Alert != "" {
		return p.sounds(ctx, c)
	}
	vector, err := p.query(ctx, c.expr.Expr, c.at, len(p.cast))
	if err != nil {
		return false, err
	}
	if len(vector) != len(c.expr.Expected) {
		return false, nil
	}
	for _, want := range c.expr.Expected {
		set, err := ourpromql.Parser().ParseMetric(want.Labels)
		if err != nil {
			return false, err
		}
		if !slices.ContainsFunc(vector, func(s promql.Sample) bool { return labels.Equal(s.Metric, set) && same(s.F, want.Value) }) {
			return false, nil
		}
	}
	return true, nil
}

// same is true for numbers that differ by the noise of another engine at most.
func same(a, b float64) bool {
	const noise = 1e-9
	return math.Abs(a-b) <= noise*max(1e-3, math.Abs(b))
}

// namesIn are the names of series and alerts that a check asks for.
func namesIn(text string) ([]string, error) {
	found, err := (&reads{known: map[string][]read{}}).of(text)
	names := make([]string, len(found))
	for i, r := range found {
		names[i] = r.name
	}
	return names, err
}

// namesRead are the names of all that a rule reads, by its texts too.
func namesRead(r rules.Rule) ([]string, error) {
	names, err := namesIn(r.Expr)
	for _, text := range r.Annotations {
		for _, piece := range strings.Split(text, `query "`)[1:] {
			asked, _, _ := strings.Cut(piece, `"`)
			more, problem := namesIn(asked)
			names, err = append(names, more...), errors.Join(err, problem)
		}
	}
	return names, err
}
