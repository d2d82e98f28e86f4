// Package backfill computes the records of an objective for a time in which its rules were not loaded yet: it orders them by
// what they read, has promtool evaluate them on a Prometheus server and write blocks for it, and waits until the server has
// loaded what the next ones read. It refuses to write beside a server that does not answer, or over records that are there.
package backfill

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/rules"
)

// Level is records that read nothing which a later level makes, nor each other.
type Level struct{ Rules []rules.Rule }

// step is one record with what it makes and reads.
type step struct {
	rule  rules.Rule
	makes rules.Series
	reads []rules.Series
	// wanted is set for what is to be computed.
	wanted bool
}

// Plan orders the records of an objective and those of others that they need and that the server does not have. The error
// is for an expression that cannot be read, for records that read each other in a circle, and whatever has fails with, which tells
// whether the server has samples of a series.
func Plan(ctx context.Context, files []rules.RuleFile, objective string, has func(context.Context, rules.Series) (bool, error)) ([]Level, error) {
	all, err := steps(files)
	if err != nil {
		return nil, err
	}
	var queue []*step
	want := func(s *step) {
		s.wanted = true
		queue = append(queue, s)
	}
	for _, s := range all {
		if s.makes.Objective == objective {
			want(s)
		}
	}
	for len(queue) > 0 {
		needs := missing(all, queue[0].reads)
		queue = queue[1:]
		for _, s := range needs {
			there, err := has(ctx, s.makes)
			if err != nil {
				return nil, err
			}
			if !there {
				want(s)
			}
		}
	}
	return levels(all)
}

// missing are the makers of what is read that are not wanted yet.
func missing(all []*step, reads []rules.Series) []*step {
	var list []*step
	for _, s := range all {
		if !s.wanted && slices.ContainsFunc(reads, func(r rules.Series) bool { return r.Covers(s.makes) }) {
			list = append(list, s)
		}
	}
	return list
}

// steps lists the records of rule files.
func steps(files []rules.RuleFile) ([]*step, error) {
	var all []*step
	for _, f := range files {
		for g, r := range f.All() {
			if r.Record == "" {
				continue
			}
			reads, err := r.Reads()
			if err != nil {
				return nil, fmt.Errorf("rule %s of group %s: %w", r.Record, g.Name, err)
			}
			all = append(all, &step{rule: r, makes: r.Makes(), reads: reads})
		}
	}
	return all, nil
}

// levels puts each wanted record one level above the highest that it reads.
func levels(all []*step) ([]Level, error) {
	left := slices.DeleteFunc(all, func(s *step) bool { return !s.wanted })
	var order []Level
	for len(left) > 0 {
		var next Level
		var rest []*step
		for _, s := range left {
			waits := slices.ContainsFunc(left, func(maker *step) bool {
				return slices.ContainsFunc(s.reads, func(r rules.Series) bool { return r.Covers(maker.makes) })
			})
			if waits {
				rest = append(rest, s)
				continue
			}
			next.Rules = append(next.Rules, s.rule)
		}
		if len(next.Rules) == 0 {
			return nil, fmt.Errorf("records read each other in a circle: %s", names(left))
		}
		order, left = append(order, next), rest
	}
	return order, nil
}

func names(steps []*step) string {
	list := make([]string, len(steps))
	for i, s := range steps {
		list[i] = s.makes.String()
	}
	return strings.Join(list, ", ")
}

// Made are the series that a level makes.
func (l Level) Made() []rules.Series {
	made := make([]rules.Series, len(l.Rules))
	for i, r := range l.Rules {
		made[i] = r.Makes()
	}
	return made
}
