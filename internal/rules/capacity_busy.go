package rules

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/erlang"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Records of the tiers' busy hours, by tier and part.
const (
	capacityHour     = "voipbin:capacity_use:avg1h"
	capacityBusy     = "voipbin:capacity_busy_hour:max1d"
	capacityHistory  = "voipbin:capacity_history:days"
	capacityGrowth   = "voipbin:capacity_growth:per_day"
	capacityEnd      = "voipbin:capacity_exhaustion:seconds"
	capacityTraffic  = "voipbin:capacity_busy_hour:erlangs"
	capacityOffered  = "voipbin:capacity_offered_limit:erlangs"
	capacityBlocking = "voipbin:capacity_blocking_bound:ratio"
)

// busyInterval is how often busy hours are looked for. An instant query looks back less than five minutes (Prometheus 3 leaves out a sample that is
// exactly so old), so that a record of every five minutes would be away between its time and the end of its group's evaluation.
const busyInterval = 150 * time.Second

// longStep is the distance of samples and evaluations in stories that last for weeks: a part of a day.
const longStep = 6 * time.Hour

// aDay is the distance of busy hours, and aWeek the time after which they are alike.
const (
	aDay  = 24 * time.Hour
	aWeek = 7 * aDay
)

// busyHoursOf returns the records of busy hours and what follows from them: when a tier becomes too small, and how many calls find no line free.
func busyHoursOf(s *spec.Spec, l links) *capacity {
	c := newCapacity(s, l)
	c.busyRecords()
	if days := c.history(); days >= c.limits.Least {
		c.growthRecords(days)
		c.forecastAlert()
	}
	if len(c.pools()) > 0 {
		c.blockingRecords()
		c.gradeAlert()
	}
	return c
}

// history is of how much time busy hours can be had.
func (c *capacity) history() time.Duration {
	kept := c.limits.Most
	if r := c.spec.Platform.Prometheus.Retention; r > 0 && r < kept {
		kept = r
	}
	return kept.Truncate(aDay)
}

// busyRecords record the busy hour of the day that has passed at each moment. An hour of which less than half was seen is none.
func (c *capacity) busyRecords() {
	half := int(time.Hour / capacityInterval / 2)
	c.record(Record{Name: capacityHour, Labels: c.tierLabels(), Help: "Mean of what is used of a tier in an hour, of calls the traffic in erlangs; absent where less than half of the hour was seen."},
		fmt.Sprintf("avg_over_time(%s[1h]) and count_over_time(%s[1h]) >= %d", capacityUse, capacityUse, half), nil)
	c.record(Record{Name: capacityBusy, Labels: c.tierLabels(), Help: "What is used of a tier in the busiest hour (ITU-T E.600) of the 24 hours before, at midnight (UTC) that of the day."},
		fmt.Sprintf("max_over_time(%s[1d])", capacityHour), nil)
}

// growthRecords record how busy hours grow and when the busiest of a week will exceed what a tier carries with one node lost. A subquery by the day asks
// at midnight, so that each day counts once.
func (c *capacity) growthRecords(days time.Duration) {
	busy := func(over time.Duration) string {
		return fmt.Sprintf("%s[%s:1d]", capacityBusy, slo.FormatDuration(over))
	}
	least := int(c.limits.Least / aDay)
	c.record(Record{Name: capacityHistory, Labels: c.tierLabels(), Help: "Days whose busy hours are known and a forecast is made of."},
		fmt.Sprintf("count_over_time(%s)", busy(days)), nil)
	c.record(Record{Name: capacityGrowth, Labels: c.tierLabels(), Help: fmt.Sprintf("By how much the busy hours of a tier grow a day, by least squares; absent with less than %d of them.", least)},
		fmt.Sprintf("deriv(%s) * %d and %s >= %d", busy(days), int(aDay.Seconds()), capacityHistory, least), nil)
	// The busiest hour of the last week stands for now, as days of a week differ. Growth counts where it is more than noise: its t statistic is above 2,
	// or with R² = growth² * (n² - 1) / 12 / variance for n days, R² > 4 / (n + 2).
	now := fmt.Sprintf("max_over_time(%s)", busy(aWeek))
	sure := fmt.Sprintf("%[1]s ^ 2 * (%[2]s ^ 2 - 1) * (%[2]s + 2) / 48 > stdvar_over_time(%[3]s)", capacityGrowth, capacityHistory, busy(days))
	c.record(Record{
		Name: capacityEnd, Unit: metric.Seconds, Labels: c.tierLabels(),
		Help: "Time until the busy hour exceeds what a tier carries with one node lost, if it grows on as it did, in seconds; 0 where it does already. Absent where it does not grow, where the growth is not above the days' own differences, and without enough days.",
	}, fmt.Sprintf("0 * (%[1]s > %[2]s) or (%[2]s - %[1]s) / (%[3]s > 0) * %[4]d and %[5]s", now, capacityOneLost, capacityGrowth, int(aDay.Seconds()), sure), nil)
}

// daily is a story of busy hours at midnight and the six hours between them: the value of a day, for so many days.
func daily(days int, value func(day int) float64) string {
	const perDay = int(aDay / longStep)
	parts := make([]string, days)
	for d := range days {
		parts[d] = fmt.Sprintf("%sx%d", formatValue(value(d)), perDay-1)
	}
	return strings.Join(parts, " ")
}

// forecastAlert tells when a tier will be too small for the loss of a node sooner than one can be had.
func (c *capacity) forecastAlert() {
	const name = "CapacityEnds"
	lead := c.limits.LeadTime
	rule := Rule{
		Expr: fmt.Sprintf("%s < %s", capacityEnd, slo.FormatNumber(lead.Seconds())), For: slo.FormatDuration(c.limits.EndsFor), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: c.annotations(name, capacityBoard, "{{ $labels.tier }} ({{ $labels.part }}) becomes too small", "In {{ $value | humanizeDuration }} its busy hour will exceed what it carries with one node lost, if it grows on as it did."),
	}
	t := c.tiers[0]
	labels := t.labelsOf()
	least := int(c.limits.Least / aDay)
	limit := float64(survivors(len(t.nodes)) * t.each)
	days := least + 3
	// In the story each day is busier by a hundredth of the limit; it reaches the limit in half the lead time after the last day.
	step := limit / 100
	const half = 0.5 / 86400 // a second, so that the text does not hang on the last digit
	at0 := func(d int) float64 { return limit - step*(float64(days-1-d)+lead.Hours()/aDay.Hours()/2+half) }
	input := func(value func(day int) float64) []TestSeries {
		return []TestSeries{series(capacityBusy, labels, daily(days, value))}
	}
	end := time.Duration(days)*aDay - longStep
	noisy := func(d int) float64 { return at0(d) - 0.4*limit*float64(d%2) }
	story := func(title string, proves []Proof, input []TestSeries, tests ...AlertTest) TestGroup {
		return TestGroup{Name: name + ": " + title, Interval: slo.FormatDuration(longStep), Proves: proves, InputSeries: input, AlertTests: tests}
	}
	lasts := (limit - at0(days-1)) / step * aDay.Seconds()
	over := []TestSeries{series(capacityBusy, labels, daily(days, at0)+" "+daily(8, func(int) float64 { return limit / 3 }))}
	c.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A tier will be too small for the loss of a node",
		Meaning: fmt.Sprintf("A line through the busy hours of %s days at least, from the busiest of the last week on, crosses what the tier carries with one node lost in less than %s. It is only drawn where the growth is more than the days' own differences.", slo.FormatNumber(float64(least)), slo.FormatDuration(lead)),
		Impact:  "None yet. From that day on a node that fails in the busy hour takes calls with it.",
		Look: []string{
			"the Capacity board: busy hours day by day. Is it a slope, or a step by one new customer?",
			"`promtool query instant http://localhost:9090 '" + capacityGrowth + "'`: by how much a day",
		},
		Do: []string{
			"A slope: order the next node now, add it to the spec, and run `obsgen generate`.",
			"A step: ask whether it stays, and whether more of it comes.",
			"A service: raise its class's max in spec/services.yaml and the autoscaler.",
		},
		FalsePositives: []string{"A season of weeks, such as a campaign: the line knows nothing of its end.", "A slope that goes on for longer than it was seen is a guess: four weeks of history say little of the next quarter."},
	},
		story("busy hours grow", []Proof{Fires, Holds, Resets}, over,
			at(time.Duration(least-2)*aDay, name), at(end, name, firing(rule, labels, humanDuration(lasts), nil)), at(end+8*aDay, name)),
		story("weekends differ from workdays", []Proof{Holds}, input(noisy), at(end, name)),
		story("busy hours fall", []Proof{Silent}, input(func(d int) float64 { return at0(days - 1 - d) }), at(end, name)))
}

// pools are the tiers that carry calls, which find a line free or not.
func (c *capacity) pools() []sizedTier {
	var list []sizedTier
	for _, t := range c.tiers {
		if t.lines > 0 {
			list = append(list, t)
		}
	}
	return list
}

// grades are the shares of calls without a line that are told apart.
func grades() []float64 { return []float64{0.0001, 0.001, 0.01, 0.1} }

// limitOf is the traffic that a tier carries at a grade of service with one node lost, in whole erlangs. PromQL has no loops, so that it
// stands as a number in the rules.
func (t sizedTier) limitOf(grade float64) int { return int(math.Floor(erlang.Offered(grade, t.lines))) }

// blockingRecords record the traffic of the busy hour, what is carried at the grade of service, and how many calls find no line free at most. What is measured
// is traffic that was carried: at the grades that matter it is less than what was offered by no more than the grade.
func (c *capacity) blockingRecords() {
	labels := c.tierLabels()
	for _, t := range c.pools() {
		of := t.labelsOf()
		busy := fmt.Sprintf("max(%s%s)", capacityBusy, labelText(of))
		if t.perCall > 1 {
			busy += fmt.Sprintf(" / %d", t.perCall)
		}
		c.record(Record{Name: capacityTraffic, Labels: labels, Help: "Traffic of the busiest hour of the last day in erlangs: the mean number of calls at once; a call has two media streams."}, busy, of)
		c.record(Record{Name: capacityOffered, Labels: labels, Help: fmt.Sprintf("Traffic in erlangs of which no more than %s finds no line free with one node lost, by Erlang B.", slo.FormatPercent(c.limits.Grade))},
			size(t.limitOf(c.limits.Grade)), of)
		bound, before := slo.FormatNumber(grades()[0]), grades()[0]
		for i, g := range grades() {
			next := 1.0
			if i+1 < len(grades()) {
				next = grades()[i+1]
			}
			bound += fmt.Sprintf(" + %s * (%s%s > bool %d)", slo.FormatNumber(slo.Clean(next-before)), capacityTraffic, labelText(of), t.limitOf(g))
			before = next
		}
		c.record(Record{
			Name: capacityBlocking, Unit: metric.Ratio, Labels: labels,
			Help: "Calls of the busiest hour of the last day that would find no line free with one node lost, at most, by Erlang B: the first of 0.01 %, 0.1 %, 1 %, 10 % and all whose traffic was not exceeded.",
		}, fmt.Sprintf("round(%s, %s)", bound, slo.FormatNumber(grades()[0])), of)
	}
}

// gradeAlert tells when the busy hour has more traffic than is carried at the grade of service with one node lost.
func (c *capacity) gradeAlert() {
	const name = "CapacityBusyHourHigh"
	grade := slo.FormatPercent(c.limits.Grade)
	rule := Rule{
		Expr: fmt.Sprintf("%s > on (tier, part) %s", capacityTraffic, capacityOffered), For: slo.FormatDuration(c.limits.BusyHourFor), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: c.annotations(name, capacityBoard, "The busy hour of {{ $labels.tier }} ({{ $labels.part }}) is above its grade of service", "It had {{ $value | printf \"%.0f\" }} erlangs: with one node lost more than "+grade+" of its calls would find no line free."),
	}
	t := c.pools()[0]
	labels := t.labelsOf()
	limit := float64(t.limitOf(c.limits.Grade) * t.perCall)
	busy := func(days ...float64) []TestSeries {
		return []TestSeries{series(capacityBusy, labels, daily(len(days), func(d int) float64 { return days[d] }))}
	}
	story := func(title string, proves []Proof, input []TestSeries, tests ...AlertTest) TestGroup {
		return TestGroup{Name: name + ": " + title, Interval: slo.FormatDuration(longStep), Proves: proves, InputSeries: input, AlertTests: tests}
	}
	more := limit + float64(t.perCall)
	c.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "The busy hour has more traffic than a tier carries at its grade of service",
		Meaning: fmt.Sprintf("The mean number of calls in the busiest hour of the last day exceeds the traffic of which %s finds no line free (Erlang B), with one node of the tier lost. That is less than the number of its lines: calls come in heaps.", grade),
		Impact:  "None while all nodes are up. With one lost in the busy hour, calls are refused or sound bad although the mean would fit.",
		Look: []string{
			"the Capacity board: traffic of the busy hour against its limit, and the share of calls without a line",
			"`promtool query instant http://localhost:9090 '" + capacityTraffic + "'`, and the same for " + capacityOffered,
		},
		Do: []string{
			"Add a node to the tier and to the spec, and run `obsgen generate`: the limit follows.",
			"If the hour was an event that does not come again, note it and let the ticket end by itself: it does after a day.",
		},
		FalsePositives: []string{"Erlang B takes callers to give up when no line is free; where they try again at once, it is worse than that.", "Calls that nobody ended count as traffic: AsteriskChannelStuck."},
	},
		story("an hour is too busy", []Proof{Fires, Holds, Resets}, busy(limit, more, limit),
			at(aDay-longStep, name), at(aDay, name), at(aDay+longStep, name, firing(rule, labels, formatValue(more/float64(t.perCall)), nil)), at(2*aDay, name)),
		story("nothing is known of busy hours", []Proof{Silent}, []TestSeries{series(capacityUse, labels, fmt.Sprintf("%sx8", formatValue(2*more)))}, at(aDay, name)))
}
