package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// windowStep is what windows of tiers are whole multiples of.
const windowStep = 5 * time.Minute

// withSettings changes an objective by settings such as objective=99.5,min_failures=10,page_fast.long=2h.
func withSettings(o spec.SLO, settings string) (spec.SLO, error) {
	for setting := range strings.SplitSeq(settings, ",") {
		key, text, _ := strings.Cut(setting, "=")
		if err := set(&o, key, text); err != nil {
			return o, usageError{what: fmt.Sprintf("what-if %q: %v", setting, err), hint: "for example objective=99.5,min_failures=10,period=28d,page_fast.long=2h"}
		}
	}
	for _, t := range o.Tiers {
		if t.Short >= t.Long || t.Short%windowStep != 0 || t.Short <= 0 || t.Long%windowStep != 0 {
			return o, usageError{
				what: fmt.Sprintf("what-if %q: %s would have windows of %s and %s", settings, t.Name, slo.FormatDuration(t.Long), slo.FormatDuration(t.Short)),
				hint: "whole multiples of 5m, the short one shorter than the long one",
			}
		}
	}
	return o, nil
}

// set changes one thing in an objective.
func set(o *spec.SLO, key, text string) (err error) {
	switch key {
	case "objective":
		return setObjective(o, strings.TrimSuffix(text, "%"))
	case "min_failures":
		if o.MinFailures, err = strconv.Atoi(text); err == nil && o.MinFailures < 0 {
			err = errors.New("must not be below 0")
		}
		return err
	case "period":
		o.Period, err = config.ParseDuration(text)
		return err
	}
	if tier, window, ok := strings.Cut(key, "."); ok {
		return setWindow(o, tier, window, text)
	}
	return errors.New("known settings: objective, min_failures, period, TIER.long, TIER.short")
}

// setWindow changes a window of a tier. A short window that is the usual share of the long one remains so.
func setWindow(o *spec.SLO, tier, window, text string) error {
	o.Tiers = slices.Clone(o.BurnTiers())
	at := slices.IndexFunc(o.Tiers, func(t slo.Tier) bool { return t.Name == tier })
	if at < 0 {
		names := make([]string, len(o.Tiers))
		for i, t := range o.Tiers {
			names[i] = t.Name
		}
		return fmt.Errorf("there is no tier %q: there are %s", tier, strings.Join(names, ", "))
	}
	d, err := config.ParseDuration(text)
	if err != nil {
		return err
	}
	t := &o.Tiers[at]
	switch window {
	case "long":
		if t.Short == slo.ShortWindow(t.Long) {
			t.Short = slo.ShortWindow(d)
		}
		t.Long = d
	case "short":
		t.Short = d
	default:
		return fmt.Errorf("a tier has no window %q: long or short", window)
	}
	return nil
}

func setObjective(o *spec.SLO, percent string) error {
	ratio, err := strconv.ParseFloat(percent+"e-2", 64)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no percentage", percent)
	case ratio <= 0 || ratio >= 1:
		return errors.New("must be above 0 and below 100")
	}
	o.Objective, o.ObjectiveText = ratio, percent
	return nil
}
