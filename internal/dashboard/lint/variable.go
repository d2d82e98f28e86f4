package lint

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// reference finds the use of a variable: $name, ${name}, ${name.path} or ${name:format}.
	reference = regexp.MustCompile(`\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(\.[^:}]*)?(?::[^}]*)?\})`)
	// labelValues finds the selector and the label of a variable's query.
	labelValues = regexp.MustCompile(`^label_values\((?:(.*),\s*)?([A-Za-z_][A-Za-z0-9_]*)\)$`)
)

func variableRules() []Rule {
	return []Rule{
		{
			Name:        "variable-defined",
			Description: "Every variable in a query, title, text, link or data source is one of the board's, or Grafana's own: else it is sent as it stands and finds nothing.",
			board:       variableDefined,
		},
		{
			Name:        "variable-used",
			Description: "Every variable of the board is used: a choice without effect misleads.",
			board:       variableUsed,
		},
		{
			Name:        "variable-all",
			Description: "A variable with the choice of all says what all is: else Grafana writes the list of values, which is empty at first and matches only what has no such label.",
			board: func(r *report, b *board) {
				for _, v := range b.Templating.List {
					if v.IncludeAll && v.AllValue == "" {
						r.say("variable %q: includeAll without allValue", v.Name)
					}
				}
			},
		},
		{
			Name:        "variable-fresh",
			Description: "A variable that asks for its values has a label and asks again when the time range changes: a node that is new must be choosable.",
			board: func(r *report, b *board) {
				for _, v := range b.Templating.List {
					if v.Label == "" {
						r.say("variable %q: no label", v.Name)
					}
					if v.Type == "query" && v.Refresh != float64(2) {
						r.say("variable %q: refresh is %v, want 2", v.Name, v.Refresh)
					}
				}
			},
		},
		{
			Name:        "variable-datasource",
			Description: "A variable that asks for its values names its data source by type and by a variable, as panels do: a plain name does not resolve when boards are provisioned.",
			board: func(r *report, b *board) {
				for _, v := range b.Templating.List {
					if v.Type == "query" {
						r.datasource("variable "+v.Name, b, v.Datasource)
					}
				}
			},
		},
		{
			Name:        "variable-type",
			Description: "A variable has a name of its own and one of Grafana's types, and what can be matched by several values is asked by =~.",
			board:       variableType,
		},
		{
			Name:        "variable-query",
			Description: "The metric and the label that a variable's values come from exist.",
			board:       variableQuery,
		},
	}
}

// use is one variable in a text, and what of it is asked for: the name __data and the path .fields.instance.
type use struct{ name, path string }

// references returns the variables in a text.
func references(text string) []use {
	if strings.IndexByte(text, '$') < 0 {
		return nil
	}
	var found []use
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		found = append(found, use{m[1] + m[2], m[3]})
	}
	return found
}

// uses returns the names of the variables in a text.
func uses(text string) []string {
	var names []string
	for _, u := range references(text) {
		names = append(names, u.name)
	}
	return names
}

// usage maps each variable that a board uses to one place where it does, variables' own queries included. Of those that only Grafana can
// define the path belongs to the name.
func usage(b *board) map[string]string {
	found := map[string]string{}
	note := func(v any, place string) {
		texts(v, func(text string) {
			for _, u := range references(text) {
				if strings.HasPrefix(u.name, "__") {
					u.name += u.path
				}
				found[u.name] = place
			}
		})
	}
	for _, v := range b.Templating.List {
		note(v.Query, "variable "+v.Name)
		note(v.Datasource, "variable "+v.Name)
	}
	for _, a := range b.Annotations.List {
		note(a.Datasource, "annotation "+a.Name)
		note(a.Expr, "annotation "+a.Name)
	}
	for _, l := range b.Links {
		note(l.URL, "link "+l.Title)
		note(l.Title, "link "+l.Title)
	}
	for _, p := range b.all() {
		note(p.raw, "panel "+p.Title)
	}
	return found
}

// texts calls f for every text in a value, in no order.
func texts(v any, f func(text string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case map[string]any:
		for _, inner := range v {
			texts(inner, f)
		}
	case []any:
		for _, inner := range v {
			texts(inner, f)
		}
	}
}

// walk calls f for a value and for everything below it, in the order of the keys, with the key it stands under.
func walk(v any, f func(key string, value any)) {
	var visit func(key string, v any)
	visit = func(key string, v any) {
		f(key, v)
		switch v := v.(type) {
		case map[string]any:
			for _, k := range sortedKeys(v) {
				visit(k, v[k])
			}
		case []any:
			for _, inner := range v {
				visit(key, inner)
			}
		}
	}
	visit("", v)
}

func variableDefined(r *report, b *board) {
	var missing []string
	for name := range b.used {
		known := builtIn(name) || slices.ContainsFunc(b.Templating.List, func(v variable) bool { return v.Name == name })
		if !known {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	for _, name := range missing {
		r.say("variable %q of %s is not defined", name, b.used[name])
	}
}

func variableUsed(r *report, b *board) {
	for _, v := range b.Templating.List {
		if _, ok := b.used[v.Name]; !ok {
			r.say("variable %q is used nowhere", v.Name)
		}
	}
}

func variableQuery(r *report, b *board) {
	for _, v := range b.Templating.List {
		if v.Type != "query" {
			continue
		}
		parts := labelValues.FindStringSubmatch(v.Text())
		if parts == nil {
			r.say("variable %q: query %q is not label_values(metric, label)", v.Name, v.Text())
			continue
		}
		selector, label := parts[1], parts[2]
		if selector == "" {
			r.say("variable %q: label_values(%s) asks every series; name a metric", v.Name, label)
			continue
		}
		r.expression("variable "+v.Name, selector)
		if labels := r.Checker.Labels(selector); labels != nil && !slices.Contains(labels, label) {
			r.say("variable %q: %s has no label %q", v.Name, selector, label)
		}
	}
}

// variableTypes lists the types of variables (VariableType of @grafana/schema 12.4.10) that boards of ours can use.
func variableTypes() []string {
	return strings.Fields("query adhoc constant datasource interval textbox custom")
}

// equals finds a label that is compared with a variable by = or !=: name="$variable".
var equals = regexp.MustCompile(`[^=!~]\s*!?=\s*"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?"`)

func variableType(r *report, b *board) {
	several := map[string]bool{}
	seen := map[string]bool{}
	for _, v := range b.Templating.List {
		if !slices.Contains(variableTypes(), v.Type) {
			r.say("variable %q: type %q is not known", v.Name, v.Type)
		}
		if v.Name == "" || seen[v.Name] {
			r.say("variable %q: want a name that no other has", v.Name)
		}
		seen[v.Name] = true
		several[v.Name] = v.Multi || v.IncludeAll
	}
	for _, p := range b.all() {
		r.about(p)
		for _, expr := range p.queries() {
			r.equalToSeveral(expr, several)
		}
	}
}

// equalToSeveral reports comparisons by = with a variable that can stand for several values.
func (r *report) equalToSeveral(expr string, several map[string]bool) {
	for _, m := range equals.FindAllStringSubmatch(expr, -1) {
		if several[m[1]] {
			r.say("variable %q can stand for several values and is compared with =, want =~", m[1])
		}
	}
}
