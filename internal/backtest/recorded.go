package backtest

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/rules"
)

func sortedKeys(set map[string]string) []string { return slices.Sorted(maps.Keys(set)) }

// ReadOpenMetrics reads series with times into a store, as "promtool tsdb dump-openmetrics" writes them. The name stands in
// errors.
func ReadOpenMetrics(name string, data []byte) (*Store, error) {
	store := NewStore()
	parser := textparse.NewOpenMetricsParser(data, labels.NewSymbolTable())
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return store, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: not OpenMetrics: %w: the file must end with # EOF", name, err)
		}
		if entry != textparse.EntrySeries {
			continue
		}
		text, at, value := parser.Series()
		if at == nil {
			return nil, fmt.Errorf("%s: %s has no time: only samples with a time can be replayed", name, text)
		}
		var set labels.Labels
		parser.Labels(&set)
		store.appendTo(set, Sample{T: *at, V: value})
	}
}

// ReadRules reads a rule file that need not be ours. What a replay does not need is passed over.
func ReadRules(report *config.Report, name string, data []byte) rules.RuleFile {
	return config.Decode(report, name, data, func(m *config.Map) rules.RuleFile {
		return rules.RuleFile{Groups: config.Objects(m.Required("groups"), func(g *config.Map) rules.Group {
			for _, passed := range []string{"limit", "query_offset", "labels", "partial_response_strategy"} {
				g.Optional(passed)
			}
			return rules.Group{
				Name: g.Required("name").String(), Interval: g.Optional("interval").String(),
				Rules: config.Objects(g.Required("rules"), readRule),
			}
		})}
	})
}

func readRule(m *config.Map) rules.Rule {
	m.Optional("keep_firing_for")
	expr, _ := m.Required("expr").Text()
	return rules.Rule{
		Record: m.Optional("record").String(), Alert: m.Optional("alert").String(), Expr: expr, For: m.Optional("for").String(),
		Labels: readLabels(m.Optional("labels")), Annotations: readLabels(m.Optional("annotations")),
	}
}

func readLabels(v config.Value) map[string]string {
	set := make(map[string]string)
	for _, e := range v.Entries() {
		set[e.Key.Raw()] = e.Value.Raw()
	}
	return set
}

// Needs lists the series that rules read and do not make themselves.
func Needs(files []rules.RuleFile) ([]string, error) {
	jobs, err := schedule(files, Options{})
	if err != nil {
		return nil, err
	}
	made, read := map[string]bool{"ALERTS": true}, make(map[string]bool)
	for _, batch := range jobs {
		for _, j := range batch {
			made[j.rule.Makes().Name] = true
			for _, s := range j.reads {
				read[s.Name] = true
			}
		}
	}
	var needs []string
	for name := range read {
		if !made[name] {
			needs = append(needs, name)
		}
	}
	slices.Sort(needs)
	return needs, nil
}
