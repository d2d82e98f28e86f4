// Package budget follows error budgets as the generated rules record them: what is left of each, how fast it goes, when it is spent, and
// what of that is not known. It computes no budget of its own, and never hands out an old number as a new one.
package budget

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/budget/policy"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Reading is a number that may not be known. The zero value is not known.
type Reading struct {
	Value float64 `json:"value"`
	Known bool    `json:"known"`
}

func known(v float64) Reading { return Reading{Value: v, Known: true} }

// State is how an objective stands.
type State string

// The states of an objective, worst first.
const (
	Exhausted State = "exhausted" // nothing of the budget is left
	Burning   State = "burning"   // an alert over burn rates fires
	NoData    State = "no data"   // the server answers, and has no records of it, or none of what happens now
	Unknown   State = "not known" // the server could not be read
	AtRisk    State = "at risk"   // little is left, or soon will be
	Idle      State = "idle"      // no events in the last hour: neither good nor bad is known of them
	Fine      State = "fine"
)

// States lists the states, worst first.
func States() []State { return []State{Exhausted, Burning, NoData, Unknown, AtRisk, Idle, Fine} }

// Rank is the place of the state among States, 0 for the worst.
func (s State) Rank() int {
	for i, o := range States() {
		if o == s {
			return i
		}
	}
	return len(States())
}

// Objective is one objective, as it is promised and as it stands.
type Objective struct {
	Promise `json:"promise"`
	Numbers `json:"numbers"`
	State   State `json:"state"`
	// Missing says why what happens now is not known, though the server answers: the numbers are of an earlier time. Empty where it is known.
	Missing string `json:"missing,omitempty"`
	// MissingSince is the first look that found it missing, where none since found it known: the numbers are of before. It stays while the server cannot be read.
	MissingSince time.Time `json:"missing_since,omitzero"`
	// Recorded is the time of the newest record that the numbers are from; the zero time without one.
	Recorded time.Time `json:"recorded"`
	// Seen is the last time at which its numbers were read; the zero time if they never were. It is older than the snapshot while they are not known.
	Seen   time.Time `json:"seen"`
	Alerts []Alert   `json:"alerts"`
	// Policy is the step in force: what is done at this consumption. Empty for none.
	Policy string `json:"policy"`
	// InForce is the step with when it came and what was consumed then, as it was taken down; nil for none, and where nothing is taken down.
	InForce *policy.Change `json:"in_force,omitempty"`
	// Corrected are the numbers without what people corrected afterwards; nil where nothing was. What is recorded stays what it is.
	Corrected *Corrected `json:"corrected,omitempty"`
}

// Promise is what the spec says of an objective.
type Promise struct {
	Name        string        `json:"name"`
	Title       string        `json:"title"`
	Description string        `json:"description"`
	Owner       string        `json:"owner"`
	Tier        string        `json:"tier"`
	Objective   float64       `json:"objective"` // ratio of good events
	Text        string        `json:"objective_text"`
	Period      time.Duration `json:"period_ns"` // usual length
	Calendar    string        `json:"calendar"`  // empty for a period that rolls
	// UTCOffset is how far the calendar's days are ahead of UTC, in winter where they follow a zone.
	UTCOffset time.Duration `json:"utc_offset_ns,omitempty"`
	TimeZone  string        `json:"time_zone,omitempty"` // name; empty for a fixed offset
	Clock     slo.Clock     `json:"-"`                   // both in one
	// Parts are the objectives that a composite is made of.
	Parts []string `json:"parts,omitempty"`
	// Weighted says that it is a mean of its parts, which has no events.
	Weighted bool `json:"weighted,omitempty"`
	// Group is which group of a grouping it is; nil for an objective that stands for itself.
	Group  *Group          `json:"group,omitempty"`
	Board  string          `json:"board"` // uid, without prefix
	Spec   string          `json:"spec"`  // file:line
	Links  Links           `json:"links"`
	Policy []PolicyStep    `json:"policy"` // the least consumption first
	Burns  []Threshold     `json:"burns"`  // the alerts over burn rates
	longs  []time.Duration // windows of these
}

// Group is one of the objectives of a grouping.
type Group struct {
	Of    string `json:"of"`    // common name
	Label string `json:"label"` // by which events are told apart
	Value string `json:"value"`
}

// Called tells whether a name means the objective: its own does, and that of its grouping.
func (p Promise) Called(name string) bool {
	return p.Name == name || p.Group != nil && p.Group.Of == name
}

// Serves tells whether a release of a service can hurt the objective: one of its tier, or the service or job that its group is of.
func (p Promise) Serves(service string) bool {
	return p.Tier == service || p.Group != nil && (p.Group.Label == "service" || p.Group.Label == "job") && p.Group.Value == service
}

// PolicyStep is what is done from a share of the consumed budget on.
type PolicyStep = policy.Step

// Span is the period in words: 30d, or the calendar's.
func (p Promise) Span() string {
	if p.Calendar != "" && p.TimeZone != "" {
		return "a " + p.Calendar + " in " + p.TimeZone
	}
	if p.Calendar != "" {
		return "a " + p.Calendar
	}
	return slo.FormatDuration(p.Period)
}

// Threshold is an alert over burn rates.
type Threshold struct {
	Tier     string  `json:"tier"`
	Severity string  `json:"severity"`
	Factor   float64 `json:"factor"` // burn rate above which both windows must be
	Long     string  `json:"long"`   // windows, as records are named for them
	Short    string  `json:"short"`
}

// Numbers are the values of the records. Ratios are of 1.
type Numbers struct {
	SLI       Reading `json:"sli"`       // good events of all events of the period
	Consumed  Reading `json:"consumed"`  // of the budget
	Remaining Reading `json:"remaining"` // of the budget; below 0 when it is overspent
	Events    Reading `json:"events"`    // of the period
	Errors    Reading `json:"errors"`    // of the period
	LastHour  Reading `json:"last_hour"` // events
	LastDay   Reading `json:"last_day"`  // events
	lately    Reading // events of the window that is its pace
	// Burn is the burn rate in each window, by the window's name: 1 is the pace at which the budget lasts exactly the period.
	Burn map[string]Reading `json:"burn"`
	// Maintenance is true while events do not count.
	Maintenance bool `json:"maintenance"`
}

// Alert is an alert of an objective that fires.
type Alert struct {
	Name     string `json:"name"`
	Severity string `json:"severity"`
	Burn     string `json:"burn"` // the tier of a burn alert; empty for others
}

// Snapshot is all objectives at one time.
type Snapshot struct {
	// At is when the server was asked.
	At time.Time `json:"at"`
	// Read is the last time at which the server answered all that was asked; the zero time if it never did.
	Read time.Time `json:"read"`
	// Problem says why it did not now; empty if it did.
	Problem    string      `json:"problem,omitempty"`
	Objectives []Objective `json:"objectives"`
}

// promise takes from the spec what is shown.
func promise(o spec.SLO) Promise {
	p := Promise{
		Name: o.Name, Title: o.Title, Description: o.Description, Owner: o.Owner, Tier: o.Tier, Objective: o.Objective, Text: percentText(o),
		Period: o.Period, Calendar: string(o.Calendar), Board: o.Dashboard, Spec: o.Pos.String(),
		UTCOffset: o.Clock.Offset, TimeZone: o.TimeZone, Clock: o.Clock, Weighted: o.SLI.Kind == spec.Weighted, Policy: []PolicyStep{}, Burns: []Threshold{},
	}
	if g := o.Group.Of; g != nil {
		p.Group = &Group{Of: g.Name, Label: g.Label, Value: o.Group.Value}
	}
	for _, part := range o.SLI.Parts {
		p.Parts = append(p.Parts, part.Name)
	}
	for _, s := range o.Policy {
		p.Policy = append(p.Policy, PolicyStep{Consumed: s.Consumed, Action: s.Action, Freeze: s.Freeze})
	}
	for _, b := range slo.Burns(o.BurnTiers(), o.Objective, o.Period) {
		p.Burns = append(p.Burns, Threshold{b.Name, b.Severity, b.Factor, slo.FormatDuration(b.Long), slo.FormatDuration(b.Short)})
		p.longs = append(p.longs, b.Long)
	}
	return p
}

// percentText is the promise as it was written, with its sign.
func percentText(o spec.SLO) string { return strings.TrimSuffix(o.ObjectiveText, "%") + "%" }

// Text is the number with at most three significant decimals, "not known" for one that is not.
func (r Reading) Text() string {
	if !r.Known {
		return "not known"
	}
	return strconv.FormatFloat(math.Round(r.Value*1000)/1000, 'f', -1, 64)
}

// Percent is a ratio as percentage, "not known" for one that is not. What is less than all is never 100 %.
func (r Reading) Percent() string {
	if !r.Known {
		return "not known"
	}
	v := math.Round(r.Value*1e6) / 1e4
	if v == 100 && r.Value < 1 {
		v = 100 * r.Value
	}
	return strconv.FormatFloat(v, 'f', -1, 64) + " %"
}
