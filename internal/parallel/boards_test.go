package parallel_test

import (
	"os"
	"testing"

	"github.com/voipbin/observability/internal/dashboard"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// Boards are made and judged side by side. The tests of that package run without the race detector; this one has it make all boards under it.
func TestBoards(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	s.SLOs = s.SLOs[:3]
	catalogue := metric.NewCatalogue(metric.All())
	made, err := rules.Build(s, catalogue)
	if err != nil {
		t.Fatal(err)
	}
	files, err := dashboard.Build(s, catalogue, made)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if len(f.JSON) == 0 {
			t.Errorf("%s: want a board, got nothing", f.Path)
		}
	}
}
