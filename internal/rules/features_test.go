package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/spec"
)

// A server that knows anchored ranges by its feature flag gets the same rules, with the same tests, as one that knows them
// by itself; without the flag, or before the flag was there, increases extrapolate.
func TestFeatureFlag(t *testing.T) {
	t.Parallel()
	of := func(minor int, features ...string) *Output {
		return buildSpec(t, func(s *spec.Spec) {
			s.Platform.Prometheus.Version, s.Platform.Prometheus.Features = spec.Version{Major: 3, Minor: minor}, features
		})
	}
	if diff := cmp.Diff(whole(of(16)), whole(of(7, spec.ExtendedRanges))); diff != "" {
		t.Errorf("with the feature (-3.16 +3.7):\n%s", diff)
	}
	for name, out := range map[string]*Output{"3.15 without the feature": of(15), "3.6": of(6, spec.ExtendedRanges)} {
		for _, r := range rulesOf(t, out) {
			if strings.Contains(r.Expr, "anchored") {
				t.Errorf("%s: %s", name, r.Expr)
			}
		}
	}
}
