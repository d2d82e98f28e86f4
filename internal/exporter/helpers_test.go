package exporter_test

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/voipbin/observability/internal/exporter"
)

// exposition is the Prometheus text format of the families.
func exposition(tb testing.TB, families []*dto.MetricFamily) string {
	tb.Helper()
	var buf bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&buf, f); err != nil {
			tb.Fatal(err)
		}
	}
	return buf.String()
}

// selection picks one collector by name, or all by "".
func selection(tb testing.TB, name string) *exporter.Selection {
	tb.Helper()
	if name == "" {
		return nil
	}
	s, err := exporter.ParseSelection(url.Values{"collect[]": {name}}, fakeCollectors(), []string{"a", "b", "c"})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func fakeCollectors() []exporter.CollectorInfo {
	return []exporter.CollectorInfo{
		{Name: "a", Help: "the first", Default: true},
		{Name: "b", Help: "the second", Default: true},
		{Name: "c", Help: "the costly one", Default: false},
	}
}

func in(tb testing.TB, text, want string) {
	tb.Helper()
	if !strings.Contains(text, want) {
		tb.Errorf("want %q in:\n%s", want, text)
	}
}

func notIn(tb testing.TB, text, stranger string) {
	tb.Helper()
	if strings.Contains(text, stranger) {
		tb.Errorf("want no %q in:\n%s", stranger, text)
	}
}

func sortedUnique(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}
