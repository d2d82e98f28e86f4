package kamailio

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// callSetupPrefix starts the names of the variables that deploy/kamailio/observability.cfg declares.
const callSetupPrefix = "obs_invite_"

// script passes on the variables that kamailio.cfg counts with the statistics module. Whether one only grows is known to
// who wrote the configuration, hence the expression for those that do not.
type script struct {
	stats  *statistics
	gauges *regexp.Regexp
}

// Name is that of the collector in its flag and in its outcome: script.
func (script) Name() string { return "script" }

// Scrape reads the group script of the statistics.
func (s script) Scrape(ctx context.Context, b *emit.Batch) error {
	values, err := s.stats.group(ctx, "script", "statistics")
	if err != nil {
		return err
	}
	n := 0
	for name, v := range values {
		if strings.HasPrefix(name, callSetupPrefix) {
			continue
		}
		n++
		family := metric.KamailioScriptEvents
		if s.gauges.MatchString(name) {
			family = metric.KamailioScriptValue
		}
		emitLevel(b, family, v, name) // one that was counted down below zero is no counter, either
	}
	if n == 0 {
		return exporter.Empty(errNothingListed)
	}
	return nil
}

// callSetup reads the exact outcomes of initial INVITEs that observability.cfg counts.
type callSetup struct{ stats *statistics }

// Name is that of the collector in its flag and in its outcome: callsetup.
func (callSetup) Name() string { return "callsetup" }

// Scrape reads the counters of observability.cfg among the script's statistics; absent where kamailio.cfg does not include it.
func (c callSetup) Scrape(ctx context.Context, b *emit.Batch) error {
	missing := exporter.Absent(errors.New("kamailio.cfg does not include observability.cfg"))
	values, err := c.stats.group(ctx, "script", "statistics")
	if exporter.OutcomeOf(err) == "absent" {
		return missing
	}
	if err != nil {
		return err
	}
	attempts, ok := values[callSetupPrefix+"attempts"]
	if !ok {
		return missing
	}
	b.Add(metric.KamailioCallSetupAttempts, float64(attempts))
	for _, cause := range metric.CallSetupCauses() {
		if v, ok := values[callSetupPrefix+strings.TrimSuffix(cause, "_other")]; ok {
			b.Add(metric.KamailioCallSetupOutcomes, float64(v), cause)
		}
	}
	return nil
}
