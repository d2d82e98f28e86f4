package slo

import (
	"math"
	"time"
)

// The severities of an alert: a page wakes somebody, a ticket waits for working hours.
const (
	Page   = "page"
	Ticket = "ticket"
)

// Tier is one pair of windows that watches the error budget: it alerts when the long window has spent Share of the
// budget, and stops when the short window has recovered. The default tiers are those of the Google SRE workbook, chapter
// "Alerting on SLOs", with the ticket of one day that its rule example adds.
type Tier struct {
	Name     string // stable: page_fast, page_slow, ticket_fast or ticket_slow
	Severity string // Page or Ticket
	Share    float64
	Long     time.Duration
	Short    time.Duration
}

// Tiers returns the default tiers, the most urgent first.
func Tiers() []Tier {
	const day = 24 * time.Hour
	return []Tier{
		{Name: "page_fast", Severity: Page, Share: 0.02, Long: time.Hour, Short: ShortWindow(time.Hour)},
		{Name: "page_slow", Severity: Page, Share: 0.05, Long: 6 * time.Hour, Short: ShortWindow(6 * time.Hour)},
		{Name: "ticket_fast", Severity: Ticket, Share: 0.10, Long: day, Short: ShortWindow(day)},
		{Name: "ticket_slow", Severity: Ticket, Share: 0.10, Long: 3 * day, Short: ShortWindow(3 * day)},
	}
}

// ShortWindow returns the short window that belongs to a long one: a twelfth of it.
func ShortWindow(long time.Duration) time.Duration { return long / 12 }

// Factor returns the burn rate at which a window spends a share of the budget of a period. 1 spends exactly the whole
// budget in the period.
func Factor(share float64, period, window time.Duration) float64 {
	return Clean(share * period.Seconds() / window.Seconds())
}

// Burn is a tier applied to one objective and period.
type Burn struct {
	Tier
	// Factor is the burn rate above which the tier alerts.
	Factor float64
	// Threshold is Factor times the budget: the error ratio above which both windows must be.
	Threshold float64
}

// longestShare is how much of the period a window may take: beyond a quarter it tells of the past, not of a danger.
const longestShare = 0.25

// Burns applies the tiers to an objective. Factors scale with the period. In a short period a factor can come out below
// 1, at a pace that the objective allows; it is raised to 1, and a tier whose window is more than a quarter of the
// period is left out.
func Burns(tiers []Tier, objective float64, period time.Duration) []Burn {
	burns := make([]Burn, 0, len(tiers))
	for _, t := range tiers {
		if t.Long.Seconds() > longestShare*period.Seconds() {
			continue
		}
		factor := max(Factor(t.Share, period, t.Long), 1)
		burns = append(burns, Burn{Tier: t, Factor: factor, Threshold: Clean(factor * Budget(objective))})
	}
	return burns
}

// CanFire reports whether the tier can alert at all: no error ratio is above 1.
func (b Burn) CanFire() bool { return b.Threshold < 1 }

// ShareAtAlert is the share of the period's budget that is spent when the tier alerts on a steady burn.
func (b Burn) ShareAtAlert(period time.Duration) float64 {
	return Clean(b.Factor * b.Long.Seconds() / period.Seconds())
}

// LargestShare is the largest budget share with which a window can still alert under an objective.
func LargestShare(objective float64, period, window time.Duration) float64 {
	return Clean(window.Seconds() / (period.Seconds() * Budget(objective)))
}

// Exhaustion is how long a whole budget lasts at a burn rate.
func Exhaustion(period time.Duration, factor float64) time.Duration {
	return time.Duration(float64(period) / factor)
}

// TimeToDetect is how long after its begin a steady error ratio makes the tier alert, with no errors before and a
// traffic that does not change; evaluation and scrape intervals come on top. False means never.
func (b Burn) TimeToDetect(errorRatio float64) (time.Duration, bool) {
	if errorRatio <= b.Threshold {
		return 0, false
	}
	return time.Duration(float64(b.Long) * b.Threshold / errorRatio), true
}

// FailuresToFire is the number of failed events in the long window at which the tier alerts, at a steady traffic and if
// the short window agrees; never below minFailures. False means that not even the failure of every event suffices.
func (b Burn) FailuresToFire(eventsPerHour float64, minFailures int) (int, bool) {
	events := Clean(eventsPerHour * b.Long.Hours())
	needed := max(int(math.Floor(Clean(events*b.Threshold)))+1, minFailures)
	return needed, float64(needed) <= events
}

// QuietestEvents is the largest number of events in the long window with which one single failure is above the
// threshold: with as few, a minimum number of failures is needed to keep single failures from alerting.
func (b Burn) QuietestEvents() int { return int(math.Ceil(Clean(1/b.Threshold))) - 1 }
