package lint

import (
	"slices"
	"testing"

	panels "github.com/voipbin/observability/internal/dashboard/panel"
)

// TestWhatWePrintIsKnown compares the names that our panels can hold with those that Grafana knows.
func TestWhatWePrintIsKnown(t *testing.T) {
	t.Parallel()
	f := func(what string, known []string, names ...string) {
		t.Helper()
		for _, name := range names {
			if !slices.Contains(known, name) {
				t.Errorf("%s %q: want it known, got it unknown", what, name)
			}
		}
	}
	for _, u := range []panels.Unit{panels.UnitNone, panels.UnitShort, panels.UnitPercent, panels.UnitSeconds, panels.UnitBytes, panels.UnitBytesSec, panels.UnitPerSec} {
		f("unit", slices.Collect(units()), string(u))
	}
	for _, r := range []panels.Reducer{panels.LastNotNull, panels.Mean, panels.MaxOf, panels.MinOf, panels.Total} {
		f("reducer", reducers(), string(r))
	}
	f("matcher", matchers(), string(panels.MatchName), string(panels.MatchRegexp), string(panels.MatchQuery))
	f("transformation", transformations(), string(panels.MergeID), string(panels.OrganizeID), string(panels.SortByID))
	for _, id := range []panels.PropertyID{
		panels.PropertyUnit, panels.PropertyDecimals, panels.PropertyColor, panels.PropertyMappings, panels.PropertyThresholds, panels.PropertyLinks,
		panels.PropertyLineStyle, panels.PropertyLineWidth, panels.PropertyFill, panels.PropertyWidth, panels.PropertyCell,
	} {
		f("property", properties(), string(id))
	}
	for _, kind := range []panels.Type{
		panels.TimeSeriesType, panels.StatType, panels.GaugeType, panels.BarGaugeType, panels.TableType, panels.HeatmapType,
		panels.StateTimelineType, panels.TextType, panels.LogsType,
	} {
		f("panel type", panelTypes(), string(kind))
	}
}
