package lint

import (
	"regexp"
	"strings"
)

// panelTypes lists the panel plugins that come with Grafana 11 to 13 and that we know how to judge.
func panelTypes() []string {
	return []string{"timeseries", "stat", "gauge", "bargauge", "table", "heatmap", "state-timeline", "text", "logs"}
}

// reducers lists the calculations, percentiles aside (fieldReducers of @grafana/data 12.4.10).
func reducers() []string {
	return strings.Fields(`lastNotNull last firstNotNull first min max mean median variance stdDev sum count countAll range
		delta step diff logmin allIsZero allIsNull changeCount distinctCount diffperc allValues uniqueValues p50 p90 p95 p99`)
}

// matchers lists the field matchers (fieldMatchers of @grafana/data 12.4.10).
func matchers() []string {
	return strings.Fields(`anyMatch allMatch invertMatch alwaysMatch neverMatch byType byTypes numeric time byName byRegexp
		byNames byRegexpOrNames byFrameRefID first firstTimeField byValue`)
}

// transformations lists the transformations (standardTransformers of @grafana/data 12.4.10).
func transformations() []string {
	return strings.Fields(`filterFieldsByName filterByRefId filterByValue formatString formatTime organize reduce concatenate
		calculateField joinByField seriesToRows labelsToFields groupBy sortBy merge renameByRegex histogram convertFieldType
		groupingToMatrix limit groupToNestedTable transpose`)
}

// properties lists what an override may set: the standard options (standardFieldConfigEditorRegistry of @grafana/data)
// and the custom ones of the panels in panelTypes (GraphFieldConfig and TableFieldOptions of @grafana/schema 12.4.10).
func properties() []string {
	return strings.Fields(`unit min max decimals displayName noValue description color thresholds mappings links filterable
		custom.axisPlacement custom.axisLabel custom.axisSoftMin custom.axisSoftMax custom.drawStyle custom.fillBelowTo
		custom.fillOpacity custom.gradientMode custom.hideFrom custom.lineInterpolation custom.lineStyle custom.lineWidth
		custom.pointSize custom.showPoints custom.spanNulls custom.stacking custom.thresholdsStyle custom.transform
		custom.align custom.cellOptions custom.width custom.minWidth custom.inspect`)
}

// ownUnit finds the units that carry their own text, such as suffix:calls.
var ownUnit = regexp.MustCompile(`^(suffix|prefix|time|si|count|currency|bool):.+`)

// knownUnit reports whether Grafana has the unit, or none is asked for.
func knownUnit(unit string) bool {
	if unit == "" || ownUnit.MatchString(unit) {
		return true
	}
	for known := range units() {
		if known == unit {
			return true
		}
	}
	return false
}
