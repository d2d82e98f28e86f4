package backtest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/slo"
)

// Recording is how the alerts of one objective did over recorded data.
type Recording struct {
	// Objective is its name; empty for rules of which no objective is known.
	Objective string    `json:"objective,omitempty"`
	Title     string    `json:"title,omitempty"`
	Begin     time.Time `json:"begin"`
	End       time.Time `json:"end"`
	Outages   []Outage  `json:"outages"`
	Pages     []Firing  `json:"pages"`
	Tickets   []Firing  `json:"tickets"`
	// FalsePages counts those that began in none of the outages that somebody named, FalsePagesPerWeek relates them to the length. They are nil
	// where nobody named any: what was wrong is not in the data then.
	FalsePages        *int     `json:"false_pages,omitempty"`
	FalsePagesPerWeek *float64 `json:"false_pages_per_week,omitempty"`
	// Consumed is the share of the budget that is spent at the end, as the rules say; nil when they do not know it.
	Consumed *float64 `json:"budget_consumed,omitempty"`
}

// Outage is a stretch of recorded data in which an objective's events failed. It is one that somebody named, or what an alert was about: from
// the moment at which the failure ratio of five minutes first exceeded the threshold of the alert's tier, to that at which it last did. Stretches
// above the threshold are one where the tier's short window reaches from one to the next; those of several alerts are one where they overlap.
type Outage struct {
	Begin time.Time `json:"begin"`
	End   time.Time `json:"end"`
	Named bool      `json:"named,omitempty"`
	// Page and Ticket are the first ones about it; nil when there was none.
	Page   *Detection `json:"page,omitempty"`
	Ticket *Detection `json:"ticket,omitempty"`
	// Spent is the share of the period's budget that went in it; nil when the rules do not know.
	Spent *float64 `json:"budget_spent,omitempty"`
}

// The records of an objective that say how many of its events failed in five minutes.
const (
	recordedTile   = 5 * time.Minute
	recordedRatio  = "slo:sli_error:ratio_increase5m"
	recordedErrors = "slo:sli_errors:increase5m"
	recordedEvents = "slo:sli_events:increase5m"
)

// Judge says how alerts did that fired over recorded data, of an objective, or of all rules where that has no name. The store holds what the
// rules recorded. Where outages are named, alerts are held to these and no others are looked for.
func Judge(ctx context.Context, store *Store, fired []Firing, o Objective, named []Span, begin, end time.Time) (Recording, error) {
	var v Verdict
	v.sort(fired, o.Name)
	r := Recording{Objective: o.Name, Begin: begin, End: end, Outages: []Outage{}, Pages: v.Pages, Tickets: v.Tickets}
	j := judging{store: store, about: o}
	if o.Name != "" {
		consumed, known, err := Value(ctx, store, fmt.Sprintf("last_over_time(slo:error_budget_consumed:ratio{slo=%q}[15m])", o.Name), end)
		if err != nil {
			return r, err
		}
		if known && !math.IsInf(consumed, 0) {
			r.Consumed = &consumed
		}
		if j.budget, err = j.budgetOf(ctx, begin, end); err != nil {
			return r, err
		}
	}
	if len(named) > 0 {
		r.holdTo(named, &j)
		return r, nil
	}
	r.Outages = append(r.Outages, j.outages(r.Pages, r.Tickets)...)
	return r, nil
}

// judging is what outages are found by.
type judging struct {
	store  *Store
	about  Objective
	budget float64 // events that may fail in a period; 0 when that is not known
}

// budgetOf is how many events may fail in a period, at the traffic of the data.
func (j *judging) budgetOf(ctx context.Context, begin, end time.Time) (float64, error) {
	const whole = "sum_over_time(%s{slo=%q}[%s:%s])"
	length := end.Sub(begin).Truncate(recordedTile)
	if length <= 0 {
		return 0, nil
	}
	events, known, err := Value(ctx, j.store, fmt.Sprintf(whole, recordedEvents, j.about.Name, slo.FormatDuration(length), slo.FormatDuration(recordedTile)), end)
	if err != nil || !known {
		return 0, err
	}
	return events / length.Seconds() * j.about.Period.Seconds() * j.about.Allowed, nil
}

// holdTo holds alerts to outages that are named.
func (r *Recording) holdTo(named []Span, j *judging) {
	falsePages := 0
	for _, p := range r.Pages {
		if !slices.ContainsFunc(named, func(s Span) bool { return s.about(p) }) {
			falsePages++
		}
	}
	perWeek := slo.Clean(float64(falsePages) / (r.End.Sub(r.Begin).Hours() / 24 / 7))
	r.FalsePages, r.FalsePagesPerWeek = &falsePages, &perWeek
	for _, s := range named {
		first := func(alerts []Firing) *Detection {
			at := slices.IndexFunc(alerts, s.about)
			if at < 0 {
				return nil
			}
			return j.detection(alerts[at], s.From)
		}
		r.Outages = append(r.Outages, Outage{Begin: s.From, End: s.To, Named: true, Page: first(r.Pages), Ticket: first(r.Tickets), Spent: j.spent(s.From, s.To)})
	}
}

// outages are those that alerts were about, in the order of their begin.
func (j *judging) outages(pages, tickets []Firing) []Outage {
	var all []Outage
	for i, f := range slices.Concat(pages, tickets) {
		span, ok := j.stretch(f)
		if !ok {
			continue
		}
		o := Outage{Begin: span.From, End: span.To}
		if i < len(pages) {
			o.Page = j.detection(f, span.From)
		} else {
			o.Ticket = j.detection(f, span.From)
		}
		all = append(all, o)
	}
	slices.SortStableFunc(all, func(a, b Outage) int { return a.Begin.Compare(b.Begin) })
	var joined []Outage
	for _, o := range all {
		if n := len(joined); n > 0 && !o.Begin.After(joined[n-1].End) {
			joined[n-1].join(o)
			continue
		}
		joined = append(joined, o)
	}
	for i := range joined {
		joined[i].Spent = j.spent(joined[i].Begin, joined[i].End)
	}
	return joined
}

// join takes another outage in that begins within this one.
func (o *Outage) join(other Outage) {
	if other.End.After(o.End) {
		o.End = other.End
	}
	o.Page, o.Ticket = sooner(o.Page, other.Page), sooner(o.Ticket, other.Ticket)
}

func sooner(a, b *Detection) *Detection {
	if a == nil || b != nil && b.at.Before(a.at) {
		return b
	}
	return a
}

// detection is what an alert says of an outage that began at a time.
func (j *judging) detection(f Firing, since time.Time) *Detection {
	return &Detection{Tier: cmp.Or(f.Labels["burn"], f.Alert), After: f.Start.Sub(since).Seconds(), Spent: j.spent(since, f.Start), at: f.Start}
}

// stretch is the last stretch before an alert in which the ratio of five minutes was above the threshold of the alert's tier; false where the
// alert is of no tier, or the ratio is not there.
func (j *judging) stretch(f Firing) (Span, bool) {
	at := slices.IndexFunc(j.about.Burns, func(b slo.Burn) bool { return b.Name == f.Labels["burn"] })
	if at < 0 {
		return Span{}, false
	}
	tier := j.about.Burns[at]
	var found Span
	for _, s := range j.samples(recordedRatio) {
		t := time.UnixMilli(s.T).UTC()
		switch {
		case !(s.V > tier.Threshold): // not a number where the series ends
		case found.From.IsZero() || t.Sub(found.To) > tier.Short && !t.After(f.Start):
			found = Span{t, t}
		case t.Sub(found.To) > tier.Short:
			return found, !found.From.After(f.Start)
		default:
			found.To = t
		}
	}
	return found, !found.From.IsZero() && !found.From.After(f.Start)
}

// samples are those of one of the objective's records.
func (j *judging) samples(record string) []Sample {
	for _, s := range j.store.byName[record] {
		if s.labels.Get("slo") == j.about.Name {
			return s.samples
		}
	}
	return nil
}

// spent is the share of the budget that went from an outage's begin to a time; nil when that is not known. It is counted backwards in steps of
// five minutes, to the one in which the first failures of the outage are: those before it are less than the threshold.
func (j *judging) spent(from, to time.Time) *float64 {
	samples := j.samples(recordedErrors)
	if j.budget <= 0 || len(samples) == 0 {
		return nil
	}
	failed := 0.0
	for t := to; t.After(from.Add(-recordedTile)); t = t.Add(-recordedTile) {
		at, found := slices.BinarySearchFunc(samples, t.UnixMilli(), func(s Sample, want int64) int { return cmp.Compare(s.T, want) })
		if !found {
			at--
		}
		if at >= 0 && t.UnixMilli()-samples[at].T < recordedTile.Milliseconds() && !math.IsNaN(samples[at].V) {
			failed += samples[at].V
		}
	}
	share := slo.Clean(failed / j.budget)
	return &share
}
