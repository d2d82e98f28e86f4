package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/config"
)

func TestEncode(t *testing.T) {
	t.Parallel()
	type group struct {
		Targets []string          `yaml:"targets"`
		Labels  map[string]string `yaml:"labels,omitempty"`
		Expr    string            `yaml:"expr,omitempty"`
		Count   int               `yaml:"count"`
	}
	f := func(header string, v any, want string) {
		t.Helper()
		got, err := config.Encode(header, v)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	f("Code generated.", map[string]group{"g": {Targets: []string{"a:1", "b:2"}, Labels: map[string]string{"z": "1", "a": "yes"}}}, `# Code generated.
g:
  targets:
    - a:1
    - b:2
  labels:
    a: "yes"
    z: "1"
  count: 0
`)
	f("one\n\n  two  ", group{Expr: "sum(x)\n/ y\n"}, "# one\n#\n# two\ntargets: []\nexpr: |\n  sum(x)\n  / y\ncount: 0\n")
	f("", []string{}, "[]\n")
}

func TestEncodeRefusesWhatYAMLCannotHold(t *testing.T) {
	t.Parallel()
	if _, err := config.Encode("", failing{}); err == nil || err.Error() != "encode yaml: no text for this" {
		t.Errorf("want an error, got %v", err)
	}
}

// failing cannot be written.
type failing struct{}

func (failing) MarshalText() ([]byte, error) { return nil, errNoText{} }

type errNoText struct{}

func (errNoText) Error() string { return "no text for this" }

func TestEncodeIsStable(t *testing.T) {
	t.Parallel()
	value := map[string]map[string]int{}
	for _, k := range []string{"q", "w", "e", "r", "t", "y", "u", "i", "o", "p"} {
		value[k] = map[string]int{"b": 1, "a": 2, "c": 3, "d": 4}
	}
	first, err := config.Encode("x", value)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		again, err := config.Encode("x", value)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(first), string(again)); diff != "" {
			t.Fatalf("two runs differ (-first +later):\n%s", diff)
		}
	}
}
