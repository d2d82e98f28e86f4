package lint_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/lint"
	"github.com/voipbin/observability/internal/spec"
)

// In the last year of which rules know the clocks it is told, and not before; an offset never ends.
func TestZones(t *testing.T) {
	t.Parallel()
	s := &spec.Spec{SLOs: []spec.SLO{{Name: "a", TimeZone: "Europe/Berlin", Pos: diag.Position{File: "spec/slos.yaml", Line: 3, Col: 5}}, {Name: "b"}}}
	if got := lint.Zones(s, time.Date(2035, 12, 31, 0, 0, 0, 0, time.UTC)); len(got) > 0 {
		t.Errorf("too early: %v", got)
	}
	want := `spec/slos.yaml:3:5: the rules of "a" know the clocks of Europe/Berlin until the end of 2036: generate them with a newer obsgen`
	got := lint.Zones(s, time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC))
	if diff := cmp.Diff(want, got.Error()); diff != "" || got.Err() != nil {
		t.Errorf("%v (-want +got):\n%s", got.Err(), diff)
	}
}
