package schema

import (
	"slices"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/dashboard/planted"
)

// TestPlanted makes every planted mistake in the board that has one panel of each kind. Each board of one mistake is a file of its own in one
// run of the compiler.
func TestPlanted(t *testing.T) {
	t.Parallel()
	good, err := planted.Board()
	if err != nil {
		t.Fatal(err)
	}
	boards := map[string][]byte{"good.json": good}
	path := func(m planted.Mistake) string { return strings.ReplaceAll(m.Name, " ", "-") + ".json" }
	for _, m := range planted.Mistakes() {
		if boards[path(m)], err = m.Apply(good); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string][]Problem{}
	for _, p := range compile(t, boards) {
		found[p.Path] = append(found[p.Path], p)
	}
	if len(found["good.json"]) > 0 {
		t.Errorf("want nothing said of the good board, got %v", found["good.json"])
	}
	for _, m := range planted.Mistakes() {
		if want := slices.Contains(m.Gates, planted.Types); want != (len(found[path(m)]) > 0) {
			t.Errorf("%s: want it caught %v, got %v", m.Name, want, found[path(m)])
		}
	}
}
