package spec_test

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/spec"
)

// TestLoadRepositorySpec reads the spec that this repository ships: the numbers of the published architecture.
func TestLoadRepositorySpec(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if len(problems) > 0 {
		t.Fatalf("problems:\n%v", problems)
	}
	wantNodes := []spec.Node{
		{Name: "kamailio-1", Region: "us-central1", Address: "kamailio-1"},
		{Name: "kamailio-2", Region: "us-central1", Address: "kamailio-2"},
		{Name: "kamailio-3", Region: "us-central1", Address: "kamailio-3"},
	}
	ignorePlaces := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Pos" }, cmp.Ignore())
	if diff := cmp.Diff(wantNodes, s.Platform.SIPProxies.Nodes, ignorePlaces); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	if want, got := 10000, s.Platform.SIPProxies.CapacityWithoutOne(); want != got {
		t.Errorf("capacity without one node: want %d, got %d", want, got)
	}
	if want, got := "kamailio-1:9494", s.Platform.SIPProxies.Target(s.Platform.SIPProxies.Nodes[0]); want != got {
		t.Errorf("target: want %q, got %q", want, got)
	}
	p := s.Platform.Prometheus
	if want, got := [3]time.Duration{15 * time.Second, 15 * time.Second, 720 * time.Hour}, [3]time.Duration{p.ScrapeInterval, p.EvaluationInterval, p.Retention}; want != got {
		t.Errorf("intervals and retention: want %v, got %v", want, got)
	}
	if !p.Version.AtLeast(3, 16) || p.Version.AtLeast(3, 17) || p.StorageBytes != 100e9 {
		t.Errorf("prometheus: got version %v, storage %d", p.Version, p.StorageBytes)
	}
	slo := s.SLOs[0]
	if want, got := 0.999, slo.Objective; want != got {
		t.Errorf("objective: want %v, got %v", want, got)
	}
	want := diag.Problem{Pos: diag.Position{File: "spec/slos.yaml", Line: 20, Col: 19}, Width: 27, What: "x"}
	if diff := cmp.Diff(want, slo.SLI.Errors.Problem(4, 31, "x", "")); diff != "" {
		t.Errorf("place inside an expression (-want +got):\n%s", diff)
	}
}
