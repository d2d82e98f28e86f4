package runbook_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/runbook"
	"github.com/voipbin/observability/internal/spec"
)

// alert is one with two rules that differ in severity and cause.
func alert() rules.Alert {
	return rules.Alert{
		Name: "ProxyDown", Severity: "page", Summary: "A proxy is down",
		Meaning: "It does not answer.\n", Impact: "Calls fail.",
		Look: []string{"`systemctl status kamailio`", "the board,\nfirst row"}, Do: []string{"Restart it."}, FalsePositives: []string{"A planned restart."},
		Rules: []rules.Rule{
			{Expr: "up == 0\n", For: "1m", Labels: map[string]string{"severity": "page", "cause": "gone", "owner": "voip"}},
			{Expr: "slow > 1", Labels: map[string]string{"severity": "ticket", "cause": "slow", "owner": "voip"}},
		},
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	const want = "<!-- Generated. -->\n\n# ProxyDown\n\nA proxy is down.\n\n" +
		"## Meaning\n\nIt does not answer.\n\n" +
		"Pages with `cause=\"gone\"` when this has had a result for 1m:\n\n```promql\nup == 0\n```\n\n" +
		"Opens a ticket with `cause=\"slow\"` as soon as this has a result:\n\n```promql\nslow > 1\n```\n\n" +
		"## Impact\n\nCalls fail.\n\n" +
		"## Look here\n\n1. `systemctl status kamailio`\n1. the board,\n   first row\n\n" +
		"## Do this\n\n1. Restart it.\n\n" +
		"## False positives\n\n- A planned restart.\n"
	got, err := runbook.Markdown("Generated.", alert(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMarkdownShowsThePanel has the place that the alert leads to before all others, once.
func TestMarkdownShowsThePanel(t *testing.T) {
	t.Parallel()
	titles := map[string]string{"obs-proxies": "Proxies", "obs-proxies?viewPanel=7": "Proxies up"}
	f := func(annotations map[string]string, want string) {
		t.Helper()
		a := alert()
		for i := range a.Rules {
			a.Rules[i].Annotations = annotations
		}
		got, err := runbook.Markdown("", a, titles)
		if err != nil {
			t.Fatal(err)
		}
		if want = "## Look here\n\n" + want + "1. `systemctl status kamailio`\n"; !strings.Contains(string(got), want) {
			t.Errorf("want %q, got:\n%s", want, got)
		}
	}
	const at = "/d/obs-proxies"
	f(map[string]string{"dashboard": at, "panel": at + "?viewPanel=7"}, "1. panel \"Proxies up\" of the board \"Proxies\", in Grafana below its address: `/d/obs-proxies?viewPanel=7`\n")
	f(map[string]string{"dashboard": at}, "1. the board \"Proxies\", in Grafana below its address: `/d/obs-proxies`\n")
	f(map[string]string{"dashboard": "https://g.example" + at}, "1. the board \"Proxies\": <https://g.example/d/obs-proxies>\n")
	f(map[string]string{"dashboard": "/d/obs-other"}, "")
	f(nil, "")
}

func TestMarkdownOfOneRule(t *testing.T) {
	t.Parallel()
	a := alert()
	a.Rules = a.Rules[:1]
	got, err := runbook.Markdown("", a, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "\nPages when this has had a result for 1m:\n"; !strings.Contains(string(got), want) {
		t.Errorf("want %q, got:\n%s", want, got)
	}
}

func TestMarkdownRefusesAGap(t *testing.T) {
	t.Parallel()
	f := func(part string, remove func(*rules.Alert)) {
		t.Helper()
		a := alert()
		remove(&a)
		_, err := runbook.Markdown("", a, nil)
		if err == nil || !strings.HasSuffix(err.Error(), ": no "+part) {
			t.Errorf("want no %s, got %v", part, err)
		}
	}
	f("name", func(a *rules.Alert) { a.Name = "" })
	f("summary", func(a *rules.Alert) { a.Summary = "" })
	f("meaning", func(a *rules.Alert) { a.Meaning = "" })
	f("rule", func(a *rules.Alert) { a.Rules = nil })
	f("impact", func(a *rules.Alert) { a.Impact = "" })
	f("place to look", func(a *rules.Alert) { a.Look = nil })
	f("step to take", func(a *rules.Alert) { a.Do = nil })
	f("false positive", func(a *rules.Alert) { a.FalsePositives = nil })
}

// TestEveryAlertHasItsPage writes the page of each alert that the repository's spec yields, under the name by which the
// alert links it, with the same headings in the same order.
func TestEveryAlertHasItsPage(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(os.DirFS(filepath.Join("..", "..", "spec")), "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	made, err := rules.Build(s, metric.NewCatalogue(metric.All()))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range made.Alerts {
		page, err := runbook.Markdown("", a, nil)
		if err != nil {
			t.Error(err)
		}
		var headings []string
		for line := range strings.Lines(string(page)) {
			if heading, ok := strings.CutPrefix(line, "## "); ok {
				headings = append(headings, strings.TrimSpace(heading))
			}
		}
		want := []string{"Meaning", "Impact", "Look here", "Do this", "False positives"}
		if diff := cmp.Diff(want, headings); diff != "" {
			t.Errorf("%s: headings (-want +got):\n%s", a.Name, diff)
		}
		for _, r := range a.Rules {
			if want, got := s.Platform.RunbookURL+runbook.FileName(a.Name), r.Annotations["runbook_url"]; want != got {
				t.Errorf("%s: links %q, its page is %q", a.Name, got, want)
			}
		}
	}
}
