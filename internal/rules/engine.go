package rules

// Rule files of other engines. Their rules are PromQL; what differs is what stands around the groups.

// MimirFile is a file that mimirtool loads into the ruler of Mimir
// (https://grafana.com/docs/mimir/latest/manage/tools/mimirtool/#rules).
type MimirFile struct {
	Namespace string  `yaml:"namespace"`
	Groups    []Group `yaml:"groups"`
}

// ThanosFile is a rule file of the Thanos ruler (https://thanos.io/tip/components/rule.md/).
type ThanosFile struct {
	Groups []ThanosGroup `yaml:"groups"`
}

// ThanosGroup is a group that says what becomes of a result when not every store answers.
type ThanosGroup struct {
	Name            string `yaml:"name"`
	Interval        string `yaml:"interval,omitempty"`
	PartialResponse string `yaml:"partial_response_strategy"`
	Rules           []Rule `yaml:"rules"`
}

// Thanos returns a file for the Thanos ruler. A part of the answer is an error there: a sum over the stores that answered would be taken for
// the whole, and a record of it stays wrong for the objective's period.
func Thanos(f RuleFile) ThanosFile {
	var out ThanosFile
	for _, g := range f.Groups {
		out.Groups = append(out.Groups, ThanosGroup{Name: g.Name, Interval: g.Interval, PartialResponse: "abort", Rules: g.Rules})
	}
	return out
}

// Mimir returns a file for the ruler of Mimir, under a namespace.
func Mimir(namespace string, f RuleFile) MimirFile {
	return MimirFile{Namespace: namespace, Groups: f.Groups}
}

// Largest is the number of groups of all rule files, and of the rules of the largest: rulers have limits for both.
func (o *Output) Largest() (groups, rules int) {
	for _, f := range o.Files {
		for _, g := range f.Make().Groups {
			groups++
			rules = max(rules, len(g.Rules))
		}
	}
	return groups, rules
}
