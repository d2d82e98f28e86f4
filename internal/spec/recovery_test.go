package spec_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
)

// withRecovery is the good spec with this repository's own recovery.yaml.
func withRecovery(t *testing.T) fstest.MapFS {
	t.Helper()
	data, err := os.ReadFile("../../spec/recovery.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := good(t)
	folder["recovery.yaml"] = &fstest.MapFile{Data: data}
	return folder
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(withRecovery(t), "spec")
	if s == nil {
		t.Fatal(problems)
	}
	r := s.Recovery
	if got, ok := r.Scenario("region_loss"); !ok || got.RTO != 30*time.Minute || r.RPO() != 5*time.Minute {
		t.Errorf("the published objectives are 30m and 5m, got %v and %v", got.RTO, r.RPO())
	}
	longest, steps, err := r.Plan.Critical()
	if err != nil || longest != 26*time.Minute || steps[len(steps)-1] != "verify" {
		t.Errorf("the plan takes %v by %v, %v; scaling runs beside the database and the traffic, 26m", longest, steps, err)
	}
	for _, c := range r.Coverage() {
		want := map[string]rto.Coverage{
			"mysql": {Proven: "bracket"}, "redis": {Proven: "stock", Gap: true}, "rabbitmq": {Proven: "stock", Gap: true}, "recordings": {Proven: "published", Gap: true},
		}[c.Store]
		if c.Proven != want.Proven || c.Gap != want.Gap {
			t.Errorf("%s is covered by %q, gap %v", c.Store, c.Proven, c.Gap)
		}
	}
	if got := r.Trackers.Target(r.Trackers.Nodes[0]); got != "tracker-dr:9745" {
		t.Errorf("the tracker is asked at %s", got)
	}
}

// TestRecoveryOfRecordings wants the provider's target in the row: no report may show a number of ours instead.
func TestRecoveryOfRecordings(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(withRecovery(t), "spec")
	if s == nil {
		t.Fatal(problems)
	}
	for _, store := range s.Recovery.Stores {
		if store.System == "gcs" && (store.Published != 15*time.Minute || !strings.Contains(store.Statement, "15 minutes") || !strings.Contains(store.Statement, "12 hours")) {
			t.Errorf("recordings: published %v, %q; turbo replication aims at 15 minutes, the default at 12 hours", store.Published, store.Statement)
		}
	}
}

func TestRecoveryMayBeMissing(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(good(t), "spec")
	if s == nil || s.Recovery.Described() || len(s.Recovery.Coverage()) > 0 {
		t.Errorf("a spec without recovery.yaml: %v", problems)
	}
}
