package config

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sheet has every kind of value that is printed, and some that are not.
type sheet struct {
	Text     string `yaml:"text"`
	Maybe    string `yaml:"maybe,omitempty"`
	Untagged string
	Labels   map[string]string `yaml:"labels,omitempty"`
	Always   map[string]string `yaml:"always"`
	Number   float64           `yaml:"number"`
	Count    int               `yaml:"count,omitempty"`
	Yes      bool              `yaml:"really"`
	Hidden   string            `yaml:"-"`
	Texts    []string          `yaml:"texts"`
	Below    []sheet           `yaml:"below,omitempty"`
	One      *sheet            `yaml:"one,omitempty"`
	Nil      *sheet            `yaml:"nil"`
	Inner    struct {
		Lists [][]string `yaml:"lists,omitempty"`
		Text  string     `yaml:"text,omitempty"`
	} `yaml:"inner"`
	For time.Duration `yaml:"for,omitempty"`
	Any any           `yaml:"any,omitempty"`
}

// same demands that a value is printed with the bytes of the library.
func same(t *testing.T, value any) {
	t.Helper()
	var want bytes.Buffer
	if err := encodeAny(&want, value); err != nil {
		t.Skip("the library cannot write it")
	}
	got, err := Encode("", value)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("%#v (-library +printer):\n%s", value, diff)
	}
}

// texts are texts with a trap in them.
func texts() []string {
	return []string{
		"", " ", "a", "y", "N", "yes", "Off", "true", "NULL", "null ", "nullable", "~", "-", "- a", "--- a", "-1", "1", "1.5", "1e3", "0x1F", "0b1", "0o7", "1_000", "+1", ".5", ".inf", "...", "../a",
		"../../rules/x.yaml", "1:30", "12:30:45", "2001-12-14", "2001-12-14 21:59:43", "2001-12-14t21:59:43.10-05:00", "30d", "1h30m", "5m", "0d", "1d e", "1y", "7w", "0 0+0x11 0x59", "1e5d", "5x", "0 1_000",
		"a: b", "a:b", "a:", ":a", ": a", "a #b", "a#b", "#a", "it's", "'a'", "it's: b", `"a"`, `\`, "{{ $value }}", "{a: b}", "[a]", "a]", "*a", "&a", "!a", "|a", ">a", "%a", "@a", "`a`", "<<", "=", "?", "? a", "?a",
		"a\nb", "a\n", "a\n\n", "\na", "a\n\nb", " a\nb", "a \nb", "a\n b", "a\n  b\n", "a\n\n", "a: b\n# c", "#a\nb", "{\na", "a\tb", "\ta", "a\rb", "é", "a\x00", "\xff", "\u2028", "\u0085", "_x60 50x60", "_", "(a)\n/ b", "$a", "/a", "a ", "sum(x)\n", "y\nn", "1\n2", "-\na", "null\n",
		strings.Repeat("long text ", 60), strings.Repeat("x", 200) + ": y", "\"\n", "5m\n", "a'b", "stale _x5", "key:\nvalue", "a\n#b", "a:\nb #c",
	}
}

func TestPrintsAsTheLibraryDoes(t *testing.T) {
	t.Parallel()
	for _, s := range texts() {
		same(t, sheet{Text: s, Texts: []string{s, "x"}, Labels: map[string]string{"b": s, "a": "x"}, Below: []sheet{{Text: s}, {Maybe: s}}})
		same(t, map[string]string{s: "a", "b": s})
		same(t, []string{s})
		same(t, s)
	}
	for _, v := range []float64{0, 1, -1, 0.1, 1e6, 1e20, 1e21, 1e-7, 123456789, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64} {
		same(t, sheet{Number: v, Count: int(min(max(v, -9), 9))})
	}
	nested := sheet{Text: "x"}
	nested.Inner.Lists = [][]string{{"a", "b"}, {}}
	for _, v := range []any{
		nested, sheet{}, &sheet{}, sheet{One: &sheet{Text: "a\nb"}}, sheet{For: time.Minute}, sheet{Any: "x"}, sheet{Any: sheet{Text: "y"}}, sheet{Always: map[string]string{"a2": "x", "a10": "y", "B": "z"}},
		map[string]int{"a": 1, "b": 2}, map[int]string{2: "a", 10: "b"}, []sheet{{}, {Text: "a"}}, []map[string]string{{"a": "b", "c": "d\ne"}, {}}, [][]string{{"a"}}, nil, []any{1, "a"}, map[string]any{"a": nil},
		map[string][]string{"a": {"b"}, "c": nil}, struct{ A, B *string }{}, []*sheet{nil, {Text: "a"}}, struct {
			sheet `yaml:",inline"`
		}{},
	} {
		same(t, v)
	}
}

// Texts put together by chance from what matters to YAML are met in numbers that nobody would write down.
func TestPrintsChanceTextsAsTheLibraryDoes(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "b", "y", "n", "o", "0", "1", "9", "x", "e", "d", "m", " ", "  ", "\n", ":", "#", "-", "_", ".", "'", `"`, "{", "}", "[", ",", "?", "~", "/", "null", "true", "é", "\t", "+", "(", "0x", "T", "Z"}
	for range 20_000 {
		var s strings.Builder
		for range 1 + chance.IntN(7) {
			s.WriteString(pieces[chance.IntN(len(pieces))])
		}
		same(t, map[string][]map[string]string{"k": {{"v": s.String(), "w": s.String()}}})
	}
}

func FuzzPrint(f *testing.F) {
	for _, s := range texts() {
		f.Add(s, s, 1.5)
	}
	f.Fuzz(func(t *testing.T, a, b string, n float64) {
		same(t, sheet{Text: a, Number: n, Labels: map[string]string{"k": b, "l": a}, Texts: []string{b}, Below: []sheet{{Maybe: b, Texts: []string{a}}}})
	})
}
