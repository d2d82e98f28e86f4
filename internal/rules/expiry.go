package rules

import (
	"time"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// expiryStories prove an alert about a certificate that runs out: a ticket, and a page nearer to its end, which are the two rules. Stories begin in
// 1970; the certificate comes within a limit after ten minutes, and is renewed when the alert has fired for a while.
func expiryStories(name string, limit spec.Expiry, ticket, page Rule, labels map[string]string, ends func(values string) TestSeries) []TestGroup {
	const comes, rest = 10 * time.Minute, 5 * time.Minute
	lasted := comes + stepsUp(limit.For)
	fires, renewal := lasted+storyStep, lasted+rest
	until := func(end time.Duration) []TestSeries {
		renewed := limit.Warn + 90*24*time.Hour
		return []TestSeries{ends(gauge(storyStep, phase{length: renewal, value: end.Seconds()}, phase{length: rest, value: renewed.Seconds()}))}
	}
	fired := func(r Rule, before, t time.Duration) ExpectedAlert {
		return firing(r, labels, humanDuration((before + comes - t).Seconds()), nil)
	}
	story := func(title string, proves []Proof, input []TestSeries, tests ...AlertTest) TestGroup {
		return TestGroup{Name: name + ": " + title, Interval: slo.FormatDuration(storyStep), Proves: proves, InputSeries: input, AlertTests: tests}
	}
	almost := fires - storyStep
	return []TestGroup{
		story("the page comes and a renewal ends it", []Proof{Fires, Holds, Resets}, until(limit.Page+comes),
			at(almost, name, fired(ticket, limit.Page, almost)), at(fires, name, fired(ticket, limit.Page, fires), fired(page, limit.Page, fires)),
			at(renewal+storyStep, name)),
		story("it comes within the first limit", []Proof{Fires, Holds}, until(limit.Warn+comes), at(almost, name), at(fires, name, fired(ticket, limit.Warn, fires))),
		story("it is good for long", []Proof{Holds, Silent}, until(limit.Warn+24*time.Hour), at(fires, name), at(renewal, name)),
	}
}
