package spec

import (
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// ObjectivesThresholds are when what objectives are counted by is missing, or is in none of them. How fast their budgets may burn follows from the objectives.
type ObjectivesThresholds struct {
	DataMissingFor time.Duration // how long an objective must have no data while its tier is up
	ScrapeDownFor  time.Duration // how long a target from which its events come must not be scraped
	// GroupUnknownFor is for how long events must be counted that no group of a grouped objective has.
	GroupUnknownFor time.Duration
	Pos             diag.Position
}

// usualObjectives are the limits of a spec that says nothing of them.
func usualObjectives() ObjectivesThresholds {
	return ObjectivesThresholds{DataMissingFor: 15 * time.Minute, ScrapeDownFor: 10 * time.Minute, GroupUnknownFor: 15 * time.Minute}
}

// objectivesThresholds decodes when objectives lack data. Each has a usual value.
func objectivesThresholds(v config.Value) ObjectivesThresholds {
	usual := usualObjectives()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) ObjectivesThresholds {
		return ObjectivesThresholds{
			Pos:             m.Pos(),
			DataMissingFor:  lasting(m, "data_missing_for", usual.DataMissingFor),
			ScrapeDownFor:   lasting(m, "scrape_down_for", usual.ScrapeDownFor),
			GroupUnknownFor: lasting(m, "group_unknown_for", usual.GroupUnknownFor),
		}
	})
}
