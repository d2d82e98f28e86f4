package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSeriesOfRules(t *testing.T) {
	t.Parallel()
	f := func(r Rule, makes Series, reads ...Series) {
		t.Helper()
		got, err := r.Reads()
		if diff := cmp.Diff(reads, got); err != nil || diff != "" || r.Makes() != makes {
			t.Errorf("%s: makes %v, %v (-want +got):\n%s", r.Expr, r.Makes(), err, diff)
		}
	}
	f(Rule{Record: "slo:x:y", Expr: `slo:a:b{slo="one"} + sum(slo:a:b{slo=~"one|two"}) + slo:c:d`, Labels: map[string]string{"slo": "one"}},
		Series{"slo:x:y", "one"}, Series{"slo:a:b", "one"}, Series{"slo:a:b", "one"}, Series{"slo:a:b", "two"}, Series{"slo:c:d", ""})
	f(Rule{Record: "voipbin:x:y", Expr: `sum(rate(x_total{slo="one"}[5m]))`, Labels: map[string]string{"slo": "one"}}, Series{"voipbin:x:y", ""}, Series{"x_total", ""})
	f(Rule{Alert: "A", Expr: `slo:a:b{slo!="one"} > 1`}, Series{"ALERTS", ""}, Series{"slo:a:b", ""})
	if _, err := (Rule{Expr: "sum("}).Reads(); err == nil {
		t.Error("want an error for what is no expression")
	}
}

func TestSeriesCovers(t *testing.T) {
	t.Parallel()
	f := func(read, made Series, want bool) {
		t.Helper()
		if got := read.Covers(made); got != want {
			t.Errorf("%v reads %v: want %v, got %v", read, made, want, got)
		}
	}
	f(Series{"a", "one"}, Series{"a", "one"}, true)
	f(Series{"a", "one"}, Series{"a", "two"}, false)
	f(Series{"a", ""}, Series{"a", "two"}, true)
	f(Series{"a", "one"}, Series{"a", ""}, true)
	f(Series{"a", ""}, Series{"b", ""}, false)
}
