package promql

import "testing"

func TestParseCondition(t *testing.T) {
	t.Parallel()
	one := &Comparison{"==", 1}
	for text, want := range map[string]Condition{
		`count(kamailio_up == 1) >= 2`:            {Aggregate: "count", Each: one, Whole: Comparison{">=", 2}},
		`(count((kamailio_up) == 1)) >= 2`:        {Aggregate: "count", Each: one, Whole: Comparison{">=", 2}},
		`count(kamailio_up{job="a"}) != 2`:        {Aggregate: "count", Whole: Comparison{"!=", 2}},
		`max(kamailio_up) < 0.3`:                  {Aggregate: "max", Whole: Comparison{"<", 0.3}},
		`kamailio_up{job="a", instance="b"} > -1`: {Whole: Comparison{">", -1}},
	} {
		got, ok := ParseCondition(text)
		if !ok {
			t.Errorf("%s: no condition", text)
			continue
		}
		if got.Of.Name != "kamailio_up" || got.Aggregate != want.Aggregate || got.Whole != want.Whole || (got.Each == nil) != (want.Each == nil) || got.Each != nil && *got.Each != *want.Each {
			t.Errorf("%s: want %+v, got %+v", text, want, got)
		}
	}
	for _, text := range []string{
		``, `up`, `count(up`, `count(up)`, `count by (job) (up) > 1`, `quantile(0.9, up) > 1`, `sum(up == 1) > 1`, `(up == 1) == 1`, `up > bool 1`, `1 < up`, `up > up`,
		`up offset 5m > 1`, `up @ 0 > 1`, `up @ start() > 1`, `rate(x_total[5m]) > 1`, `{job="a"} > 1`, `up > 1 and up < 3`,
	} {
		if got, ok := ParseCondition(text); ok {
			t.Errorf("%s: want no condition, got %+v", text, got)
		}
	}
}

func TestSelectionTakes(t *testing.T) {
	t.Parallel()
	s, ok := ParseSelection(`(up{a="1",b=~"2|3",c!="4"})`)
	if !ok {
		t.Fatal("want a selection")
	}
	if !s.Matches(map[string]string{"a": "1", "b": "3"}) || s.Matches(map[string]string{"a": "1", "b": "3", "c": "4"}) || s.Matches(map[string]string{"b": "3"}) {
		t.Error("want a series with all that is asked for taken, and no other")
	}
	for _, text := range []string{`count(up)`, `up{`, `up offset 1m`, `{a="1"}`} {
		if _, ok := ParseSelection(text); ok {
			t.Errorf("%s: want no selection", text)
		}
	}
}
