// Package backfill computes the records of an objective for a time in which its rules were not loaded yet: it orders them by
// what they read, has promtool evaluate them on a Prometheus server and write blocks for it, and waits until the server has
// loaded what the next ones read. It refuses to write beside a server that does not answer, or over records that are there.
package backfill

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/rules"
)

// objectiveLabel tells the series of objectives apart, of which many have one name.
const objectiveLabel = "slo"

// Series names the series that a rule makes or reads: by name, and by objective where it has one.
type Series struct{ Name, Objective string }

// String is the selector of the series.
func (s Series) String() string {
	if s.Objective == "" {
		return s.Name
	}
	return fmt.Sprintf("%s{%s=%q}", s.Name, objectiveLabel, s.Objective)
}

// Level is records that read nothing which a later level makes, nor each other.
type Level struct{ Rules []rules.Rule }

// step is one record with what it makes and reads.
type step struct {
	rule  rules.Rule
	makes Series
	reads []Series
}

// Plan orders the records of an objective and those of others that they need and that the server does not have. The error
// is for an expression that cannot be read, for records that read each other in a circle, and for what has, which tells whether the server has samples of a series, fails with.
func Plan(ctx context.Context, files []rules.RuleFile, objective string, has func(context.Context, Series) (bool, error)) ([]Level, error) {
	all, err := steps(files)
	if err != nil {
		return nil, err
	}
	makers := make(map[Series][]int)
	for i, s := range all {
		makers[s.makes] = append(makers[s.makes], i)
	}
	wanted := make(map[int]bool)
	var queue []int
	for i, s := range all {
		if s.makes.Objective == objective {
			wanted[i] = true
			queue = append(queue, i)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, read := range all[at].reads {
			added, err := need(ctx, read, all, makers, wanted, objective, has)
			if err != nil {
				return nil, err
			}
			queue = append(queue, added...)
		}
	}
	return levels(all, makers, wanted)
}

// need adds the makers of a series of others unless the server has it.
func need(ctx context.Context, read Series, all []step, makers map[Series][]int, wanted map[int]bool, objective string, has func(context.Context, Series) (bool, error)) ([]int, error) {
	found := makers[read]
	if read.Objective == objective || len(found) == 0 || wanted[found[0]] {
		return nil, nil
	}
	there, err := has(ctx, read)
	if err != nil || there {
		return nil, err
	}
	for _, i := range found {
		wanted[i] = true
	}
	return found, nil
}

// steps lists the records of rule files.
func steps(files []rules.RuleFile) ([]step, error) {
	var all []step
	for _, f := range files {
		for _, g := range f.Groups {
			for _, r := range g.Rules {
				if r.Record == "" {
					continue
				}
				read, err := promql.Selections(r.Expr)
				if err != nil {
					return nil, fmt.Errorf("rule %s of group %s: %w", r.Record, g.Name, err)
				}
				s := step{rule: r, makes: Series{r.Record, r.Labels[objectiveLabel]}}
				for _, selection := range read {
					s.reads = append(s.reads, selected(selection)...)
				}
				all = append(all, s)
			}
		}
	}
	return all, nil
}

// selected are the series that a selection reads: one for each objective that it names.
func selected(s promql.Selection) []Series {
	objectives := s.Asked()[objectiveLabel]
	if len(objectives) == 0 || !strings.HasPrefix(s.Name, "slo:") {
		return []Series{{Name: s.Name}}
	}
	list := make([]Series, len(objectives))
	for i, o := range objectives {
		list[i] = Series{s.Name, o}
	}
	return list
}

// levels puts each wanted record one level above the highest that it reads.
func levels(all []step, makers map[Series][]int, wanted map[int]bool) ([]Level, error) {
	var order []Level
	done := make(map[int]bool)
	for len(done) < len(wanted) {
		var level []int
		for i := range all {
			waits := slices.ContainsFunc(all[i].reads, func(s Series) bool {
				return slices.ContainsFunc(makers[s], func(m int) bool { return wanted[m] && !done[m] })
			})
			if wanted[i] && !done[i] && !waits {
				level = append(level, i)
			}
		}
		if len(level) == 0 {
			return nil, fmt.Errorf("records read each other in a circle: %s", strings.Join(left(all, wanted, done), ", "))
		}
		next := Level{}
		for _, i := range level {
			done[i] = true
			next.Rules = append(next.Rules, all[i].rule)
		}
		order = append(order, next)
	}
	return order, nil
}

// left names the records that no level could take.
func left(all []step, wanted, done map[int]bool) []string {
	var names []string
	for i, s := range all {
		if wanted[i] && !done[i] {
			names = append(names, s.makes.String())
		}
	}
	return names
}

// Made are the series that a level makes.
func (l Level) Made() []Series {
	made := make([]Series, len(l.Rules))
	for i, r := range l.Rules {
		made[i] = Series{r.Record, r.Labels[objectiveLabel]}
	}
	return made
}
