package exportertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/voipbin/observability/internal/metric"
)

// Check fails the test unless the scrape has no promlint problem (families that repeat another exporter's names are not
// linted), is sorted, parses as OpenMetrics, has only families,
// labels and label values that are in the catalogue, with its help and type, and no collector misused a
// family.
func (s Suite) Check(t *testing.T, x Scrape) {
	t.Helper()
	ours := text(t, slices.DeleteFunc(slices.Clone(x.families), s.repeats), expfmt.NewFormat(expfmt.TypeTextPlain))
	problems := slices.Concat(lint(ours), unsorted(x.families), s.strangers(x.families))
	om := text(t, x.families, expfmt.NewFormat(expfmt.TypeOpenMetrics))
	problems = append(problems, openMetrics(om)...)
	problems = append(problems, x.misused...)
	for _, p := range problems {
		t.Error(p)
	}
}

// repeats reports whether a family has another exporter's name.
func (s Suite) repeats(got *dto.MetricFamily) bool {
	return slices.ContainsFunc(s.Families, func(f *metric.Family) bool {
		return f.Name == got.GetName() && f.Stability == metric.Compat
	})
}

// strangers lists what an exposition has that the catalogue has not, or has otherwise.
func (s Suite) strangers(families []*dto.MetricFamily) []string {
	var problems []string
	for _, got := range families {
		i := slices.IndexFunc(s.Families, func(f *metric.Family) bool { return f.Name == got.GetName() })
		if i < 0 {
			problems = append(problems, fmt.Sprintf("%s is not in the catalogue", got.GetName()))
			continue
		}
		want := s.Families[i]
		if got.GetHelp() != want.Help {
			problems = append(problems, fmt.Sprintf("%s: want help %q, got %q", want.Name, want.Help, got.GetHelp()))
		}
		if typ := strings.ToLower(got.GetType().String()); typ != want.Type.String() {
			problems = append(problems, fmt.Sprintf("%s: want type %s, got %s", want.Name, want.Type, typ))
		}
		for _, m := range got.Metric {
			problems = append(problems, strangeLabels(want, m)...)
		}
	}
	return problems
}

func strangeLabels(want *metric.Family, m *dto.Metric) []string {
	var problems []string
	names := make([]string, len(m.Label))
	for i, l := range m.Label {
		names[i] = l.GetName()
		for _, d := range want.Labels {
			if d.Name == l.GetName() && d.Values != nil && !slices.Contains(d.Values, l.GetValue()) {
				problems = append(problems, fmt.Sprintf("%s: label %s: the catalogue has no value %q", want.Name, d.Name, l.GetValue()))
			}
		}
	}
	if labels := slices.Sorted(slices.Values(want.LabelNames())); !slices.Equal(labels, names) {
		problems = append(problems, fmt.Sprintf("%s: want labels %q, got %q", want.Name, labels, names))
	}
	return problems
}

func lint(exposition string) []string {
	found, err := promlint.New(strings.NewReader(exposition)).Lint()
	if err != nil {
		return []string{fmt.Sprintf("promlint: %v", err)}
	}
	problems := make([]string, len(found))
	for i, p := range found {
		problems[i] = fmt.Sprintf("promlint: %s: %s", p.Metric, p.Text)
	}
	return problems
}

// unsorted lists families, and series within families, that do not follow in order or that are there twice.
func unsorted(families []*dto.MetricFamily) []string {
	var problems []string
	last := ""
	for _, f := range families {
		if f.GetName() <= last {
			problems = append(problems, fmt.Sprintf("%s comes after %s", f.GetName(), last))
		}
		last = f.GetName()
		var before []string
		for i, m := range f.Metric {
			values := make([]string, len(m.Label))
			for j, l := range m.Label {
				values[j] = l.GetValue()
			}
			if i > 0 && slices.Compare(before, values) >= 0 {
				problems = append(problems, fmt.Sprintf("%s: series %q comes after %q", f.GetName(), values, before))
			}
			before = values
		}
	}
	return problems
}
