package ng_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/bencode"
	"github.com/voipbin/observability/internal/protocol/ng"
)

// captures are the bodies of real daemons' answers, by file.
func captures(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/rtpengine-*/*.*")
	if err != nil || len(files) < 30 {
		t.Fatalf("captures: %d found, error %v", len(files), err)
	}
	bodies := make(map[string]string, len(files))
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		bodies[file] = string(b)
	}
	return bodies
}

// TestCapturesAgree: what a daemon says in JSON and what it says in bencoding are one, but for what it counts meanwhile.
func TestCapturesAgree(t *testing.T) {
	t.Parallel()
	bodies := captures(t)
	for file, body := range bodies {
		base, isJSON := strings.CutSuffix(file, ".json")
		if !isJSON {
			continue
		}
		inJSON, format, err := ng.Parse(body)
		if err != nil || format != ng.JSON {
			t.Fatalf("%s: %s, %v", file, format, err)
		}
		inBencode, format, err := ng.Parse(bodies[base+".bencode"])
		if err != nil || format != ng.Bencode {
			t.Fatalf("%s: %s, %v", base, format, err)
		}
		if diff := cmp.Diff(shape(inJSON, ""), shape(inBencode, "")); diff != "" {
			t.Errorf("%s (-JSON +bencoding):\n%s", base, diff)
		}
		if strings.Contains(base, "query") && !inJSON.Equal(inBencode) {
			t.Errorf("%s: the two differ", base)
		}
	}
}

// shape is a value without its numbers, which move between two questions: the path and kind of everything in it.
func shape(v bencode.Value, path string) []string {
	lines := []string{path + " " + v.Kind().String()}
	for i, m := range v.Members() {
		lines = append(lines, shape(m.Value, fmt.Sprintf("%s/%d %s", path, i, m.Key))...)
	}
	return lines
}

func TestDecodeCaptures(t *testing.T) {
	t.Parallel()
	for file, body := range captures(t) {
		_, err := ng.Decode(body)
		var refusal *ng.Refusal
		refused := errors.As(err, &refusal)
		switch {
		case strings.Contains(file, "error.unknown-command"):
			if !refused || !refusal.UnknownCommand() {
				t.Errorf("%s: got %v", file, err)
			}
		case strings.Contains(file, "error.unknown-call"):
			if !refused || refusal.Error() != "refused: error: Unknown call-id" {
				t.Errorf("%s: got %v", file, err)
			}
		case err != nil:
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestParseJSON(t *testing.T) {
	t.Parallel()
	f := func(body string, want ...bencode.Member) {
		t.Helper()
		got, format, err := ng.Parse(body)
		if err != nil || format != ng.JSON {
			t.Errorf("%s: %s, %v", body, format, err)
			return
		}
		if diff := cmp.Diff(bencode.DictOf(want...), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
	f(`{}`)
	f(`{"a":1,"b":-2}`, bencode.Member{Key: "a", Value: bencode.IntOf(1)}, bencode.Member{Key: "b", Value: bencode.IntOf(-2)})
	f(`{"b":"2","a":"é\n\u0041"}`, member("b", "2"), member("a", "é\nA"))
	f(`{"a":0.103902,"b":1e3,"c":-0}`, member("a", "0.103902"), member("b", "1e3"), member("c", "-0"))
	f("{ \"a\" :\t1\r\n, \"b\":[ ] , \"c\":{ } } ", bencode.Member{Key: "a", Value: bencode.IntOf(1)},
		bencode.Member{Key: "b", Value: bencode.ListOf()}, bencode.Member{Key: "c", Value: bencode.DictOf()})
	f(`{"a":"\ud83d\ude00 \" \\"}`, member("a", "\U0001f600 \" \\"))
	f(`{"a":true,"b":false,"c":null}`, member("a", "true"), member("b", "false"), member("c", "null"))
	f(`{"a":[],"b":[1,["x"]]}`, bencode.Member{Key: "a", Value: bencode.ListOf()},
		bencode.Member{Key: "b", Value: bencode.ListOf(bencode.IntOf(1), bencode.ListOf(bencode.StringOf("x")))})
	f(`{"a":1,"a":2}`, bencode.Member{Key: "a", Value: bencode.IntOf(1)}, bencode.Member{Key: "a", Value: bencode.IntOf(2)})
	big, _ := bencode.ParseInt("18446744073709551605")
	f(`{"a":18446744073709551605}`, bencode.Member{Key: "a", Value: big})
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	f := func(body, want string) {
		t.Helper()
		_, _, err := ng.Parse(body)
		var bad *ng.DecodeError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: want a *DecodeError with %q, got %v", body, want, err)
		}
	}
	f("", "bad reply: empty")
	f(" {}", "no dictionary in JSON or bencoding")
	f("[]", "no dictionary in JSON or bencoding")
	f("i1e", "no dictionary in JSON or bencoding")
	f(`{"a":-nan}`, "bad JSON at byte 5: neither string, number, object nor list")
	f(`{"a":nan}`, "neither string, number, object nor list")
	f(`{"a":01}`, "neither string, number, object nor list")
	f(`{"a" 1}`, "bad JSON at byte 5: a key without its colon")
	f(`{"a":[1}`, "bad JSON at byte 7: a list or object without its end")
	f(`{"a":1,}`, "a key that is no string")
	f(`{1:2}`, "bad JSON at byte 1: a key that is no string")
	f(`{`, "a key that is no string")
	f(`{"a":`, "it ends where a value is due")
	f(`{"a":"secret`, "a string without its end")
	f(`{"a":"secret\`, "a string without its end")
	f(`{"a":"\x"}`, "a string with a broken escape")
	f("{\"a\":\"\n\"}", "a string with a broken escape")
	f(`{"a":1}}`, "bad JSON at byte 7: 1 bytes after the end")
	f(`{"a":`+strings.Repeat("[", 40), "bad JSON at byte 36: nested deeper than 32")
	f("d1:a", "broken: bad bencoding at byte 4")
	f("d"+strings.Repeat("1:al", 40), "nested deeper than 32")
}

func TestErrorsHoldNothingReceived(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"call-id":"hunter2"`, `{"call-id":hunter2}`, "d7:call-id7:hunter2", "hunter2"} {
		if _, err := ng.Decode(body); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: want an error without what was received, got %v", body, err)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	deep := bencode.ListOf()
	for range bencode.MaxDepth {
		deep = bencode.ListOf(deep)
	}
	for _, format := range []ng.Format{ng.JSON, ng.Bencode} {
		if _, err := ng.Append(nil, format, deep.Members()[0].Value); err != nil {
			t.Errorf("%s: as deep as may be: %v", format, err)
		}
		for _, v := range []bencode.Value{{}, deep, bencode.DictOf(bencode.Member{Key: "x"})} {
			if _, err := ng.Append(nil, format, v); err == nil {
				t.Errorf("%s: want an error for a value of kind %s", format, v.Kind())
			}
		}
	}
}
