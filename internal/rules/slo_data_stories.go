package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// dataTales are the tales of dataStories, or of probeDataStories for an objective about a record that is 1 or 0.
func (o *objective) dataTales(name string, rule Rule) []tale {
	if o.slo.SLI.Kind == spec.Probe && o.form != nil && o.targets() == "" {
		return []tale{{tileStep, func() []TestGroup { return o.probeDataStories(name, rule) }}}
	}
	return append(o.tiled(func() []TestGroup { return o.dataStories(name, rule) }), o.explainedTales(name, rule)...)
}

// probeDataStories prove the alert about missing data of a record.
func (o *objective) probeDataStories(name string, rule Rule) []TestGroup {
	const before, last = 15 * time.Minute, 10 * time.Minute
	wait := clock{step: tile}.up(o.limits.DataMissingFor)
	hold, fault := before+tile+wait, wait+3*tile
	expected := firing(rule, map[string]string{"slo": o.slo.Name}, "", nil)
	vanishing := o.form(course{before: before})
	vanishing[0].Values += " " + gauge(minuteStep, phase{length: fault, gap: true}, phase{length: last, value: 1})
	return []TestGroup{
		{
			Name: name + ": the record is no longer there", Interval: promDuration(minuteStep), Proves: []Proof{Fires, Holds, Resets},
			InputSeries: vanishing,
			AlertTests:  []AlertTest{at(hold-tile, name), at(hold, name, expected), at(before+fault-tile, name, expected), at(before+fault+tile, name)},
		},
		{
			Name: name + ": the record is there", Interval: promDuration(minuteStep), Proves: []Proof{Silent},
			InputSeries: o.form(course{before: before + fault}),
			AlertTests:  []AlertTest{at(hold, name), at(before+fault, name)},
		},
		o.neverStory(name, rule),
	}
}

// neverStory proves that an objective is missed of which nothing has ever been known, as where nobody emits what it reads.
func (o *objective) neverStory(name string, rule Rule) TestGroup {
	wait := clock{step: tile}.up(o.limits.DataMissingFor)
	return TestGroup{
		Name: name + ": nothing has ever been known", Interval: promDuration(minuteStep), Proves: []Proof{Fires, Holds},
		InputSeries: []TestSeries{series(metric.Up.Name, map[string]string{"job": "other", "instance": "other"}, gauge(minuteStep, phase{length: wait + 2*tile, value: 1}))},
		AlertTests:  []AlertTest{at(wait-tile, name), at(wait+tile, name, firing(rule, map[string]string{"slo": o.slo.Name}, "", nil))},
	}
}

// downStory proves that an objective is not missed while the target is down from which it comes: that is told by another alert.
func (o *objective) downStory(name string, before, fault time.Duration) TestGroup {
	down := series(metric.Up.Name, o.target(), gauge(minuteStep, phase{length: before, value: 1}, phase{length: fault}))
	return TestGroup{
		Name: name + ": its target is down", Interval: promDuration(minuteStep), Proves: []Proof{Silent},
		InputSeries: replaceSeries(o.data(minuteStep, traffic{length: before, events: 100}, traffic{length: fault, gap: true}), down),
		AlertTests:  []AlertTest{at(before+fault-tile, name), at(before+fault, name)},
	}
}

// dataStories prove the alert about missing data.
func (o *objective) dataStories(name string, rule Rule) []TestGroup {
	const before = 15 * time.Minute
	wait := clock{step: tile}.up(o.limits.DataMissingFor)
	// The events of the last window are known for as long as the window lasts.
	hold, fault := before+tile+wait, wait+3*tile
	expected := firing(rule, map[string]string{"slo": o.slo.Name}, "", nil)
	vanishing := o.data(minuteStep, traffic{length: before, events: 100}, traffic{length: fault, gap: true}, traffic{length: before, events: 100})
	some, known := "no events are counted as none", traffic{length: before + fault}
	if o.slo.SLI.Kind == spec.Probe || o.slo.SLI.Kind == spec.TimeSlice {
		some = "what is known is not missed" // there is an event whenever anything is known
	}
	stories := []TestGroup{
		{
			Name: name + ": the events are no longer counted", Interval: promDuration(minuteStep), Proves: []Proof{Fires, Holds, Resets},
			InputSeries: vanishing,
			AlertTests: []AlertTest{
				at(hold-tile, name), at(hold, name, expected),
				at(before+fault, name, expected), at(before+fault+tile, name),
			},
		},
		{
			Name: name + ": " + some, Interval: promDuration(minuteStep), Proves: []Proof{Silent},
			InputSeries: o.data(minuteStep, known),
			AlertTests:  []AlertTest{at(hold, name), at(before+fault, name)},
		},
	}
	if o.slo.Tier == "sip_proxy" {
		return append(stories, TestGroup{
			Name: name + ": the whole tier is down or gone", Interval: promDuration(minuteStep), Proves: []Proof{Silent},
			InputSeries: []TestSeries{series("up", nil, gauge(minuteStep, phase{length: before + fault}))},
			AlertTests:  []AlertTest{at(hold, name), at(before+fault, name)},
		})
	}
	if o.targets() != "" {
		stories = append(stories, o.downStory(name, before, fault))
	}
	return append(stories, o.neverStory(name, rule))
}

// idleStories prove the alert about events that do not come.
func (o *objective) idleStories(name string, rule Rule) []TestGroup {
	wait, _ := o.idleFor()
	const before = 30 * time.Minute
	wait = clock{step: tile}.up(wait)
	fires := before + tile + wait
	expected := firing(rule, map[string]string{"slo": o.slo.Name}, "", nil)
	return []TestGroup{
		{
			Name: name + ": events no longer come, and come again", Interval: promDuration(minuteStep), Proves: []Proof{Fires, Holds, Resets},
			InputSeries: o.data(minuteStep, traffic{length: before, events: 100}, traffic{length: tile + wait + tile}, traffic{length: before, events: 100}),
			AlertTests: []AlertTest{
				at(fires-tile, name), at(fires, name, expected), at(fires+tile, name, expected), at(fires+2*tile, name),
			},
		},
		{
			Name: name + ": nothing is counted at all", Interval: promDuration(minuteStep), Proves: []Proof{Silent},
			InputSeries: o.data(minuteStep, traffic{length: before, events: 100}, traffic{length: fires + before, gap: true}),
			AlertTests:  []AlertTest{at(before, name), at(fires+before, name)},
		},
	}
}

// scrapeStories prove the alert about a target that is not scraped.
func (o *objective) scrapeStories(name string, rule Rule) []TestGroup {
	const before = 15 * time.Minute
	wait := clock{step: tile}.up(o.limits.ScrapeDownFor)
	fails, down := before+wait, wait+tile
	input := o.data(minuteStep, traffic{length: before, events: 100}, traffic{length: down, gap: true}, traffic{length: before, events: 100})
	target := o.target()
	expected := firing(rule, target, "", nil)
	up := func(phases ...phase) TestSeries {
		return series(metric.Up.Name, target, gauge(minuteStep, phases...))
	}
	input = replaceSeries(input, up(phase{length: before, value: 1}, phase{length: down}, phase{length: before, value: 1}))
	return []TestGroup{
		{
			Name: name + ": scrapes fail, and succeed again", Interval: promDuration(minuteStep), Proves: []Proof{Fires, Holds, Resets},
			InputSeries: input,
			AlertTests: []AlertTest{
				at(fails-tile, name), at(fails, name, expected), at(before+down, name),
			},
		},
		{
			Name: name + ": a target of others is down", Interval: promDuration(minuteStep), Proves: []Proof{Silent},
			InputSeries: []TestSeries{up(phase{length: before + down})},
			AlertTests:  []AlertTest{at(fails, name), at(before+down, name)},
		},
	}
}

// replaceSeries puts a series in the place of the one of the same name and labels, or at the end.
func replaceSeries(all []TestSeries, s TestSeries) []TestSeries {
	for i, have := range all {
		if have.Series == s.Series {
			all[i] = s
			return all
		}
	}
	return append(all, s)
}

// target is the target whose series the objective's stories make up.
func (o *objective) target() map[string]string {
	for _, in := range o.read() {
		if in.Name == metric.Up.Name {
			return in.Labels
		}
	}
	return storyTarget()
}

// storyTarget is a target that stories make up where nothing says which it is.
func storyTarget() map[string]string { return map[string]string{"job": "story", "instance": "story-1"} }

// maintenanceStory fails everything for twenty minutes of maintenance, which is announced for all but the last of them: nothing that
// touches it counts, and nothing of what is around it is lost.
func (o *objective) maintenanceStory(name string) TestGroup {
	c := clock{alert: name, step: minuteStep}
	const before, during, after, later = 40 * time.Minute, 20 * time.Minute, 30 * time.Minute, 2 * time.Hour
	const early = 3 * time.Minute // more than half of what the record looks back
	const t, events = before + during + after, 100
	minutes := func(d time.Duration) float64 { return d.Minutes() * events }
	tests := []ExprTest{
		o.value(t, windowed(sloEventsRaw, time.Hour), minutes(time.Hour)), o.value(t, windowed(sloErrorsRaw, time.Hour), minutes(during)),
		o.value(t, windowed(sloEvents, time.Hour), minutes(time.Hour-during)), o.value(t, windowed(sloErrors, time.Hour), 0),
		o.value(t, sloEvents+periodSuffix, minutes(before+after)), o.value(t, sloErrors+periodSuffix, 0), o.value(t, sloRemaining, 1),
		o.value(before+tile, windowed(sloErrorsExcluded, tile), minutes(tile)), o.nothing(before+tile, windowed(sloEvents, tile)),
		// When it is more than an hour ago, the hour is whole again.
		o.value(later, windowed(sloEvents, time.Hour), minutes(time.Hour)), o.value(later, windowed(sloErrors, time.Hour), minutes(later-t)),
		o.value(before+during, sloMaintenance, 1), o.nothing(before+during+tile, sloMaintenance),
	}
	if !o.counting.anyWindow { // others take these out of the hour
		tests = append(tests, o.value(before+tile, windowed(sloEventsExcluded, tile), minutes(tile)))
	}
	for _, b := range o.quickBurns() {
		for at := before; at <= t; at += 2 * tile {
			tests = append(tests, c.burning(at, b.Name, false))
		}
	}
	group := o.story(name, "maintenance counts for nothing", c.step, []Proof{Silent}, tests,
		traffic{length: before, events: events}, traffic{length: during, events: events, failed: events}, traffic{length: after, events: events},
		traffic{length: later - t, events: events, failed: events})
	group.InputSeries = append(group.InputSeries, series(metric.SLOMaintenanceActive.Name, map[string]string{"slo": o.slo.Name},
		gauge(c.step, phase{length: before + c.step}, phase{length: during - early, value: 1}, phase{length: later - before - during + early})))
	return group
}

// excludedStory has nothing but maintenance: no event is left of an hour.
func (o *objective) excludedStory(name string) TestGroup {
	const t, events = 2 * tile, 100
	hour := windowed(sloEvents, time.Hour)
	left := o.value(t, hour, 0)
	if !o.counting.anyWindow {
		left = o.nothing(t, hour) // it is made of what counts, of which there is nothing
	}
	group := o.story(name, "of an hour of nothing but maintenance nothing is known", minuteStep, nil, []ExprTest{
		o.value(t, windowed(sloEventsRaw, time.Hour), events*t.Minutes()), left, o.nothing(t, windowed(sloErrorRatio, time.Hour)),
	}, traffic{length: t, events: events, failed: events})
	group.InputSeries = append(group.InputSeries, series(metric.SLOMaintenanceActive.Name, map[string]string{"slo": o.slo.Name}, gauge(minuteStep, phase{length: t + minuteStep, value: 1})))
	return group
}

// bornStory has a counter that begins with what it counted first, as one of an error that has not happened before does:
// it is counted once. One that comes back after hours brings what happened meanwhile, for the period alone.
func (o *objective) bornStory(name string) []TestGroup {
	if o.counting.born == nil {
		return nil
	}
	c := clock{alert: name, step: minuteStep}
	const before, rest, burst, away = 30 * time.Minute, 35 * time.Minute, 50, 2 * time.Hour
	steps := func(d time.Duration) int { return int(d / c.step) }
	var born, back TestGroup
	for _, in := range o.inputs {
		s := series(in.Name, in.Labels, "")
		switch in.Counts {
		case CountsUp:
			s.Values = gauge(c.step, phase{length: before + rest, value: 1})
		case CountsFailed:
			s.Values = fmt.Sprintf("_x%d %dx%d", steps(before), burst, steps(rest))
		case CountsAll:
			s.Values = fmt.Sprintf("0+100x%d %d+100x%d", steps(before)-1, steps(before)*100+burst, steps(rest))
		case CountsGood:
			s.Values = fmt.Sprintf("0+100x%d", steps(before+rest))
		}
		born.InputSeries = append(born.InputSeries, s)
		if in.Counts == CountsUp {
			s.Values = gauge(c.step, phase{length: before, value: 1}, phase{length: away}, phase{length: rest, value: 1})
		} else {
			rise := map[Outcome]float64{CountsAll: 100, CountsGood: 99, CountsFailed: 1}[in.Counts]
			s.Values = counterValues(c.step, phase{length: before, rise: rise}, phase{length: c.step, gone: true, rise: rise}, phase{length: away - c.step, gap: true, rise: rise},
				phase{length: rest, rise: rise})
		}
		back.InputSeries = append(back.InputSeries, s)
	}
	t := before + 10*time.Minute
	born.Name, born.Interval = name+": the first value of a new counter is counted once", promDuration(c.step)
	born.ExprTests = []ExprTest{
		o.value(before-tile, windowed(sloErrors, time.Hour), 0), o.value(before, windowed(sloErrors, tile), burst), o.value(t, windowed(sloErrors, time.Hour), burst),
		o.nothing(t, windowed(sloErrorsBorn, tile)), o.value(before+rest, sloErrors+periodSuffix, burst),
	}
	back.Name, back.Interval = name+": what happened while counters were away counts in the period", promDuration(c.step)
	end := before + away + 30*time.Minute
	back.ExprTests = []ExprTest{
		o.value(end, windowed(sloErrors, 30*time.Minute), 29), o.value(end, sloErrors+periodSuffix, float64(steps(end))), o.value(end, sloEvents+periodSuffix, 100*float64(steps(end))),
	}
	return []TestGroup{born, back, o.freshStory(name), o.rareStory(name), o.severalStory(name), o.edgeStory(name), o.aloneStory(name)}
}

// rareStory has counters of rare events that their target does not show for ten minutes, and that then begin anew
// with few: that counts as begun, and not as returned besides.
func (o *objective) rareStory(name string) TestGroup {
	const known, away, rest = 12, 10, 20 // steps
	group := TestGroup{Name: name + ": rare events that begin anew are counted once", Interval: promDuration(minuteStep)}
	for _, in := range o.inputs {
		values := map[Outcome]string{CountsAll: "4x%d _x%d 5x%d", CountsGood: "2x%d _x%d 2x%d", CountsFailed: "2x%d _x%d 3x%d"}[in.Counts]
		if in.Counts == CountsUp {
			group.InputSeries = append(group.InputSeries, series(in.Name, in.Labels, gauge(minuteStep, phase{length: 2 * time.Hour, value: 1})))
			continue
		}
		group.InputSeries = append(group.InputSeries, series(in.Name, in.Labels, fmt.Sprintf(values, known, away, rest)))
	}
	again := clock{step: tile}.up((known + away + 1) * minuteStep)
	group.ExprTests = []ExprTest{
		o.value(again, windowed(sloErrorsCounted, tile), 3), o.value(again, windowed(sloEventsCounted, tile), 5),
		o.value(again+tile, windowed(sloErrorsCounted, tile), 0), o.value(again+tile, windowed(sloEventsCounted, tile), 0),
	}
	return group
}

// severalStory has counters that come back with one event more than what is few: they go on, and what they grew by counts in the period.
func (o *objective) severalStory(name string) TestGroup {
	const known, away, rest, before = 12, 10, 6, 2 // steps, and events
	group := TestGroup{Name: name + ": several events that come back go on", Interval: promDuration(minuteStep)}
	for _, in := range o.inputs {
		first, then := map[Outcome]int{CountsAll: before, CountsFailed: before}[in.Counts], map[Outcome]int{CountsAll: fewEvents + 1, CountsFailed: fewEvents + 1}[in.Counts]
		values := fmt.Sprintf("%dx%d _x%d %dx%d", first, known, away, then, rest)
		if in.Counts == CountsUp {
			values = gauge(minuteStep, phase{length: (known + away + rest + 2) * minuteStep, value: 1})
		}
		group.InputSeries = append(group.InputSeries, series(in.Name, in.Labels, values))
	}
	again := clock{step: tile}.up((known + away + 1) * minuteStep)
	group.ExprTests = []ExprTest{
		o.value(again, windowed(sloErrorsCounted, tile), fewEvents+1-before), o.value(again, windowed(sloEventsCounted, tile), fewEvents+1-before),
	}
	return group
}

// freshStory has all counters of a target begin with what they counted first: events are counted once as well as failures.
func (o *objective) freshStory(name string) TestGroup {
	const before, rest, failed, good = 35 * time.Minute, 70 * time.Minute, 50, 20
	steps := func(d time.Duration) int { return int(d / minuteStep) }
	group := TestGroup{Name: name + ": the first values of all counters are counted once", Interval: promDuration(minuteStep)}
	for _, in := range o.inputs {
		first := map[Outcome]int{CountsAll: failed + good, CountsGood: good, CountsFailed: failed}[in.Counts]
		values := fmt.Sprintf("_x%d %dx%d", steps(before), first, steps(rest))
		if in.Counts == CountsUp {
			values = gauge(minuteStep, phase{length: before + rest, value: 1})
		}
		group.InputSeries = append(group.InputSeries, series(in.Name, in.Labels, values))
	}
	t := before + 10*time.Minute
	group.ExprTests = []ExprTest{
		o.value(before, windowed(sloEvents, tile), failed+good), o.value(before, windowed(sloErrors, tile), failed),
		o.value(t, windowed(sloEvents, time.Hour), failed+good), o.nothing(t, windowed(sloEventsBorn, tile)),
		o.value(before+rest-tile, sloEvents+periodSuffix, failed+good),
		o.value(before+45*time.Minute, windowed(sloEvents, time.Hour), failed+good), o.value(before+45*time.Minute, windowed(sloErrors, time.Hour), failed),
		// More than an hour ago they are in the hour no more.
		o.value(before+rest-tile, windowed(sloEvents, time.Hour), 0), o.value(before+rest-tile, windowed(sloErrors, time.Hour), 0),
	}
	return group
}
