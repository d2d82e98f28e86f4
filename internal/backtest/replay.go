// Package backtest runs rules through Prometheus' own engine over recorded or made-up series, in simulated time: what a
// budget would have read, and which alerts would have come when. It asks no server, writes no file and judges no spec.
package backtest

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"

	ourpromql "github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/rules"
)

// The engine's limits: a replay of months reads more at once than any server would allow.
const (
	lookback   = 5 * time.Minute // Prometheus' default
	maxSamples = 500_000_000
	timeout    = time.Hour
)

// Options says when rules are evaluated.
type Options struct {
	Start, End time.Time
	// Interval is that of groups that set none; one minute when 0.
	Interval time.Duration
	// Phase is how far evaluations are behind whole multiples of their interval, as Prometheus spreads groups; it is
	// taken modulo the interval.
	Phase time.Duration
	// Down are the times in which Prometheus itself is not running: nothing is evaluated.
	Down []Span
}

// Span is a stretch of time; From belongs to it, To does not.
type Span struct{ From, To time.Time }

func (s Span) has(t int64) bool { return t >= s.From.UnixMilli() && t < s.To.UnixMilli() }

// Firing is one alert that fired.
type Firing struct {
	Alert  string            `json:"alert"`
	Labels map[string]string `json:"labels"` // without alertname
	// Active is when its expression first yielded something, Start when it had done so for the rule's "for".
	Active time.Time `json:"active"`
	Start  time.Time `json:"start"`
	// End is when it stopped; the end of the replay when it had not.
	End time.Time `json:"end"`
	// Open is true when it had not stopped.
	Open bool `json:"open,omitempty"`
}

// Replay evaluates the rules of the files over the series of the store, in the order in which they depend on each other,
// and adds what they record to the store. It returns the alerts that fired, in the order of their start. A rule that reads
// itself, directly or through others, is evaluated step by step.
func Replay(ctx context.Context, store *Store, files []rules.RuleFile, o Options) ([]Firing, error) {
	if o.Interval == 0 {
		o.Interval = time.Minute
	}
	jobs, err := schedule(files, o)
	if err != nil {
		return nil, err
	}
	r := &replay{store: store, engine: newEngine(), options: o}
	for _, batch := range jobs {
		if err := r.run(ctx, batch); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(r.fired, func(a, b Firing) int { return a.Start.Compare(b.Start) })
	return r.fired, nil
}

func newEngine() *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger: slog.New(slog.DiscardHandler), MaxSamples: maxSamples, Timeout: timeout, LookbackDelta: lookback,
		EnableAtModifier: true, EnableNegativeOffset: true, Parser: ourpromql.Parser(),
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
	})
}

// replay is one run over a store.
type replay struct {
	store   *Store
	engine  *promql.Engine
	options Options
	fired   []Firing
}

// run evaluates a batch: one rule over all its times at once, or several that need each other step by step.
func (r *replay) run(ctx context.Context, batch []job) error {
	if len(batch) == 1 && !batch[0].readsItself {
		return r.whole(ctx, batch[0])
	}
	return r.stepwise(ctx, batch)
}

// whole evaluates one rule over all its times by a range query.
func (r *replay) whole(ctx context.Context, j job) error {
	first, last, step := j.times(r.options)
	if first.After(last) {
		return nil
	}
	query, err := r.engine.NewRangeQuery(ctx, r.store, nil, j.rule.Expr, first, last, step)
	if err != nil {
		return fmt.Errorf("rule %s: %w", j.name(), err)
	}
	defer query.Close()
	result := query.Exec(ctx)
	matrix, err := result.Matrix()
	if err != nil {
		return fmt.Errorf("rule %s: %w", j.name(), err)
	}
	t := newTrack(j, first, last, step, r.options.Down)
	for _, o := range merged(j, matrix) {
		r.settle(t, o.metric, o.points)
	}
	return nil
}

// stepwise evaluates rules that need each other, one time after another, in the order of the files.
func (r *replay) stepwise(ctx context.Context, batch []job) error {
	seen := make([]map[string]outcome, len(batch))
	for i := range seen {
		seen[i] = make(map[string]outcome)
	}
	interval := r.options.Interval
	for _, j := range batch {
		interval = min(interval, j.interval)
	}
	first, last, step := job{interval: interval}.times(r.options)
	for t := first; !t.After(last); t = t.Add(step) {
		if down(r.options.Down, t.UnixMilli()) {
			continue
		}
		for i, j := range batch {
			if t.Sub(first)%j.interval != 0 {
				continue
			}
			if err := r.step(ctx, j, t, seen[i]); err != nil {
				return err
			}
		}
	}
	for i, j := range batch {
		t := newTrack(j, first, last, j.interval, r.options.Down)
		if j.rule.Record != "" {
			continue
		}
		for _, o := range seen[i] {
			r.settle(t, o.metric, o.points)
		}
	}
	return nil
}

// outcome is what a rule yielded for one series.
type outcome struct {
	metric labels.Labels
	points map[int64]Sample
	last   int64
}

// step evaluates one rule at one time.
func (r *replay) step(ctx context.Context, j job, t time.Time, seen map[string]outcome) error {
	query, err := r.engine.NewInstantQuery(ctx, r.store, nil, j.rule.Expr, t)
	if err != nil {
		return fmt.Errorf("rule %s: %w", j.name(), err)
	}
	defer query.Close()
	vector, err := toVector(query.Exec(ctx), t)
	if err != nil {
		return fmt.Errorf("rule %s: %w", j.name(), err)
	}
	at := t.UnixMilli()
	for _, s := range vector {
		key := s.Metric.String()
		o, ok := seen[key]
		if !ok {
			o = outcome{metric: s.Metric, points: make(map[int64]Sample)}
		}
		o.last, o.points[at] = at, Sample{T: at, V: s.F, H: s.H}
		seen[key] = o
		if j.rule.Record != "" {
			r.store.appendTo(j.labels(s.Metric), o.points[at])
		}
	}
	for _, o := range seen {
		if before := at - j.interval.Milliseconds(); o.last == before && j.rule.Record != "" {
			r.store.appendTo(j.labels(o.metric), Stale(at))
		}
	}
	return nil
}

func toVector(result *promql.Result, t time.Time) (promql.Vector, error) {
	if s, err := result.Scalar(); err == nil {
		return promql.Vector{{T: t.UnixMilli(), F: s.V}}, nil
	}
	return result.Vector()
}

// merged are the points of a rule's result by the labels of what it makes: the sides of an "or" may differ in their names, which a record
// takes away, and take turns.
func merged(j job, matrix promql.Matrix) []outcome {
	var all []outcome
	at := map[string]int{}
	for _, s := range matrix {
		key := s.Metric.String()
		if j.rule.Record != "" {
			key = j.labels(s.Metric).String()
		}
		i, ok := at[key]
		if !ok {
			i, at[key] = len(all), len(all)
			all = append(all, outcome{metric: s.Metric, points: make(map[int64]Sample, len(s.Floats)+len(s.Histograms))})
		}
		for _, p := range s.Floats {
			all[i].points[p.T] = Sample{T: p.T, V: p.F}
		}
		for _, p := range s.Histograms {
			all[i].points[p.T] = Sample{T: p.T, H: p.H}
		}
	}
	return all
}

// settle records what a rule yielded for one series, or follows it as an alert.
func (r *replay) settle(t *track, metric labels.Labels, points map[int64]Sample) {
	if t.job.rule.Record != "" {
		r.store.appendTo(t.job.labels(metric), t.record(points)...)
		return
	}
	set := t.job.labels(metric)
	fired := t.follow(points)
	name := t.job.rule.Alert
	for _, f := range fired {
		f.Alert, f.Labels = name, set.Map()
		delete(f.Labels, nameLabel)
		r.fired = append(r.fired, f)
		r.writeAlert(t, f)
	}
}

// writeAlert adds the series by which rules can read that an alert fires.
func (r *replay) writeAlert(t *track, f Firing) {
	set := maps.Clone(f.Labels)
	set[nameLabel], set["alertname"], set["alertstate"] = "ALERTS", f.Alert, "firing"
	for _, at := range t.evaluations {
		switch {
		case at >= f.Start.UnixMilli() && at < f.End.UnixMilli():
			r.store.Append(set, Sample{T: at, V: 1})
		case at == f.End.UnixMilli() && !f.Open:
			r.store.Append(set, Stale(at))
		}
	}
}

// Value reads one number from the store; false when there is none, or when it is not a number. It is an error if the
// expression yields several series.
func Value(ctx context.Context, store *Store, expr string, t time.Time) (float64, bool, error) {
	query, err := newEngine().NewInstantQuery(ctx, store, nil, expr, t)
	if err != nil {
		return 0, false, err
	}
	defer query.Close()
	vector, err := toVector(query.Exec(ctx), t)
	if err != nil || len(vector) == 0 {
		return 0, false, err
	}
	if len(vector) > 1 {
		return 0, false, fmt.Errorf("%s yields %d series, want one", expr, len(vector))
	}
	if v := vector[0].F; !math.IsNaN(v) {
		return v, true, nil
	}
	return 0, false, nil
}
