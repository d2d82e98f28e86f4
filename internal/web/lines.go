package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/budget"
)

// What stands in a column that means nothing for a line: an empty cell would look like a number that is missing.
const (
	noBudget     = "no budget"
	doesNotApply = "does not apply"
)

// Line is one objective of the table in words: of an error budget, or of recovery.
type Line struct {
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Path     string       `json:"path"` // of the page about it
	Promised string       `json:"promised"`
	State    budget.State `json:"state"`
	Colour   string       `json:"-"` // good, warn, bad or plain
	Achieved string       `json:"achieved"`
	Left     string       `json:"budget_left"`
	// Before is what the numbers are of the time before, where what happens now is not known though the server answers; empty where they are of now.
	Before string `json:"numbers_before,omitempty"`
	// Corrected is what would be left without what was corrected afterwards; empty where nothing was.
	Corrected string `json:"corrected_left,omitempty"`
	Amount    string `json:"that_is"` // of what is left, in events; of recovery, how it stands
	// Minutes is the same in minutes of a full outage; empty where they are not known.
	Minutes     string  `json:"minutes,omitempty"`
	Burn        string  `json:"burn_1h"`
	Ahead       string  `json:"spent"`
	Owner       string  `json:"owner"`
	Tier        string  `json:"tier"`
	Maintenance bool    `json:"maintenance,omitempty"`
	Bar         bool    `json:"-"` // a bar is drawn
	Width       float64 `json:"-"` // of the bar, in percent

	rank                         int // of the state, 0 for the worst
	achieved, left, amount, burn budget.Reading
	ahead                        budget.Reading // seconds until the budget is spent
}

// Lines are all objectives in one table, the worst first.
func Lines(o Objectives) []Line {
	all := make([]Line, 0, len(o.Objectives)+len(o.Recovery))
	for _, b := range o.Objectives {
		all = append(all, lineOf(rowOf(b)))
	}
	for _, p := range o.Recovery {
		all = append(all, p.line())
	}
	slices.SortStableFunc(all, func(a, b Line) int { return worst(&a, &b) })
	return all
}

func lineOf(r objectiveRow) Line {
	l := Line{
		Name: r.Name, Title: r.Title, Path: "/objectives/" + r.Name, Promised: r.Text + " over " + r.Span(), State: r.State, Colour: r.Colour, Achieved: showRatio(r.SLI),
		Left: showLeft(r.Remaining), Amount: unknown, Burn: showBurn(r.Burn["1h"]), Ahead: showAhead(r.Ahead), Owner: r.Owner, Tier: r.Promise.Tier,
		Before: r.Before, Maintenance: r.Maintenance, Bar: r.Remaining.Known, Width: r.Width,
		rank: r.State.Rank(), achieved: r.SLI, left: r.Remaining, amount: r.Events, burn: r.Burn["1h"],
	}
	if r.Events.Known {
		l.Amount = showAmount(r.Events) + " events"
	}
	if r.Minutes.Known {
		l.Minutes = showAmount(r.Minutes) + " min of full outage"
	}
	if r.Corrected != nil {
		l.Corrected = showLeft(r.Corrected.Remaining)
	}
	if r.Ahead.Known {
		l.ahead = budget.Reading{Value: r.Ahead.Soonest.Seconds(), Known: true}
	}
	return l
}

// line puts what is promised of recovery into the columns of budgets.
func (p Promise) line() Line {
	l := Line{
		Name: p.Name, Title: p.Title, Path: map[string]string{"rpo": "/#exposure", "rto": "/#drills", "readiness": "/#coverage"}[p.Kind], Promised: p.Text, State: p.State, Colour: "warn",
		Achieved: p.Achieved, Left: noBudget, Amount: p.Now, Burn: doesNotApply, Ahead: doesNotApply, Owner: cmp.Or(p.Owner, "nobody named"), Tier: p.Tier, rank: budget.Unknown.Rank(),
	}
	switch p.State {
	case inside, ready:
		l.Colour, l.rank = "good", budget.Fine.Rank()
	case outside, notReady:
		l.Colour, l.rank = "bad", budget.Exhausted.Rank()
	}
	if p.Share != nil {
		l.achieved = budget.Reading{Value: *p.Share, Known: true}
	}
	return l
}

// worst orders by state, then by what is left.
func worst(a, b *Line) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), compareKnown(a.left, b.left), cmp.Compare(a.Name, b.Name))
}

// column is one of the table, by which it can be sorted.
type column struct {
	Name, Head, Choice string // in the address, above the column, in the list of orders
	Bar                bool
	// down is true where the largest come first unless somebody wants it otherwise.
	down    bool
	reading func(*Line) budget.Reading // nil for a column of words
	words   func(*Line) string
}

// columns are those of the table, in their order.
func columns() []column {
	return []column{
		{Name: "name", Head: "Objective", Choice: "name", words: func(l *Line) string { return l.Name }},
		{Name: "state", Head: "State", Choice: "worst first", reading: func(l *Line) budget.Reading { return budget.Reading{Value: float64(l.rank), Known: true} }},
		{Name: "achieved", Head: "Achieved", Choice: "least achieved", reading: func(l *Line) budget.Reading { return l.achieved }},
		{Name: "left", Head: "Budget left", Choice: "least budget left", Bar: true, reading: func(l *Line) budget.Reading { return l.left }},
		{Name: "amount", Head: "That is", Choice: "fewest events left", reading: func(l *Line) budget.Reading { return l.amount }},
		{Name: "burn", Head: "Burn, last hour", Choice: "fastest burn", down: true, reading: func(l *Line) budget.Reading { return l.burn }},
		{Name: "spent", Head: "Spent", Choice: "soonest spent", reading: func(l *Line) budget.Reading { return l.ahead }},
		{Name: "owner", Head: "Owner", Choice: "owner", words: func(l *Line) string { return l.Owner }},
		{Name: "tier", Head: "Tier", Choice: "tier", words: func(l *Line) string { return l.Tier }},
	}
}

// columnNames are the names of the columns.
func columnNames() []string {
	var all []string
	for _, c := range columns() {
		all = append(all, c.Name)
	}
	return all
}

// columnOf is the column of a name; the one of states where there is none.
func columnOf(name string) column {
	all := columns()
	i := slices.IndexFunc(all, func(c column) bool { return c.Name == name })
	if i < 0 {
		return all[1]
	}
	return all[i]
}

// order compares two lines by a column. What is not known, or does not apply, comes last in either direction.
func (c column) order(descending bool) func(a, b *Line) int {
	sign := 1
	if descending {
		sign = -1
	}
	if c.Name == "state" && !descending {
		return worst
	}
	if c.words != nil {
		return func(a, b *Line) int { return cmp.Or(sign*strings.Compare(c.words(a), c.words(b)), worst(a, b)) }
	}
	return func(a, b *Line) int {
		x, y := c.reading(a), c.reading(b)
		if x.Known && y.Known {
			return cmp.Or(sign*cmp.Compare(x.Value, y.Value), worst(a, b))
		}
		return cmp.Or(compareKnown(x, y), worst(a, b))
	}
}

// compareKnown orders what is known by value, and puts what is not last.
func compareKnown(a, b budget.Reading) int {
	switch {
	case a.Known && b.Known:
		return cmp.Compare(a.Value, b.Value)
	case a.Known:
		return -1
	case b.Known:
		return 1
	}
	return 0
}

// lengthOf is the length of a window as records name it, 5m or 3d.
func lengthOf(window string) time.Duration {
	if days, ok := strings.CutSuffix(window, "d"); ok {
		d, _ := time.ParseDuration(days + "h")
		return 24 * d
	}
	d, _ := time.ParseDuration(window)
	return d
}
