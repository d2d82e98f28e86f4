package proof_test

import (
	"slices"
	"testing"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/metric/proof"
)

const older = "# TYPE lag gauge\nlag{server=\"a\"} 1\n# TYPE seen counter\nseen 1\n"

func TestCheck(t *testing.T) {
	t.Parallel()
	f := func(entry *metric.Family, texts []string, want ...string) {
		t.Helper()
		e, err := proof.Read(texts...)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Check(entry); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", entry.Name, got, want)
		}
	}
	server := []metric.Label{{Name: "server"}}
	f(&metric.Family{Name: "lag", Type: metric.Gauge, Labels: server}, []string{older})
	f(&metric.Family{Name: "lag", Type: metric.Gauge}, []string{older})
	f(&metric.Family{Name: "lag", Type: metric.Counter, Labels: server}, []string{older}, "type is gauge, catalogued counter")
	f(&metric.Family{Name: "gone", Type: metric.Gauge}, []string{older}, "not in the exposition")
	f(&metric.Family{Name: "seen", Type: metric.Counter, Labels: server}, []string{older}, "label server was never seen")
	f(&metric.Family{Name: "lag", Type: metric.Gauge, Labels: server}, []string{older, "# TYPE lag untyped\nlag 1\n"}, "type is untyped, catalogued gauge")
	f(&metric.Family{Name: "bare", Type: metric.Untyped}, []string{older, "bare 1\n"})
	f(&metric.Family{Name: "s", Type: metric.Summary}, []string{"# TYPE s summary\ns_sum 1\ns_count 1\n"})
	f(&metric.Family{Name: "h", Type: metric.Histogram}, []string{"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n"})
}

func TestReadRefusesWhatIsNoExposition(t *testing.T) {
	t.Parallel()
	if _, err := proof.Read(older, "<html>\n"); err == nil || err.Error()[:12] != "exposition 2" {
		t.Errorf("want an error about the second text, got %v", err)
	}
	if e, err := proof.Read(older); err != nil || e.Len() != 2 {
		t.Errorf("want two families, got %v, %v", e, err)
	}
}
