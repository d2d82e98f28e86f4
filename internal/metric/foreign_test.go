package metric_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/metric/proof"
)

// TestForeignFamiliesAreCaptured holds entries of other people's emitters to expositions of theirs: name and type agree, and every label that
// we claim was seen on a sample.
func TestForeignFamiliesAreCaptured(t *testing.T) {
	t.Parallel()
	read := map[*metric.Emitter]*proof.Exposition{}
	for _, f := range metric.All() {
		if f.Emitter.Ours {
			continue
		}
		e := read[f.Emitter]
		if e == nil {
			e = captured(t, f.Emitter)
			read[f.Emitter] = e
		}
		for _, problem := range e.Check(f) {
			t.Errorf("%s of %s: %s", f.Name, f.Emitter.Name, problem)
		}
	}
	if len(read) < 40 {
		t.Errorf("only %d foreign emitters were read", len(read))
	}
}

func captured(t *testing.T, e *metric.Emitter) *proof.Exposition {
	t.Helper()
	if len(e.Captures) == 0 {
		t.Fatalf("emitter %s is foreign and has no capture", e.Name)
	}
	var texts []string
	for _, name := range e.Captures {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	exposition, err := proof.Read(texts...)
	if err != nil {
		t.Fatalf("%s: %v", e.Name, err)
	}
	return exposition
}

// TestCapturesSayHowTheyCameAbout wants the first line of each to say that it was recorded, or that it was not.
func TestCapturesSayHowTheyCameAbout(t *testing.T) {
	t.Parallel()
	var used []string
	for _, f := range metric.All() {
		for _, name := range f.Emitter.Captures {
			if slices.Contains(used, name) {
				continue
			}
			used = append(used, name)
			text, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			want := "# Recorded from "
			if f.Emitter.Written != "" {
				want = "# Not recorded: "
			}
			if !strings.HasPrefix(string(text), want) {
				t.Errorf("%s does not begin with %q, as its emitter %s wants", name, want, f.Emitter.Name)
			}
			if written := strings.HasSuffix(name, "-written.prom"); written != (f.Emitter.Written != "") {
				t.Errorf("the name %s does not tell whether it was recorded", name)
			}
		}
	}
	there, err := filepath.Glob("testdata/*.prom")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if !slices.Contains(used, filepath.Base(path)) {
			t.Errorf("%s proves nothing", path)
		}
	}
}
