package spec

import (
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
)

// Bounds of a latency threshold.
const (
	minThreshold = time.Millisecond
	maxThreshold = time.Hour
)

// indicator decodes how good events are told from bad ones: one of six forms.
func indicator(m *config.Map) SLI {
	total, failed, good := m.Optional("total"), m.Optional("errors"), m.Optional("good")
	latency, probe, slice := m.Optional("latency"), m.Optional("probe"), m.Optional("time_slice")
	journey, mean := m.Optional("all_of"), m.Optional("weighted")
	var forms []string
	for _, form := range []struct {
		name  string
		value config.Value
	}{{"total", total}, {"latency", latency}, {"probe", probe}, {"time_slice", slice}, {"all_of", journey}, {"weighted", mean}} {
		if form.value.Present() {
			forms = append(forms, form.name)
		}
	}
	switch {
	case len(forms) > 1:
		m.Reject("both "+forms[0]+" and "+forms[1]+" say what an event is", "one objective counts one kind of event: write two objectives")
		return SLI{Kind: Kind(forms[len(forms)-1])} // the last says whether the rest is that of a composite
	case latency.Present():
		return config.Object(latency, latencySLI)
	case probe.Present():
		return SLI{Kind: Probe, Metric: plainExpr(probe)}
	case slice.Present():
		return config.Object(slice, func(s *config.Map) SLI {
			return SLI{Kind: TimeSlice, GoodWhen: plainExpr(s.Required("good_when")), Known: plainExpr(s.Required("known_when"))}
		})
	}
	switch {
	case journey.Present():
		return allOf(journey)
	case mean.Present():
		return weighted(mean)
	}
	return eventSLI(m, total, failed, good)
}

// eventSLI decodes the expressions that count events.
func eventSLI(m *config.Map, total, failed, good config.Value) SLI {
	switch {
	case !total.Present():
		m.Required("total") // reported as missing
	case !failed.Present() && !good.Present():
		m.Required("errors")
	case failed.Present() && good.Present():
		good.Reject("errors are given as well", "give errors or good; the other follows from total")
	}
	return SLI{Kind: Events, Errors: windowExpr(failed), Good: windowExpr(good), Total: windowExpr(total)}
}

// latencySLI decodes a histogram and its threshold.
func latencySLI(m *config.Map) SLI {
	threshold := m.Required("threshold")
	return SLI{
		Kind: Latency, Metric: plainExpr(m.Required("histogram")), Native: m.Optional("native").Bool(false),
		Threshold: threshold.Duration(minThreshold, maxThreshold).Seconds(), ThresholdExpr: Expr{Text: threshold.Raw(), Pos: threshold.Pos()},
	}
}

// windowExpr decodes an expression over a range.
func windowExpr(v config.Value) Expr {
	text, anchors := v.Text()
	if v.Present() && strings.TrimSpace(text) != "" && !strings.Contains(text, windowVariable) {
		v.Reject("the expression does not use "+windowVariable, "count over a range, such as sum(increase(x_total["+windowVariable+"]))")
	}
	return Expr{Text: strings.TrimRight(text, " \n"), Pos: anchors.Locate(text, 0), Anchors: anchors}
}

// plainExpr decodes an expression that sets no range itself.
func plainExpr(v config.Value) Expr {
	text, anchors := v.Text()
	if strings.Contains(text, windowVariable) {
		v.Reject(windowVariable+" does not belong here", "the range is put behind it")
	}
	return Expr{Text: strings.TrimRight(text, " \n"), Pos: anchors.Locate(text, 0), Anchors: anchors}
}
