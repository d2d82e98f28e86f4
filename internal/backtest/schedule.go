package backtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/rules"
)

// job is one rule with what is needed to evaluate it.
type job struct {
	rule        rules.Rule
	interval    time.Duration
	hold        time.Duration // the alert's "for"
	reads       []rules.Series
	readsItself bool
}

func (j job) name() string { return j.rule.Record + j.rule.Alert }

// labels are the labels of what the rule makes of a result.
func (j job) labels(metric labels.Labels) labels.Labels {
	b := labels.NewBuilder(metric)
	b.Del(nameLabel)
	if j.rule.Record != "" {
		b.Set(nameLabel, j.rule.Record)
	}
	for name, text := range j.rule.Labels {
		b.Set(name, text)
	}
	return b.Labels()
}

// times are the first and the last time at which the rule is evaluated, and their distance.
func (j job) times(o Options) (first, last time.Time, step time.Duration) {
	first = o.Start.Add(-time.Duration(o.Start.UnixNano()) % j.interval).Add(o.Phase % j.interval) // since 1970, as the server does
	for first.Before(o.Start) {
		first = first.Add(j.interval)
	}
	return first, o.End, j.interval
}

// schedule orders the rules so that each comes after those whose series it reads. Rules that need each other, in a circle,
// form one batch.
func schedule(files []rules.RuleFile, o Options) ([][]job, error) {
	var jobs []job
	for _, f := range files {
		for g, r := range f.All() {
			j, err := newJob(g, r, o)
			if err != nil {
				return nil, err
			}
			jobs = append(jobs, j)
		}
	}
	return batches(jobs), nil
}

func newJob(g rules.Group, r rules.Rule, o Options) (job, error) {
	j := job{rule: r, interval: o.Interval}
	reads, err := r.Reads()
	if err != nil {
		return job{}, fmt.Errorf("rule %s of group %s: %w", j.name(), g.Name, err)
	}
	j.reads, j.readsItself = reads, slices.ContainsFunc(reads, func(s rules.Series) bool { return s.Covers(r.Makes()) })
	if j.interval, err = durationOr(g.Interval, o.Interval); err == nil {
		j.hold, err = durationOr(r.For, 0)
	}
	if err != nil {
		return job{}, fmt.Errorf("rule %s of group %s: %w", j.name(), g.Name, err)
	}
	return j, nil
}

// durationOr reads a duration, or takes another one where none is written.
func durationOr(text string, absent time.Duration) (time.Duration, error) {
	if text == "" {
		return absent, nil
	}
	return config.ParseDuration(text)
}

// batches orders jobs by what they read. What remains when nothing more can go ahead is a circle and becomes one batch.
func batches(jobs []job) [][]job {
	var ordered [][]job
	for len(jobs) > 0 {
		var ready, rest []job
		for _, j := range jobs {
			waits := slices.ContainsFunc(jobs, func(maker job) bool {
				return maker.rule.Makes() != j.rule.Makes() && slices.ContainsFunc(j.reads, func(s rules.Series) bool { return s.Covers(maker.rule.Makes()) })
			})
			if waits {
				rest = append(rest, j)
				continue
			}
			ready = append(ready, j)
		}
		if len(ready) == 0 {
			return append(ordered, rest)
		}
		for _, j := range ready {
			ordered = append(ordered, []job{j})
		}
		jobs = rest
	}
	return ordered
}

// Needed returns the rules that an objective's alerts and its budget need, and by which outages are found, and leaves out what only boards show.
func Needed(files []rules.RuleFile, objective string) []rules.RuleFile {
	wanted := map[string]bool{"slo:error_budget_consumed:ratio": true, recordedRatio: true}
	var all []rules.Rule
	for _, f := range files {
		for _, g := range f.Groups {
			all = append(all, g.Rules...)
		}
	}
	keep := make([]bool, len(all))
	for changed := true; changed; {
		changed = false
		for i, r := range all {
			mine := r.Labels["slo"] == objective || r.Labels["slo"] == ""
			needed := wanted[r.Record] || r.Alert != "" && r.Labels["slo"] == objective
			if keep[i] || !mine || !needed {
				continue
			}
			keep[i], changed = true, true
			reads, err := promql.Names(r.Expr)
			if err != nil {
				continue // the replay says so
			}
			for _, name := range reads {
				wanted[name] = true
			}
		}
	}
	return only(files, keep)
}

// only returns the files with the rules that are marked, in their order.
func only(files []rules.RuleFile, keep []bool) []rules.RuleFile {
	out := make([]rules.RuleFile, 0, len(files))
	for _, f := range files {
		var groups []rules.Group
		for _, g := range f.Groups {
			mine := keep[:len(g.Rules)]
			keep = keep[len(g.Rules):]
			g.Rules = marked(g.Rules, mine)
			groups = append(groups, g)
		}
		out = append(out, rules.RuleFile{Groups: groups})
	}
	return out
}

// marked returns those of the rules that are marked.
func marked(all []rules.Rule, keep []bool) []rules.Rule {
	var list []rules.Rule
	for i, r := range all {
		if keep[i] {
			list = append(list, r)
		}
	}
	return list
}
