package promql

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestIncreases(t *testing.T) {
	t.Parallel()
	f := func(text, want string, linear bool) {
		t.Helper()
		in, err := ParseIncreases(text)
		if err != nil {
			t.Fatal(err)
		}
		got := in.Replace(func(selector string) string { return "increase(" + selector + "[9m] anchored)" })
		if got != want || in.Linear != linear {
			t.Errorf("%s: want %s (%v)\ngot %s (%v)", text, want, linear, got, in.Linear)
		}
	}
	f(`sum(increase(x{a="b"}[5m]))`, `sum((increase(x{a="b"}[9m] anchored)))`, true)
	f(`sum(increase(x[5m])) - (sum(increase(y[5m] anchored)))`, `sum((increase(x[9m] anchored))) - (sum((increase(y[9m] anchored))))`, true)
	f(`max(increase(x[5m]))`, `max((increase(x[9m] anchored)))`, false)
	f(`clamp_min(increase(x[5m]), 0)`, `clamp_min((increase(x[9m] anchored)), 0)`, false)
	f(`sum(increase(x[5m])) or sum(y)`, `sum((increase(x[9m] anchored))) or sum(y)`, false)
	f(`-sum(increase(x[5m]))`, `-sum((increase(x[9m] anchored)))`, true)
	f(`sum(increase(x[$window])) - sum(y:increase$window offset ${window})`, `sum((increase(x[9m] anchored))) - sum(y:increase$window offset ${window})`, false)
	f(`sum(increase(x$window{a='$window'}[$window]))`, `sum((increase(x$window{a="$window"}[9m] anchored)))`, true)
	f("sum(y:increase5m)", "sum(y:increase5m)", false)
	if _, err := ParseIncreases("sum("); err == nil {
		t.Error("want an error")
	}
}

func TestSuffixed(t *testing.T) {
	t.Parallel()
	bound := func(v float64) *float64 { return &v }
	f := func(selector, suffix string, le *float64, want string) {
		t.Helper()
		if got, err := Suffixed(selector, suffix, le); got != want || err != nil {
			t.Errorf("want %s, got %s, %v", want, got, err)
		}
	}
	f("h", "_count", nil, "h_count")
	f(`h{a="b"}`, "_bucket", bound(0.3), `h_bucket{a="b",le="0.3"}`)
	f(`{__name__="h"}`, "_bucket", bound(2), `h_bucket{le="2.0"}`)
	for _, bad := range []string{"sum(h)", "h["} {
		if got, err := Suffixed(bad, "_count", nil); err == nil {
			t.Errorf("%s: want an error, got %s", bad, got)
		}
	}
}

func TestSelections(t *testing.T) {
	t.Parallel()
	one := func(text string) Selection {
		t.Helper()
		found, err := Selections(text)
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: want one selection, got %v, %v", text, found, err)
		}
		return found[0]
	}
	lacks := func(part, whole, want string) {
		t.Helper()
		if got := one(part).Beyond([]Selection{one(whole)}, func(string) []string { return nil }); got != want {
			t.Errorf("%s of %s: want %q, got %q", part, whole, want, got)
		}
	}
	lacks(`x{a="1"}`, `x`, "")
	lacks(`x`, `x{a="1"}`, `a="1"`)
	lacks(`x{a="1",b="2"}`, `x{a=~"1|3"}`, "")
	lacks(`x{a="2"}`, `x{a=~"1|3"}`, `a=~"1|3"`)
	lacks(`x{a=~"1"}`, `x{a=~"1|3"}`, "") // not told apart, so not refused
	lacks(`x{a="1"}`, `x{a!="1"}`, `a!="1"`)

	none := func(string) []string { return nil }
	example := func(s string, not string, values func(string) []string, want map[string]string) {
		t.Helper()
		var other *Selection
		if not != "" {
			o := one(not)
			other = &o
		}
		got, ok := one(s).Example(other, values)
		if diff := cmp.Diff(want, got); diff != "" || ok != (want != nil) {
			t.Errorf("%s and not %s: %v (-want +got):\n%s", s, not, ok, diff)
		}
	}
	example(`x{a="1",b=~"c|d"}`, "", none, map[string]string{"a": "1", "b": "c"})
	example(`x`, `x{a="1"}`, none, map[string]string{"a": "other"})
	example(`x`, `x{code=~"5.."}`, func(string) []string { return []string{"500", "200"} }, map[string]string{"code": "200"})
	example(`x{a="1"}`, `x{a="1"}`, none, nil)
	example(`x{a="1",a!="1"}`, "", none, nil)
	if diff := cmp.Diff(map[string][]string{"a": {"1"}, "b": {"2", "3"}}, one(`x{a="1",b=~"2|3",c!="4"}`).Asked()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	got, err := Names(`sum(rate(b[5m])) / on () a{x="y"} or {__name__="c"} or a or {x="y"}`)
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestWeigh(t *testing.T) {
	t.Parallel()
	of := func(s Selection) Sampling {
		if s.Name == "record" {
			return Sampling{Series: 1, Spacing: time.Minute}
		}
		return Sampling{Series: 6, Spacing: 30 * time.Second}
	}
	f := func(text string, want int) {
		t.Helper()
		if _, got, err := Weigh(text, of); got != want || err != nil {
			t.Errorf("%s: want %d, got %d, %v", text, want, got, err)
		}
	}
	f("x", 6)
	f("sum(x) / sum(x)", 12)
	f("sum(increase(x[5m]))", 60)
	f("sum(increase(x[5m] anchored))", 120)
	f("sum_over_time(record[30d:1h])", 2*720)
	f("vector(1)", 1)
	f("max_over_time(sum(x)[1h:5m])", 12*7)
	if _, _, err := Weigh("sum(", of); err == nil {
		t.Error("want an error")
	}
}
