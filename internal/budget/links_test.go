package budget

import (
	"encoding/json"
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
	f.Link(described.Platform, PrometheusPage("https://reader:secret@metrics.example.org/prometheus/"))
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

// TestQueryAt: a query reaches the page that is configured, whatever has to be escaped on the way.
func TestQueryAt(t *testing.T) {
	t.Parallel()
	const query = `slo:sli_error:ratio_rate5m{slo="call_setup"} > 0 and on () "a" == "\\"`
	f := func(page string, got func(*url.URL) string) {
		t.Helper()
		u, err := url.Parse(queryAt(page, query))
		if err != nil {
			t.Fatal(err)
		}
		if found := got(u); found != query {
			t.Errorf("%s asks for %s", u, found)
		}
	}
	f(PrometheusPage("http://prometheus:9090"), func(u *url.URL) string { return u.Query().Get("g0.expr") })
	f("https://metrics.example.org/vmui/#/?g0.expr={query}&g0.tab=1", func(u *url.URL) string { // VictoriaMetrics' page reads it behind the #
		_, after, _ := strings.Cut(u.EscapedFragment(), "?")
		values, err := url.ParseQuery(after)
		if err != nil {
			t.Error(err)
		}
		return values.Get("g0.expr")
	})
	f(`https://grafana.example.org/explore?schemaVersion=1&panes=%7B%22a%22:%7B%22datasource%22:%22mimir%22,%22queries%22:%5B%7B%22refId%22:%22A%22,%22expr%22:%22{query_in_json}%22%7D%5D%7D%7D`, func(u *url.URL) string {
		var panes map[string]struct{ Queries []struct{ Expr string } }
		if err := json.Unmarshal([]byte(u.Query().Get("panes")), &panes); err != nil {
			t.Fatal(err)
		}
		return panes["a"].Queries[0].Expr
	})
	if got := PrometheusPage("http://%zz"); got != "" {
		t.Errorf("want no page, got %s", got)
	}
}
