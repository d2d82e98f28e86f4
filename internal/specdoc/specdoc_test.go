package specdoc_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"os"
	"testing"
	"testing/fstest"

	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/specdoc"
)

const (
	reference = "../../docs/SPEC.md"
	header    = "Generated from internal/spec by make reference; DO NOT EDIT."
)

// TestTheReferenceIsOfTheseSources: docs/SPEC.md says what the decoders do.
func TestTheReferenceIsOfTheseSources(t *testing.T) {
	t.Parallel()
	got, err := specdoc.Markdown(os.DirFS(".."), header)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(reference, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("docs/SPEC.md is not what internal/spec does: make reference, and read the difference")
	}
}

// TestEveryKeyIsThere: each key that the specs of this repository have is in the reference, and no expression of Go is.
func TestEveryKeyIsThere(t *testing.T) {
	t.Parallel()
	text, err := specdoc.Markdown(os.DirFS(".."), header)
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		name, rest, _ := strings.Cut(section, "\n")
		sections[name] = rest
	}
	files, err := filepath.Glob("../../spec/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%v, %v", files, err)
	}
	seen := 0
	for _, file := range append(files, "../spec/testdata/whole/services.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var node yaml.Node
		if err := yaml.Unmarshal(data, &node); err != nil {
			t.Fatal(err)
		}
		for _, key := range keysOf(node.Content[0]) {
			seen++
			section := sections[filepath.Base(file)]
			if strings.Contains(section, "Keys as those of platform.yaml") {
				section += sections["platform.yaml"]
			}
			if !regexp.MustCompile("(?m)^\\| `([a-z_.\\[\\]]+\\.)?"+key+"(\\[\\])?` \\|").MatchString(section) && !free(file, key) {
				t.Errorf("%s: key %q is not in the reference", file, key)
			}
		}
	}
	if seen < 500 {
		t.Errorf("only %d keys were looked at", seen)
	}
	if stray := regexp.MustCompile("duration, [^|]*`[a-zA-Z]+`").FindString(string(text)); stray != "" {
		t.Errorf("a bound without a value: %s", stray)
	}
	if stray := regexp.MustCompile("`[a-z]+\\.[A-Z][A-Za-z]*[^`]*`").FindString(string(text)); stray != "" {
		t.Errorf("Go in the reference: %s", stray)
	}
}

// keysOf lists the keys of a tree, but for those that people choose.
func keysOf(n *yaml.Node) []string {
	var keys []string
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			keys = append(keys, child.Value)
			continue
		}
		keys = append(keys, keysOf(child)...)
	}
	return keys
}

// free reports whether a key is one of a mapping of names.
func free(file, key string) bool {
	switch filepath.Base(file) {
	case "platform.yaml": // of series_per_target
		return slices.Contains(spec.SeriesKinds(), key)
	}
	return false
}

// TestSourcesThatLackADecoder: what cannot be followed is an error and not an empty chapter.
func TestSourcesThatLackADecoder(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fstest.MapFS{
		"package spec has no function platform": {"spec/load.go": {Data: []byte("package spec\n")}},
		"sources of spec":                       {"spec/load.go": {Data: []byte("package\n")}},
	} {
		if _, err := specdoc.Markdown(files, header); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want %q, got %v", name, err)
		}
	}
}
