package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Longer windows are made of shorter records that a subquery reads at whole multiples of their own window, so that the
// pieces neither overlap nor leave gaps, however often the rules are evaluated.
const (
	tile    = 5 * time.Minute
	dayTile = 30 * time.Minute // for windows of more than six hours
	// hourTile is for the period: a month is 720 of them.
	hourTile = time.Hour
	// sixHours is the longest window that is made of tiles of five minutes.
	sixHours = 6 * time.Hour
)

// How often the groups are evaluated where the server is faster: both divide a tile, so that the reads at its ends find
// windows that follow each other without seam.
const (
	eventInterval  = time.Minute
	budgetInterval = 150 * time.Second
)

// objective makes the rules of one service level objective.
type objective struct {
	links
	slo        spec.SLO
	from       source
	burns      []slo.Burn
	carries    []metric.Label    // by every record: slo, with the names of all objectives
	own        map[string]string // the label of this objective's records; its rules share it
	selector   string            // of this objective's series
	counting   counting
	limits     spec.ObjectivesThresholds
	anchored   bool
	evaluation time.Duration // the server's own interval
	scrape     time.Duration
	// sourceFault is what is wrong with the expressions, if they could not be understood.
	sourceFault error
	counters    section // what an increase does not see
	events      section // what happened, how fast it burns the budget, and the alerts
	days        section // the same of windows of more than six hours
	counted     section // what counts for the period
	budget      section // what is left for the period
	tales       []tale  // what proves the alerts
	inputs      []Input
	probe       *Input // the gauge of a probe; nil for others
	recorded    bool   // its expressions read the records of call set-up
	// more are windows that composites read besides the objective's own.
	more []time.Duration
	// others are all objectives, among them the parts of a composite.
	others []spec.SLO
	// like is the shape of the objective where another of that shape was made before; nil where it is made as a whole.
	like *shape
	// shape is that of the objective, where it may have one.
	shape *shape
	// again is true when the rules are made once more, for a file: what they record is known.
	again bool
	// source makes up events for stories; nil when the objective's expressions read what it cannot make up.
	source eventSource
	// form makes up what probes, time slices and native histograms tell; nil for all others.
	form form
	// data makes up what the objective reads, of whatever form; nil where that cannot be made up.
	data eventSource
	// slices is what makes slices good and bad; nil where the spec's expressions do not tell.
	slices *sliceEdge
}

// source is what is known of the series from which an objective's events come, beyond its own expressions.
type source struct {
	inputs []Input
	probe  *Input // the gauge, where the objective is about one
	slices *sliceEdge
	// born and returned are set where the expressions read records, of which nobody else knows the counters.
	born, returned func() pair
	// windows are those of which composites want to know the objective's failure ratio.
	windows []time.Duration
	// others are all objectives.
	others []spec.SLO
}

// newObjective returns the records, alerts and stories of an objective. All lists the names of all objectives. Of one like another there are
// none before they are wanted.
func newObjective(s spec.SLO, all []string, l links, from source, like *shape, server spec.Prometheus, limits spec.ObjectivesThresholds) *objective {
	o := &objective{
		links: l, slo: s, from: from, like: like, limits: limits, inputs: from.inputs, recorded: from.born != nil, anchored: server.Anchored(), evaluation: server.EvaluationInterval, scrape: server.ScrapeInterval,
		burns: slo.Burns(s.BurnTiers(), s.Objective, s.Period), more: from.windows, others: from.others,
		carries: []metric.Label{{Name: "slo", Help: "Name of the objective.", Values: all}}, own: map[string]string{"slo": s.Name}, selector: fmt.Sprintf("{slo=%q}", s.Name),
	}
	o.probe, o.slices = from.probe, from.slices
	if o.anchored && !s.SLI.Composite() {
		o.source = sourceOf(from.inputs) // only an anchored increase counts events that can be foretold
	}
	o.form = o.formOf(o.probe)
	if like == nil {
		o.begin()
	}
	return o
}

// begin reads the objective's expressions and composes it.
func (o *objective) begin() {
	if !o.slo.SLI.Composite() {
		o.counting, o.sourceFault = countingOf(o.slo.SLI, o.anchored)
		if o.from.born != nil {
			o.counting.born, o.counting.returned = o.from.born, o.from.returned
		}
		o.data = o.dataSource()
	}
	o.compose()
}

// The most rules and records that an objective usually has in a section: so much room is made at once.
const (
	usualEvents = 40
	usualDays   = 12
	usualBudget = 10
)

// compose makes the rules, alerts and stories of the objective.
func (o *objective) compose() {
	o.counters, o.events, o.days, o.counted, o.budget = o.room(4), o.room(usualEvents), o.room(usualDays), o.room(6), o.room(usualBudget)
	switch {
	case o.slo.SLI.Composite():
		o.composite()
		return
	case o.sourceFault != nil:
		return // check says what is wrong
	}
	whole := o.like == nil || o.again
	if whole {
		o.counterRecords()
		o.maintenanceRecord()
		o.eventRecords()
		o.ratioRecords()
	}
	o.burnAlert()
	o.dataAlert()
	o.idleAlert()
	o.scrapeAlert()
	if whole {
		o.countedRecords()
		o.budgetRecords()
	}
}

// filled says which sections there are rules in, or would be.
func (o *objective) filled() filled {
	if o.like != nil && !o.again {
		return o.like.filled
	}
	return filled{len(o.counters.rules) > 0, len(o.days.rules) > 0, len(o.counted.rules) > 0}
}

// room is an empty section for some rules. One like another has few before its files are wanted.
func (o *objective) room(rules int) section {
	switch {
	case o.again:
		return section{rules: make([]Rule, 0, rules)}
	case o.like != nil:
		return section{}
	}
	return section{rules: make([]Rule, 0, rules), records: make([]Record, 0, rules)}
}

// add records a series of this objective under its slo label.
func (o *objective) add(to *section, name, help string, unit metric.Unit, expr string) {
	to.rules = append(to.rules, Rule{Record: name, Expr: expr, Labels: o.own})
	if o.again {
		return
	}
	to.records = append(to.records, Record{Name: name, Help: help, Unit: unit, Labels: o.carries})
}

// of selects this objective's series of a record.
func (o *objective) of(name string) string { return name + o.selector }

// windows are the windows of the burn rates, the shortest first. Five minutes and an hour are always among them.
func (o *objective) windows() []time.Duration {
	windows := append([]time.Duration{tile, 30 * time.Minute, time.Hour}, o.more...)
	for _, b := range o.burns {
		windows = append(windows, b.Short, b.Long)
	}
	slices.Sort(windows)
	return slices.Compact(windows)
}

// side is failed events or all of them, with the names of their records.
type side struct {
	what                                         string
	kept, raw, excluded, born, returned, counted string
	expr                                         func(time.Duration) string
	corrected                                    func(pair) string
}

func (o *objective) sides() [2]side {
	if o.slo.SLI.Composite() {
		return o.journeySides()
	}
	return [2]side{
		{
			what: "Events that failed", kept: sloErrors, raw: sloErrorsRaw, excluded: sloErrorsExcluded, born: sloErrorsBorn, returned: sloErrorsReturned,
			counted: sloErrorsCounted, expr: o.counting.failed, corrected: func(p pair) string { return p.failed },
		},
		{
			what: "Events", kept: sloEvents, raw: sloEventsRaw, excluded: sloEventsExcluded, born: sloEventsBorn, returned: sloEventsReturned,
			counted: sloEventsCounted, expr: o.counting.all, corrected: func(p pair) string { return p.all },
		},
	}
}

// title is the objective's name for people.
func (o *objective) title() string { return titleOf(o.slo) }

func titleOf(s spec.SLO) string {
	if s.Title != "" {
		return s.Title
	}
	return strings.ReplaceAll(s.Name, "_", " ")
}

// allowed is the share of events that may fail.
func (o *objective) allowed() float64 { return slo.Budget(o.slo.Objective) }

// alertName is the name of an alert about this objective.
func (o *objective) alertName(what string) string { return camel(o.slo.Name) + what }

// promDuration prints a duration for PromQL.
func promDuration(d time.Duration) string { return slo.FormatDuration(d) }

// Names of the groups, in the order in which they read each other.
func (o *objective) counterGroup() string    { return "slo_counters_" + o.slo.Name }
func (o *objective) eventGroup() string      { return "slo_" + o.slo.Name }
func (o *objective) daysGroupName() string   { return "slo_days_" + o.slo.Name }
func (o *objective) countedGroup() string    { return "slo_counted_" + o.slo.Name }
func (o *objective) budgetGroupName() string { return "slo_budget_" + o.slo.Name }

// eventFile, daysFile and budgetFile are the objective's rule files. What looks back over days or over the whole period is apart, so that
// its tests need not evaluate the rest for as long: they begin with what the rest records.
func (o *objective) eventFile() string  { return "slo_" + o.slo.Name + ".yaml" }
func (o *objective) daysFile() string   { return "slo_" + o.slo.Name + "-days.yaml" }
func (o *objective) budgetFile() string { return "slo_" + o.slo.Name + "-budget.yaml" }

// groupOrder is the order of an objective's groups for promtool; those of a file that is not loaded are left out.
func (o *objective) groupOrder() []string {
	var order []string
	has := o.filled()
	if has.counters {
		order = append(order, o.counterGroup())
	}
	order = append(order, o.eventGroup())
	if has.counted {
		order = append(order, o.countedGroup())
	}
	return append(order, o.daysGroupName(), o.budgetGroupName())
}

// eventGroups are the groups of what happens, in the order in which they read each other.
func (o *objective) eventGroups() []Group {
	var groups []Group
	has := o.filled()
	if has.counters {
		groups = append(groups, Group{Name: o.counterGroup(), Interval: interval(budgetInterval, o.evaluation), Rules: o.counters.rules})
	}
	groups = append(groups, Group{Name: o.eventGroup(), Interval: interval(eventInterval, o.evaluation), Rules: o.events.rules})
	if has.counted {
		groups = append(groups, Group{Name: o.countedGroup(), Interval: interval(budgetInterval, o.evaluation), Rules: o.counted.rules})
	}
	return groups
}

// daysGroup is the group of windows of more than six hours.
func (o *objective) daysGroup() Group {
	return Group{Name: o.daysGroupName(), Interval: interval(eventInterval, o.evaluation), Rules: o.days.rules}
}

// windowSection is where the records of a window stand, and home where a rule does.
func (o *objective) windowSection(w time.Duration) *section {
	if w > sixHours {
		return &o.days
	}
	return &o.events
}

func (o *objective) home(r Rule) *section {
	for _, b := range o.burns {
		if b.Name == r.Labels["burn"] {
			return o.windowSection(b.Long)
		}
	}
	return &o.events
}

// quickBurns are the tiers whose long window has at most six hours, slowBurns the others.
func (o *objective) quickBurns() []slo.Burn {
	return slices.DeleteFunc(slices.Clone(o.burns), func(b slo.Burn) bool { return b.Long > sixHours })
}

func (o *objective) slowBurns() []slo.Burn {
	return slices.DeleteFunc(slices.Clone(o.burns), func(b slo.Burn) bool { return b.Long <= sixHours })
}

// budgetGroup is the group of what is left for the period.
func (o *objective) budgetGroup() Group {
	return Group{Name: o.budgetGroupName(), Interval: interval(budgetInterval, o.evaluation), Rules: o.budget.rules}
}

// quickest is the shortest evaluation interval of a server in service; one below it belongs to a laboratory, where
// whoever looks on does not wait.
const quickest = 5 * time.Second

// interval is how often a group is evaluated. A server that evaluates less often, or that of a laboratory, keeps its own.
func interval(wanted, server time.Duration) string {
	if server < quickest || server >= wanted {
		return ""
	}
	return promDuration(wanted)
}
