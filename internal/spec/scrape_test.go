package spec_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/spec"
)

// loadScrape loads the good spec with a scrape.yaml.
func loadScrape(t *testing.T, text string) (spec.Scrape, string) {
	t.Helper()
	folder := good(t)
	folder["scrape.yaml"] = &fstest.MapFile{Data: []byte(text)}
	s, problems := spec.Load(folder, "spec")
	if s == nil {
		return spec.Scrape{}, problems.Error()
	}
	return s.Scrape, problems.Error()
}

func TestScrape(t *testing.T) {
	t.Parallel()
	got, problems := loadScrape(t, `kubernetes: {namespaces: [voip]}
jobs:
  - {name: node, kind: node, targets: ["a:9100"], files: [/etc/t/*.yaml], discover: ["http://a/sd"], most: 7, interval: 30s}
  - {name: web, kind: blackbox, prober: "b:9115", module: http_2xx, targets: ["https://example.org/ping"]}
`)
	if problems != "" {
		t.Fatal(problems)
	}
	want := spec.Scrape{
		Kubernetes: spec.Kubernetes{Namespaces: []string{"voip"}, Pods: 300, Nodes: 30},
		Jobs: []spec.ScrapeJob{
			{Name: "node", Kind: "node", Targets: []string{"a:9100"}, Files: []string{"/etc/t/*.yaml"}, Discover: []string{"http://a/sd"}, Most: 7, Interval: 30 * time.Second},
			{Name: "web", Kind: "blackbox", Targets: []string{"https://example.org/ping"}, Most: 50, Prober: "b:9115", Module: "http_2xx"},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(diag.Position{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !got.Described() || (spec.Scrape{}).Described() {
		t.Error("Described tells neither")
	}
}

func TestScrapeRefused(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) {
		t.Helper()
		_, got := loadScrape(t, text)
		if diff := cmp.Diff(strings.Join(want, "\n"), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	f("kubernetes: {namespaces: []}\n", "spec/scrape.yaml:1:26: kubernetes.namespaces: no namespaces: name those whose pods are scraped, or leave kubernetes out")
	f("jobs: [{name: a, kind: mysql, targets: ['a:1']}]\n", `spec/scrape.yaml:1:24: jobs[0].kind: "mysql" is not known here: did you mean "mysqld"?`)
	f("jobs: [{name: a, kind: node}]\n", "spec/scrape.yaml:1:8: jobs[0]: the job scrapes nothing: give it targets, files or discover")
	f("jobs: [{name: sip, kind: node, targets: ['a:1']}]\n", `spec/scrape.yaml:1:15: jobs[0].name: "sip" is a job already: it follows from another file of the spec: choose another name`)
	f("jobs: [{name: a, kind: node, targets: ['a:1']}, {name: a, kind: node, targets: [b]}]\n",
		`spec/scrape.yaml:1:56: jobs[1].name: there is another job "a": it stands at spec/scrape.yaml:1:15`,
		`spec/scrape.yaml:1:81: jobs[1].targets[0]: "b" has no port: write host:port, an IPv6 address in brackets`)
	f("jobs: [{name: a, kind: blackbox, targets: ['https://a']}]\n", `spec/scrape.yaml:1:8: jobs[0]: key "prober" is missing`, `spec/scrape.yaml:1:8: jobs[0]: key "module" is missing`)
	f("jobs: [{name: a, kind: node, files: ['/a/*/b.yaml']}]\n", `spec/scrape.yaml:1:38: jobs[0].files[0]: "/a/*/b.yaml" is not a file of .json, .yml or .yaml, with one star at most, in its last part`)
}
