package rules

import (
	"testing"

	"github.com/voipbin/observability/internal/spec"
)

// A condition that says plainly what is good has series at its edge; of any other nothing is made up.
func TestSlicesOf(t *testing.T) {
	t.Parallel()
	f := func(good, known string, want ...[2]string) {
		t.Helper()
		e := slicesOf(spec.SLI{Kind: spec.TimeSlice, GoodWhen: spec.Expr{Text: good}, Known: spec.Expr{Text: known}}, catalogue())
		var got [][2]string
		if e != nil {
			for _, s := range e.series {
				got = append(got, [2]string{edgeText(s.good), edgeText(s.bad)})
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%s: want %v, got %v", good, want, got)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: series %d: want %v, got %v", good, i, want[i], got[i])
			}
		}
	}
	const up, other = "kamailio_up", "rtpengine_up"
	f(`count(kamailio_up == 1) >= 2`, up, [2]string{"1", "1"}, [2]string{"1", "0"})
	f(`count(kamailio_up == 0) < 2`, up, [2]string{"0", "0"}, [2]string{"1", "0"})
	f(`count(kamailio_up) > 1`, up, [2]string{"1", "1"}, [2]string{"1", ""})
	f(`count(kamailio_up != 0) == 1`, up, [2]string{"1", "1"}, [2]string{"0", "1"})
	f(`count(kamailio_up) <= 1`, up, [2]string{"1", "1"}, [2]string{"", "1"})
	f(`count(kamailio_up) >= 1`, other, [2]string{"1", ""}, [2]string{"1", "1"})
	f(`kamailio_up > 0.8`, up, [2]string{"0.9", "0.8"})
	f(`sum(kamailio_up) <= 12`, up, [2]string{"12", "13.5"})
	f(`max(kamailio_up) < 1`, up, [2]string{"0.5", "1"})
	f(`min(kamailio_up) != 4`, up, [2]string{"3", "4"})
	f(`avg(kamailio_up{job="a"}) >= 0`, `kamailio_up{job="a"}`, [2]string{"0", "-0.5"})

	f(`count(kamailio_up) >= 1`, up)               // without any nothing is known
	f(`count(kamailio_up) >= 0`, up)               // which is always so, or not at all
	f(`count(kamailio_up) >= 500`, up)             // more than a story has room for
	f(`count(kamailio_up) >= 1.5`, up)             // a mistake
	f(`kamailio_up == 1`, `count(up)`)             // known by something else than a series
	f(`kamailio_up`, up)                           // no condition
	f(`kamailio_up{job="a"} == 1`, up+`{job="b"}`) // of one metric, but not of one series
	if slicesOf(spec.SLI{Kind: spec.Probe, GoodWhen: spec.Expr{Text: `kamailio_up == 1`}, Known: spec.Expr{Text: up}}, catalogue()) != nil {
		t.Error("a probe has no slices")
	}
}

// edgeText is a value, or nothing where the series is gone.
func edgeText(p phase) string {
	if p.gone {
		return ""
	}
	return formatValue(p.value)
}
