package dashboard

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ways are the links that panels of a board and their values have, by the board's name; the menu of boards is not among them.
func ways(t *testing.T, files []File) map[string][]string {
	t.Helper()
	type panel struct {
		Title       string
		Links       []struct{ URL string }
		FieldConfig struct {
			Overrides []struct {
				Matcher    struct{ Options any }
				Properties []struct {
					ID    string
					Value json.RawMessage
				}
			}
		}
		Panels []panel
	}
	out := map[string][]string{}
	for _, f := range files {
		name := strings.TrimPrefix(f.UID, UIDPrefix)
		var b struct{ Panels []panel }
		if err := json.Unmarshal(f.JSON, &b); err != nil {
			t.Fatal(err)
		}
		var add func(list []panel)
		add = func(list []panel) {
			for _, p := range list {
				for _, l := range p.Links {
					out[name] = append(out[name], l.URL)
				}
				for _, o := range p.FieldConfig.Overrides {
					for _, property := range o.Properties {
						if property.ID == "links" {
							out[name] = append(out[name], regexp.MustCompile(`/d/[^"]+`).FindAllString(string(property.Value), -1)...)
						}
					}
				}
				add(p.Panels)
			}
		}
		add(b.Panels)
	}
	return out
}

// TestWays follows links as a reader does who was woken: from the overview to every system, from a system to one node, and to its machine.
func TestWays(t *testing.T) {
	t.Parallel()
	files := build(t, described(t))
	all := ways(t, files)
	has := func(board, url string) {
		t.Helper()
		if !slices.ContainsFunc(all[board], func(have string) bool { return strings.ReplaceAll(have, `\u0026`, "&") == url }) {
			t.Errorf("%s: want a link to %s, got %q", board, url, all[board])
		}
	}
	for _, f := range files {
		if name := strings.TrimPrefix(f.UID, UIDPrefix); name != "overview" {
			has("overview", "/d/"+f.UID+"?${__url_time_range}")
		}
	}
	const node = "?var-instance=${__value.raw}&${__url_time_range}"
	for _, system := range []string{kamailioName, rtpengineName, asteriskName, hostsName} {
		has(system, "/d/"+UIDPrefix+system+node)
	}
	for _, system := range []string{kamailioName, rtpengineName, asteriskName, "fleet"} {
		has(system, "/d/"+UIDPrefix+hostsName+node)
	}
	for _, url := range all[hostsName] {
		if strings.Contains(url, "var-instance") && !strings.HasPrefix(url, "/d/"+UIDPrefix+hostsName+"?") {
			t.Errorf("hosts: want links to one machine only here, got %s", url)
		}
	}
}
