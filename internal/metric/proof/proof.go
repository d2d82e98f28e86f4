// Package proof holds catalogue entries to expositions that their emitters really wrote. It refuses to say anything about values, and it
// takes no entry for proven that no exposition holds.
package proof

import (
	"fmt"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/voipbin/observability/internal/metric"
)

// Exposition is what one or more scrapes of an emitter held: by name, the types stated and the labels seen.
type Exposition struct {
	types  map[string][]dto.MetricType
	labels map[string]map[string]bool
}

// Read adds up expositions in the text format of Prometheus 0.0.4. Several belong together where an emitter has several paths, or where
// two versions of a daemon yield different families. The error names the first text that is none.
func Read(texts ...string) (*Exposition, error) {
	e := &Exposition{types: map[string][]dto.MetricType{}, labels: map[string]map[string]bool{}}
	for i, text := range texts {
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(strings.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("exposition %d: %w", i+1, err)
		}
		for name, f := range families {
			e.add(name, f)
		}
	}
	return e, nil
}

func (e *Exposition) add(name string, f *dto.MetricFamily) {
	if !slices.Contains(e.types[name], f.GetType()) {
		e.types[name] = append(e.types[name], f.GetType())
	}
	if e.labels[name] == nil {
		e.labels[name] = map[string]bool{}
	}
	for _, m := range f.GetMetric() {
		for _, l := range m.GetLabel() {
			e.labels[name][l.GetName()] = true
		}
	}
}

// Len is the number of families.
func (e *Exposition) Len() int { return len(e.types) }

// Check says what speaks against a catalogue entry, one line each: it is not there, has another type, or lacks a label that the entry claims.
// It is nil for an entry that is proven. Labels beyond those of the entry are no fault: an entry names what rules may rely on.
func (e *Exposition) Check(f *metric.Family) []string {
	types, ok := e.types[f.Name]
	if !ok {
		return []string{"not in the exposition"}
	}
	var problems []string
	for _, got := range types {
		if got := strings.ToLower(got.String()); got != f.Type.String() {
			problems = append(problems, fmt.Sprintf("type is %s, catalogued %s", got, f.Type))
		}
	}
	for _, l := range f.LabelNames() {
		if !e.labels[f.Name][l] {
			problems = append(problems, fmt.Sprintf("label %s was never seen", l))
		}
	}
	return problems
}
