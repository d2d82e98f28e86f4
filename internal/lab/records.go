package lab

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/voipbin/observability/internal/promapi"
)

// The series that the laboratory reads back from Prometheus: two families of kamailio_exporter and the records of the generated rules.
const (
	attemptsFamily = "kamailio_call_setup_attempts_total"
	outcomesFamily = "kamailio_call_setup_outcomes_total"
	causeLabel     = "cause"

	callRate        = `sum(voipbin:call_setup_attempts:rate1m)`
	successShare    = `slo:sli_success:ratio_increase5m{slo="call_setup"}`
	edgeRemaining   = `slo:error_budget_remaining:ratio{slo="sip_reachable"}`
	budgetRemaining = `slo:error_budget_remaining:ratio{slo="call_setup"}`
)

// unknown is what a number is that Prometheus does not have (yet).
func unknown() float64 { return math.NaN() }

// number is the value of a query whose answer is one sample, unknown if there is none.
func number(ctx context.Context, api *promapi.Client, query string) (float64, error) {
	samples, err := api.Query(ctx, query, time.Time{})
	if err != nil {
		return 0, err
	}
	switch len(samples) {
	case 0:
		return unknown(), nil
	case 1:
		return samples[0].Value, nil
	}
	return 0, fmt.Errorf("query %q: want one series, got %d", query, len(samples))
}

// Outcomes is what Prometheus knows of the calls so far, from Kamailio's counters.
type Outcomes struct {
	// Attempts is the number of initial INVITEs.
	Attempts int
	// ByCause is the number of calls by the cause label.
	ByCause map[string]int
}

// Outcomes reads the counters as last scraped.
func (m *Monitoring) Outcomes(ctx context.Context) (Outcomes, error) {
	o := Outcomes{ByCause: map[string]int{}}
	attempts, err := number(ctx, m.API, fmt.Sprintf("sum(%s)", attemptsFamily))
	if err != nil {
		return o, err
	}
	if math.IsNaN(attempts) {
		return o, fmt.Errorf("prometheus has no %s", attemptsFamily)
	}
	o.Attempts = int(attempts)
	samples, err := m.API.Query(ctx, fmt.Sprintf("sum by (%s) (%s)", causeLabel, outcomesFamily), time.Time{})
	if err != nil {
		return o, err
	}
	for _, s := range samples {
		o.ByCause[s.Labels[causeLabel]] = int(s.Value)
	}
	return o, nil
}

// Success is the recorded share of calls in the last five minutes that the platform did not fail; NaN if there is no record yet.
func (m *Monitoring) Success(ctx context.Context) (float64, error) {
	return number(ctx, m.API, successShare)
}

// minus is the growth since an earlier reading.
func (o Outcomes) minus(earlier Outcomes) Outcomes {
	d := Outcomes{Attempts: o.Attempts - earlier.Attempts, ByCause: map[string]int{}}
	for cause, n := range o.ByCause {
		if grown := n - earlier.ByCause[cause]; grown != 0 {
			d.ByCause[cause] = grown
		}
	}
	return d
}
