package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// boardPath is the path of a board below Grafana's address, without the end of its uid.
const boardPath = "/d/voipbin-obs-"

// TargetLabels are the labels that the scrape configuration adds to the series of a node, besides job and instance.
func TargetLabels() []string { return []string{"node", "region", "farm"} }

// Build makes all rules and their tests of a spec whose metrics are in the catalogue. The error is diag.Problems where the
// spec is at fault; any other error is a mistake in this package.
func Build(s *spec.Spec, cat *metric.Catalogue) (*Output, error) {
	l := links{runbooks: s.Platform.RunbookURL, boards: boardPath}
	tier := kamailio(s, l)
	media, servers, edge := rtpengine(s, l, tier.watched), asterisk(s, l, tier.watched), sip(s, l)
	parts := []part{{callSetupGroup, tier.setup, nil}, {"kamailio", tier.section, []string{callSetupFile}}, {"rtpengine", media.section, nil}, {"asterisk", servers.section, nil}, {"sip", edge.section, nil}, {"calls", figures(s).section, nil}, {"recovery", recoveries(s, l).section, nil}}
	objectives := make([]*objective, len(s.SLOs))
	out := &Output{}
	for _, p := range parts {
		out.Records, out.Alerts = append(out.Records, p.records...), append(out.Alerts, p.alerts...)
	}
	for i, o := range s.SLOs {
		from := source{inputs: tier.inputsFor(o)}
		if from.inputs == nil {
			from.inputs = inputsOf(o, cat)
		} else {
			from.born, from.returned = tier.corrections()
		}
		from.windows, from.others = windowsFor(o.Name, s.SLOs), s.SLOs
		objectives[i] = newObjective(o, names(s.SLOs), l, from, s.Platform.Prometheus)
		for _, r := range slices.Concat(objectives[i].counters.records, objectives[i].events.records, objectives[i].counted.records, objectives[i].budget.records) {
			out.addRecord(r)
		}
		out.Alerts = append(out.Alerts, objectives[i].events.alerts...)
	}
	checker := promql.NewChecker(cat, out.Records, promql.Options{TargetLabels: TargetLabels(), Anchored: anchored(s)})

	problems := append(colliding(s.SLOs), media.check()...)
	for _, o := range objectives {
		problems = append(problems, o.check(checker)...)
		out.SLOs = append(out.SLOs, o.summary())
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	out.Warnings = problems
	return out, out.write(parts, objectives, checker)
}

// colliding reports objectives whose names become the same in the names of alerts.
func colliding(slos []spec.SLO) diag.Problems {
	var problems diag.Problems
	first := make(map[string]string, len(slos))
	for _, o := range slos {
		other, taken := first[camel(o.Name)]
		if taken {
			problems = append(problems, diag.At(o.Pos, fmt.Sprintf("the alerts of %q would have the names of those of %q", o.Name, other), "name one of them differently"))
		}
		first[camel(o.Name)] = o.Name
	}
	return problems
}

// Checker returns a checker for the catalogue and the records of an output, for boards and other readers of its series.
func (o *Output) Checker(cat *metric.Catalogue, s *spec.Spec) *promql.Checker {
	return promql.NewChecker(cat, o.Records, promql.Options{TargetLabels: TargetLabels(), Anchored: anchored(s)})
}

// addRecord adds a record unless another objective added it before.
func (o *Output) addRecord(r Record) {
	for _, have := range o.Records {
		if have.Name == r.Name {
			return
		}
	}
	o.Records = append(o.Records, r)
}

// part is what one system contributes, under its name.
type part struct {
	name string
	section
	reads []string // files of the parts whose records its rules read
}

// interval is how often the part's rules are evaluated; empty is as often as the server does by itself.
func (p part) interval() string {
	if p.name == "recovery" {
		return slo.FormatDuration(recoveryInterval)
	}
	return ""
}

// file is the name of the part's rule file.
func (p part) file() string { return p.name + ".yaml" }

// tests are the part's test files: one for each distance of its stories' samples.
func (p part) tests() []File {
	files := append(slices.Clone(p.reads), p.file())
	var order []string // of the groups, where there are several: promtool has none of its own
	if len(p.reads) > 0 {
		for _, f := range files {
			order = append(order, strings.TrimSuffix(f, ".yaml"))
		}
	}
	var list []File
	for _, f := range []struct {
		suffix string
		step   time.Duration
	}{{"_test.yaml", storyStep}, {"_slow_test.yaml", leakStep}} {
		var stories []TestGroup
		for _, s := range p.stories {
			if s.Interval == slo.FormatDuration(f.step) {
				stories = append(stories, s)
			}
		}
		if len(stories) > 0 {
			list = append(list, testFile(p.name+f.suffix, f.step, files, order, stories))
		}
	}
	return list
}

// write makes the files of the parts and objectives.
func (o *Output) write(parts []part, objectives []*objective, checker *promql.Checker) error {
	for _, p := range parts {
		if len(p.rules) == 0 {
			continue
		}
		content := RuleFile{Groups: []Group{{Name: p.name, Interval: p.interval(), Rules: p.rules}}}
		if err := settle(content, checker); err != nil {
			return err
		}
		o.Files = append(o.Files, File{Path: "rules/" + p.file(), Content: content})
		o.Tests = append(o.Tests, p.tests()...)
	}
	for _, obj := range objectives {
		for _, f := range []File{{obj.eventFile(), RuleFile{Groups: obj.eventGroups()}}, {obj.budgetFile(), RuleFile{Groups: []Group{obj.budgetGroup()}}}} {
			if err := settle(f.Content.(RuleFile), checker); err != nil {
				return err
			}
			o.Files = append(o.Files, File{Path: "rules/" + f.Path, Content: f.Content})
		}
	}
	o.takeSettled()
	o.Tests = append(o.Tests, sloTests(objectives)...)
	return nil
}

// takeSettled gives the alerts their rules as they stand in the files.
func (o *Output) takeSettled() {
	byName := make(map[string][]Rule)
	for _, f := range o.Files {
		for _, g := range f.Content.(RuleFile).Groups {
			for _, r := range g.Rules {
				byName[r.Alert] = append(byName[r.Alert], r)
			}
		}
	}
	for i := range o.Alerts {
		o.Alerts[i].Rules = byName[o.Alerts[i].Name]
	}
}

// callSetupFile holds the records of call set-up apart from the tier's alerts: objectives read them, and their tests then need
// no alert of the tier.
const (
	callSetupGroup = "callsetup"
	callSetupFile  = callSetupGroup + ".yaml"
)

// testFile is a test file over some of the rule files.
func testFile(name string, step time.Duration, files, order []string, stories []TestGroup) File {
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = "../../rules/" + f
	}
	return File{Path: "test/promtool/" + name, Content: TestFile{
		RuleFiles: paths, EvaluationInterval: promDuration(step), GroupEvalOrder: order, Tests: stories,
	}}
}

// sloTests are the test files of all objectives: what is told minute by minute, what is told by tiles, and the budgets. Each
// objective has its own, with its own rules alone: promtool evaluates every rule that it loads at every step of every story.
func sloTests(objectives []*objective) []File {
	var files []File
	for _, o := range objectives {
		order := append([]string{callSetupGroup}, append(o.groupOrder(), o.budgetGroupName())...)
		stories := map[string][]TestGroup{}
		for _, s := range o.events.stories {
			stories[s.Interval] = append(stories[s.Interval], s)
		}
		rules := []string{o.eventFile(), o.budgetFile()}
		if o.recorded {
			rules = append([]string{callSetupFile}, rules...)
		}
		name := "slo_" + o.slo.Name
		for _, f := range []File{
			testFile(name+"_test.yaml", minuteStep, rules, order, stories[promDuration(minuteStep)]),
			testFile(name+"-days_test.yaml", tileStep, rules, order, stories[promDuration(tileStep)]),
			testFile(name+"-budget_test.yaml", hourTile, []string{o.budgetFile()}, nil, []TestGroup{o.budgetStory()}),
		} {
			if len(f.Content.(TestFile).Tests) > 0 {
				files = append(files, f)
			}
		}
	}
	return files
}

// settle checks every expression of a file and brings it into its canonical form. What the spec's own expressions are
// guilty of was found before, so that an error here is a mistake of this package.
func settle(f RuleFile, checker *promql.Checker) error {
	for _, g := range f.Groups {
		for i, r := range g.Rules {
			name := r.Record + r.Alert
			for _, p := range checker.Check(r.Expr) {
				if !p.Warning {
					return fmt.Errorf("rule %s of group %s: %s in %s", name, g.Name, p, r.Expr)
				}
			}
			expr, err := promql.Format(r.Expr)
			if err != nil {
				return fmt.Errorf("rule %s of group %s: %w", name, g.Name, err)
			}
			g.Rules[i].Expr = expr
		}
	}
	return nil
}

// names lists the names of objectives.
func names(slos []spec.SLO) []string {
	list := make([]string, len(slos))
	for i, o := range slos {
		list[i] = o.Name
	}
	return list
}
