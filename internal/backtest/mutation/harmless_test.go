package mutation_test

import (
	"regexp"
	"strings"

	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

var (
	firstOfTen = regexp.MustCompile(`min_over_time\([^\[]*\[10m\]\)`)
	knownFor   = regexp.MustCompile(`last_over_time\((\w+)\{`)
	lookedBack = regexp.MustCompile(`\[\d\d\dm\]`)
)

// harmless says why no test can see a change, or nothing.
func (m mutant) harmless(sli spec.SLI) string {
	record := m.rule.Record
	switch {
	case strings.HasSuffix(record, ":increase_head") && strings.Contains(m.rule.Expr, "time() - 2"):
		return "tiles end every five minutes: one that ends at a full hour is told from the next by any second between"
	case strings.Contains(m.name, "window 10m instead of 5m") && firstOfTen.MatchString(m.rule.Expr):
		return "a counter with a sample in the five minutes before is left out in any case"
	case m.naught:
		return "in what is taken times 0, and says that a part of events is none where nothing is known of it: that it is there is all that matters, and a story proves that"
	case strings.HasSuffix(record, "_returned:increase5m") && strings.HasSuffix(m.name, ": 1 instead of 0, place 2"):
		return "good events that have not grown are none whether they are there or not"
	case strings.HasSuffix(record, "_errors_returned:increase5m") && strings.HasSuffix(m.name, ": 1 instead of 0") && sli.Errors.Text != "":
		return "failed events that have not grown are none, and none is what stands for them where they are absent"
	case sli.Native && strings.Contains(record, ":sli_errors_raw:") && strings.HasSuffix(m.name, ": 1 instead of 0, place 2"):
		return "it stands before the number of observations where there is none, and any number of times none is none"
	case strings.HasSuffix(record, ":increase_period") && strings.HasSuffix(m.name, ", place 3") && (sli.Composite() || sli.Kind == spec.TimeSlice):
		return "an hour that is made of tiles is never more than a period of the same tiles"
	case onePart(m.rule) && strings.Contains(m.rule.Expr, "[1d:1h]"):
		return "what a part of the events is counted by is among what all of them are counted by"
	case strings.HasSuffix(m.name, " of the description") && lookedBack.MatchString(m.rule.Annotations["description"]):
		return "what is left of the budget is recorded all the time: how far back a text looks for it shows in no story"
	}
	return ""
}

// onePart reports whether a rule asks whether it knows the series of a part of events or those of all, which are of one name.
func onePart(r rules.Rule) bool {
	if !strings.HasSuffix(r.Alert, "DataMissing") && !strings.HasSuffix(r.Alert, "ScrapeDown") {
		return false
	}
	names := knownFor.FindAllStringSubmatch(r.Expr, -1)
	return len(names) == 2 && names[0][1] == names[1][1]
}
