package archtest_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// targets are the names of the Makefile's targets; all are jobs, none is a file.
func targets(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, found := range regexp.MustCompile(`(?m)^([a-z]+):(?:[^=]|$)`).FindAllStringSubmatch(read(t, "../../Makefile"), -1) {
		names = append(names, found[1])
	}
	if len(names) < 30 {
		t.Fatalf("only %d targets in the Makefile: the reading is broken", len(names))
	}
	return names
}

// TestTargetsArePhony: a file of a target's name does not keep make from it.
func TestTargetsArePhony(t *testing.T) {
	t.Parallel()
	list := regexp.MustCompile(`(?m)^\.PHONY: (.+)$`).FindStringSubmatch(read(t, "../../Makefile"))
	if list == nil {
		t.Fatal("the Makefile has no .PHONY")
	}
	phony, names := strings.Fields(list[1]), targets(t)
	slices.Sort(phony)
	slices.Sort(names)
	if !slices.Equal(phony, names) {
		t.Errorf(".PHONY lists %v, the Makefile has %v", phony, names)
	}
}

// TestWhatCIRunsIsTold: CONTRIBUTING.md says what .ci/run runs, in its order.
func TestWhatCIRunsIsTold(t *testing.T) {
	t.Parallel()
	var ran []string
	for _, found := range regexp.MustCompile(`(?m)^make ([a-z]+)$`).FindAllStringSubmatch(read(t, "../../.ci/run"), -1) {
		ran = append(ran, "`make "+found[1]+"`")
	}
	if len(ran) < 3 {
		t.Fatalf(".ci/run runs %v: the reading is broken", ran)
	}
	last := len(ran) - 1
	want := "CI runs " + strings.Join(ran[:last], ", ") + " and " + ran[last] + ","
	if !strings.Contains(read(t, "../../CONTRIBUTING.md"), want) {
		t.Errorf("CONTRIBUTING.md does not say %q", want)
	}
}
