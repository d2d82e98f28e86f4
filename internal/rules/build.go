package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/parallel"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// boardPath is the path of a board below Grafana's address, without the end of its uid.
const boardPath = "/d/voipbin-obs-"

// linksOf are the addresses that a platform's alerts carry. Grafana's address ends with a slash, as the path begins with one.
func linksOf(p spec.Platform) links {
	return links{runbooks: p.RunbookURL, boards: strings.TrimSuffix(p.GrafanaURL, "/") + boardPath}
}

// TargetLabels are the labels that the scrape configuration adds to the series of a node, besides job and instance.
func TargetLabels() []string { return []string{"node", "region", "farm"} }

// Build makes all rules and their tests of a spec whose metrics are in the catalogue. The error is diag.Problems where the
// spec is at fault; any other error is a mistake in this package.
func Build(s *spec.Spec, cat *metric.Catalogue) (*Output, error) {
	l := linksOf(s.Platform)
	l.commands = commandsOf(s)
	tier := kamailio(s, l)
	media, servers, edge := rtpengine(s, l, tier.watched), asterisk(s, l, tier.watched), sip(s, l)
	parts := []part{{callSetupGroup, tier.setup, nil}, {"kamailio", tier.section, []string{callSetupFile}}, {"rtpengine", media.section, nil}, {"asterisk", servers.section, nil}, {"sip", edge.section, nil}, {"calls", figures(s).section, nil}, {"recovery", recoveries(s, l).section, nil}, {"services", servicesOf(s, l, cat).section, nil}, {clusterGroup, clusterOf(s, l).section, nil}, {"conformance", conformanceOf(s, l).section, []string{clusterGroup + ".yaml"}}, {"mysql", mysql(s, l).section, nil}, {"redis", redis(s, l).section, nil}, {"rabbitmq", rabbitmq(s, l).section, nil}, {"serving", servingOf(s).section, nil}, {"watchdog", watchdogOf(s, l).section, nil}, {"hosts", hosts(s, l).section, nil}, {"monitoring", monitoring(s, l).section, nil}, {"network", edges(s, l).section, nil}, {"pipeline", pipeline(s, l).section, nil}, {"capacity", capacityOf(s, l).section, nil}, {"busyhours", busyHoursOf(s, l).section, []string{"capacity.yaml"}}, {"sizes", databases(s, l).section, nil}, {"rightsizing", rightSizingOf(s, l).section, nil}}
	unlisted, silent := unlistedParts(s, l, cat)
	parts = append(parts, unlisted...)
	all, read := names(s.SLOs), windowsRead(s.SLOs)
	out := &Output{}
	for _, p := range parts {
		out.Records, out.Alerts = append(out.Records, p.records...), append(out.Alerts, p.alerts...)
	}
	m := newMoulds(sampling(costTargets, s.Platform.Prometheus.ScrapeInterval))
	objectives, made := make([]*objective, len(s.SLOs)), make([]madeOf, len(s.SLOs))
	recorded, met := newSeriesList(out.Records), newShapes()
	of := func(o spec.SLO, from source, like *shape) *objective {
		return newObjective(o, all, l, from, like, s.Platform.Prometheus, s.Alerts.Objectives)
	}
	parallel.Each(len(s.SLOs), func(i int) {
		from := source{inputs: tier.inputsFor(s.SLOs[i])}
		if from.inputs == nil {
			from.inputs, from.probe, from.slices = inputsOf(s.SLOs[i], cat), probeOf(s.SLOs[i], cat), slicesOf(s.SLOs[i].SLI, cat)
		} else {
			from.born, from.returned = tier.corrections()
		}
		from.windows, from.others = read[s.SLOs[i].Name], s.SLOs
		objectives[i], made[i] = makeObjective(s.SLOs[i], from, m, met, of)
		recorded.add(i, made[i].records)
	})
	out.Records = recorded.all()
	checker := promql.NewChecker(cat, out.Records, promql.Options{TargetLabels: TargetLabels(), Anchored: anchored(s)})

	problems := append(colliding(s.SLOs), media.check()...)
	found := make([]diag.Problems, len(objectives))
	judged := newJudged(checker)
	parallel.Each(len(objectives), func(i int) { found[i] = judged.check(objectives[i]) })
	problems = append(problems, once(s.SLOs, found)...)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	out.Warnings = append(problems, silent...)
	if err := out.addParts(parts, m); err != nil {
		return nil, err
	}
	if err := out.addObjectives(objectives, made); err != nil {
		return nil, err
	}
	return out, m.check(checker)
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

// part is what one system contributes, under its name.
type part struct {
	name string
	section
	reads []string // files of the parts whose records its rules read
}

// interval is how often the part's rules are evaluated; empty is as often as the server does by itself.
func (p part) interval() string {
	switch p.name {
	case "recovery":
		return slo.FormatDuration(recoveryInterval)
	case "capacity":
		return slo.FormatDuration(capacityInterval)
	case "busyhours", "rightsizing":
		return slo.FormatDuration(busyInterval)
	case "services", "cluster", "rabbitmq":
		return slo.FormatDuration(manyInterval)
	}
	if strings.HasSuffix(p.name, unlistedSuffix) {
		return slo.FormatDuration(eventInterval)
	}
	return ""
}

// manyInterval is how often the rules are evaluated that record a series for each service or queue, over minutes: at the scrapes' own interval a
// month of them takes a board more than a second to read (docs/proof/scale.txt), and tells nothing more.
const manyInterval = 30 * time.Second

// file is the name of the part's rule file.
func (p part) file() string { return p.name + ".yaml" }

// tests are the part's test files: one for each distance of its stories' samples.
func (p part) tests() []Test {
	files := append(slices.Clone(p.reads), p.file())
	var order []string // of the groups, where there are several: promtool has none of its own
	if len(p.reads) > 0 {
		for _, f := range files {
			order = append(order, strings.TrimSuffix(f, ".yaml"))
		}
	}
	var list []Test
	for _, f := range []struct {
		suffix string
		step   time.Duration
	}{{"_test.yaml", storyStep}, {"_slow_test.yaml", leakStep}, {"_long_test.yaml", longStep}} {
		var stories []TestGroup
		for _, s := range p.stories {
			if s.Interval == slo.FormatDuration(f.step) {
				stories = append(stories, s)
			}
		}
		if len(stories) > 0 {
			list = append(list, testFile(p.name+f.suffix, f.step, files, order, told(stories...)))
		}
	}
	return list
}

// addParts adds the files of the parts.
func (o *Output) addParts(parts []part, m *moulds) error {
	faults := make([]error, len(parts))
	parallel.Each(len(parts), func(i int) { faults[i] = m.settle(parts[i].rules) })
	if err := errors.Join(faults...); err != nil {
		return err
	}
	settled := make(map[string][]Rule) // of alerts, as they stand in the files
	for _, p := range parts {
		if len(p.rules) == 0 {
			continue
		}
		content := RuleFile{Groups: []Group{{Name: p.name, Interval: p.interval(), Rules: p.rules}}}
		for _, r := range p.rules {
			if r.Alert != "" {
				settled[r.Alert] = append(settled[r.Alert], r)
			}
		}
		o.Rules += len(p.rules)
		o.Files = append(o.Files, File{Path: "rules/" + p.file(), Make: func() RuleFile { return content }})
		o.Tests = append(o.Tests, p.tests()...)
	}
	for i := range o.Alerts {
		o.Alerts[i].Rules = settled[o.Alerts[i].Name]
	}
	return nil
}

// addObjectives adds what was made of objectives.
func (o *Output) addObjectives(objectives []*objective, made []madeOf) error {
	files, tests, alerts := 0, 0, 0
	for _, one := range made {
		files, tests, alerts = files+len(one.files), tests+len(one.tests), alerts+len(one.alerts)
	}
	o.Files, o.Tests, o.Alerts, o.SLOs = slices.Grow(o.Files, files), slices.Grow(o.Tests, tests), slices.Grow(o.Alerts, alerts), slices.Grow(o.SLOs, len(made))
	for i, one := range made {
		if one.fault != nil {
			return one.fault
		}
		o.Rules += one.rules
		o.Files, o.Tests, o.Alerts = append(o.Files, one.files...), append(o.Tests, one.tests...), append(o.Alerts, one.alerts...)
		o.SLOs = append(o.SLOs, objectives[i].summary(objectives[i].samplesPerMinute(one.loaded)))
	}
	return nil
}

// callSetupFile holds the records of call set-up apart from the tier's alerts: objectives read them, and their tests then need
// no alert of the tier.
const (
	callSetupGroup = "callsetup"
	callSetupFile  = callSetupGroup + ".yaml"
)

// testFile is a test file over some of the rule files.
func testFile(name string, step time.Duration, files, order []string, tell func() []TestGroup) Test {
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = "../../rules/" + f
	}
	return Test{Path: "test/promtool/" + name, Make: func() TestFile {
		return TestFile{RuleFiles: paths, EvaluationInterval: promDuration(step), GroupEvalOrder: order, Tests: tell()}
	}}
}

// names lists the names of objectives.
func names(slos []spec.SLO) []string {
	list := make([]string, len(slos))
	for i, o := range slos {
		list[i] = o.Name
	}
	return list
}
