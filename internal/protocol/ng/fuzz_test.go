package ng_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/bencode"
	"github.com/voipbin/observability/internal/protocol/ng"
)

// FuzzDecode reads any bytes as the body of a reply: it never panics, fails with one of the errors that Decode names, and
// what it accepts is the same when written in either format and read again.
func FuzzDecode(f *testing.F) {
	for _, body := range captures(f) {
		f.Add(body)
	}
	f.Add(`{"a":[1,-2.5e3,null,true,{"b":"\u00e9"}],"result":"ok"}`)
	f.Add("d6:result10:load limite")
	f.Fuzz(func(t *testing.T, body string) {
		dict, err := ng.Decode(body)
		if err != nil {
			var bad *ng.DecodeError
			var refusal *ng.Refusal
			if !errors.As(err, &bad) && !errors.As(err, &refusal) {
				t.Errorf("want a *DecodeError or a *Refusal, got %v", err)
			}
			return
		}
		for _, format := range []ng.Format{ng.JSON, ng.Bencode} {
			if format == ng.JSON && !textual(dict) {
				continue // JSON has no bytes
			}
			again, err := ng.Append(nil, format, dict)
			if err != nil {
				t.Fatalf("what was accepted and written in %s: %v", format, err)
			}
			got, err := ng.Decode(string(again))
			var bad *bencode.DecodeError
			if errors.As(err, &bad) && len(again) >= 1024 {
				continue // more values than a message of its size may have in bencoding
			}
			if err != nil {
				t.Fatalf("what was accepted, written in %s and read again: %v", format, err)
			}
			if diff := cmp.Diff(dict, got); diff != "" {
				t.Errorf("read, written in %s and read again (-first +second):\n%s", format, diff)
			}
		}
	})
}

// textual tells whether all strings in a value are UTF-8.
func textual(v bencode.Value) bool {
	for _, m := range v.Members() {
		if !utf8.ValidString(m.Key) || !textual(m.Value) {
			return false
		}
	}
	return utf8.ValidString(v.Text())
}

// FuzzParseJSON compares with encoding/json: an object that it takes is taken, one that it refuses is refused (but for what
// nests too deep), and the strings in it are the same.
func FuzzParseJSON(f *testing.F) {
	for file, body := range captures(f) {
		if strings.HasSuffix(file, ".json") {
			f.Add(body)
		}
	}
	f.Add("{ \"a\" : [ 1 , -2.5e+3, true,false , null, \"\\u00e9\\n\\ud800\" ] }")
	f.Fuzz(func(t *testing.T, body string) {
		if body == "" || body[0] != '{' {
			return
		}
		got, _, err := ng.Parse(body)
		if err == nil != json.Valid([]byte(body)) && (err == nil || !strings.Contains(err.Error(), "deeper")) {
			t.Fatalf("valid %v, but read with %v", json.Valid([]byte(body)), err)
		}
		if err != nil {
			return
		}
		var want map[string]any
		decoder := json.NewDecoder(strings.NewReader(body))
		decoder.UseNumber()
		if err := decoder.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(worded(want), plain(got)); diff != "" {
			t.Errorf("object (-encoding/json +ours):\n%s", diff)
		}
	})
}

// worded is what encoding/json gives, with everything but strings, lists and objects as it was written.
func worded(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = worded(v[i])
		}
		return v
	case map[string]any:
		for key := range v {
			v[key] = worded(v[key])
		}
		return v
	case nil:
		return "null"
	default:
		return fmt.Sprint(v)
	}
}

// plain is a value in the same form.
func plain(v bencode.Value) any {
	switch v.Kind() {
	case bencode.List:
		items := make([]any, len(v.Members()))
		for i, m := range v.Members() {
			items[i] = plain(m.Value)
		}
		return items
	case bencode.Dict:
		members := make(map[string]any)
		for _, m := range v.Members() {
			members[m.Key] = plain(m.Value)
		}
		return members
	default:
		return v.Text()
	}
}

func BenchmarkDecode(b *testing.B) {
	bodies := captures(b)
	for _, file := range []string{"statistics.json", "statistics.bencode", "query.call-3.json", "query.call-3.bencode"} {
		b.Run(file, func(b *testing.B) {
			body := bodies["testdata/rtpengine-26.0.1/"+file]
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ng.Decode(body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
