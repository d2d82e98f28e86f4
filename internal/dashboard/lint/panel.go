package lint

import (
	"slices"
	"strings"
)

// sentences is how many a description has at least: what the panel means, and what to do about it.
const sentences = 2

func panelRules() []Rule {
	return []Rule{
		{
			Name:        "panel-type",
			Description: "The panel's type comes with Grafana 11 to 13.",
			panel: func(r *report, _ *board, p *panel) {
				if !slices.Contains(panelTypes(), p.Type) {
					r.say("type %q is not known", p.Type)
				}
			},
		},
		{
			Name:        "panel-title",
			Description: "Every panel has a title that no other panel of the board has: people name panels by it.",
			panel: func(r *report, b *board, p *panel) {
				if strings.TrimSpace(p.Title) == "" {
					r.say("panel %d has no title", p.ID)
					return
				}
				for _, other := range b.all() {
					if other == p {
						return
					}
					if other.Type != rowType && other.Title == p.Title {
						r.say("panel %d has the same title", other.ID)
					}
				}
			},
		},
		{
			Name:        "panel-description",
			Description: "Every panel says what it means and what to do: at night nobody remembers.",
			panel: func(r *report, _ *board, p *panel) {
				if n := strings.Count(p.Description+" ", ". "); n < sentences {
					r.say("the description has %d sentences, want what it means and what to do", n)
				}
			},
		},
		{
			Name:        "panel-unit",
			Description: "Every panel that shows numbers has a unit that Grafana knows; an unknown one is printed after the bare number.",
			panel:       panelUnit,
		},
		{
			Name:        "panel-text",
			Description: "A text panel says something, in Markdown: Grafana strips most HTML.",
			panel: func(r *report, _ *board, p *panel) {
				content, _ := p.Options["content"].(string)
				if p.Type == "text" && (strings.TrimSpace(content) == "" || p.Options["mode"] != "markdown") {
					r.say("want text in the mode markdown, got %d characters in the mode %v", len(content), p.Options["mode"])
				}
			},
		},
		{
			Name:        "panel-targets",
			Description: "Every panel but a text asks something, each query with a letter of its own and none empty.",
			panel:       panelTargets,
		},
		{
			Name:        "panel-datasource",
			Description: "The panel and each query name their data source by type and by a variable: a fixed uid exists on one Grafana only, and a plain name does not resolve when boards are provisioned.",
			panel: func(r *report, b *board, p *panel) {
				if !asks(p) {
					return
				}
				r.datasource("panel", b, p.Datasource)
				for _, t := range p.Targets {
					r.datasource("query "+t.RefID, b, t.Datasource)
				}
			},
		},
	}
}

// asks reports whether a panel of this type shows data.
func asks(p *panel) bool { return p.Type != "text" }

// datasource judges a reference to a data source.
func (r *report) datasource(what string, b *board, datasource any) {
	o, ok := datasource.(map[string]any)
	if !ok {
		r.say("%s: data source is %v, want an object with type and uid", what, datasource)
		return
	}
	kind, _ := o["type"].(string)
	uid, _ := o["uid"].(string)
	if kind == "" {
		r.say("%s: the data source has no type", what)
	}
	names := uses(uid)
	if len(names) != 1 || uid != "${"+names[0]+"}" {
		r.say("%s: data source uid %q is fixed, want a variable such as ${datasource}", what, uid)
		return
	}
	fits := slices.ContainsFunc(b.Templating.List, func(v variable) bool {
		return v.Name == names[0] && v.Type == "datasource" && v.Text() == kind
	})
	if !fits {
		r.say("%s: variable %q does not choose a data source of type %q", what, names[0], kind)
	}
}

func panelUnit(r *report, _ *board, p *panel) {
	if !asks(p) || p.Type == "logs" {
		return
	}
	if p.Field.Defaults.Unit == "" && p.Type != "table" {
		r.say("no unit")
	} else if !knownUnit(p.Field.Defaults.Unit) {
		r.say("unit %q is not known", p.Field.Defaults.Unit)
	}
	for _, o := range p.Field.Overrides {
		for _, property := range o.Properties {
			if unit, _ := property.Value.(string); property.ID == "unit" && !knownUnit(unit) {
				r.say("unit %q of an override is not known", unit)
			}
		}
	}
}

func panelTargets(r *report, _ *board, p *panel) {
	if !asks(p) {
		return
	}
	if len(p.Targets) == 0 {
		r.say("no query")
	}
	seen := map[string]bool{}
	for i, t := range p.Targets {
		switch {
		case t.RefID == "":
			r.say("query %d has no letter", i+1)
		case seen[t.RefID]:
			r.say("two queries are called %s", t.RefID)
		}
		seen[t.RefID] = true
		if strings.TrimSpace(t.Expr) == "" {
			r.say("query %s is empty", t.RefID)
		}
		if t.Hide {
			r.say("query %s is hidden", t.RefID)
		}
	}
}
