package grafana

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCleanNumber(t *testing.T) {
	t.Parallel()
	f := func(input, want string) {
		t.Helper()
		if got := cleanNumber(json.Number(input)).String(); got != want {
			t.Errorf("cleanNumber(%s): want %s, got %s", input, want, got)
		}
	}
	f("0", "0")
	f("-0.0", "0")
	f("15", "15")
	f("9007199254740993", "9007199254740993") // beyond 2^53: an integer keeps each digit
	f("0.30000000000000004", "0.3")
	f("0.0009999999999999432", "0.001")
	f("14.399999999999999", "14.4")
	f("1e3", "1000")
	f("1e-7", "0.0000001")
	f("0.123456789012345", "0.123456789012")
	f("1e999", "1e999") // no float64: left for the reader to see
}

func TestInterval(t *testing.T) {
	t.Parallel()
	f := func(input time.Duration, want string) {
		t.Helper()
		if got := interval(input); got != want {
			t.Errorf("interval(%v): want %s, got %s", input, want, got)
		}
	}
	f(0, "0s")
	f(15*time.Second, "15s")
	f(90*time.Second, "90s")
	f(time.Minute, "1m")
	f(3*time.Hour, "3h")
	f(48*time.Hour, "2d")
	f(25*time.Hour, "25h")
}

func TestEncodeTreeKeepsCharacters(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := encodeTree(&out, object{"b": "x < 1 & y > \"2\"", "a": list{json.Number("0.10000000000000001")}}); err != nil {
		t.Fatal(err)
	}
	want := "{\n  \"a\": [\n    0.1\n  ],\n  \"b\": \"x < 1 & y > \\\"2\\\"\"\n}\n"
	if got := out.String(); got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

func TestDecodeTreeRefuses(t *testing.T) {
	t.Parallel()
	for _, input := range []string{"", "[]", "{", `"board"`} {
		if _, err := decodeTree([]byte(input)); err == nil {
			t.Errorf("decodeTree(%q): want an error, got none", input)
		}
	}
}

// Whatever a tree holds, its bytes are those of encoding/json.
func TestEncodeTreeIsJSON(t *testing.T) {
	t.Parallel()
	type other struct {
		B []string `json:"b"`
		A *int     `json:"a"`
	}
	texts := list{"", "plain", "a \"quote\"", "back\\slash", "line\nline\n", "tab\there", "\r", "\x00\x1f\x7f", "<&>", "é, \u2028, \xff", "\"", "\n", "\\"}
	tree := object{
		"texts": texts, "none": nil, "yes": true, "no": false, "empty": object{}, "nothing": list{}, "nil": list(nil), "absent": object(nil), "a \"key\"": "", "ключ": "",
		"other": other{B: []string{"x", "<"}}, "number": 3, "float": 0.5, "as written": json.Number("1e999"),
		"nested": list{list{object{"deep": list{other{}, []int{1, 2}}}}, object{"z": 1, "a": map[string]string{"y": "1", "x": "2"}}},
	}
	var want, got bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(tree); err != nil {
		t.Fatal(err)
	}
	if err := encodeTree(&got, tree); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Errorf("(-json +tree):\n%s", diff)
	}
	if err := encodeTree(&got, object{"no JSON": list{func() {}}}); err == nil {
		t.Error("a function: want an error, got none")
	}
}
