package kamailio

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

var errNoProfiles = errors.New("no dialog profile is named: see --kamailio.dialog-profiles")

// Profile names a dialog profile whose calls are counted.
type Profile struct {
	Name string
	// Value is one value of a profile with values, or empty for all of them. Kamailio's own scripts put callers and
	// gateways there, which is why values are never listed but only asked for.
	Value string
}

// ParseProfile reads NAME or NAME=VALUE.
func ParseProfile(s string) (Profile, error) {
	name, value, _ := strings.Cut(s, "=")
	if name = strings.TrimSpace(name); name == "" {
		return Profile{}, fmt.Errorf("dialog profile %q: write NAME or NAME=VALUE", s)
	}
	return Profile{Name: name, Value: strings.TrimSpace(value)}, nil
}

// profiles counts the calls in the dialog profiles that the configuration names.
type profiles struct {
	rpc   caller
	named []Profile
}

// Name is that of the collector in its flag and in its outcome: profiles.
func (profiles) Name() string { return "profiles" }

// Scrape asks dlg.profile_get_size for each profile.
func (p profiles) Scrape(ctx context.Context, b *emit.Batch) error {
	if len(p.named) == 0 {
		return exporter.Empty(errNoProfiles)
	}
	var errs []error
	for _, profile := range p.named {
		err := p.read(ctx, b, profile)
		if exporter.OutcomeOf(err) == exporter.OutcomeTransport || exporter.OutcomeOf(err) == exporter.OutcomeTimeout {
			return err // the next ones would fare no better
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (p profiles) read(ctx context.Context, b *emit.Batch, profile Profile) error {
	args := []any{profile.Name}
	if profile.Value != "" {
		args = append(args, profile.Value)
	}
	answer, err := p.rpc.call(ctx, "dlg.profile_get_size", args...)
	switch {
	case isRefusal(err, "Profile not found"): // in a fleet with one list of names, this one just does not have it
		return exporter.Absent(fmt.Errorf("kamailio.cfg has no dialog profile %q", profile.Name))
	case err != nil:
		return err
	}
	size, ok := answer.value()
	if !ok {
		return exporter.Failed(exporter.OutcomeDecode, fmt.Errorf("dlg.profile_get_size %q: not a number", profile.Name))
	}
	b.Add(metric.KamailioProfileSize, size, profile.Name, profile.Value)
	return nil
}
