package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// composite makes the rules of an objective that is made of others. Its parts say themselves when data is missing, nothing
// comes, or a target is down, so that it has the alert of its budget alone.
func (o *objective) composite() {
	if o.slo.SLI.Kind == spec.AllOf {
		o.source = o.journeySource()
		o.journeyRecords()
	}
	o.ratioRecords()
	o.burnAlert()
	if o.slo.SLI.Kind == spec.AllOf {
		for _, s := range o.sides() {
			o.add(&o.counted, s.kept+headSuffix, s.what+" since the begin of the last full hour, up to five minutes ago.", metric.None, o.head(s.counted))
		}
	}
	o.budgetRecords()
}

// journeySides are the failed journeys and all of them. Nothing is taken out of them and nothing added later: maintenance
// and counters that were away are matters of the parts.
func (o *objective) journeySides() [2]side {
	return [2]side{
		{what: "Events that failed", kept: sloErrors, counted: sloErrors},
		{what: "Events", kept: sloEvents, counted: sloEvents},
	}
}

// journeyRecords record journeys and those that failed. A journey is an event of the first step. It succeeds when every
// step does; of steps that fail independently that has the probability of the product of their success ratios. The product
// is taken every five minutes and added up from there, so that steps which fail in the same minutes, as in an outage of
// what they share, are counted once, which a product of ratios over hours would do twice.
func (o *objective) journeyRecords() {
	first := fmt.Sprintf("max(%s{slo=%q})", windowed(sloEvents, tile), o.slo.SLI.Parts[0].Name)
	kept := make([]string, len(o.slo.SLI.Parts))
	for i, p := range o.slo.SLI.Parts {
		kept[i] = fmt.Sprintf("(1 - %s)", stepRatio(p.Name))
	}
	errors, events := windowed(sloErrors, tile), windowed(sloEvents, tile)
	o.add(&o.events, errors, "Events of the window that count, and failed; absent in maintenance.", metric.None,
		fmt.Sprintf("%s * (1 - %s) or %s == 0", first, strings.Join(kept, " * "), first))
	// Of journeys whose outcome nobody knows it is not said that there were any.
	o.add(&o.events, events, "Events of the window that count; absent in maintenance.", metric.None, fmt.Sprintf("%s and on () %s", first, o.of(errors)))
	for _, w := range o.windows()[1:] {
		for _, s := range o.sides() {
			o.add(o.windowSection(w), windowed(s.kept, w), s.what+" of the window that count, up to "+lag(w)+" ago.", metric.None, o.tiles(s.kept, tileOf(w), w))
		}
	}
}

// stepRatio is the share of a step's events that failed in the last five minutes; without events, in the last hour.
func stepRatio(name string) string {
	of := func(w time.Duration) string { return fmt.Sprintf("max(%s{slo=%q})", windowed(sloErrorRatio, w), name) }
	return fmt.Sprintf("(%s or %s)", of(tile), of(time.Hour))
}

// weightedMean is the weighted mean of the parts' failure ratios; absent unless all of them are known.
func (o *objective) weightedMean(window string) string {
	terms := make([]string, len(o.slo.SLI.Parts))
	for i, p := range o.slo.SLI.Parts {
		terms[i] = fmt.Sprintf("%s * max(%s{slo=%q})", slo.FormatNumber(p.Weight), sloErrorRatio+window, p.Name)
	}
	return strings.Join(terms, " + ")
}

// partNames are the names of a composite's parts.
func (o *objective) partNames() []string {
	names := make([]string, len(o.slo.SLI.Parts))
	for i, p := range o.slo.SLI.Parts {
		names[i] = p.Name
	}
	return names
}

// windowsRead are the windows of which composites read the ratios and failures of their parts, by the parts' names.
func windowsRead(all []spec.SLO) map[string][]time.Duration {
	read := make(map[string][]time.Duration)
	for i := range all {
		o := &all[i]
		if o.SLI.Kind != spec.Weighted {
			continue
		}
		c := objective{burns: slo.Burns(o.BurnTiers(), o.Objective, o.Period)}
		for _, p := range o.SLI.Parts {
			read[p.Name] = append(read[p.Name], c.windows()...)
		}
	}
	return read
}

// partsLook and partsDo lead from a composite to the part that fails.
func (o *objective) partsLook() []string {
	return []string{
		fmt.Sprintf("`promtool query instant http://localhost:9090 'sort_desc(%s{slo=~\"%s\"})'` for the part that fails, and then its own runbook",
			windowed(sloErrorRatio, time.Hour), strings.Join(o.partNames(), "|")),
	}
}

func (o *objective) partsDo() []string {
	return []string{"Repair the part that fails. If none has an alert of its own, each fails a little: take the one that lost most against the time before."}
}

// checkParts warns when the parts allow more than the composite does.
func (o *objective) checkParts() diag.Problems {
	promised, ok := o.promised()
	if !ok || promised >= o.slo.Objective {
		return nil
	}
	return diag.Problems{{
		Pos: o.slo.Pos, Warning: true,
		What: fmt.Sprintf("the parts of %q promise %.4g%% together, less than its objective of %s", o.slo.Name, 100*promised, o.objectiveText()),
		Hint: "lower the objective: its budget can be spent while every part keeps what it promises",
	}}
}

// promised is what the composite is when each part just keeps its objective; false where the parts are not known.
func (o *objective) promised() (float64, bool) {
	return Promised(o.slo, o.others)
}

// Promised is the share of events that a composite keeps when each of its parts just keeps its objective, and fails
// independently of the others. False means that a part is not among the objectives.
func Promised(composite spec.SLO, all []spec.SLO) (float64, bool) {
	kept := 1.0
	if composite.SLI.Kind == spec.Weighted {
		kept = 0
	}
	for _, p := range composite.SLI.Parts {
		at := slices.IndexFunc(all, func(o spec.SLO) bool { return o.Name == p.Name })
		switch {
		case at < 0:
			return 0, false
		case composite.SLI.Kind == spec.Weighted:
			kept += p.Weight * all[at].Objective
		default:
			kept *= all[at].Objective
		}
	}
	return slo.Clean(kept), true
}
