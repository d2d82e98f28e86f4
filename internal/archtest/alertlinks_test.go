package archtest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAlertsLeadToPanelAndRunbook follows the links of every alert of every committed rule file: its runbook is there and bears its name, its panel is
// there by the id in the address, on the board that the alert names, and that panel leads to the runbook in turn.
func TestAlertsLeadToPanelAndRunbook(t *testing.T) {
	t.Parallel()
	panels := panelsByAddress(t)
	begin, link := regexp.MustCompile(`^\s+- (alert|record): (\S+)$`), regexp.MustCompile(`^\s+(dashboard|panel|runbook_url): (\S+)$`)
	alerts := 0
	for _, file := range glob(t, "rules/*.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var name string
		links := map[string]string{}
		judge := func() {
			if name == "" {
				return
			}
			alerts++
			runbook := filepath.Join(root(t), "docs", "runbooks", name+".md")
			if _, err := os.Stat(runbook); err != nil || !strings.HasSuffix(links["runbook_url"], "/docs/runbooks/"+name+".md") {
				t.Errorf("%s: alert %s: want its runbook, got %q (%v)", filepath.Base(file), name, links["runbook_url"], err)
			}
			board, _, _ := strings.Cut(links["panel"], "?")
			if runbooks, ok := panels[links["panel"]]; !ok || board != links["dashboard"] || !strings.Contains(runbooks, links["runbook_url"]) {
				t.Errorf("%s: alert %s: want a panel of %s that leads to its runbook, got %q", filepath.Base(file), name, links["dashboard"], links["panel"])
			}
		}
		for line := range strings.Lines(string(text)) {
			if m := begin.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
				judge()
				name, links = "", map[string]string{}
				if m[1] == "alert" {
					name = m[2]
				}
			}
			if m := link.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
				links[m[1]] = m[2]
			}
		}
		judge()
	}
	if alerts < 200 {
		t.Errorf("want the alerting rules of the repository, read %d", alerts)
	}
}

// panelsByAddress are the addresses that the links of each panel of the committed boards lead to, by the panel's own address.
func panelsByAddress(t *testing.T) map[string]string {
	t.Helper()
	type panel struct {
		ID     json.Number
		Links  []struct{ URL string }
		Panels []panel
	}
	out := map[string]string{}
	for _, file := range glob(t, "dashboards/*.json") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var board struct {
			UID    string
			Panels []panel
		}
		if err := json.Unmarshal(text, &board); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		var add func(list []panel)
		add = func(list []panel) {
			for _, p := range list {
				var urls []string
				for _, l := range p.Links {
					urls = append(urls, l.URL)
				}
				out["/d/"+board.UID+"?viewPanel="+p.ID.String()] = strings.Join(urls, "\n")
				add(p.Panels)
			}
		}
		add(board.Panels)
	}
	return out
}
