package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/spec"
)

// boardPath is the path of a board below Grafana's address, without the end of its uid.
const boardPath = "/d/voipbin-obs-"

// TargetLabels are the labels that the scrape configuration adds to the series of a node, besides job and instance.
func TargetLabels() []string { return []string{"node", "region"} }

// Build makes all rules and their tests of a spec whose metrics are in the catalogue. The error is diag.Problems where the
// spec is at fault; any other error is a mistake in this package.
func Build(s *spec.Spec, cat *metric.Catalogue) (*Output, error) {
	l := links{runbooks: s.Platform.RunbookURL, boards: boardPath}
	tier := kamailio(s, l)
	objectives := make([]objective, len(s.SLOs))
	out := &Output{Records: tier.records, Alerts: tier.alerts}
	for i, o := range s.SLOs {
		objectives[i] = newObjective(o, names(s.SLOs), l, tier.sourceFor(o))
		for _, r := range objectives[i].records {
			out.addRecord(r)
		}
		out.Alerts = append(out.Alerts, objectives[i].alerts...)
	}
	checker := promql.NewChecker(cat, out.Records, promql.Options{TargetLabels: TargetLabels(), Anchored: anchored(s)})

	problems := diag.Problems{}
	for _, o := range objectives {
		problems = append(problems, o.check(checker)...)
		out.SLOs = append(out.SLOs, o.summary())
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	out.Warnings = problems
	return out, out.write(tier.section, objectives, checker)
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

// write makes the files of the sections.
func (o *Output) write(tier section, objectives []objective, checker *promql.Checker) error {
	groups := make([]Group, 0, len(objectives))
	for _, obj := range objectives {
		groups = append(groups, Group{Name: "slo_" + obj.slo.Name, Rules: obj.rules})
	}
	kamailioFile := RuleFile{Groups: []Group{{Name: "kamailio", Rules: tier.rules}}}
	sloFile := RuleFile{Groups: groups}
	for _, f := range []RuleFile{kamailioFile, sloFile} {
		if err := settle(f, checker); err != nil {
			return err
		}
	}
	o.Files = []File{{Path: "rules/kamailio.yaml", Content: kamailioFile}, {Path: "rules/slo.yaml", Content: sloFile}}
	o.Tests = []File{{Path: "test/promtool/kamailio_test.yaml", Content: TestFile{
		RuleFiles: []string{"../../rules/kamailio.yaml"}, EvaluationInterval: promDuration(storyStep), Tests: tier.stories,
	}}}
	o.Tests = append(o.Tests, sloTests(objectives)...)
	return nil
}

// settle checks every expression of a file and brings it into its canonical form. What was generated must pass without
// so much as a warning.
func settle(f RuleFile, checker *promql.Checker) error {
	for _, g := range f.Groups {
		for i, r := range g.Rules {
			name := r.Record + r.Alert
			if problems := checker.Check(r.Expr); len(problems) > 0 {
				return fmt.Errorf("rule %s of group %s: %s in %s", name, g.Name, problems[0], r.Expr)
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
