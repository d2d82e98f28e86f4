// Package rules turns the described platform into Prometheus rule groups and the promtool tests that prove them: canonical
// records, alerts, objectives and error budgets. It writes no file, knows no YAML library and evaluates nothing.
package rules

import (
	"iter"
	"slices"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/promql"
)

// Output is everything that Build makes of one spec.
type Output struct {
	Files    []File        // below rules/
	Rules    int           // recording rules and alerts in all files
	Tests    []Test        // below test/promtool/
	Alerts   []Alert       // one for each alert name, in the order of the files
	Records  []Record      // what boards and further rules may refer to, in the order of the files
	Warnings diag.Problems // what is allowed in the spec but probably not meant
	SLOs     []SLOSummary  // what each objective means in numbers, in the order of the spec
}

// File is one rule file to be written. It is made when it is wanted, as those of a thousand objectives would fill the memory.
type File struct {
	Path string          // with slashes, relative to the repository's root
	Make func() RuleFile // may be called by several goroutines; who calls it must not change what labels and annotations hold
}

// Test is one test file to be written, as a File: the tests of an objective are several times as long as its rules.
type Test struct {
	Path string // as that of a File
	Make func() TestFile
}

// Record is a series that the rules record.
type Record = promql.Record

// RuleFile is a rule file as Prometheus reads it.
type RuleFile struct {
	Groups []Group `yaml:"groups"`
}

// All yields every rule of the file with the group that it is in.
func (f RuleFile) All() iter.Seq2[Group, Rule] {
	return func(yield func(Group, Rule) bool) {
		for _, g := range f.Groups {
			for _, r := range g.Rules {
				if !yield(g, r) {
					return
				}
			}
		}
	}
}

// Group is a list of rules that are evaluated one after another. An interval only saves work: results must not depend on
// it, and promtool's tests ignore it.
type Group struct {
	Name     string `yaml:"name"`
	Interval string `yaml:"interval,omitempty"` // the server's default when empty
	Rules    []Rule `yaml:"rules"`
}

// Rule is a recording rule or an alert. Label and annotation maps are marshalled in the order of their keys.
type Rule struct {
	Record      string            `yaml:"record,omitempty"`
	Alert       string            `yaml:"alert,omitempty"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for,omitempty"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

// Alert is what a person who meets an alert needs to know; runbooks are written from it. An alert may have several rules
// that differ in a label, such as the cause or the burn tier.
type Alert struct {
	Name     string
	Severity string // slo.Page or slo.Ticket, the graver one where the rules differ; NoSeverity for the dead man's switch
	Always   bool   // it fires all the time, so that it can be proven to fire and nothing else
	Summary  string // one line, without templates
	Rules    []Rule

	Meaning        string   // what is the case when it fires
	Impact         string   // what callers and the platform suffer
	Look           []string // where to look, most telling first; commands in backquotes
	Do             []string // what to do, in order
	FalsePositives []string // when it fires for nothing
}

// SLOSummary is what an objective means in numbers.
type SLOSummary struct {
	Name string
	// FailuresThatPage is the number of failed events in an hour that page at trough traffic; 0 means that not even the
	// failure of every event does.
	FailuresThatPage int
	// PageInOutage and PageAtTenfold are how long after its begin a full outage, and a failure ratio of ten times the
	// budget, page; 0 means never. Scrape and evaluation intervals come on top.
	PageInOutage  Span
	PageAtTenfold Span
	// SamplesPerMinute is about how many samples its rules load in a minute, at three targets with two series each.
	SamplesPerMinute int
	// Inputs are series by which its events can be made up; nil when they cannot.
	Inputs []Input
}

// Down are the names of the alerts that a node is down, in the order of the files. Such a node explains all that is said of it.
func (o *Output) Down() []string {
	var names []string
	for _, a := range o.Alerts {
		if slices.ContainsFunc(a.Rules, func(r Rule) bool { return r.Labels["cause"] == downExporter }) {
			names = append(names, a.Name)
		}
	}
	return names
}
