package budget

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/spec"
)

// TestLinks: what the page links to is what the generated rules name, for every shipped objective.
func TestLinks(t *testing.T) {
	t.Parallel()
	described, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if described == nil {
		t.Fatal(problems.Err())
	}
	described.Platform.GrafanaURL = "https://grafana.example.org/"
	f := New(described.SLOs, nil, time.Now, nil)
	f.Link(described.Platform, "https://reader:secret@metrics.example.org/prometheus/")
	for _, o := range f.Snapshot().Objectives {
		l := o.Links
		text, err := os.ReadFile("../../" + l.Rules)
		if err != nil {
			t.Fatal(err)
		}
		if days, err := os.ReadFile("../../" + strings.TrimSuffix(l.Rules, ".yaml") + "-days.yaml"); err == nil {
			text = append(text, days...) // alerts over days have a file of their own
		}
		for _, want := range []string{"runbook_url: " + l.Runbook + "\n", "dashboard: " + strings.TrimPrefix(l.Board, "https://grafana.example.org") + "\n"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s has no %q", l.Rules, want)
			}
		}
		q, err := url.Parse(l.Query)
		if err != nil || q.Host != "metrics.example.org" || q.Path != "/prometheus/graph" || q.User != nil || q.Query().Get("g0.expr") != `{__name__=~"slo:.+",slo="`+o.Name+`"}` {
			t.Errorf("the query is at %s: %v", l.Query, err)
		}
	}
}
