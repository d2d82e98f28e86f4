package kube

import "github.com/voipbin/observability/internal/rules"

// PrometheusRule is a rule file as the Prometheus Operator takes it. The group format is Prometheus' own.
func PrometheusRule(name string, file rules.RuleFile) Object {
	return object(operatorAPI, "PrometheusRule", name, file)
}

// managedGroup is a group of GKE Managed Prometheus, which demands an interval.
type managedGroup struct {
	Name     string       `yaml:"name"`
	Interval string       `yaml:"interval"`
	Rules    []rules.Rule `yaml:"rules"`
}

type managedRules struct {
	Groups []managedGroup `yaml:"groups"`
}

// GlobalRules is a rule file of GKE Managed Prometheus. Rules would add a namespace to every selector and ClusterRules a cluster, so that
// neither would see the machines outside the cluster. interval is for groups that have none of their own.
func GlobalRules(name string, file rules.RuleFile, interval string) Object {
	var spec managedRules
	for _, g := range file.Groups {
		every := g.Interval
		if every == "" {
			every = interval
		}
		spec.Groups = append(spec.Groups, managedGroup{Name: g.Name, Interval: every, Rules: g.Rules})
	}
	return object(managedAPI, "GlobalRules", name, spec)
}
