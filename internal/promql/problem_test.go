package promql

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTidy(t *testing.T) {
	t.Parallel()
	warning := Problem{Start: 10, End: 20, What: "a level", Warning: true}
	outside := Problem{Start: 30, End: 40, What: "a level", Warning: true}
	wrong := Problem{Start: 5, End: 25, What: "wrong"}
	early := Problem{Start: 5, End: 8, What: "early"}
	got := tidy([]Problem{outside, wrong, warning, wrong, early})
	if diff := cmp.Diff([]Problem{early, wrong, outside}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProblemString(t *testing.T) {
	t.Parallel()
	f := func(p Problem, want string) {
		t.Helper()
		if got := p.String(); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	f(Problem{What: "unknown metric"}, "unknown metric")
	f(Problem{What: "unknown metric", Hint: "did you mean this?"}, "unknown metric: did you mean this?")
}
