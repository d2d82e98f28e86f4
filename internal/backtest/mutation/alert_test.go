package mutation_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"

	"github.com/voipbin/observability/internal/rules"
)

// alert finds out which alerts of the rule at a place are pending and which fire at a time.
func (p *play) alert(ctx context.Context, place int, t int64) error {
	c, raw := p.cast[place], p.raw[place]
	if err := p.yields(ctx, place, t); err != nil {
		return err
	}
	m := p.made[place]
	m.evaluated(t)
	for _, l := range raw.lines {
		if _, ok := l.at[t]; !ok {
			continue
		}
		since := t
		for t-since < c.hold && since-p.step >= p.start {
			if err := p.yields(ctx, place, since-p.step); err != nil {
				return err
			}
			if _, ok := l.at[since-p.step]; !ok {
				break
			}
			since -= p.step
		}
		state := "pending"
		if t-since >= c.hold {
			state = "firing"
		}
		m.add(labels.NewBuilder(l.set).Set(nameLabel, alerts).Set("alertstate", state).Labels(), t, 1)
	}
	return nil
}

// yields evaluates the expression of an alert at a time.
func (p *play) yields(ctx context.Context, place int, t int64) error {
	c, raw := p.cast[place], p.raw[place]
	if raw.has(t) {
		return nil
	}
	vector, err := p.query(ctx, c.rule.Expr, t, place)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	raw.evaluated(t)
	return addAll(raw, vector, t, func(b *labels.Builder) {
		setAll(b, c.rule.Labels)
		b.Set(labels.AlertName, c.rule.Alert)
	})
}

// sounds reports whether exactly those alerts fire that a check wants, with these labels and texts.
func (p *play) sounds(ctx context.Context, c check) (bool, error) {
	at := p.start + floor(c.at-p.start, p.step)
	var got []rules.ExpectedAlert
	for _, place := range p.makers[c.alert.Alert] {
		if err := p.ensure(ctx, place, at); err != nil {
			return false, err
		}
		for _, l := range p.raw[place].lines {
			v, ok := l.at[at]
			state := labels.NewBuilder(l.set).Set(nameLabel, alerts).Set("alertstate", "firing").Labels().String()
			if fires := p.made[place].lines[state]; !ok || fires == nil {
				continue
			} else if _, now := fires.at[at]; !now {
				continue
			}
			texts, err := p.texts(ctx, place, at, l.set, v)
			if err != nil {
				return false, err
			}
			set := l.set.Map()
			delete(set, labels.AlertName)
			got = append(got, rules.ExpectedAlert{Labels: set, Annotations: texts})
		}
	}
	if len(got) != len(c.alert.Expected) {
		return false, nil
	}
	return !slices.ContainsFunc(c.alert.Expected, func(want rules.ExpectedAlert) bool {
		return !slices.ContainsFunc(got, func(g rules.ExpectedAlert) bool {
			return maps.Equal(g.Labels, want.Labels) && maps.Equal(g.Annotations, want.Annotations)
		})
	}), nil
}

// texts are the annotations of an alert as Prometheus sends them.
func (p *play) texts(ctx context.Context, place int, at int64, set labels.Labels, v float64) (map[string]string, error) {
	const variables = `{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}`
	r := p.cast[place].rule
	of := set.Map()
	data := template.AlertTemplateData(of, nil, "", promql.Sample{T: at, F: v})
	ask := func(ctx context.Context, text string, _ time.Time) (promql.Vector, error) {
		return p.query(ctx, text, at, place)
	}
	texts := make(map[string]string, len(r.Annotations))
	for name, text := range r.Annotations {
		if !strings.Contains(text, "{{") {
			texts[name] = text
			continue
		}
		said, err := template.NewTemplateExpander(ctx, variables+text, "__alert_"+r.Alert, data, model.Time(at), ask, nil, nil).Expand()
		if err != nil {
			return nil, err
		}
		texts[name] = said
	}
	return texts, nil
}
