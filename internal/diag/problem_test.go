package diag_test

import (
	"errors"
	"testing"

	"github.com/voipbin/observability/internal/diag"
)

func TestProblemError(t *testing.T) {
	t.Parallel()
	f := func(p diag.Problem, want string) {
		t.Helper()
		if got := p.Error(); want != got {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	f(diag.At(diag.Position{File: "a.yaml", Line: 3, Col: 7}, "is wrong", "try again"), "a.yaml:3:7: is wrong: try again")
	f(diag.At(diag.Position{File: "a.yaml", Line: 3}, "is wrong", ""), "a.yaml:3: is wrong")
	f(diag.At(diag.Position{File: "a.yaml"}, "is wrong", ""), "a.yaml: is wrong")
	f(diag.At(diag.Position{}, "is wrong", "try again"), "is wrong: try again")
}

func TestProblemsErr(t *testing.T) {
	t.Parallel()
	warning := diag.Problem{What: "odd", Warning: true}
	fault := diag.Problem{What: "wrong"}
	f := func(ps diag.Problems, want string) {
		t.Helper()
		got := ""
		if err := ps.Err(); err != nil {
			got = err.Error()
		}
		if want != got {
			t.Errorf("%v: want %q, got %q", ps, want, got)
		}
	}
	f(nil, "")
	f(diag.Problems{warning}, "")
	f(diag.Problems{fault}, "wrong")
	f(diag.Problems{warning, fault}, "odd\nwrong")
	var problems diag.Problems
	if err := error(diag.Problems{fault}); !errors.As(err, &problems) {
		t.Error("a list of problems cannot be recovered from an error")
	}
}
