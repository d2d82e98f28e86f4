package lint

import (
	"regexp"
	"slices"
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

// builtIns lists the variables that Grafana defines itself and that are whole without a path (Grafana's manual, "Global variables" and "Time range panel
// variables" of data links; $__auto is in the manual of Loki).
func builtIns() []string {
	return strings.Fields(`timeFilter __timeFilter __all_variables __auto __dashboard __dashboard.uid __from __to __interval __interval_ms __name
		__org __org.id __org.name __range __range_ms __range_s __rate_interval __rate_interval_ms __searchFilter __timezone __url_time_range __user.id
		__user.login __user.email __series.name __field.name __value.time __value.raw __value.numeric __value.text __value.calc`)
}

// builtInLabels finds the variables of data links that name a label or a field (Grafana's manual, "Data link variables"): by a dot, or in brackets a text
// in quotes or, of fields, a number.
var builtInLabels = regexp.MustCompile(`^(?:__field\.labels(?:\.[^.\[\]"]+|\["[^"]+"\])|__data\.fields(?:\.[^.\[\]"]+|\["[^"]+"\]|\[[0-9]+\]))$`)

// builtIn reports whether Grafana itself defines a variable, written with its path.
func builtIn(name string) bool {
	return slices.Contains(builtIns(), name) || builtInLabels.MatchString(name)
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
