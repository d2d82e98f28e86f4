package lint

import (
	"regexp"
	"slices"
	"strings"
)

// boardAddress finds the uid in a link to a board, and chosen the variables that it sets there.
var (
	boardAddress = regexp.MustCompile(`^/d/([A-Za-z0-9_-]+)`)
	chosen       = regexp.MustCompile(`[?&]var-([^=&]+)=`)
)

func linkRules() []Rule {
	return []Rule{
		{
			Name:        "link-boards",
			Description: "The board offers our other boards in a menu that keeps time and choices: who looks into an incident moves between them.",
			board: func(r *report, b *board) {
				menu := slices.ContainsFunc(b.Links, func(l link) bool {
					return l.Type == "dashboards" && slices.Contains(l.Tags, r.Tag) && l.KeepTime && l.IncludeVars
				})
				if !menu {
					r.say("no menu of the boards tagged %q that keeps time and variables", r.Tag)
				}
			},
		},
		{
			Name:        "link-target",
			Description: "Every link leads somewhere: to a board that is generated too, of whose variables it sets none that is not there, or to a complete address.",
			board: func(r *report, b *board) {
				linkTargets(r, b.Links)
				for _, p := range b.all() {
					r.about(p)
					linkTargets(r, p.Links)
					linkTargets(r, dataLinks(p))
				}
			},
		},
		{
			Name:        "link-runbook",
			Description: "Every link to a runbook leads to one that there is: at night a dead link costs minutes.",
			board: func(r *report, b *board) {
				for _, p := range b.all() {
					r.about(p)
					for _, l := range append(dataLinks(p), p.Links...) {
						below := r.RunbookPrefix != "" && strings.HasPrefix(l.URL, r.RunbookPrefix)
						if below && len(uses(l.URL)) == 0 && !slices.Contains(r.Runbooks, l.URL) {
							r.say("link %q leads to the runbook %q, which there is not", l.Title, strings.TrimPrefix(l.URL, r.RunbookPrefix))
						}
					}
				}
			},
		},
		{
			Name:        "annotation-alerts",
			Description: "The board marks on its graphs when alerts fired.",
			board:       annotationAlerts,
		},
	}
}

func linkTargets(r *report, links []link) {
	for _, l := range links {
		if l.Title == "" {
			r.say("link %q has no title", l.URL)
		}
		if l.Type == "dashboards" {
			continue
		}
		if m := boardAddress.FindStringSubmatch(l.URL); m != nil {
			boardTarget(r, l, m[1])
		} else if !strings.HasPrefix(l.URL, "https://") && !strings.HasPrefix(l.URL, "http://") {
			r.say("link %q leads to %q, want /d/ and a board's uid, or a complete address", l.Title, l.URL)
		}
	}
}

// boardTarget judges a link to a board of ours.
func boardTarget(r *report, l link, uid string) {
	i := slices.IndexFunc(r.boards, func(b *board) bool { return b.UID == uid })
	if i < 0 {
		r.say("link %q leads to a board %q that is not generated", l.Title, uid)
		return
	}
	for _, m := range chosen.FindAllStringSubmatch(l.URL, -1) {
		if !slices.ContainsFunc(r.boards[i].Templating.List, func(v variable) bool { return v.Name == m[1] }) {
			r.say("link %q chooses by the variable %q, which the board %q has not", l.Title, m[1], uid)
		}
	}
}

// dataLinks returns the links that overrides put on values.
func dataLinks(p *panel) []link {
	var out []link
	for _, o := range p.Field.Overrides {
		for _, property := range o.Properties {
			if property.ID != "links" {
				continue
			}
			items, _ := property.Value.([]any)
			for _, item := range items {
				l, _ := item.(map[string]any)
				title, _ := l["title"].(string)
				url, _ := l["url"].(string)
				out = append(out, link{Title: title, URL: url})
			}
		}
	}
	return out
}

func annotationAlerts(r *report, b *board) {
	found := false
	for _, a := range b.Annotations.List {
		if a.BuiltIn != 0 {
			continue
		}
		r.datasource("annotation "+a.Name, b, a.Datasource)
		r.expression("annotation "+a.Name, a.Expr)
		found = found || a.Enable && strings.Contains(a.Expr, "ALERTS")
	}
	if !found {
		r.say("no annotation shows ALERTS")
	}
}
