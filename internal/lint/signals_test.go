package lint_test

import (
	"testing"

	"github.com/voipbin/observability/internal/lint"
	"github.com/voipbin/observability/internal/metric"
)

// TestSignals holds the repository's profiles to the catalogue. What is said of one that is wrong is in testdata/bad.
func TestSignals(t *testing.T) {
	t.Parallel()
	catalogue := metric.NewCatalogue(metric.All())
	for _, profile := range []string{"seed", "monorepo", "compose-single-host"} {
		if problems := lint.Signals(repository(t, profile), catalogue); len(problems) > 0 {
			t.Errorf("%s:\n%v", profile, problems)
		}
	}
}
