package exportertest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/voipbin/observability/internal/exporter"
)

// Golden scrapes the target once, compares the exposition with the file, and checks all that Check checks. With
// UPDATE=1 in the environment it writes the file instead.
func (s Suite) Golden(t *testing.T, target *exporter.Target, file string) {
	t.Helper()
	got := s.Scrape(t, target)
	s.Check(t, got)
	compare(t, got.Text, file)
}

// compare compares an exposition with the file, or writes that with UPDATE=1.
func compare(t *testing.T, got, file string) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		write(t, file, got)
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("golden: %v (UPDATE=1 go test writes it)", err)
	}
	if diff := cmp.Diff(lines(string(want)), lines(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// Covered fails the test unless every family of the catalogue is in at least one of the golden files that match the
// pattern. exceptions maps names to the reason why none has them; it must name no family that some file has.
func (s Suite) Covered(t *testing.T, pattern string, exceptions map[string]string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("goldens: no file matches %q (%v)", pattern, err)
	}
	seen := make(map[string]bool)
	for _, f := range files {
		for name := range parseFile(t, f) {
			seen[name] = true
		}
	}
	for _, p := range s.uncovered(seen, exceptions) {
		t.Error(p)
	}
}

func (s Suite) uncovered(seen map[string]bool, exceptions map[string]string) []string {
	var problems []string
	known := make(map[string]bool)
	for _, f := range s.Families {
		known[f.Name] = true
		reason, excepted := exceptions[f.Name]
		switch {
		case slices.Contains(s.Kit.Process(), f):
		case excepted && seen[f.Name]:
			problems = append(problems, fmt.Sprintf("%s is an exception, but a golden has it: remove the exception", f.Name))
		case excepted && reason == "":
			problems = append(problems, fmt.Sprintf("%s is an exception without a reason", f.Name))
		case !excepted && !seen[f.Name]:
			problems = append(problems, fmt.Sprintf("%s is in the catalogue, but no golden has it", f.Name))
		}
	}
	for name := range exceptions {
		if !known[name] {
			problems = append(problems, fmt.Sprintf("%s is an exception, but not in the catalogue", name))
		}
	}
	slices.Sort(problems)
	return problems
}

func parseFile(t *testing.T, file string) map[string]*dto.MetricFamily {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("golden: %v", err)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(data)))
	if err != nil {
		t.Fatalf("golden %s: %v", file, err)
	}
	return families
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatalf("golden: %v", err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatalf("golden: %v", err)
	}
}

func lines(s string) []string { return strings.Split(s, "\n") }

// GoldenText is Golden for a program that is no exporter of the kit: it compares the exposition, without the families of the runtime, which differ
// from one run to the next, and checks it by the catalogue, both ways of writing it, and promlint.
func (s Suite) GoldenText(t *testing.T, exposition, file string) {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	parsed, err := parser.TextToMetricFamilies(strings.NewReader(exposition))
	if err != nil {
		t.Fatalf("exposition: %v", err)
	}
	var families []*dto.MetricFamily
	for _, name := range slices.Sorted(maps.Keys(parsed)) {
		if !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			families = append(families, parsed[name])
		}
	}
	got := Scrape{Text: text(t, families, expfmt.NewFormat(expfmt.TypeTextPlain)), families: families}
	s.Check(t, got)
	compare(t, got.Text, file)
}
