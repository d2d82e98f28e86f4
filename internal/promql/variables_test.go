package promql

import (
	"testing"
	"time"
)

func TestExpandOriginal(t *testing.T) {
	t.Parallel()
	const text = `sum(a:increase$window{x="${who:regex}"}[$window])`
	ex := Expand(text, func(name string) (string, bool) {
		if name == "who" {
			return "somebody", true
		}
		return Window(90 * time.Minute)(name)
	})
	if want := `sum(a:increase1h30m{x="somebody"}[1h30m])`; ex.Text != want {
		t.Fatalf("want %s, got %s", want, ex.Text)
	}
	f := func(from, to int, want string) {
		t.Helper()
		if got := text[ex.Original(from, false):ex.Original(to, true)]; got != want {
			t.Errorf("%q: want %q, got %q", ex.Text[from:to], want, got)
		}
	}
	f(0, 3, "sum")
	f(4, 19, "a:increase$window")
	f(14, 19, "$window")
	f(15, 17, "$window") // inside the value
	f(20, 21, "x")
	f(23, 31, "${who:regex}")
	f(33, 40, "[$window]")
	f(0, len(ex.Text), text)
}

func TestExpandLeavesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	f := func(text string) {
		t.Helper()
		if got := Expand(text, Window(time.Hour)).Text; got != text {
			t.Errorf("want %q as it is, got %q", text, got)
		}
	}
	f(``)
	f(`$`)
	f(`x{a=~"b$"}`)
	f(`x{a=~"$other"}`)
	f(`x[${window]`)
	f(`x[${win dow}]`)
	f(`x[$9]`)
	f(`$windows`)
}

func TestFormat(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		got, err := Format(text)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("want\n%s\ngot\n%s", want, got)
		}
		again, err := Format(got)
		if err != nil || again != got {
			t.Errorf("not stable: %v\n%s", err, again)
		}
	}
	f(`sum(rate(x[5m]))by(a)`, `sum by (a) (rate(x[5m]))`)
	f(`increase( x [300s]anchored )`, `increase(x[5m] anchored)`)
	f(`rate(x{i=~"$instance"}[$__rate_interval]) / rate(y[${__range}])`, `rate(x{i=~"$instance"}[$__rate_interval]) / rate(y[${__range}])`)
	f(`sum by($a,$ab)(x)`, `sum by ($a, $ab) (x)`)
	f(`increase(x[$window])`, `increase(x[$window])`)
	f(`sum(rate(a_metric_with_a_long_name{label="value"}[5m])) / sum(rate(another_metric_with_a_long_name[5m]))`,
		"  sum(rate(a_metric_with_a_long_name{label=\"value\"}[5m]))\n/\n  sum(rate(another_metric_with_a_long_name[5m]))")

	const long = `sum(rate(a_metric_with_a_long_name{label="value"}[5m])) / sum(rate(another_metric_with_a_long_name[$window]))`
	if got, err := FormatLine(long); err != nil || got != long {
		t.Errorf("want\n%s\ngot\n%s (%v)", long, got, err)
	}
	if _, err := Format(`sum(`); err == nil || err.Error() != `PromQL syntax: unclosed left parenthesis` {
		t.Errorf("want an error for half an expression, got %v", err)
	}
	if got := Parse(`rate(x)`); len(got) != 1 || got[0].Start != 5 || got[0].End != 6 {
		t.Errorf("want one problem at x, got %+v", got)
	}
	if got := Parse(`rate(x[5m])`); got != nil {
		t.Errorf("want no problem, got %+v", got)
	}
}
