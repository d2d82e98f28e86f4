package spec_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/voipbin/observability/internal/spec"
)

// TestStatedOfAnObjective reads what only some objectives state: a month that begins west of Greenwich, steps of a policy that freeze other than
// usual, suppliers, and times that do not count.
func TestStatedOfAnObjective(t *testing.T) {
	t.Parallel()
	folder := good(t)
	text := strings.Replace(string(folder["slos.yaml"].Data), "    period: 30d\n", `    period: month
    utc_offset: "-05:30"
    policy:
      - {consumed: 50%, action: look closer, freeze: true}
      - {consumed: 75%, action: review each release}
      - {consumed: 100%, action: a review without a stop, freeze: false}
    suppliers:
      - {name: carrier, objective: 99.95%}
    exclusions:
      - {from: 2026-01-31T22:00:00Z, to: 2026-02-01T09:00:00+09:00, reason: migration}
`, 1)
	folder["slos.yaml"] = &fstest.MapFile{Data: []byte(text)}
	s, problems := spec.Load(folder, "spec")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	o := s.SLOs[0]
	if o.Clock.Offset != -(5*time.Hour + 30*time.Minute) {
		t.Errorf("the month begins %v from UTC", o.Clock.Offset)
	}
	var freezes []bool
	for _, step := range o.Policy {
		freezes = append(freezes, step.Freeze)
	}
	if len(freezes) != 3 || !freezes[0] || freezes[1] || freezes[2] {
		t.Errorf("steps that freeze: %v", freezes)
	}
	if len(o.Suppliers) != 1 || o.Suppliers[0].Name != "carrier" || o.Suppliers[0].Objective != 0.9995 {
		t.Errorf("suppliers: %+v", o.Suppliers)
	}
	if len(o.Exclusions) != 1 || o.Exclusions[0].To.Sub(o.Exclusions[0].From) != 2*time.Hour {
		t.Errorf("what does not count: %+v", o.Exclusions)
	}
}

// TestOwnResources gives a service other resources than the pattern's: what it does not state it still takes from there.
func TestOwnResources(t *testing.T) {
	t.Parallel()
	folder := whole(t)
	text := strings.Replace(string(folder["services.yaml"].Data), "{name: bin-call-manager, class: core}",
		"{name: bin-call-manager, class: core, requests: {cpu: 250m, memory: 1GiB}, limits: {cpu: 2, memory: 2GiB}}", 1)
	folder["services.yaml"] = &fstest.MapFile{Data: []byte(text)}
	s, problems := spec.Load(folder, "spec")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	usual, own := s.Services.List[0], s.Services.List[1]
	if own.Requests == usual.Requests || own.Limits == usual.Limits || own.Requests.MemoryBytes != 1<<30 || own.Limits.MemoryBytes != 2<<30 {
		t.Errorf("resources: %+v, %+v; the pattern's: %+v, %+v", own.Requests, own.Limits, usual.Requests, usual.Limits)
	}
	if len(own.Ports) != len(usual.Ports) || own.Bounds != usual.Bounds {
		t.Errorf("what it does not state: %+v", own)
	}
}
