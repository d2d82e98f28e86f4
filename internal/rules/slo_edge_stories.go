package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// edgeStory has counters that come and go minutes beside what is looked at: their target is scraped again from 32 minutes on and fails
// after 36, and the rules look at 35 and at 40 minutes. At both, maintenance keeps all of it out of what counts.
func (o *objective) edgeStory(name string) TestGroup {
	const length, first, second = 45 * time.Minute, 35 * time.Minute, 40 * time.Minute
	group := TestGroup{Name: name + ": counters that come minutes apart are told apart", Interval: promDuration(minuteStep)}
	for i, c := range []struct{ failed, good string }{
		{"_x36 16x1 32x8", "_x36 8x1 16x8"},                   // new: at 40 minutes by its first value
		{"_x34 64x11", "_x34 64x11"},                          // new, but at 35 minutes of a target that was not scraped before
		{"1x22 _x11 3x11", "1x22 _x11 2x11"},                  // so this one has returned then, although it counts few
		{"1x28 _x7 5x9", "0x28 _x7 0x9"},                      // few that have begun anew, at 40 minutes
		{"0x28 _x7 0x9", "1x28 _x7 5x9"},                      // the same for good ones
		{"_x31 128x1 _x5 128x7", "_x31 128x1 _x5 128x7"},      // it was there just before, and at no mark
		{"_x30 256x2 _x5 512x7", "_x30 256x2 _x5 512x7"},      // it was there just before, and at a mark
		{"8x20 _x15 1032x1 2048x8", "8x20 _x15 520x1 2048x8"}, // it has returned: by its first value at 40 minutes
		{"16x28 _x7 16x9", "1x28 _x7 6x9"},                    // it has returned, with one good one more than what is few
	} {
		for _, in := range o.countingInputs() {
			values := map[Outcome]string{CountsFailed: c.failed, CountsGood: c.good, CountsAll: added(c.failed, c.good)}[in.Counts]
			group.InputSeries = append(group.InputSeries, in.series(i, values))
		}
	}
	group.InputSeries = append(group.InputSeries, o.upAll(minuteStep, phase{length: 21 * minuteStep, value: 1}, phase{length: 11 * minuteStep, gap: true}, phase{length: 5 * minuteStep, value: 1}, phase{length: length - 37*minuteStep})...)
	group.InputSeries = append(group.InputSeries, series(metric.SLOMaintenanceActive.Name, map[string]string{"slo": o.slo.Name},
		gauge(minuteStep, phase{length: 33 * minuteStep}, phase{length: 4 * minuteStep, value: 1}, phase{length: length - 37*minuteStep})))
	for _, tests := range [][]ExprTest{
		o.corrected(first, false, 0, 0, sloErrorsBorn, sloEventsBorn), o.corrected(first, true, 2, 3, sloErrorsReturned, sloEventsReturned),
		o.corrected(first, false, 0, 0, sloErrorsCounted, sloEventsCounted),
		o.corrected(second, true, 16+5, 24+5+5, sloErrorsBorn, sloEventsBorn), o.corrected(second, true, 1024, 1536+5, sloErrorsReturned, sloEventsReturned),
	} {
		group.ExprTests = append(group.ExprTests, tests...)
	}
	return group
}

// added adds two courses of the same lengths.
func added(a, b string) string {
	as, bs := strings.Fields(a), strings.Fields(b)
	for i := range as {
		var x, y, n int
		if _, err := fmt.Sscanf(as[i], "%dx%d", &x, &n); err != nil {
			continue // a gap
		}
		if _, err := fmt.Sscanf(bs[i], "%dx%d", &y, &n); err != nil {
			continue
		}
		as[i] = fmt.Sprintf("%dx%d", x+y, n)
	}
	return strings.Join(as, " ")
}

// aloneStory has no counter but that of all events, where the objective counts these and a part of them: of a part that nothing is
// known of there is nothing.
func (o *objective) aloneStory(name string) TestGroup {
	const back, begun = 30 * time.Minute, 40 * time.Minute
	good := o.slo.SLI.Good.Text != "" || o.slo.SLI.Kind == spec.Latency
	alone := o.countingInputs()
	part := map[bool]Outcome{true: CountsGood, false: CountsFailed}[good]
	alone = slices.DeleteFunc(alone, func(c counter) bool { return c.Counts == part })
	if at := slices.IndexFunc(alone, func(c counter) bool { return c.Counts == CountsAll }); at >= 0 {
		alone = alone[at : at+1]
	}
	group := TestGroup{Name: name + ": of events of which a part is unknown it is taken as none", Interval: promDuration(minuteStep)}
	for _, in := range alone {
		// It comes back with 16 more at 26 minutes, and rises from there; another begins with as many at 36.
		group.InputSeries = append(group.InputSeries, in.series(0, "8x20 _x5 24+1x14"), in.series(1, "_x36 16x4"))
	}
	group.InputSeries = append(group.InputSeries, o.upAll(minuteStep, phase{length: begun + minuteStep, value: 1})...)
	of := func(n float64) float64 {
		if good {
			return n // all of them failed
		}
		return 0
	}
	const more, five, hour = 16, 16 + 5, 16 + 30
	if o.recorded { // the records of call set-up say themselves that there are none
		group.ExprTests = []ExprTest{o.nothing(back, windowed(sloErrorsReturned, tile)), o.nothing(begun, windowed(sloErrorsBorn, tile))}
	} else {
		group.ExprTests = append(o.corrected(back, true, of(more), more, sloErrorsReturned, sloEventsReturned), o.corrected(begun, true, of(more), more, sloErrorsBorn, sloEventsBorn)...)
	}
	group.ExprTests = append(group.ExprTests, o.corrected(begun, true, of(five), five, sloErrorsRaw, sloEventsRaw)...)
	group.ExprTests = append(group.ExprTests, o.value(begun, windowed(sloErrorsRaw, time.Hour), of(hour)), o.value(begun, windowed(sloEventsRaw, time.Hour), hour))
	return group
}

// forgottenStory has one series of the objective that was there for some minutes, of which a full hour was none, and for some of which
// it was one: it is missed for a day from then.
func (o *objective) forgottenStory(name string, missing ExpectedAlert, in Input, up ...TestSeries) TestGroup {
	const half, full = 86, 536 // minutes before the half and the full hour
	const never, missed, forgotten = 4 * weekStep, 27 * weekStep, 28 * weekStep
	of := series(in.Name, in.Labels, fmt.Sprintf("_x%d %sx5 _x%d %sx5", half, in.once(), full-half-6, in.once()))
	return TestGroup{
		Name: name + ": " + in.Name + " is missed for a day", Interval: promDuration(minuteStep), Proves: []Proof{Fires, Silent}, InputSeries: append([]TestSeries{of}, up...),
		AlertTests: []AlertTest{at(never, name), at(missed, name, missing), at(forgotten, name)},
	}
}

// explainedTales have targets that are down: they explain that nothing is known for a day after the objective's series were seen, of each by itself,
// and neither before nor later.
func (o *objective) explainedTales(name string, rule Rule) []tale {
	if o.data == nil || o.targets() == "" {
		return nil
	}
	return []tale{{weekStep, func() []TestGroup {
		var stories []TestGroup
		missing := firing(rule, map[string]string{"slo": o.slo.Name}, "", nil)
		for _, in := range o.dataInputs() {
			s := o.forgottenStory(name, missing, in, o.upAll(minuteStep, phase{length: 30*weekStep + minuteStep})...)
			s.Name = strings.Replace(s.Name, "is missed for a day", "was seen within a day of a target that is down", 1)
			s.AlertTests = []AlertTest{at(4*weekStep, name, missing), at(27*weekStep, name), at(30*weekStep, name, missing)}
			stories = append(stories, s)
		}
		return stories
	}}}
}

// forgottenTales are forgottenStory about each series that the objective counts by, of a target that is up or not.
func (o *objective) forgottenTales(name string, rule Rule, labels map[string]string, up float64) []tale {
	if o.data == nil || o.targets() == "" {
		return nil
	}
	return []tale{{weekStep, func() []TestGroup {
		var stories []TestGroup
		for _, in := range o.dataInputs() {
			stories = append(stories, o.forgottenStory(name, firing(rule, labels, "", nil), in,
				o.upAll(minuteStep, phase{length: 28*weekStep + minuteStep, value: up})...))
		}
		return stories
	}}}
}
