package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/alerting"
	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/kube"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/spec"
)

// prometheusTarget is the target for which everything is written, and whose files are committed.
const prometheusTarget = "prometheus"

// engine is something other than a plain Prometheus server that evaluates the rules.
type engine struct {
	name string
	// about says which form the rules have for it, what their error is, and what it cannot do. It stands at the head of every file.
	about func(made *rules.Output) string
	files func(a *assembly, w wrapped)
}

// wrapped is what an engine's files are made of.
type wrapped struct {
	header string
	spec   *spec.Spec
	made   *rules.Output
	scrape scrapecfg.Config
	routes alerting.Config
}

// plainIncreases is the form of the rules of engines without anchored ranges; docs/slo.md has the measurement.
const plainIncreases = "Increases are plain increase(): extrapolated from the samples in the window, so that around bursts a window is off by\n" +
	"about a percent and a budget by up to a point (per cent of the budget). Prometheus 3.16, by its anchored ranges, counts exactly."

// engines lists the targets besides Prometheus itself.
func engines() []engine {
	return []engine{
		{"operator", aboutOperator, operatorFiles},
		{"gmp", aboutManaged, managedFiles},
		{"mimir", aboutMimir, mimirFiles},
		{"thanos", aboutThanos, thanosFiles},
		{"victoriametrics", aboutVictoria, victoriaFiles},
	}
}

// targetNames lists all targets.
func targetNames() []string {
	names := []string{prometheusTarget}
	for _, e := range engines() {
		names = append(names, e.name)
	}
	return names
}

// engineOf finds a target, and is nil for Prometheus itself.
func engineOf(name, out string) (*engine, error) {
	if name == prometheusTarget {
		return nil, nil
	}
	list := engines()
	i := slices.IndexFunc(list, func(e engine) bool { return e.name == name })
	if i < 0 {
		hint := diag.DidYouMean(name, targetNames())
		if hint == "" {
			hint = "there are: " + strings.Join(targetNames(), ", ")
		}
		return nil, usageError{what: fmt.Sprintf("generate: there is no target %q", name), hint: hint}
	}
	if path.Clean(out) == "." {
		return nil, usageError{what: fmt.Sprintf("generate: target %s needs a folder of its own", name), hint: "add -out FOLDER: what is written for Prometheus stays where it is"}
	}
	return &list[i], nil
}

// assembleFor makes the files of another engine: rules, and where the engine has a form for it what is scraped and who is told. Boards, runbooks
// and tests are those that are written for Prometheus.
func assembleFor(e *engine, s *spec.Spec, targets scrapecfg.Targets) (*assembly, error) {
	s.Platform.Prometheus.Plain = true
	j, err := judge(s, targets)
	if err != nil {
		return nil, err
	}
	a := &assembly{warnings: j.made.Warnings}
	e.files(a, wrapped{
		header: specHeader + "\n" + e.about(j.made), spec: s, made: j.made,
		scrape: scrapecfg.Build(s.Platform.Prometheus, targets, nil), routes: alerting.Build(told(s, targets, j.made)),
	})
	return a, nil
}

// each adds a file for each rule file.
func (w wrapped) each(a *assembly, folder string, content func(name string, f rules.RuleFile) any) {
	for _, f := range w.made.Files {
		name := strings.TrimSuffix(path.Base(f.Path), ".yaml")
		a.make(path.Join(folder, name+".yaml"), func() ([]byte, error) { return a.encoder.Encode(w.header, content(name, f.Make())) })
	}
}

// object adds a file for an object.
func (w wrapped) object(a *assembly, folder string, o kube.Object) {
	name := strings.ToLower(o.Kind) + "-" + strings.TrimPrefix(o.Metadata.Name, "voipbin-")
	if o.Metadata.Namespace != "" {
		name += "-" + o.Metadata.Namespace
	}
	a.make(path.Join(folder, name+".yaml"), func() ([]byte, error) { return a.encoder.Encode(w.header, o) })
}

func aboutOperator(*rules.Output) string {
	return "For the Prometheus Operator. " + plainIncreases + "\n" +
		"They are so here because the operator checks rules by a parser of its own, which need not know what its Prometheus does.\n" +
		"Prometheus must select the objects, by app.kubernetes.io/managed-by: obsgen. AlertmanagerConfig gets a matcher of its namespace\n" +
		"unless Alertmanager has alertmanagerConfigMatcherStrategy: {type: None}: most alerts have no namespace. Credentials are keys of the\n" +
		"Secret " + kube.SecretName + ", named like the files that hold them elsewhere."
}

func operatorFiles(a *assembly, w wrapped) {
	const folder = "operator"
	for _, f := range w.made.Files {
		w.object(a, folder, kube.PrometheusRule(strings.TrimSuffix(path.Base(f.Path), ".yaml"), f.Make()))
	}
	for _, o := range kube.ScrapeObjects(w.scrape) {
		w.object(a, folder, o)
	}
	routing, whole := kube.AlertmanagerConfig(w.routes)
	if !whole {
		a.warnings = append(a.warnings, diag.Problem{
			Pos: w.spec.Alerts.Pos, Warning: true, What: "an AlertmanagerConfig has no time zones: mutes that name one are at the same time in UTC", Hint: "write the times in UTC for this target",
		})
	}
	w.object(a, folder, routing)
}

func aboutManaged(*rules.Output) string {
	return "For GKE Managed Prometheus. " + plainIncreases + "\n" +
		"Rules are GlobalRules: Rules and ClusterRules add a namespace or a cluster to every selector and would not see machines outside the\n" +
		"cluster. Its limits: pods are found by labels and not by annotations, here by the label app on one port; the label job is the name\n" +
		"of the PodMonitoring and cannot be changed, so that rules that tell services apart by job need the label app instead; it has no static\n" +
		"targets and no discovery over HTTP: exporters outside the cluster need a collector of their own."
}

func managedFiles(a *assembly, w wrapped) {
	interval := config.FormatDuration(w.spec.Platform.Prometheus.EvaluationInterval)
	for _, f := range w.made.Files {
		w.object(a, "gmp", kube.GlobalRules(strings.TrimSuffix(path.Base(f.Path), ".yaml"), f.Make(), interval))
	}
	for _, o := range kube.PodMonitorings(w.scrape) {
		w.object(a, "gmp", o)
	}
}

func aboutMimir(made *rules.Output) string {
	groups, largest := made.Largest()
	return "For the ruler of Mimir: mimirtool rules load FILE. " + plainIncreases + "\n" +
		fmt.Sprintf("The tenant needs room for %d groups and %d rules a group: -ruler.max-rule-groups-per-tenant (70 by default) and\n", groups, largest) +
		"-ruler.max-rules-per-rule-group (20)."
}

func mimirFiles(a *assembly, w wrapped) {
	w.each(a, "mimir", func(name string, f rules.RuleFile) any { return rules.Mimir(w.spec.Platform.Name+"_"+name, f) })
}

func aboutThanos(*rules.Output) string {
	return "For the Thanos ruler. " + plainIncreases + "\n" +
		"A result to which not every store contributed is an error (partial_response_strategy: abort): a part would be recorded as the whole, and\n" +
		"an objective would carry it for its period. Rules of which all series are in one Prometheus are better evaluated there."
}

func thanosFiles(a *assembly, w wrapped) {
	w.each(a, "thanos", func(_ string, f rules.RuleFile) any { return rules.Thanos(f) })
}

func aboutVictoria(*rules.Output) string {
	return "For vmalert. The rules have no anchored range and need none: increase() of MetricsQL takes the last sample before the window along and does\n" +
		"not extrapolate, so that it counts like Prometheus' anchored increase. It differs where a counter is born: it counts the first value as an\n" +
		"increase when that is small, which the records of births (slo:*_born:*) count as well, so that the first events of a new series\n" +
		"count twice. Subqueries are evaluated at whole multiples of their step, as Prometheus does. Objectives over native histograms do not\n" +
		"work: VictoriaMetrics has another kind. Nothing here was run on VictoriaMetrics; the error at births is by its documentation."
}

func victoriaFiles(a *assembly, w wrapped) {
	w.each(a, "victoriametrics", func(_ string, f rules.RuleFile) any { return f })
}
