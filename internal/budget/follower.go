package budget

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/budget/policy"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// The questions of one look, for all objectives together: a look costs three queries however many there are.
const (
	// An answer holds the last value of up to five minutes ago, with the time of the question: only timestamp() tells how old it is.
	recordedQuery = `timestamp(slo:error_budget_remaining:ratio)`
	alertsQuery   = `ALERTS{slo!="",alertstate="firing"}`
)

// valuesQuery asks for all records, and for the events of some windows. Records' names are those of internal/rules; a test compares.
func valuesQuery(windows []string) string {
	return `{__name__=~"slo:error_budget_(remaining|consumed):ratio|slo:error_budget_burn:ratio_increase.+|slo:sli_success:ratio_increase_period|slo:sli_(errors|events):increase_period|slo:sli_events:increase(` +
		strings.Join(windows, "|") + `)|slo:maintenance:active"}`
}

// eventWindows are the windows of which promises want to know the events: an hour, a day, and what tells the pace of those that have no day recorded.
func eventWindows(promises []Promise) []string {
	windows := []string{"1h", "1d"}
	for _, p := range promises {
		if w := slo.FormatDuration(p.pace()); !slices.Contains(windows, w) {
			windows = append(windows, w)
		}
	}
	return windows
}

// API is what is asked of a server that speaks Prometheus' HTTP API.
type API interface {
	Query(ctx context.Context, expr string, at time.Time) ([]promapi.Sample, error)
	Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]promapi.Series, error)
}

// Follower looks at all objectives again and again, and keeps what it saw last.
type Follower struct {
	api      API
	now      func() time.Time
	logger   *slog.Logger
	promises []Promise
	// corrections is what stands beside the recorded numbers; nil knows none.
	corrections Corrections
	// policies is where steps are taken down that come and go; nil takes nothing down.
	policies *policy.Book
	held     string // what went wrong with that last
	// patience is how old what a look read may be when it is shown; 0 for any age. A disk that hangs can hold a look up.
	patience time.Duration

	mu   sync.RWMutex
	last Snapshot
	news chan struct{}
}

// Corrections are what people entered: of time that was over, which changes no record, and maintenance that is under way.
type Corrections interface {
	// Correction is what the corrections since a time take out of an objective's sums, and how many they are.
	Correction(objective string, since time.Time) (errors, events float64, n int)
	// Active tells of objectives whether they are in maintenance at a time.
	Active(at time.Time) map[string]bool
}

// CorrectBy shows corrected numbers beside those recorded. It is called before Run.
func (f *Follower) CorrectBy(c Corrections) { f.corrections = c }

// HoldPolicy has steps of policies taken down as they come and go. It is called before Run.
func (f *Follower) HoldPolicy(b *policy.Book) { f.policies = b }

// New is a follower of the objectives of a spec. Nothing is known before the first look.
func New(objectives []spec.SLO, api API, now func() time.Time, logger *slog.Logger) *Follower {
	f := &Follower{api: api, now: now, logger: logger, news: make(chan struct{})}
	for _, o := range objectives {
		f.promises = append(f.promises, promise(o))
	}
	f.last = f.blank(unseen, now(), Snapshot{})
	return f
}

// unseen is the problem before the first look.
const unseen = "nobody looked yet"

// few is after how many intervals what was read is an old number.
const few = 3

// Run looks once an interval until ctx ends. The server may take as long as the interval. Where a look does not end, as what it writes down does not get to the
// disk, nothing is known any more after a few intervals.
func (f *Follower) Run(ctx context.Context, interval time.Duration) error {
	f.patience = few * interval
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			limited, cancel := context.WithTimeout(ctx, interval)
			defer cancel()
			f.Look(limited)
		}()
		select {
		case <-ended:
		case <-time.After(f.patience):
			f.lose()
			<-ended
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Snapshot is what the last look saw.
func (f *Follower) Snapshot() Snapshot {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.last
}

// News is closed when there is a newer snapshot than now.
func (f *Follower) News() <-chan struct{} {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.news
}

// Look asks the server once. What it does not answer is not known from then on: no number of an earlier look stays.
func (f *Follower) Look(ctx context.Context) {
	at := f.now()
	before := f.Snapshot()
	seen, err := f.ask(ctx)
	next := f.blank("", at, before)
	if err != nil {
		next.Problem = err.Error()
		if before.Problem == "" {
			f.logger.Warn("objectives cannot be read", "err", err)
		}
		f.entered(&next)
	} else {
		f.fill(&next, seen)
	}
	f.hold(ctx, &next)
	if f.patience > 0 && f.now().Sub(at) >= f.patience {
		next = f.lost(next)
	}
	f.publish(next)
}

// publish shows a snapshot from now on.
func (f *Follower) publish(next Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = next
	close(f.news)
	f.news = make(chan struct{})
}

// lose has nothing known any more, since a look does not end.
func (f *Follower) lose() {
	next := f.lost(f.Snapshot())
	f.logger.Error("a look at objectives does not end: is the disk of the evidence well?", "read", next.Read)
	f.publish(next)
}

// lost is a snapshot in which nothing is known but the steps in force, since what was read is too old.
func (f *Follower) lost(before Snapshot) Snapshot {
	next := f.blank("what was read last is too old: the look after it did not end in time, as where the disk of the evidence hangs", before.At, before)
	f.entered(&next)
	f.show(&next, nil)
	return next
}

// blank is a snapshot in which nothing is known, but when it last was.
func (f *Follower) blank(problem string, at time.Time, before Snapshot) Snapshot {
	s := Snapshot{At: at, Read: before.Read, Problem: problem, Objectives: make([]Objective, len(f.promises))}
	for i, p := range f.promises {
		s.Objectives[i] = Objective{Promise: p, State: Unknown, Alerts: []Alert{}}
		if i < len(before.Objectives) {
			s.Objectives[i].Seen, s.Objectives[i].MissingSince = before.Objectives[i].Seen, before.Objectives[i].MissingSince
		}
	}
	return s
}

// answers are those to the questions of one look.
type answers struct {
	values, recorded, alerts []promapi.Sample
}

// ask puts all questions at once. One that fails makes the look fail: budgets without their alerts would look fine.
func (f *Follower) ask(ctx context.Context) (answers, error) {
	var a answers
	var wait sync.WaitGroup
	questions := []struct {
		name, expr string
		to         *[]promapi.Sample
		err        error
	}{
		{name: "records", expr: valuesQuery(eventWindows(f.promises)), to: &a.values},
		{name: "ages of records", expr: recordedQuery, to: &a.recorded},
		{name: "alerts", expr: alertsQuery, to: &a.alerts},
	}
	for i := range questions {
		q := &questions[i]
		wait.Go(func() { *q.to, q.err = f.api.Query(ctx, q.expr, time.Time{}) })
	}
	wait.Wait()
	var all []error
	for _, q := range questions {
		if q.err != nil {
			all = append(all, fmt.Errorf("%s: %w", q.name, q.err))
		}
	}
	return a, errors.Join(all...)
}

// fill puts what was read into a snapshot.
func (f *Follower) fill(s *Snapshot, a answers) {
	s.Read = s.At
	index := make(map[string]*Objective, len(s.Objectives))
	for i := range s.Objectives {
		index[s.Objectives[i].Name] = &s.Objectives[i]
	}
	for _, sample := range a.values {
		if o := index[sample.Labels["slo"]]; o != nil {
			o.take(sample)
		}
	}
	for _, sample := range a.recorded {
		if o := index[sample.Labels["slo"]]; o != nil && usable(sample.Value) {
			o.Recorded = unix(sample.Value)
		}
	}
	for _, sample := range a.alerts {
		if o := index[sample.Labels["slo"]]; o != nil {
			o.Alerts = append(o.Alerts, Alert{sample.Labels["alertname"], sample.Labels["severity"], sample.Labels["burn"]})
		}
	}
	s.missing(index)
	for i := range s.Objectives {
		s.Objectives[i].judge(s.At)
		if f.corrections != nil {
			s.Objectives[i].correct(f.corrections, s.At)
		}
	}
}

// take reads one record. What is no number is not known: a ratio over no events, say.
func (o *Objective) take(s promapi.Sample) {
	if !usable(s.Value) {
		return
	}
	name := s.Labels["__name__"]
	if name == "slo:sli_events:increase"+slo.FormatDuration(o.pace()) {
		o.lately = known(s.Value)
	}
	if window, ok := strings.CutPrefix(name, "slo:error_budget_burn:ratio_increase"); ok {
		if o.Burn == nil {
			o.Burn = map[string]Reading{}
		}
		o.Burn[window] = known(s.Value)
		return
	}
	switch name {
	case "slo:error_budget_remaining:ratio":
		o.Remaining = known(s.Value)
	case "slo:error_budget_consumed:ratio":
		o.Consumed = known(s.Value)
	case "slo:sli_success:ratio_increase_period":
		o.SLI = known(s.Value)
	case "slo:sli_events:increase_period":
		o.Events = known(s.Value)
	case "slo:sli_errors:increase_period":
		o.Errors = known(s.Value)
	case "slo:sli_events:increase1h":
		o.LastHour = known(s.Value)
	case "slo:sli_events:increase1d":
		o.LastDay = known(s.Value)
	case "slo:maintenance:active":
		o.Maintenance = s.Value > 0
	}
}

func usable(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func unix(seconds float64) time.Time { return time.UnixMilli(int64(seconds * 1000)).UTC() }

// ErrNoObjective says that the spec has no objective of a name.
var ErrNoObjective = errors.New("there is no such objective")
