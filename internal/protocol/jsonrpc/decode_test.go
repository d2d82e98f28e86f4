package jsonrpc

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func text(s string) Value            { return Value{kind: String, text: s} }
func number(s string) Value          { return Value{kind: Number, text: s} }
func array(items ...Value) Value     { return Value{kind: Array, items: items} }
func object(members ...Member) Value { return Value{kind: Object, members: members} }

func TestDecodeResult(t *testing.T) {
	t.Parallel()
	f := func(result string, want Value) {
		t.Helper()
		got, err := DecodeReply([]byte(`{"jsonrpc":"2.0","result":`+result+`,"id":7}`), 7)
		if err != nil {
			t.Fatalf("%s: %v", result, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", result, diff)
		}
	}
	f(`null`, Value{kind: Null})
	f(`true`, Value{kind: Bool, text: "true"})
	f(`false`, Value{kind: Bool, text: "false"})
	f(`"kamailio 6.1.5 (x86_64/Linux) "`, text("kamailio 6.1.5 (x86_64/Linux) "))
	f(`"a\"\u00e9\/"`, text(`a"é/`))
	f(`18446744073709551615`, number("18446744073709551615"))
	f(`0.200020`, number("0.200020"))
	f(`-1`, number("-1"))
	f(`[]`, array())
	f(`{}`, object())
	f(` [ 1 , [ ] , { } ] `, array(number("1"), array(), object()))
	f(`{"b":1,"a":2,"b":3}`, object(Member{"b", number("1")}, Member{"a", number("2")}, Member{"b", number("3")}))
}

func TestDecodeReplyRefuses(t *testing.T) {
	t.Parallel()
	f := func(body, want string) {
		t.Helper()
		_, err := DecodeReply([]byte(body), 7)
		var bad *DecodeError
		if !errors.As(err, &bad) {
			t.Fatalf("%.80s: want a *DecodeError, got %v", body, err)
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("%.80s (-want +got):\n%s", body, diff)
		}
	}
	f(``, "bad reply at byte 0: the reply ends too early")
	f(`<html>`, "bad reply at byte 0: not JSON")
	f(`{"jsonrpc":"2.0","result":{"a":1`, "bad reply at byte 32: the reply ends too early")
	f(`{"jsonrpc":"2.0","result":[1 2]}`, "bad reply at byte 29: not JSON")
	f(`{"jsonrpc":"2.0","result":[1,]}`, "bad reply at byte 29: not JSON")
	f(`{"jsonrpc":"2.0","result":{"a":1,}}`, "bad reply at byte 33: not JSON")
	f(`{"jsonrpc":"2.0","result":1,"id":7} {}`, "bad reply at byte 35: something after the end of the reply")
	f(`[]`, "bad reply at byte 0: not an object")
	f(`{"result":1,"id":7}`, "bad reply at byte 0: not JSON-RPC version 2.0")
	f(`{"jsonrpc":2.0,"result":1,"id":7}`, "bad reply at byte 0: not JSON-RPC version 2.0")
	f(`{"jsonrpc":"2.0","result":1}`, "bad reply at byte 0: not the id of this call")
	f(`{"jsonrpc":"2.0","result":1,"id":8}`, "bad reply at byte 0: not the id of this call")
	f(`{"jsonrpc":"2.0","result":1,"id":"7"}`, "bad reply at byte 0: not the id of this call")
	f(`{"jsonrpc":"2.0","result":1,"id":7.0}`, "bad reply at byte 0: not the id of this call")
	f(`{"jsonrpc":"2.0","id":7}`, "bad reply at byte 0: want either a result or an error")
	f(`{"jsonrpc":"2.0","result":1,"error":{"code":1},"id":7}`, "bad reply at byte 0: want either a result or an error")
	f(`{"jsonrpc":"2.0","error":{"message":"x"},"id":7}`, "bad reply at byte 0: an error without a code")
	f(`{"jsonrpc":"2.0","error":{"code":"500"},"id":7}`, "bad reply at byte 0: an error without a code")
	f(`{"jsonrpc":"2.0","error":{"code":1e3},"id":7}`, "bad reply at byte 0: an error without a code")
	f(strings.Repeat("[", 33)+strings.Repeat("]", 33), "bad reply at byte 32: nested deeper than 32")
	f(`[`+strings.Repeat("1,", 10000)+`1]`, "bad reply at byte 18191: more than 9096 values in 20003 bytes")
}

func TestDecodeFault(t *testing.T) {
	t.Parallel()
	f := func(failure string, want *Fault) {
		t.Helper()
		_, err := DecodeReply([]byte(`{"jsonrpc":"2.0","error":`+failure+`,"id":7}`), 7)
		var got *Fault
		if !errors.As(err, &got) {
			t.Fatalf("%.80s: want a *Fault, got %v", failure, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.80s (-want +got):\n%s", failure, diff)
		}
	}
	f(`{"code":500,"message":"Method Not Found"}`, &Fault{500, "Method Not Found"})
	f(`{"code":-32601}`, &Fault{-32601, ""})
	f(`{"code":400,"message":" a\nb\u001b[31m "}`, &Fault{400, "a?b?[31m"})
	f(`{"code":400,"message":"`+strings.Repeat("x", 300)+`"}`, &Fault{400, strings.Repeat("x", 256)})
	f(`{"code":400,"message":"x`+strings.Repeat("é", 300)+`"}`, &Fault{400, "x" + strings.Repeat("é", 127)})
}

// capture reads a recorded reply, whose call had the id 1.
func capture(t *testing.T, file string) (Value, error) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return DecodeReply(body, 1)
}

func lookup(t *testing.T, v Value, names ...string) Value {
	t.Helper()
	for _, name := range names {
		inner, ok := v.Lookup(name)
		if !ok {
			t.Fatalf("no member %q", name)
		}
		v = inner
	}
	return v
}

func TestCaptures(t *testing.T) {
	t.Parallel()
	for version, latency := range map[string]json.Number{"5.6.3": "0.200020", "6.1.5": "0.377778"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			list, err := capture(t, "kamailio-"+version+"/dispatcher.list.json")
			if err != nil {
				t.Fatal(err)
			}
			sets := lookup(t, list, "RECORDS").Items()
			if want, got := 4, len(sets); want != got {
				t.Fatalf("want %d sets, got %d", want, got)
			}
			destinations := lookup(t, sets[0], "SET", "TARGETS").Items()
			second := lookup(t, destinations[1], "DEST")
			if want, got := "sip:127.0.0.1:5080", lookup(t, second, "URI").Text(); want != got {
				t.Errorf("want destination %q, got %q", want, got)
			}
			if got := lookup(t, second, "LATENCY", "AVG").Number(); latency != got {
				t.Errorf("want the latency as written, %s, got %s", latency, got)
			}
			if got := lookup(t, second, "ATTRS", "SOCKET").Kind(); got != Null {
				t.Errorf("want null for a socket that is not set, got kind %d", got)
			}
			if empty, err := capture(t, "kamailio-"+version+"/error.nosuchgroup.json"); err != nil || !empty.Equal(array()) {
				t.Errorf("unknown statistics: want an empty array, got %v, %v", empty, err)
			}
			for file, want := range map[string]*Fault{
				"error.unknown_method.json": {500, "Method Not Found"},
				"error.noparam.json":        {400, "Please provide which stats to retrieve"},
			} {
				_, err := capture(t, "kamailio-"+version+"/"+file)
				var got *Fault
				if errors.As(err, &got); cmp.Diff(want, got) != "" {
					t.Errorf("%s: want %v, got %v", file, want, err)
				}
			}
		})
	}
}

// TestCaptureShapes: disabled is a number in 5.6 and a boolean in 6.1.
func TestCaptureShapes(t *testing.T) {
	t.Parallel()
	f := func(version string, want ...Value) {
		t.Helper()
		list, err := capture(t, "kamailio-"+version+"/rtpengine.show.all.json")
		if err != nil {
			t.Fatal(err)
		}
		var got []Value
		for _, item := range list.Items() {
			got = append(got, lookup(t, item, "disabled"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", version, diff)
		}
	}
	no := Value{kind: Bool, text: "false"}
	f("5.6.3", number("0"), number("0"), number("1"))
	f("6.1.5", no, no, no)
}

func TestAccessors(t *testing.T) {
	t.Parallel()
	values := []Value{
		{}, {kind: Null}, {kind: Bool, text: "true"}, {kind: Bool, text: "false"}, number("7"), text("7"), array(), array(number("7")),
		object(), object(Member{"a", number("7")}), object(Member{"b", number("7")}),
	}
	for i, v := range values {
		for j, w := range values {
			if want, got := i == j, v.Equal(w); want != got {
				t.Errorf("values %d and %d: want equal %v, got %v", i, j, want, got)
			}
		}
		if want, got := v.Kind() == String, v.Text() != ""; want != got {
			t.Errorf("value %d: want a text %v, got %q", i, want, v.Text())
		}
		if want, got := v.Kind() == Number, v.Number() != ""; want != got {
			t.Errorf("value %d: want a number %v, got %q", i, want, v.Number())
		}
		if want, got := i == 2, v.Bool(); want != got {
			t.Errorf("value %d: want true %v, got %v", i, want, got)
		}
	}
	if diff := cmp.Diff([]Member{{"a", number("7")}}, values[9].Members()); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

// TestDecodeAllocation feeds the bodies that cost most for their size and holds the decoder to its promise.
func TestDecodeAllocation(t *testing.T) {
	const size = 1 << 18
	f := func(name, unit string) {
		t.Helper()
		body := []byte("[" + strings.Repeat(unit+",", size/(len(unit)+1)) + unit + "]")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := DecodeReply(body, 1)
		runtime.ReadMemStats(&after)
		got := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: %.1f bytes for each, error %v", name, float64(got)/size, err)
		if want := uint64(200*size + 1<<20); got > want {
			t.Errorf("%s: want at most %d bytes allocated, got %d", name, want, got)
		}
	}
	f("digits", `1`)
	f("numbers", `100`)
	f("texts", `"a"`)
	f("arrays", `[ ]`)
	f("arrays of one", `[1]`)
	f("arrays of two", `[10,10]`)
	f("objects", `{ }`)
	f("objects of one", `{"":1 }`)
	f("one text", `"`+strings.Repeat("x", size)+`"`)
	f("escapes", `"\u0041\u0041\u0041\u0041"`)
	f("short escapes", `"\n"`)
}

// TestNoProxy: the environment does not send calls elsewhere. It is checked here because package http never asks a proxy for
// a loopback address, and reads the environment once only.
func TestNoProxy(t *testing.T) {
	t.Parallel()
	u, err := ParseURL("http://127.0.0.1:5060")
	if err != nil {
		t.Fatal(err)
	}
	if NewClient(u, Options{}).transport.Proxy != nil {
		t.Error("want no proxy")
	}
}
