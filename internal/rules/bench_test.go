package rules

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/spec"
)

// BenchmarkBuild generates and validates 1,000 objectives, and encodes their rules beside.
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
	for _, encoded := range []bool{false, true} {
		b.Run(fmt.Sprintf("encoded=%v", encoded), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				out, err := Build(s, catalogue())
				if err != nil {
					b.Fatal(err)
				}
				if encoded {
					encode(b, out.Files)
				}
			}
		})
	}
}

// encode encodes rule files one after another.
func encode(b *testing.B, files []File) {
	b.Helper()
	var encoder config.Encoder
	var room bytes.Buffer
	for _, f := range files {
		room.Reset()
		if err := encoder.EncodeTo(&room, "", f.Make()); err != nil {
			b.Fatal(err)
		}
	}
}
