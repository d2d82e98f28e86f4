package rules

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Files are what they are, whoever asks for them, how often, and beside whom.
func TestFilesAreMadeAnew(t *testing.T) {
	t.Parallel()
	out := buildSpec(t)
	out.LinkPanels(map[string]uint{"CallSetupBudgetBurn": 7})
	want := whole(out)
	got := make([][]written, 4)
	var group sync.WaitGroup
	for i := range got {
		group.Go(func() {
			for _, f := range slices.Backward(out.Files) {
				f.Make()
			}
			got[i] = whole(out)
		})
	}
	group.Wait()
	for _, again := range got {
		if diff := cmp.Diff(want, again); diff != "" {
			t.Fatalf("(-first +again):\n%s", diff)
		}
	}
	rules := rulesOf(t, out)
	if out.Rules != len(rules) {
		t.Errorf("want the number of rules, %d, got %d", len(rules), out.Rules)
	}
	linked := 0
	for _, r := range rules {
		if r.Annotations[panelAnnotation] != "" {
			linked++
		}
	}
	if linked == 0 {
		t.Error("rules that were made anew have no panels")
	}
}

// Whichever objective comes first, the series are in the order of the objectives, and each as its first has it.
func TestSeriesList(t *testing.T) {
	t.Parallel()
	list := newSeriesList([]Record{{Name: "before", Help: "kept"}})
	list.add(2, []Record{{Name: "c"}, {Name: "a", Help: "of the last"}})
	list.add(0, []Record{{Name: "b"}, {Name: "a"}, {Name: "before"}, {Name: "a", Help: "once more"}})
	list.add(1, []Record{{Name: "b", Help: "of the second"}, {Name: "d"}})
	want := []Record{{Name: "before", Help: "kept"}, {Name: "b"}, {Name: "a"}, {Name: "d"}, {Name: "c"}}
	if diff := cmp.Diff(want, list.all()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
