package foreign

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/dashboard/written"
	"github.com/voipbin/observability/internal/jsontree"
)

var (
	// legendLabel finds the labels in a legend: {{name}}.
	legendLabel = regexp.MustCompile(`\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}`)
	// labelValues finds the selector and the label of a variable's query.
	labelValues = regexp.MustCompile(`(?s)^\s*label_values\((?:(.*),\s*)?([A-Za-z_][A-Za-z0-9_]*)\s*\)\s*$`)
	// oldVariable finds a variable as Grafana 2 to 6 wrote it: [[name]], which later ones read as well.
	oldVariable = regexp.MustCompile(`\[\[([A-Za-z_][A-Za-z0-9_]*)(?::[a-z]+)?\]\]`)
)

// board is what is read of a board. What has changed its shape over the years is read as any.
type board struct {
	written.Head
	Templating struct {
		List []written.Variable `json:"list"`
	} `json:"templating"`
	Annotations struct {
		List []annotation `json:"list"`
	} `json:"annotations"`
	Inputs []struct {
		Name string `json:"name"`
	} `json:"__inputs"`
	Panels []*panel `json:"panels"`
	// Rows hold the panels of boards before schema version 16.
	Rows []struct {
		Panels []*panel `json:"panels"`
	} `json:"rows"`
	Elements map[string]any `json:"elements"`
}

type annotation struct {
	written.Annotation
	Target struct {
		Expr string `json:"expr"`
	} `json:"target"`
}

type panel struct {
	written.Panel
	Targets []written.Target `json:"targets"`
	Panels  []*panel         `json:"panels"`
}

// read decodes a board: by itself, or as Grafana's API returns it, below the key dashboard.
func read(data []byte) (*board, error) {
	tree, err := jsontree.Read(data)
	if err != nil {
		return nil, fmt.Errorf("not a board: %w", err)
	}
	if o, ok := tree.(map[string]any); ok {
		if wrapped, ok := o["dashboard"].(map[string]any); ok {
			tree = wrapped
		}
	}
	b := &board{}
	var filler jsontree.Filler
	if err := filler.Fill(b, tree); err != nil {
		return nil, fmt.Errorf("not a board: %w", err)
	}
	switch {
	case b.Panels == nil && b.Rows == nil && b.Elements != nil:
		return nil, errors.New("a board of the new schema (v2): export it in the classic form")
	case b.Panels == nil && b.Rows == nil:
		return nil, errors.New("not a board: it has neither panels nor rows")
	}
	return b, nil
}

// panels returns all panels, those in rows included.
func (b *board) panels() []*panel {
	var out []*panel
	var add func(list []*panel)
	add = func(list []*panel) {
		for _, p := range list {
			if p != nil {
				out = append(out, p)
				add(p.Panels)
			}
		}
	}
	add(b.Panels)
	for _, r := range b.Rows {
		add(r.Panels)
	}
	return out
}

// plain writes variables in one way.
func plain(text string) string {
	return oldVariable.ReplaceAllString(text, "$${$1}")
}

// isPrometheus reports whether a query goes to a Prometheus server, as far as can be told: a data source by name alone tells nothing, and what
// else has a key expr is said so.
func (j *judge) isPrometheus(own, inherited any) bool {
	for _, d := range []any{own, inherited} {
		switch d := d.(type) {
		case map[string]any:
			kind, _ := d["type"].(string)
			return kind == "" || kind == "prometheus" || strings.HasPrefix(kind, "$")
		case string:
			return !strings.Contains(strings.ToLower(d), "loki")
		}
	}
	return true
}

// source notes a data source that is a variable which the board does not define.
func (j *judge) source(where string, datasource any) {
	name, _ := datasource.(string)
	if o, ok := datasource.(map[string]any); ok {
		name, _ = o["uid"].(string)
	}
	name, isVariable := strings.CutPrefix(name, "$")
	name = strings.Trim(name, "{}")
	if !isVariable || name == "" {
		return
	}
	for _, i := range j.board.Inputs {
		if i.Name == name {
			return // Grafana asks for it when the board is imported
		}
	}
	if slices.ContainsFunc(j.board.Templating.List, func(v written.Variable) bool { return v.Name == name }) {
		return
	}
	for i := range j.missing {
		if j.missing[i].name == name {
			j.missing[i].count++
			return
		}
	}
	j.missing = append(j.missing, source{name, where, 1})
}

// sources says once for each data source that it is not there: usually all panels have the same.
func (j *judge) sources() {
	for _, m := range j.missing {
		j.say("", fmt.Sprintf("the data source ${%s} is defined nowhere, and asked %d times, first by %q", m.name, m.count, m.panel),
			"add a variable of type datasource, or the board does not work when it is provisioned from a file")
	}
}
