package spec

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/slo"
)

// Bounds of the burn tiers: windows are made of steps of five minutes.
const (
	windowStep = 5 * time.Minute
	mostTiers  = 8
)

// calendarLengths are the usual lengths of the calendar's periods, by which burn rates are reckoned.
func calendarLengths() map[Calendar]time.Duration {
	const day = 24 * time.Hour
	return map[Calendar]time.Duration{Week: 7 * day, Month: 30 * day, Quarter: 91 * day}
}

// periodOf decodes a rolling period such as 30d, or a word of the calendar.
func periodOf(v config.Value) (time.Duration, Calendar) {
	word := Calendar(v.Raw())
	if length, ok := calendarLengths()[word]; ok {
		return length, word
	}
	if word != "" && (word[0] < '0' || word[0] > '9') {
		v.Reject(fmt.Sprintf("%q is no period", v.Raw()), cmp.Or(diag.DidYouMean(v.Raw(), []string{string(Week), string(Month), string(Quarter)}), "write week, month or quarter, or a period that rolls, such as 30d; a year is 365d"))
		return 0, Rolling
	}
	return v.Duration(minPeriod, maxPeriod), Rolling
}

// clockOf decodes when a calendar's days begin: by an offset from UTC, such as +09:00, or by the name of a zone.
func clockOf(offset, zone config.Value, calendar Calendar) (slo.Clock, string) {
	switch {
	case offset.Present() && zone.Present():
		zone.Reject("utc_offset is given as well", "give the zone alone: it knows its offset, in summer and in winter")
		return slo.Clock{}, ""
	case zone.Present() && calendar == Rolling:
		zone.Reject("a rolling period has no days that could begin somewhere", "leave it out, or write period: month")
		return slo.Clock{}, ""
	case zone.Present():
		return zoneClock(zone, calendar)
	}
	return slo.Clock{Offset: utcOffset(offset, calendar)}, ""
}

// zoneClock decodes a zone by its name. PromQL knows none, so that rules tell by the date how far its clocks are ahead.
func zoneClock(v config.Value, calendar Calendar) (slo.Clock, string) {
	name := v.String()
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		v.Reject(fmt.Sprintf("there is no time zone %q", v.Raw()), "a name of the IANA, such as Europe/Berlin or UTC")
		return slo.Clock{}, ""
	}
	clock, ok := slo.ClockOf(begins(calendar, zone))
	if !ok {
		v.Reject(fmt.Sprintf("the clocks of %s change at other dates each year", name), "write utc_offset: rules can follow summers that begin by a rule of the calendar")
	}
	return clock, name
}

// begins are the midnights in a zone at which periods begin, in the years for which its clock has to hold.
func begins(calendar Calendar, zone *time.Location) []time.Time {
	from, until := slo.ClockYears()
	at := time.Date(from, 1, 1, 0, 0, 0, 0, zone)
	months, days := 1, 0
	switch calendar {
	case Quarter:
		months = 3
	case Week:
		months, days = 0, 7
		for at.Weekday() != time.Monday {
			at = at.AddDate(0, 0, 1)
		}
	}
	var list []time.Time
	for ; at.Year() < until; at = at.AddDate(0, months, days) {
		list = append(list, at)
	}
	return list
}

// utcOffset decodes how far a calendar's days are ahead of UTC, such as +09:00.
func utcOffset(v config.Value, calendar Calendar) time.Duration {
	if !v.Present() {
		return 0
	}
	if calendar == Rolling {
		v.Reject("a rolling period has no days that could begin somewhere", "leave it out, or write period: month")
		return 0
	}
	parts := regexp.MustCompile(`^([+-])(\d\d):(00|15|30|45)$`).FindStringSubmatch(v.String())
	if parts == nil {
		v.Reject(fmt.Sprintf("%q is not an offset from UTC", v.Raw()),
			"write +09:00 or -05:00, or time_zone: Europe/Berlin")
		return 0
	}
	hours, _ := strconv.Atoi(parts[2]) // digits by the expression
	minutes, _ := strconv.Atoi(parts[3])
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if offset > 14*time.Hour {
		v.Reject(v.Raw()+" is further from UTC than any place", "at most 14 hours")
	}
	if parts[1] == "-" {
		return -offset
	}
	return offset
}

// tiers decodes burn alerts that replace the usual ones.
func tiers(v config.Value) []slo.Tier {
	names := make(map[string]bool)
	list := config.Objects(v, func(m *config.Map) slo.Tier { return tier(m, names) })
	if list != nil && (len(list) == 0 || len(list) > mostTiers) {
		v.Reject(fmt.Sprintf("%d burn tiers", len(list)), fmt.Sprintf("one to %d, or leave the key out for the usual four", mostTiers))
	}
	return list
}

func tier(m *config.Map, names map[string]bool) slo.Tier {
	name, long, short := m.Required("name"), m.Required("long"), m.Optional("short")
	t := slo.Tier{
		Name:     identifier(name),
		Severity: m.Required("severity").Enum(slo.Page, slo.Ticket),
		Share:    share(m.Required("share")),
		Long:     window(long),
	}
	if names[t.Name] {
		name.Reject(fmt.Sprintf("there is another tier %q", t.Name), "")
	}
	names[t.Name] = true
	t.Short = slo.ShortWindow(t.Long)
	if short.Present() {
		t.Short = window(short)
	}
	switch {
	case t.Long == 0 || short.Present() && t.Short == 0: // reported
	case t.Short >= t.Long:
		short.Reject(fmt.Sprintf("%s is not shorter than the long window", short.Raw()), "a twelfth of the long window is usual")
	case t.Short%windowStep != 0 || t.Short == 0:
		long.Reject(fmt.Sprintf("a twelfth of %s is not a whole number of five minutes", long.Raw()), "write short, or a long window of whole hours")
	}
	return t
}

// window decodes the window of a tier.
func window(v config.Value) time.Duration {
	d := v.Duration(windowStep, maxPeriod)
	if d%windowStep != 0 {
		v.Reject(v.Raw()+" is not a whole number of five minutes", "windows are made of steps of 5m")
		return 0
	}
	return d
}

// exclusion decodes a stretch of time that does not count.
func exclusion(m *config.Map) Exclusion {
	from, to := m.Required("from"), m.Required("to")
	e := Exclusion{Pos: m.Pos(), From: moment(from), To: moment(to), Reason: prose(m.Required("reason"))}
	if !e.From.IsZero() && !e.To.IsZero() && !e.From.Before(e.To) {
		to.Reject("the exclusion ends before it begins", "")
	}
	return e
}

// moment decodes a point in time.
func moment(v config.Value) time.Time {
	if !v.Present() {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, v.String())
	if err != nil {
		v.Reject(fmt.Sprintf("%q is not a point in time", v.Raw()), "write 2026-01-31T22:00:00Z, or with an offset such as +09:00")
		return time.Time{}
	}
	return t
}

// policy decodes what is done as the budget is used up.
func policy(v config.Value) []PolicyStep {
	steps := config.Objects(v, func(m *config.Map) PolicyStep {
		s := PolicyStep{Pos: m.Pos(), Consumed: share(m.Required("consumed")), Action: prose(m.Required("action"))}
		freeze := m.Optional("freeze")
		if s.Freeze = s.Consumed >= 1; freeze.Present() {
			s.Freeze = freeze.Bool(false)
		}
		return s
	})
	if !slices.IsSortedFunc(steps, func(a, b PolicyStep) int {
		if a.Consumed <= b.Consumed {
			return -1
		}
		return 1
	}) {
		v.Reject("the steps are not in the order of what is consumed", "begin with the least")
	}
	return steps
}

// supplier decodes the objective of a service that this one needs.
func supplier(m *config.Map) Supplier {
	return Supplier{Pos: m.Pos(), Name: m.Required("name").String(), Objective: m.Required("objective").Percent().Ratio}
}
