package promql

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A caret must stand under the word that is wrong, wherever in the expression it is and however often it is there rightly.
func TestCarets(t *testing.T) {
	t.Parallel()
	// Want has ^ under each place at which a problem begins and ~ under the rest of it.
	f := func(text, want string) {
		t.Helper()
		marks := []rune(strings.Repeat(" ", len(text)+1)) // a syntax error may be at the end
		for _, p := range testChecker().Check(text) {
			for i := p.Start; i < p.End; i++ {
				marks[i] = '~'
			}
			marks[p.Start] = '^'
		}
		if diff := cmp.Diff(want, strings.TrimRight(string(marks), " ")); diff != "" {
			t.Errorf("%s\n(-want +got):\n%s", text, diff)
		}
	}
	f(`kamailio_up`, ``)
	f(`kamailio_pu + kamailio_up`,
		`^~~~~~~~~~~`)
	f(`kamailio_up + kamailio_pu`,
		`              ^~~~~~~~~~~`)
	f(`sum by (job, nod) (kamailio_up)`,
		`             ^~~`)
	f(`sum(kamailio_dialogs{state="ongoing"}) by (stat)`,
		`                                           ^~~~`)
	f(`kamailio_up * on (instance, slot) group_left (version) kamailio_build_info`,
		`                            ^~~~`)
	f(`kamailio_up * on (instance) group_left (vers) kamailio_build_info`,
		`                                        ^~~~`)
	f(`kamailio_build_info * on (instance) group_right (vers) kamailio_up`,
		`                                                 ^~~~`)
	f(`kamailio_dialogs{state="ongoing", stat="x"}`,
		`                                  ^~~~`)
	f(`kamailio_dialogs{"stat"="x"}`,
		`                 ^~~~~~`)
	f(`{"kamailio_pu", job="x"}`,
		` ^~~~~~~~~~~~~`)
	f(`{__name__="kamailio_pu", job="x"}`,
		`          ^~~~~~~~~~~~~`)
	f(`rate(kamailio_dialogs[$__rate_interval]) + kamailio_pu`,
		`^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~   ^~~~~~~~~~~`)
	f(`rate(kamailio_requests_received_total{instance=~"$instance", job="$job", nod="$node"}[$__rate_interval])`,
		`                                                                         ^~~`)
	f("sum by (job) (\n  kamailio_up{\n    jub=\"x\"\n  }\n)",
		strings.Repeat(" ", 34)+"^~~")
	f(`kamailio_up and`,
		`               ^`)
}

func TestUnion(t *testing.T) {
	t.Parallel()
	left := vector{family: "a", labels: map[string]label{"x": {pinned: true, values: []string{"1", "2"}}, "y": {}}}
	right := vector{family: "b", labels: map[string]label{"x": {values: []string{"1", "2"}}, "z": {values: []string{"1"}}}}
	got := union(left, right)
	want := map[string]label{"x": {values: []string{"1", "2"}}, "y": {maybe: true}, "z": {maybe: true}}
	if diff := cmp.Diff(want, got.labels, cmp.AllowUnexported(label{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.family != "" {
		t.Errorf("want no single family, got %q", got.family)
	}
	if same := union(left, left); same.family != "a" || !same.labels["x"].pinned {
		t.Errorf("want what both sides have, got %+v", same)
	}
}

func TestKeepAndDrop(t *testing.T) {
	t.Parallel()
	v := vector{labels: map[string]label{"x": {pinned: true}, "y": {}}}
	f := func(got vector, want ...string) {
		t.Helper()
		if diff := cmp.Diff(append([]string{}, want...), got.labelNames()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	f(v.keep([]string{"x", "z"}), "x")
	f(v.drop("x", "z"), "y")
	f(v.with("z", label{}), "x", "y", "z")
	f(v, "x", "y") // none of them changes the vector itself
	v.open = true
	f(v.keep([]string{"z"}), "z")
	if !v.has("z") || v.keep([]string{"z"}).has("y") {
		t.Error("want an open vector to have any label until by() closes it")
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	f := func(v vector, want string) {
		t.Helper()
		if got := v.describe(); got != want {
			t.Errorf("want %s, got %s", want, got)
		}
	}
	f(vector{family: "up"}, `"up"`)
	f(vector{family: "up"}.named("the left side"), `"up"`)
	f(vector{}.named("the left side"), "the left side")
	f(vector{}, "the expression")
}
