package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
)

// windowVariable stands for the range in the expressions of an objective.
const windowVariable = "$window"

// Bounds of slos.yaml.
const (
	minPeriod       = 24 * time.Hour
	maxPeriod       = 366 * 24 * time.Hour
	maxEventsHour   = 1e9
	maxMinFailures  = 1_000_000
	ratioNotPercent = 0.01 // an objective up to 1 % was surely meant as a ratio
)

// slos decodes slos.yaml.
func (l *loader) slos(m *config.Map) []SLO {
	list := m.Required("slos")
	described := config.Objects(list, l.slo)
	if described != nil && len(described) == 0 {
		list.Reject("no objectives", "describe one at least")
	}
	return slices.Concat(described...)
}

// slo decodes one objective: several where it is grouped.
func (l *loader) slo(m *config.Map) []SLO {
	name, period, objective := m.Required("name"), m.Required("period"), objective(m.Required("objective"))
	l.unique("slo", name)
	title := m.Required("title")
	l.unique("title", title) // boards tell their panels apart by it
	sli, exclusions := config.Object(m.Required("sli"), indicator), m.Optional("exclusions")
	counts := m.Optional("traffic")
	if sli.Composite() {
		counts.Reject("a composite has the traffic of its parts", "leave it out")
		exclusions.Reject("a composite has no events of its own to exclude", "exclude them in its parts")
		l.composite(name.Raw(), period, sli)
	} else {
		counts = m.Required("traffic")
	}
	slo := SLO{
		Pos:           m.Pos(),
		Name:          identifier(name),
		Title:         prose(title),
		Description:   prose(m.Optional("description")),
		Owner:         l.owner(m.Required("owner")),
		Tier:          identifier(m.Required("tier")),
		Objective:     objective.Ratio,
		ObjectiveText: objective.Text,
		SLI:           sli,
		Tiers:         tiers(m.Optional("tiers")),
		Traffic:       config.Object(counts, traffic),
		MinFailures:   cmp.Or(m.Optional("min_failures").Int(1, maxMinFailures), 1),
		Exclusions:    config.Objects(exclusions, exclusion),
		Policy:        policy(m.Optional("policy")),
		Suppliers:     config.Objects(m.Optional("suppliers"), supplier),
		Dashboard:     m.Optional("dashboard").String(),
	}
	slo.Period, slo.Calendar = periodOf(period)
	slo.Clock, slo.TimeZone = clockOf(m.Optional("utc_offset"), m.Optional("time_zone"), slo.Calendar)
	l.afterwards(func() {
		if kept := l.spec.Platform.Prometheus.Retention; kept > 0 && slo.Period > kept {
			period.Reject(fmt.Sprintf("%s is longer than Prometheus keeps data (%s)", period.Raw(), config.FormatDuration(kept)),
				"shorten the period, raise prometheus.retention in "+platformFile+", or keep long-term data elsewhere (Thanos, Mimir) and evaluate these rules there")
		}
	})
	return l.grouped(m.Optional("grouping"), slo)
}

// identifier is the form of names that become label values in rules.
func identifier(v config.Value) string {
	return v.Match(`[a-z][a-z0-9_]{0,62}`, "a name of lower-case letters, digits and underscores")
}

// prose decodes a text for people. It stands in alerts, and Prometheus takes braces there for a template, which fails when the alert is sent.
func prose(v config.Value) string {
	text := v.String()
	if strings.Contains(text, "{{") || strings.Contains(text, "}}") {
		v.Reject("the text holds {{ or }}, which Prometheus takes for a template", "write it without double braces: what is measured stands in alerts already")
	}
	return text
}

// owner decodes who answers for an objective. A word that stands for nobody is taken, so that what was imported can be read, and told of.
func (l *loader) owner(v config.Value) string {
	name := dnsLabel(v)
	if slices.Contains([]string{"nobody", "none", "unknown", "unassigned", "todo", "tbd"}, name) {
		v.Warn(fmt.Sprintf("%q owns nothing: whoever its alerts wake finds no team to hand them to", name), "name the team that repairs what it measures")
	}
	return name
}

// objective decodes the share of good events wanted.
func objective(v config.Value) config.Percent {
	p := v.Percent()
	switch {
	case p.Text == "":
	case p.Ratio == 1:
		v.Reject("100% leaves no room for a single failure", "no service keeps that; write 99.9% or 99.99%")
	case p.Ratio == 0:
		v.Reject("an objective of 0% is always met", "write the share of good events wanted, such as 99.9%")
	case p.Ratio <= ratioNotPercent:
		v.Reject(fmt.Sprintf("%s%% is nearly nothing", p.Text), "the objective is a percentage: write 99.9% and not 0.999")
	}
	return p
}

// traffic decodes the expected number of events.
func traffic(m *config.Map) Traffic {
	trough := m.Required("trough_per_hour")
	t := Traffic{
		Pos:           m.Pos(),
		PeakPerHour:   m.Required("peak_per_hour").Float(1, maxEventsHour),
		TroughPerHour: trough.Float(0, maxEventsHour),
	}
	if t.PeakPerHour > 0 && t.TroughPerHour > t.PeakPerHour {
		trough.Reject(fmt.Sprintf("the trough (%s) is above the peak", trough.Raw()), "peak is the busiest hour, trough the quietest")
	}
	return t
}
