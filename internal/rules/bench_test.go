package rules

import (
	"fmt"
	"os"
	"testing"

	"github.com/voipbin/observability/internal/spec"
)

// BenchmarkBuild generates and validates 1,000 objectives.
func BenchmarkBuild(b *testing.B) {
	s, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if err := problems.Err(); err != nil {
		b.Fatal(err)
	}
	one := s.SLOs[0]
	s.SLOs = nil
	for i := range 1000 {
		o := one
		o.Name = fmt.Sprintf("calls_%d", i)
		s.SLOs = append(s.SLOs, o)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Build(s, catalogue()); err != nil {
			b.Fatal(err)
		}
	}
}
