package promql

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// selection reads one selector.
func selection(t *testing.T, text string) Selection {
	t.Helper()
	found, err := Selections(text)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: want one selection, got %v, %v", text, found, err)
	}
	return found[0]
}

// codes are the values of the label code in these tests; other labels are open.
func codes(label string) []string {
	if label == "code" {
		return []string{"200", "404", "500", "503"}
	}
	return nil
}

// A part is refused for what it surely takes beyond the whole, and for nothing else.
func TestBeyond(t *testing.T) {
	t.Parallel()
	f := func(part, want string, whole ...string) {
		t.Helper()
		var others []Selection
		for _, w := range whole {
			others = append(others, selection(t, w))
		}
		if got := selection(t, part).Beyond(others, codes); got != want {
			t.Errorf("%s of %q: want %q, got %q", part, whole, want, got)
		}
	}
	// Values that are known.
	f(`x{code=~"5..|404"}`, "", `x{code!="200"}`)
	f(`x{code!="200"}`, "", `x{code=~"404|5.."}`)
	f(`x{code=~"[45].."}`, `code=~"5.."`, `x{code=~"5.."}`)
	f(`x{code!="500"}`, `code!="503"`, `x{code!="503"}`)
	// Values that are open are told apart by examples.
	f(`x{a=~"2..|4.."}`, `a=~"2..|5.."`, `x{a=~"2..|5.."}`)
	f(`x{a=~"5.."}`, "", `x{a=~"[1-5][0-9][0-9]"}`)
	f(`x{a=~"5.+"}`, "", `x{a=~"5.."}`)
	f(`x{a=~"4..|5.."}`, `a!~"4.."`, `x{a!~"4.."}`)
	f(`x{a=~"4..",a!="400"}`, "", `x{a=~"4.+"}`)
	f(`x{a!="1"}`, `a=~"2"`, `x{a=~"2"}`)
	// Several parts of the whole: one that takes all is enough.
	f(`x{code="500"}`, "", `x{code="200"}`, `x{code=~"5.."}`)
	f(`x{code="404"}`, `code="200"`, `x{code="200"}`, `x{code=~"5.."}`)
	// Buckets count what is up to their bound.
	f(`x_bucket{le="0.5"}`, "", `x_bucket{le="+Inf"}`)
	f(`x_bucket{le="1.0"}`, `le="0.5"`, `x_bucket{le="0.5"}`)
	f(`x_bucket`, `le="0.5"`, `x_bucket{le="0.5"}`)
}

func TestTakes(t *testing.T) {
	t.Parallel()
	f := func(text, label, want string) {
		t.Helper()
		got, ok := selection(t, text).Takes(label, []string{"2xx", "200", "success"}, codes(label))
		if got != want || ok != (want != "") {
			t.Errorf("%s: want %q, got %q, %t", text, want, got, ok)
		}
	}
	f(`x{code="200"}`, "code", "200")
	f(`x{code=~"2.."}`, "code", "200")
	f(`x{code=~"[2-5].."}`, "code", "200")
	f(`x{code!="500"}`, "code", "200")
	f(`x{code!="200"}`, "code", "")
	f(`x{code=~"5.."}`, "code", "")
	f(`x{code=~".+"}`, "code", "") // any code is meant, and all events are no part of them
	f(`x{a=~"2.."}`, "a", "2xx")
	f(`x{a=~"[0-9]+"}`, "a", "200")
	f(`x{a!~"5.."}`, "a", "2xx")
	f(`x{a!~"probe.*"}`, "a", "")
	f(`x{a=~".+"}`, "a", "")
	f(`x{a="success"}`, "a", "success")
	f(`x{a!="500"}`, "a", "") // what else there is nobody knows
}

func TestOpenPatterns(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...OpenPattern) {
		t.Helper()
		if diff := cmp.Diff(want, selection(t, text).OpenPatterns(codes)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	f(`x{code=~"5.+"}`, OpenPattern{`code=~"5.+"`, []string{"500", "503"}})
	f(`x{code=~"5[0-9]{2,}"}`, OpenPattern{`code=~"5[0-9]{2,}"`, []string{"500", "503"}})
	f(`x{code=~"5..",a=~"5.+"}`)
	f(`x{code=~".+"}`)
	f(`x{code!~"5.+"}`)
}

// What is taken away, and what is only a condition, is not counted.
func TestCounted(t *testing.T) {
	t.Parallel()
	got, err := Counted(`sum(increase(a[5m])) + (b or c) - d and on () e unless f > g`)
	var names []string
	for _, s := range got {
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, names); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := Counted("sum("); err == nil {
		t.Error("want an error")
	}
}

// Only a sum of counts is a count; what is a condition may be anything.
func TestUncountable(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		got := ""
		if p := Uncountable(text); p != nil {
			got = text[p.Start:p.End] + ": " + p.What
		}
		if got != want {
			t.Errorf("%s: want %q, got %q", text, want, got)
		}
	}
	f(`sum(increase(a[5m]))`, "")
	f(`sum(increase(a[5m])) and on () count(up) > 0`, "")
	f(`sum(increase(a[5m])) > avg_over_time(b[5m])`, "")
	f(`sum by (x) (increase(a[5m])) - sum without (y) (increase(b[5m]))`, "")
	f(`sum(min by (x) (increase(a[5m])))`, `min by (x) (increase(a[5m])): min() of counts is no count: what happened elsewhere is lost in it`)
	f(`-(topk(1, increase(a[5m])))`, `topk(1, increase(a[5m])): topk() of counts is no count: what happened elsewhere is lost in it`)
	f(`count(a) and on () b`, `count(a): count() tells of series and not of their events`)
	f(`sum(sum(increase(a[5m])))`, `sum(increase(a[5m])): a sum of sums is the sum of all`)
	f(`sum((sum(avg(increase(a[5m])))))`, `avg(increase(a[5m])): avg() of counts is no count: what happened elsewhere is lost in it`)
	f(`sum(delta(a[5m]))`, `delta(a[5m]): delta() is a measurement and no count of events`)
	f(`sum(increase(a[5m])) / 2`, "")
	f(`sum(a[5m]`, "")
}

func TestBoolean(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`kamailio_up`: true, `up{job="a"}`: true, `probe_success`: true, `kube_pod_status_ready{condition="true"}`: true, `nobody_knows`: true,
		`kamailio_dialogs`: false, `kamailio_pkg_real_used_bytes`: false, `kube_pod_info`: false, `sum(`: false, `a + b`: false,
		`voipbin:attempts:increase5m`: true,
	} {
		if got := testChecker().Boolean(text); got != want {
			t.Errorf("%s: want %t, got %t", text, want, got)
		}
	}
}
