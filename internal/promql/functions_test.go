package promql

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"
)

// What each function makes of a counter, of a gauge and of the buckets of a histogram: fine, warned about or refused. A
// function that a newer parser adds fails the test until somebody has thought about it.
func TestEveryFunction(t *testing.T) {
	t.Parallel()
	const (
		anything   = "fine, fine, fine"
		forLevels  = "warning, fine, warning" // a counter's level means little
		forGauges  = "error, fine, error"
		forCounts  = "fine, error, fine"
		forBuckets = "error, error, warning"
		forNatives = "error, error, error"
	)
	want := map[string]string{
		"rate": forCounts, "increase": forCounts, "irate": forCounts, "resets": forCounts,
		"delta": forGauges, "idelta": forGauges, "deriv": forGauges, "predict_linear": forGauges, "double_exponential_smoothing": forGauges,
		"histogram_quantile": forBuckets, "histogram_fraction": forBuckets, "histogram_quantiles": forBuckets,
		"histogram_avg": forNatives, "histogram_count": forNatives, "histogram_sum": forNatives, "histogram_stddev": forNatives, "histogram_stdvar": forNatives,
		"absent": anything, "absent_over_time": anything, "count_over_time": anything, "present_over_time": anything, "changes": anything,
		"timestamp": anything, "scalar": anything,
		// These hand on what they are given, so that it is read as a level where the expression ends.
		"last_over_time": forLevels, "first_over_time": forLevels, "sort": forLevels, "sort_desc": forLevels, "info": forLevels,
		"sort_by_label": forLevels, "sort_by_label_desc": forLevels, "label_replace": forLevels, "label_join": forLevels,
	}
	for _, name := range slices.Sorted(maps.Keys(parser.Functions)) {
		f := parser.Functions[name]
		if !slices.ContainsFunc(f.ArgTypes, func(a parser.ValueType) bool { return a == parser.ValueTypeVector || a == parser.ValueTypeMatrix }) {
			continue // takes no series
		}
		expected, known := want[name]
		if !known {
			expected = forLevels
		}
		got := make([]string, 3)
		for i, series := range []string{"kamailio_requests_received_total", "kamailio_dialogs", "setup_seconds_bucket"} {
			got[i] = verdict(t, callText(f, series))
		}
		if diff := cmp.Diff(expected, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s of a counter, a gauge and buckets (-want +got):\n%s", name, diff)
		}
	}
}

// callText writes a call of a function over a series, with arguments that its signature demands.
func callText(f *parser.Function, series string) string {
	args := make([]string, 0, len(f.ArgTypes))
	vectors := 0
	for _, a := range f.ArgTypes {
		switch a {
		case parser.ValueTypeVector:
			if vectors++; vectors > 1 {
				continue // the optional second of info()
			}
			args = append(args, series)
		case parser.ValueTypeMatrix:
			args = append(args, series+"[5m]")
		case parser.ValueTypeScalar:
			args = append(args, "0.5")
		case parser.ValueTypeString:
			args = append(args, `"instance"`)
		}
	}
	return fmt.Sprintf("%s(%s)", f.Name, strings.Join(args, ", "))
}

// verdict checks a text with the functions that a server has behind a flag switched on, and says how it went.
func verdict(t *testing.T, text string) string {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{EnableExperimentalFunctions: true}).ParseExpr(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	r := &run{Checker: testChecker(), text: text}
	r.levelUse(r.expr(expr), expr)
	result := "fine"
	for _, p := range tidy(r.problems) {
		if !p.Warning {
			return "error"
		}
		result = "warning"
	}
	return result
}

// What each aggregation leaves, and whether it warns of a counter's level.
func TestEveryAggregation(t *testing.T) {
	t.Parallel()
	f := func(text, wantVerdict string, wantLabels ...string) {
		t.Helper()
		if got := verdict(t, text); got != wantVerdict {
			t.Errorf("%s: want %s, got %s", text, wantVerdict, got)
		}
		if diff := cmp.Diff(append([]string{}, wantLabels...), testChecker().Labels(text)); diff != "" {
			t.Errorf("labels of %s (-want +got):\n%s", text, diff)
		}
	}
	all := []string{"instance", "job", "node", "region", "state"}
	f(`sum by (state) (kamailio_dialogs)`, "fine", "state")
	f(`avg by (state) (kamailio_dialogs)`, "fine", "state")
	f(`min without (state) (kamailio_dialogs)`, "fine", "instance", "job", "node", "region")
	f(`max(kamailio_dialogs)`, "fine")
	f(`stddev(kamailio_dialogs)`, "fine")
	f(`stdvar(kamailio_dialogs)`, "fine")
	f(`quantile by (state) (0.9, kamailio_dialogs)`, "fine", "state")
	f(`topk(3, kamailio_dialogs)`, "fine", all...)
	f(`bottomk by (state) (3, kamailio_dialogs)`, "fine", all...)
	f(`count_values by (state) ("value", kamailio_dialogs)`, "fine", "state", "value")
	f(`count(kamailio_requests_received_total)`, "fine")
	f(`group by (instance) (kamailio_requests_received_total)`, "fine", "instance")
	f(`sum(kamailio_requests_received_total)`, "warning")
	f(`avg(kamailio_requests_received_total)`, "warning")
	f(`topk(3, kamailio_requests_received_total)`, "warning", "instance", "job", "node", "region")
	f(`sum by (instance) (rate(kamailio_requests_received_total[5m]))`, "fine", "instance")
}
