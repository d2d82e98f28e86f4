package jsontree

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// byLibrary is what encoding/json makes of a document.
func byLibrary(data []byte, numbers bool) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if numbers {
		dec.UseNumber()
	}
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more")
	}
	return v, nil
}

// documents are those of which the reader and the library are compared.
func documents() []string {
	return []string{
		``, ` `, `{}`, `[]`, `{`, `[`, `{]`, `[1,]`, `{"a":1,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{,}`, `[,]`, `null`, `nul`, `nullx`, `true`, `false`, `truer`, `"a`, `"`,
		`{"a":{"b":[1,2.5,-3e2,"x",true,false,null]}}`, ` { "a" : [ ] , "b" : { } } `, "\n[\t1\r, 2]\n", `[1] x`, `[1][2]`, `{"a":1,"a":2}`, `{"a":{"x":1},"a":{"y":2}}`,
		`0`, `-0`, `00`, `01`, `-`, `+1`, `1.`, `.5`, `1e`, `1e+`, `1E-2`, `1e999`, `9007199254740993`, `0.1`, `1.5.2`, `0x1`, `NaN`, `--1`,
		`"\"\\\/\b\f\n\r\t"`, `"\u00e9\u0041\u2028"`, `"\ud83d\ude00"`, `"\ud800"`, `"\u12"`, `"\u12g4"`, `"\u+123"`, `"\x"`, `"\`, `"\u`, `"é"`, "\"\xff\"", "\"a\\n\xff\"", "\"\x00\"", "\"a\\n\x01\"",
		`{"é":1,"\u0061":2}`, "\ufeff{}", strings.Repeat("[", 1500) + strings.Repeat("]", 1500), strings.Repeat("[", 20000), strings.Repeat(`{"a":`, 1200) + "1" + strings.Repeat("}", 1200),
	}
}

func TestReadIsTheLibrarys(t *testing.T) {
	t.Parallel()
	for _, text := range documents() {
		same(t, []byte(text))
	}
}

// same compares the reader with the library.
func same(t *testing.T, data []byte) {
	t.Helper()
	for _, numbers := range []bool{false, true} {
		want, wrong := byLibrary(data, numbers)
		got, err := read(data, numbers)
		if (wrong != nil) != (err != nil) {
			t.Errorf("%.60q: want the error %v, got %v", data, wrong, err)
		}
		if err == nil && !reflect.DeepEqual(want, got) {
			t.Errorf("%.60q: want %.200v, got %.200v", data, want, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range documents() {
		f.Add([]byte(text))
	}
	f.Fuzz(same)
}

// Common is a part of things that is embedded.
type Common struct {
	Deep
	Label string `json:"label"`
}

// Deep is a part of that.
type Deep struct {
	Level int `json:"level"`
}

// thing has a field of each kind.
type thing struct {
	Common
	Text    string         `json:"text"`
	Count   int            `json:"count"`
	Share   *float64       `json:"share,omitempty"`
	On      bool           `json:"on"`
	Off     *bool          `json:"off"`
	Any     any            `json:"any"`
	Options map[string]any `json:"options"`
	Words   []string       `json:"words"`
	Inner   struct {
		Things []*thing `json:"things"`
	} `json:"inner"`
	Skipped string `json:"-"`
}

func TestFillIsTheLibrarys(t *testing.T) {
	t.Parallel()
	var f Filler
	for _, text := range []string{
		`{}`, `null`, `{"text":"a","count":3,"share":0.5,"on":true,"off":false,"any":[1],"options":{"x":{"y":1}},"words":["a","b"],"unknown":1}`,
		`{"text":null,"count":null,"share":null,"on":null,"off":null,"any":null,"options":null,"words":null,"inner":null}`, `{"words":[],"options":{}}`, `{"label":"x","level":3,"inner":{"things":[{"level":4},{"label":"y"}]}}`, `{"Common":{"label":"x"}}`,
		`{"inner":{"things":[{"text":"b","inner":{"things":[{"count":-2}]}},null,{}]}}`, `{"Skipped":"x","words":[null,"a"]}`,
	} {
		var want, got thing
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		tree, err := Read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Fill(&got, tree); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		want.Skipped = ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-library +filler):\n%s", text, diff)
		}
	}
}

func TestFillRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`[]`:                "want an object, got a list",
		`{"text":1}`:        "text: want a text, got a number",
		`{"level":"1"}`:     "level: want a whole number, got a text",
		`{"count":"1"}`:     "count: want a whole number, got a text",
		`{"count":1.5}`:     "count: want a whole number, got a number",
		`{"count":1e300}`:   "count: want a whole number, got a number",
		`{"share":true}`:    "share: want a number, got true or false",
		`{"on":{}}`:         "on: want true or false, got an object",
		`{"options":[]}`:    "options: want an object, got a list",
		`{"words":"a"}`:     "words: want a list, got a text",
		`{"words":["a",1]}`: "words.1: want a text, got a number",
		`{"inner":{"things":[{},{"inner":{"things":[3]}}]}}`: "inner.things.1.inner.things.0: want an object, got a number",
	} {
		tree, err := Read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var f Filler
		var into thing
		if err := f.Fill(&into, tree); err == nil || err.Error() != want {
			t.Errorf("%s: want %q, got %v", text, want, err)
		}
		if err := json.Unmarshal([]byte(text), new(thing)); err == nil {
			t.Errorf("%s: the library takes it", text)
		}
	}
}
