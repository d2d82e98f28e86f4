package budget

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promapi"
)

// Points of a curve: enough for a picture of a page's width.
const curvePoints = 240

// Point is one point of a curve.
type Point struct {
	Time  time.Time `json:"time"`
	Value float64   `json:"value"`
}

// Span is a stretch of time in which something was so.
type Span struct {
	What string    `json:"what"` // an alert's name and tier, or what else it was
	Kind string    `json:"kind"` // page, ticket, maintenance, deploy or drill
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// History is how a budget came to be what it is.
type History struct {
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Remaining []Point   `json:"remaining"` // of the budget, as ratio; a hole in the records is a hole in the curve
	Step      time.Duration
	Spans     []Span `json:"spans"`
}

// History reads the course of one objective over its period up to now: the last one that rolls, or that of the calendar since it began. The error says which question was not answered.
func (f *Follower) History(ctx context.Context, name string) (History, error) {
	i := slices.IndexFunc(f.promises, func(p Promise) bool { return p.Name == name })
	if i < 0 {
		return History{}, fmt.Errorf("%w: %s", ErrNoObjective, name)
	}
	h := History{To: f.now().UTC().Truncate(time.Minute)}
	h.From = f.promises[i].Since(h.To)
	h.Step = max((h.To.Sub(h.From) / curvePoints).Truncate(time.Minute), time.Minute)
	// The points lie on the present: from the period's begin on, the newest could be hours old.
	start := h.To.Add(-h.To.Sub(h.From) / h.Step * h.Step)
	selector := "{slo=" + strconv.Quote(name) + "}"
	curves, err := f.api.Range(ctx, "slo:error_budget_remaining:ratio"+selector, start, h.To, h.Step)
	if err != nil {
		return History{}, fmt.Errorf("course of the budget: %w", err)
	}
	for _, curve := range curves {
		for _, p := range curve.Points {
			if usable(p.Value) {
				h.Remaining = append(h.Remaining, Point{p.Time.UTC(), p.Value})
			}
		}
	}
	alerts, err := f.api.Range(ctx, `max_over_time(ALERTS{alertstate="firing",slo=`+strconv.Quote(name)+`}[`+seconds(h.Step)+`])`, start, h.To, h.Step)
	if err != nil {
		return History{}, fmt.Errorf("past alerts: %w", err)
	}
	for _, s := range alerts {
		what := s.Labels["alertname"]
		if burn := s.Labels["burn"]; burn != "" {
			what += " " + burn
		}
		h.Spans = append(h.Spans, spans(s.Points, h.Step, what, s.Labels["severity"])...)
	}
	paused, err := f.api.Range(ctx, "max_over_time(slo:maintenance:active"+selector+"["+seconds(h.Step)+"])", start, h.To, h.Step)
	if err != nil {
		return History{}, fmt.Errorf("past maintenance: %w", err)
	}
	for _, s := range paused {
		active := slices.DeleteFunc(s.Points, func(p promapi.Point) bool { return p.Value <= 0 })
		h.Spans = append(h.Spans, spans(active, h.Step, "maintenance", "maintenance")...)
	}
	deployed, err := f.deployments(ctx, h, start)
	if err != nil {
		return History{}, fmt.Errorf("deployments: %w", err)
	}
	h.Spans = append(h.Spans, deployed...)
	slices.SortStableFunc(h.Spans, func(a, b Span) int { return a.From.Compare(b.From) })
	return h, nil
}

// deployments are what was deployed meanwhile, each at the moment that the pipeline told of. Where nobody tells, there are none.
func (f *Follower) deployments(ctx context.Context, h History, start time.Time) ([]Span, error) {
	found, err := f.api.Range(ctx, "max by (service, version) ("+metric.PlatformDeployTime.Name+")", start, h.To, h.Step)
	if err != nil {
		return nil, err
	}
	var all []Span
	for _, s := range found {
		last := 0.0
		for _, p := range s.Points {
			if !usable(p.Value) || p.Value == last {
				continue
			}
			last = p.Value
			if at := unix(p.Value); !at.Before(h.From) && !at.After(h.To) {
				all = append(all, Span{strings.TrimSpace("deployed: " + s.Labels["service"] + " " + s.Labels["version"]), "deploy", at, at})
			}
		}
	}
	return all, nil
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d/time.Second)) + "s" }

// spans joins points that follow each other into stretches. A point stands for the step before it.
func spans(points []promapi.Point, step time.Duration, what, kind string) []Span {
	var all []Span
	for _, p := range points {
		from, to := p.Time.Add(-step).UTC(), p.Time.UTC()
		if n := len(all); n > 0 && !from.After(all[n-1].To) {
			all[n-1].To = to
			continue
		}
		all = append(all, Span{what, kind, from, to})
	}
	return all
}
