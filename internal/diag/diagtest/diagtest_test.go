package diagtest_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/diag/diagtest"
)

// Messages are found wherever they are given, and only there; what varies may be anything.
func TestMessages(t *testing.T) {
	t.Parallel()
	folder := fstest.MapFS{
		"a.go": {Data: []byte(`package a

func f(v value, s string) {
	v.Reject("no " + s, "a hint")
	v.Rejectf("%d%% of %q", 5, s)
	v.Match("[a-z]", "a word")
	_ = diag.At(pos, fmt.Sprintf("%s is wrong", s), "")
	_ = diag.Problem{What: "a field", Hint: "not this"}
	v.Reject(s, "not that")
	r.report(at, "neither", "the %s has %d", s, 3)
	found.fault("about", at, "four "+s, "a hint")
	l.fault("file", "three", "a hint")
	found.doubt("about", at, what, "a hint")
	what := fmt.Sprintf("kept for %d", 2)
	whatever := "not this either"
	wrong(fmt.Sprintf("is in %s", s), "a hint")
	other("not a message")
}
`)},
		"a_test.go": {Data: []byte("package a\n\nfunc g(v value) { v.Reject(\"of a test\", \"\") }\n")},
	}
	messages, err := diagtest.Messages(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range messages {
		got = append(got, m.At+" "+m.Text)
	}
	want := []string{
		"a.go:4 no …", "a.go:5 …% of …", "a.go:6 is not a word", "a.go:7 … is wrong", "a.go:8 a field", "a.go:10 the … has …",
		"a.go:11 four …", "a.go:12 three", "a.go:14 kept for …", "a.go:16 signal …: … is in …",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	shown := []string{`spec/a.yaml:1:2: x: 5% of "y"`, "the end has 3: a hint"}
	for i, want := range []bool{false, true, false, false, false, true, false, false, false, false} {
		if got := messages[i].In(shown); got != want {
			t.Errorf("%q is shown: want %t, got %t", messages[i].Text, want, got)
		}
	}
	folder["a.go"].Data = []byte("no Go")
	if _, err := diagtest.Messages(folder); err == nil {
		t.Error("want an error of what is no Go")
	}
}
