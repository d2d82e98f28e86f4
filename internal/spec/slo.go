package spec

import (
	"slices"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/slo"
)

// Expr is a piece of PromQL with its place in the spec.
type Expr struct {
	Text string
	Pos  diag.Position
	// Anchors tie the bytes of Text to the file; nil where the expression was not read from one.
	Anchors diag.Anchors
}

// Problem is a problem with the bytes start to end of the expression, at their place in the file.
func (e Expr) Problem(start, end int, what, hint string) diag.Problem {
	if e.Anchors == nil {
		return diag.At(e.Pos, what, hint)
	}
	pos, width := e.Anchors.Span(e.Text, start, end)
	return diag.Problem{Pos: pos, Width: width, What: what, Hint: hint}
}

// SLO is one objective of spec/slos.yaml.
type SLO struct {
	Name        string // lower_snake_case, unique
	Title       string
	Description string
	Owner       string
	Tier        string // the part of the platform, for example sip_proxy
	// Objective is the share of good events wanted, as a ratio above 0 and below 1; written as a percentage.
	Objective float64
	// ObjectiveText is the percentage as it was written, so that artefacts repeat it without rounding noise.
	ObjectiveText string
	// Period is how long the error budget must last. It rolls, unless Calendar says otherwise; then it is the usual length.
	Period   time.Duration
	Calendar Calendar
	// Clock says how far the calendar's days are ahead of UTC.
	Clock slo.Clock
	// TimeZone is the name of the zone that has the clock; empty where an offset was stated.
	TimeZone string
	SLI      SLI
	// Tiers are the burn alerts; nil takes those of slo.Tiers.
	Tiers   []slo.Tier
	Traffic Traffic
	// MinFailures is the number of failed events in a burn window below which no alert fires.
	MinFailures int
	// Exclusions are stretches of time whose events do not count, for good or bad.
	Exclusions []Exclusion
	// Policy says what is done as the budget is used up, the least consumption first.
	Policy []PolicyStep
	// Suppliers are the objectives of the services that this one needs, all at once.
	Suppliers []Supplier
	Dashboard string // uid of the board that explains it, without prefix
	// Group says of which value it is, where the spec has an objective for each of several.
	Group Group
	Pos   diag.Position
}

// Calendar is the kind of period that begins anew with the calendar; empty for one that rolls.
type Calendar string

// The periods of the calendar. A week begins on Monday.
const (
	Rolling Calendar = ""
	Week    Calendar = "week"
	Month   Calendar = "month"
	Quarter Calendar = "quarter"
)

// Kind is a way to tell good events from bad ones.
type Kind string

// The ways to tell good events from bad ones.
const (
	// Events counts by two expressions: all events, and those that failed or those that were good.
	Events Kind = "events"
	// Latency counts the observations of a histogram; those above a threshold are bad.
	Latency Kind = "latency"
	// Probe counts the samples of a gauge that is 1 or 0.
	Probe Kind = "probe"
	// TimeSlice counts slices of five minutes; a slice in which an expression yields nothing at its end is bad.
	TimeSlice Kind = "time_slice"
	// AllOf is a journey through other objectives: it succeeds when each of its steps does.
	AllOf Kind = "all_of"
	// Weighted is the weighted mean of other objectives' failure ratios.
	Weighted Kind = "weighted"
)

// SLI tells good events from bad ones. Expressions count over a range for which $window stands, for example
// sum(increase(x_total[$window])).
type SLI struct {
	Kind Kind
	// Errors or Good, and Total are set for Events.
	Errors, Good, Total Expr
	// Metric is the selector of the histogram, without suffix, or of the gauge.
	Metric Expr
	// Threshold in seconds is the longest good observation of a histogram.
	Threshold float64
	// ThresholdExpr is the threshold as it was written.
	ThresholdExpr Expr
	// Native is true for a native histogram.
	Native bool
	// GoodWhen is set for TimeSlice: an expression that yields one series while all is well and nothing otherwise. Known
	// says when it is known which: an expression that yields something whenever GoodWhen could be told.
	GoodWhen, Known Expr
	// Parts are set for AllOf and Weighted: two at least, none of them a composite. The first step of AllOf is the one whose
	// events are the journeys.
	Parts []Part
}

// expressions are those of the indicator, to be read or changed; the text of those that its kind has not is empty.
func (s *SLI) expressions() []*Expr {
	return []*Expr{&s.Errors, &s.Good, &s.Total, &s.Metric, &s.GoodWhen, &s.Known}
}

// Composite reports whether events are those of other objectives.
func (s SLI) Composite() bool { return s.Kind == AllOf || s.Kind == Weighted }

// Part is an objective that a composite is made of.
type Part struct {
	Name string
	// Weight is set for Weighted: above 0, and 1 for all parts together.
	Weight float64
	Pos    diag.Position
	value  config.Value // for problems that are found once all objectives are known
}

// BurnTiers are the burn alerts of the objective: its own, or the usual ones. A composite has tickets alone unless it names
// tiers: what makes it fail quickly pages as a part already, and one fault shall wake one person once.
func (o SLO) BurnTiers() []slo.Tier {
	switch {
	case o.Tiers != nil:
		return o.Tiers
	case o.SLI.Composite():
		return slices.DeleteFunc(slo.Tiers(), func(t slo.Tier) bool { return t.Severity == slo.Page })
	}
	return slo.Tiers()
}

// Exclusion is a stretch of time whose events do not count.
type Exclusion struct {
	From, To time.Time
	Reason   string
	Pos      diag.Position
}

// PolicyStep is what is done from a share of the consumed budget on.
type PolicyStep struct {
	Consumed float64 // ratio; 1 is the whole budget
	Action   string
	// Freeze says that nothing is released while the step is in force; usual for one at the whole budget.
	Freeze bool
	Pos    diag.Position
}

// Supplier is a service that an objective needs.
type Supplier struct {
	Name      string
	Objective float64 // ratio
	Pos       diag.Position
}

// Traffic is the expected number of events an hour, by which the effect of single failures is judged. A journey has that of
// its first step, and a weighted composite none.
type Traffic struct {
	PeakPerHour   float64
	TroughPerHour float64
	Pos           diag.Position
}
