package rules

import (
	"os"
	"testing"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// loadSpec reads the repository's own spec.
func loadSpec(t *testing.T) *spec.Spec {
	t.Helper()
	s, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

// buildSpec builds the rules of the repository's own spec.
func buildSpec(t *testing.T) *Output {
	t.Helper()
	out, err := Build(loadSpec(t), metric.NewCatalogue(metric.All()))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
