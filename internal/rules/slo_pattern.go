package rules

import "errors"

// pattern is all that is made of an objective in marks, from which that of every objective of its shape is cast.
type pattern struct {
	alerts []castAlert
	files  []castFile
	rules  int
	loaded []groupCost
}

// errNoMould says that an expression is printed in a way of its own, so that it has to be judged for each objective.
var errNoMould = errors.New("an expression has no mould")

// castAlert is an alert with its rules, as they stand in the files.
type castAlert struct {
	alert Alert // what has no words
	name, summary,
	meaning, impact castText
	look, do, falsePositives []castText
	rules                    []castRule
}

// castRule is a rule. One that records has neither labels but its objective's nor texts; of one that alerts a file says which it is.
type castRule struct {
	rule                Rule // what has no words
	alert, expr         castText
	labels, annotations map[string]castText
	of                  int // number of its alert, from 1; 0 for one that records
	nth                 int // among the rules of its alert
}

// castFile is a rule file.
type castFile struct {
	name   castText
	groups []castGroup
}

type castGroup struct {
	name     castText
	interval string
	rules    []castRule
}

// newPattern makes the pattern of an objective that is made of marks, for one that has the words and was made as a whole, so that its expressions have moulds.
// It is nil where they have not.
func newPattern(o *objective, marks, w words, m *moulds) *pattern {
	p := &pattern{}
	c := cutter{marks: marks, words: w, moulds: m, numbers: make(map[string]int), settled: make(map[string][]Rule)}
	for i, a := range o.events.alerts {
		c.numbers[a.Name] = i + 1
	}
	for _, f := range o.contents() {
		file := castFile{name: marks.part(f.name)}
		for _, g := range f.Groups {
			group, cost, err := c.group(g)
			if err != nil {
				return nil // each objective has to be judged by itself
			}
			file.groups = append(file.groups, group)
			p.rules += len(g.Rules)
			p.loaded = append(p.loaded, cost)
		}
		p.files = append(p.files, file)
	}
	for _, a := range o.events.alerts {
		p.alerts = append(p.alerts, marks.partAlert(a, c.settled[a.Name]))
	}
	return p
}

// cutter cuts the groups of one pattern.
type cutter struct {
	marks, words words
	moulds       *moulds
	numbers      map[string]int    // of alerts, from 1
	settled      map[string][]Rule // of alerts, in marks
}

// group returns what a group is cast from, and what it loads.
func (c *cutter) group(g Group) (castGroup, groupCost, error) {
	group, cost := castGroup{name: c.marks.part(g.Name), interval: g.Interval}, groupCost{interval: g.Interval}
	for _, r := range g.Rules {
		samples, err := c.moulds.recast(&r, c.marks, c.words)
		if err != nil {
			return castGroup{}, groupCost{}, err
		}
		cost.samples += samples
		cast := castRule{of: c.numbers[r.Alert], nth: len(c.settled[r.Alert])}
		if r.Alert != "" {
			c.settled[r.Alert] = append(c.settled[r.Alert], r)
		} else {
			cast.rule.Record, cast.expr = r.Record, c.marks.part(r.Expr)
		}
		group.rules = append(group.rules, cast)
	}
	return group, cost, nil
}

// recast brings the expression of a rule, which is in marks, into its canonical form, and returns what it loads with the words.
func (m *moulds) recast(r *Rule, marks, w words) (samples int, err error) {
	expr := marks.part(r.Expr).with(w)
	between, values := matched(expr, nil, nil)
	found, err := m.find(r.Record+marks.part(r.Alert).with(w), expr, between, values)
	if err != nil {
		return 0, err
	}
	if _, inMarks := matched(r.Expr, nil, nil); len(found.between) == len(values)+1 {
		r.Expr = interleave(found.between, inMarks)
		return found.samples, nil
	}
	return 0, errNoMould
}

func (marks words) partAlert(a Alert, rules []Rule) castAlert {
	c := castAlert{
		alert: Alert{Severity: a.Severity, Always: a.Always}, name: marks.part(a.Name), summary: marks.part(a.Summary), meaning: marks.part(a.Meaning),
		impact: marks.part(a.Impact), look: marks.partAll(a.Look), do: marks.partAll(a.Do), falsePositives: marks.partAll(a.FalsePositives),
	}
	for _, r := range rules {
		c.rules = append(c.rules, castRule{
			rule: Rule{For: r.For}, alert: marks.part(r.Alert), expr: marks.part(r.Expr), labels: marks.partMap(r.Labels), annotations: marks.partMap(r.Annotations),
		})
	}
	return c
}

func (marks words) partAll(texts []string) []castText {
	cast := make([]castText, len(texts))
	for i, t := range texts {
		cast[i] = marks.part(t)
	}
	return cast
}

func (marks words) partMap(texts map[string]string) map[string]castText {
	cast := make(map[string]castText, len(texts))
	for name, t := range texts {
		cast[name] = marks.part(t)
	}
	return cast
}

// cast returns what an objective contributes that is like another and has the words.
func (o *objective) cast(w words) madeOf {
	p := o.like.pattern()
	made := madeOf{records: o.like.records, rules: p.rules, loaded: p.loaded, alerts: make([]Alert, len(p.alerts)), tests: o.tests(o.like.steps)}
	for i := range p.alerts {
		made.alerts[i] = p.alerts[i].with(w)
	}
	for i := range p.files {
		made.files = append(made.files, File{Path: "rules/" + p.files[i].name.with(w), Make: func() RuleFile { return p.files[i].with(w, made.alerts) }})
	}
	return made
}

func (c castAlert) with(w words) Alert {
	a := c.alert
	a.Name, a.Summary, a.Meaning, a.Impact = c.name.with(w), c.summary.with(w), c.meaning.with(w), c.impact.with(w)
	a.Look, a.Do, a.FalsePositives = allWith(c.look, w), allWith(c.do, w), allWith(c.falsePositives, w)
	a.Rules = make([]Rule, len(c.rules))
	for i, r := range c.rules {
		a.Rules[i] = r.rule
		a.Rules[i].Alert, a.Rules[i].Expr = a.Name, r.expr.with(w)
		a.Rules[i].Labels, a.Rules[i].Annotations = mapWith(r.labels, w), mapWith(r.annotations, w)
	}
	return a
}

// with is the file of the objective whose alerts are given.
func (c castFile) with(w words, alerts []Alert) RuleFile {
	own := map[string]string{"slo": w[wordName]}
	f := RuleFile{Groups: make([]Group, len(c.groups))}
	for i, g := range c.groups {
		rules := make([]Rule, len(g.rules))
		for j, r := range g.rules {
			if r.of > 0 {
				rules[j] = alerts[r.of-1].Rules[r.nth]
				continue
			}
			rules[j] = Rule{Record: r.rule.Record, Expr: r.expr.with(w), Labels: own}
		}
		f.Groups[i] = Group{Name: g.name.with(w), Interval: g.interval, Rules: rules}
	}
	return f
}

func allWith(cast []castText, w words) []string {
	texts := make([]string, len(cast))
	for i, c := range cast {
		texts[i] = c.with(w)
	}
	return texts
}

func mapWith(cast map[string]castText, w words) map[string]string {
	texts := make(map[string]string, len(cast))
	for name, c := range cast {
		texts[name] = c.with(w)
	}
	return texts
}
