package spec_test

import (
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/spec"
)

// The ports that are connected to are those of services.yaml by the names of the profile, without those for metrics, and without those for checks
// of health where nothing checks by them.
func TestPortsAreProbed(t *testing.T) {
	t.Parallel()
	probed := func(profile string) []string {
		s, problems := spec.LoadProfile(os.DirFS("../../spec"), "spec", profile)
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(s.Scrape.Jobs, func(j spec.ScrapeJob) bool { return j.Name == spec.PortsJob })
		if i < 0 {
			return nil
		}
		return s.Scrape.Jobs[i].Targets
	}
	seed := probed("seed")
	if diff := cmp.Diff([]string{
		"bin-api-manager.production.svc:443", "bin-api-manager.production.svc:9000", "bin-call-manager.production.svc:8080", "bin-flow-manager.production.svc:8080",
	}, seed[:min(4, len(seed))]); diff != "" || len(seed) != 34 {
		t.Errorf("%d of the published page (-want +got):\n%s", len(seed), diff)
	}
	if diff := cmp.Diff([]string{"api-manager.bin-manager.svc:443", "api-manager.bin-manager.svc:9000"}, probed("monorepo")); diff != "" {
		t.Errorf("nothing answers checks of health (-want +got):\n%s", diff)
	}
	if got := probed("compose-single-host"); got != nil {
		t.Errorf("without a cluster %q are probed", got)
	}
}
