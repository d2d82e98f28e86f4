package scrapecfg_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/spec"
)

func TestFeatureFlags(t *testing.T) {
	t.Parallel()
	f := func(minor int, features []string, want ...string) {
		t.Helper()
		p := spec.Prometheus{Version: spec.Version{Major: 3, Minor: minor}, Features: features}
		if diff := cmp.Diff(want, scrapecfg.FeatureFlags(p)); diff != "" {
			t.Errorf("3.%d, %v (-want +got):\n%s", minor, features, diff)
		}
	}
	extended := []string{spec.ExtendedRanges}
	f(7, extended, "--enable-feature=promql-extended-range-selectors")
	f(15, extended, "--enable-feature=promql-extended-range-selectors")
	f(16, extended) // it is on by itself
	f(15, nil)
	f(6, extended) // refused by the spec
}
