package alerting

// InhibitRule keeps the target alerts quiet while a source alert fires whose labels in Equal have the same values. A label
// that neither carries counts as equal.
type InhibitRule struct {
	SourceMatchers []string `yaml:"source_matchers"`
	TargetMatchers []string `yaml:"target_matchers"`
	Equal          []string `yaml:"equal"`
}

// inhibitRules are the cases in which one alert explains another. Each demands, on both sides, the label that it
// compares: without that, alerts that both lack the label would silence each other.
func inhibitRules(down []string) []InhibitRule {
	var rules []InhibitRule
	if len(down) > 0 {
		// A node that is down explains everything else that is said about the same node. Names of nodes are unique in a
		// spec, so the instance alone tells which node that is; records do not keep the job. That proxies still send calls to a
		// node that is down (cause trusted) is said because it is down, and asks for something else to be done.
		rules = append(rules, InhibitRule{
			SourceMatchers: []string{matcher("alertname", "=~", anyOf(down)), `instance!=""`},
			TargetMatchers: []string{matcher("alertname", "!~", anyOf(down)), `instance!=""`, `cause!="trusted"`},
			Equal:          []string{"instance"},
		})
	}
	return append(rules, []InhibitRule{
		// While an objective pages, its tickets tell nothing new.
		{
			SourceMatchers: []string{`severity="page"`, `slo!=""`},
			TargetMatchers: []string{`severity="ticket"`, `slo!=""`},
			Equal:          []string{"slo"},
		},
		// The same alert at a higher threshold explains the lower one, if both are of the same farm, limit and protocol: what one farm
		// has too much of says nothing of another.
		{
			SourceMatchers: []string{`severity="page"`, `alertname!=""`},
			TargetMatchers: []string{`severity="ticket"`, `alertname!=""`},
			Equal:          []string{"alertname", "instance", "slo", "farm", "limit", "protocol"},
		},
	}...)
}
