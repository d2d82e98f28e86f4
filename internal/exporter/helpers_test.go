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
func exposition(t testing.TB, families []*dto.MetricFamily) string {
	t.Helper()
	var buf bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&buf, f); err != nil {
			t.Fatal(err)
		}
	}
	return buf.String()
}

// selection picks one collector by name, or all by "".
func selection(t testing.TB, name string) *exporter.Selection {
	t.Helper()
	if name == "" {
		return nil
	}
	s, err := exporter.ParseSelection(url.Values{"collect[]": {name}}, fakeCollectors(), []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
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

func in(t testing.TB, text, want string) {
	t.Helper()
	if !strings.Contains(text, want) {
		t.Errorf("want %q in:\n%s", want, text)
	}
}

func notIn(t testing.TB, text, stranger string) {
	t.Helper()
	if strings.Contains(text, stranger) {
		t.Errorf("want no %q in:\n%s", stranger, text)
	}
}

func sortedUnique(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}
