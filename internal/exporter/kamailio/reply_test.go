package kamailio

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/jsonrpc"
)

func TestReplyValue(t *testing.T) {
	t.Parallel()
	f := func(text string, want float64, ok bool) {
		t.Helper()
		got, gotOK := reply{binrpc.StringOf(text)}.value()
		if gotOK != ok || ok && got != want {
			t.Errorf("%q: got %v %v, want %v %v", text, got, gotOK, want, ok)
		}
	}
	f("7", 7, true)
	f("-1", -1, true)
	f(" 7.5 ", 7.5, true)
	f("9007199254740993", 9007199254740992, true) // the nearest double
	f("N/A", 0, false)
	f("1(permanent)", 0, false)
	f("", 0, false)
	f("-nan", 0, false)
	f("nan", 0, false)
	f("inf", 0, false)
	f("1e400", 0, false)
	if _, ok := (reply{binrpc.StructOf(binrpc.Member{Name: "a"})}).value(); ok {
		t.Error("a struct was taken for a number")
	}
}

// TestReplyShapes gives one answer in every shape in which a transport brings it.
func TestReplyShapes(t *testing.T) {
	t.Parallel()
	a, b := binrpc.StructOf(member("name", "a")), binrpc.StructOf(member("name", "b"))
	over := func(text string) reply {
		t.Helper()
		v, err := jsonrpc.DecodeReply([]byte(`{"jsonrpc":"2.0","result":`+text+`,"id":1}`), 1)
		if err != nil {
			t.Fatal(err)
		}
		return fromJSONRPC(v)
	}
	f := func(name string, r reply, want ...string) {
		t.Helper()
		var got []string
		for _, item := range r.list() {
			got = append(got, item.str("name"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("no record", fromRecords(binrpc.ArrayOf()))
	f("one record", fromRecords(binrpc.ArrayOf(a)), "a")
	f("two records", fromRecords(binrpc.ArrayOf(a, b)), "a", "b")
	f("an array", fromRecords(binrpc.ArrayOf(binrpc.ArrayOf(a, b))), "a", "b")
	f("JSON: no thing", over(`[]`))
	f("JSON: one thing alone", over(`{"name":"a"}`), "a")
	f("JSON: two", over(`[{"name":"a"},{"name":"b"}]`), "a", "b")
	f("texts", fromRecords(binrpc.ArrayOf(binrpc.StringOf("x"))), "")

	named := func(name string, r reply, want ...string) {
		t.Helper()
		var got []string
		r.each("SET", func(set reply) { got = append(got, set.str("name")) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	sets := binrpc.StructOf(binrpc.Member{Name: "SET", Value: a}, binrpc.Member{Name: "other", Value: b}, binrpc.Member{Name: "SET", Value: b})
	named("repeated names", reply{sets}, "a", "b")
	named("JSON: one-key objects", over(`[{"SET":{"name":"a"}},{"other":{"name":"x"}},{"SET":{"name":"b"}}]`), "a", "b")

	unnamed := reply{binrpc.StructOf(binrpc.Member{Value: a}, binrpc.Member{Value: b})}
	if n := len(unnamed.entries()); n != 2 || unnamed.entries()[1].str("name") != "b" {
		t.Errorf("a list in a struct has %d entries", n)
	}
	if n := len(over(`[1,2,3]`).entries()); n != 3 {
		t.Errorf("a list has %d entries", n)
	}
}

// TestUnsetTexts: what is not set is empty over both transports, and truth is a number.
func TestUnsetTexts(t *testing.T) {
	t.Parallel()
	f := func(r reply, want string) {
		t.Helper()
		if r.text() != want {
			t.Errorf("got %q, want %q", r.text(), want)
		}
	}
	f(reply{binrpc.StringOf("<null string>")}, "")
	f(reply{binrpc.StringOf("a")}, "a")
	f(reply{binrpc.BytesOf([]byte("b"))}, "b")
	f(reply{binrpc.IntOf(-1)}, "-1")
	f(reply{binrpc.DoubleOf(0.125)}, "0.125")
	for text, want := range map[string]string{`null`: "", `true`: "1", `false`: "0", `-1.50`: "-1.50", `"a"`: "a"} {
		v, err := jsonrpc.DecodeReply([]byte(`{"jsonrpc":"2.0","result":`+text+`,"id":1}`), 1)
		if err != nil {
			t.Fatal(err)
		}
		f(fromJSONRPC(v), want)
	}
}

// TestTransportsGiveTheSameSeries compares what was recorded of one server over both, but for the connection that only
// the one over HTTP has, and the values, which are of another moment.
func TestTransportsGiveTheSameSeries(t *testing.T) {
	t.Parallel()
	series := func(file string) []string {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(regexp.MustCompile(`(?m)^kamailio_[a-z_]+(\{.*\})?`).FindAllString(string(text), -1), func(s string) bool {
			return s == `kamailio_tcp_connections_by_state{state="ok",type="tcp"}`
		})
	}
	for _, version := range []string{"5.6.3", "6.1.5"} {
		binary, wide := series("testdata/golden/"+version+".prom"), series("testdata/golden/"+version+"-http.prom")
		if diff := cmp.Diff(binary, wide); diff != "" || len(binary) < 500 {
			t.Errorf("%s: %d series (-BINRPC +HTTP):\n%s", version, len(binary), diff)
		}
	}
}
