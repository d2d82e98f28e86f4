package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// boardTitles are the titles of the repository's boards by uid, and of their panels by the end of their address, as the boards have them.
func boardTitles(t *testing.T, root string) map[string]string {
	t.Helper()
	titles := map[string]string{}
	boards, err := filepath.Glob(filepath.Join(root, "dashboards", "*.json"))
	if err != nil || len(boards) == 0 {
		t.Fatalf("boards %v: %v", boards, err)
	}
	type panel struct {
		ID     int
		Title  string
		Panels []panel
	}
	for _, file := range boards {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var b struct {
			UID, Title string
			Panels     []panel
		}
		if err := json.Unmarshal(data, &b); err != nil {
			t.Fatal(err)
		}
		titles[b.UID] = b.Title
		for _, p := range b.Panels {
			for _, one := range append(p.Panels, p) {
				titles[fmt.Sprintf("%s?viewPanel=%d", b.UID, one.ID)] = one.Title
			}
		}
	}
	return titles
}

// TestRunbooksShowPanels holds what is committed: the first place to look of each runbook is the panel to which its alert's annotation leads, by the
// titles of panel and board.
func TestRunbooksShowPanels(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	titles := boardTitles(t, root)
	files, err := filepath.Glob(filepath.Join(root, "rules", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("rules %v: %v", files, err)
	}
	checked := map[string]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		alert := ""
		for line := range strings.Lines(string(data)) {
			line = strings.TrimSpace(line)
			if name, ok := strings.CutPrefix(line, "- alert: "); ok {
				alert = name
			}
			address, ok := strings.CutPrefix(line, "panel: /d/")
			if !ok || checked[alert+address] {
				continue
			}
			checked[alert], checked[alert+address] = true, true
			page, err := os.ReadFile(filepath.Join(root, "docs", "runbooks", alert+".md"))
			if err != nil {
				t.Fatal(err)
			}
			uid, _, _ := strings.Cut(address, "?")
			want := fmt.Sprintf("1. panel %q of the board %q, in Grafana below its address: `/d/%s`\n", titles[address], titles[uid], address)
			_, look, _ := strings.Cut(string(page), "## Look here\n\n")
			look, _, _ = strings.Cut(look, "\n1. `") // the panels come before what is typed
			if !strings.Contains(look+"\n", want) {
				t.Errorf("%s: want first %s got %s", alert, want, look)
			}
		}
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "runbooks", "*.md"))
	if err != nil || len(pages) < 100 {
		t.Fatalf("%d runbooks: %v", len(pages), err)
	}
	for _, page := range pages {
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		// Those of another profile lead to panels of its own boards, which are not committed.
		if text, err := os.ReadFile(page); err == nil && strings.Contains(string(text), "Only profile `") && strings.Contains(string(text), "## Look here\n\n1. panel \"") {
			continue
		}
		if !checked[name] && name != "README" {
			t.Errorf("runbook %s: its alert leads to no panel", name)
		}
	}
}

// TestRunbooksOfEveryProfile: an alert's link leads to the committed page, whichever profile it fires in, and a page that says of which profile it is is of
// that one alone. Whoever has no cluster is not told to type kubectl.
func TestRunbooksOfEveryProfile(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("..", "..", "docs", "runbooks")
	has := map[string][]string{} // profiles by alert
	typed := regexp.MustCompile("`[A-Za-z][A-Za-z0-9_.-]* [^`]+`")
	for _, profile := range profileNames(t) {
		s := repositorySpec(t, profile)
		s.SLOs = nil
		made, err := rules.Build(s, metric.NewCatalogue(metric.All()))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range made.Alerts {
			has[a.Name] = append(has[a.Name], profile)
			text := strings.Join(slices.Concat([]string{a.Meaning, a.Impact}, a.Look, a.Do, a.FalsePositives), "\n")
			if !typed.MatchString(strings.Join(a.Do, "\n")) {
				t.Errorf("profile %s: the runbook of %s has no command that does anything about it", profile, a.Name)
			}
			if !s.Profile.Has(spec.PartKubernetes) && strings.Contains(text, "kubectl") {
				t.Errorf("profile %s has no cluster, and the runbook of %s says kubectl", profile, a.Name)
			}
		}
	}
	if len(has["ServiceDown"]) == 0 || slices.Contains(has["ServiceDown"], spec.DefaultProfile) {
		t.Fatalf("ServiceDown is of %v: the test judges nothing", has["ServiceDown"])
	}
	for alert, profiles := range has {
		page, err := os.ReadFile(filepath.Join(folder, alert+".md"))
		if err != nil {
			t.Errorf("alert %s of %v: %v", alert, profiles, err)
			continue
		}
		_, after, says := strings.Cut(string(page), "Only profile `")
		only, _, _ := strings.Cut(after, "`")
		if says == slices.Contains(profiles, spec.DefaultProfile) || says && !slices.Contains(profiles, only) {
			t.Errorf("the runbook of %s says that it is of profile %q; it is of %v", alert, only, profiles)
		}
	}
}
