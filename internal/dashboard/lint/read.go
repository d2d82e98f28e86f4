package lint

import (
	"errors"
	"fmt"
	"slices"

	"github.com/voipbin/observability/internal/dashboard/written"
	"github.com/voipbin/observability/internal/jsontree"
)

// board is what lint reads of a board. What may have any shape in boards that others wrote is read as any.
type board struct {
	path string

	written.Head
	Description   string     `json:"description"`
	Tags          []string   `json:"tags"`
	Editable      *bool      `json:"editable"`
	Refresh       any        `json:"refresh"`
	SchemaVersion int        `json:"schemaVersion"`
	Time          timeRange  `json:"time"`
	Timepicker    timepicker `json:"timepicker"`
	Templating    struct {
		List []variable `json:"list"`
	} `json:"templating"`
	Annotations struct {
		List []annotation `json:"list"`
	} `json:"annotations"`
	Links  []link   `json:"links"`
	Panels []*panel `json:"panels"`

	raw  map[string]any    // the board as it is written
	used map[string]string // each variable in use, with one place where it is
}

type timeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type timepicker struct {
	RefreshIntervals []string `json:"refresh_intervals"`
}

type variable struct {
	written.Variable
	Label      string `json:"label"`
	Multi      bool   `json:"multi"`
	IncludeAll bool   `json:"includeAll"`
	AllValue   string `json:"allValue"`
	Refresh    any    `json:"refresh"`
	Regex      string `json:"regex"`
}

type annotation struct {
	written.Annotation
	BuiltIn int    `json:"builtIn"`
	Color   string `json:"iconColor"`
	Enable  bool   `json:"enable"`
	Title   string `json:"titleFormat"`
	Text    string `json:"textFormat"`
}

type link struct {
	Title       string   `json:"title"`
	Type        string   `json:"type"`
	Tags        []string `json:"tags"`
	URL         string   `json:"url"`
	KeepTime    bool     `json:"keepTime"`
	IncludeVars bool     `json:"includeVars"`
}

type panel struct {
	written.Panel
	Description string         `json:"description"`
	Grid        *grid          `json:"gridPos"`
	Targets     []target       `json:"targets"`
	Links       []link         `json:"links"`
	Options     map[string]any `json:"options"`
	Field       struct {
		Defaults  field      `json:"defaults"`
		Overrides []override `json:"overrides"`
	} `json:"fieldConfig"`
	Transformations []struct {
		ID      string `json:"id"`
		Options any    `json:"options"`
	} `json:"transformations"`
	Collapsed bool     `json:"collapsed"`
	Panels    []*panel `json:"panels"`

	raw any // the panel as it is written, for rules that look at every value
}

type grid struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

type field struct {
	Unit       string      `json:"unit"`
	Min        *float64    `json:"min"`
	Max        *float64    `json:"max"`
	Thresholds *thresholds `json:"thresholds"`
	Mappings   []struct {
		Type string `json:"type"`
	} `json:"mappings"`
}

type thresholds struct {
	Steps []struct {
		Value *float64 `json:"value"`
	} `json:"steps"`
}

type override struct {
	Matcher struct {
		ID      string `json:"id"`
		Options any    `json:"options"`
	} `json:"matcher"`
	Properties []struct {
		ID    string `json:"id"`
		Value any    `json:"value"`
	} `json:"properties"`
}

type target struct {
	written.Target
	RefID    string `json:"refId"`
	Interval string `json:"interval"`
	Format   string `json:"format"`
	Instant  bool   `json:"instant"`
	Range    bool   `json:"range"`
	Exemplar bool   `json:"exemplar"`
	Hide     bool   `json:"hide"`
}

// rowType is the type of a row, whose panels are inside when it is shut.
const rowType = "row"

// all returns the panels in the order in which they stand, rows and what they hold included.
func (b *board) all() []*panel {
	var out []*panel
	for _, p := range b.Panels {
		out = append(append(out, p), p.Panels...)
	}
	return out
}

// queries returns every PromQL expression of a panel.
func (p *panel) queries() []string {
	var out []string
	for _, t := range p.Targets {
		if t.Expr != "" && sourceType(t.Datasource) != "loki" {
			out = append(out, t.Expr)
		}
	}
	return out
}

// read decodes one board: as plain data for rules that look at every key, and from these into what rules know.
func read(s Source) (*board, error) {
	tree, err := jsontree.Read(s.JSON)
	if err != nil {
		return nil, fmt.Errorf("not a board: %w", err)
	}
	b := &board{path: s.Path}
	var filler jsontree.Filler
	if err := filler.Fill(b, tree); err != nil {
		return nil, fmt.Errorf("not a board: %w", err)
	}
	b.raw, _ = tree.(map[string]any)
	if slices.Contains(b.Panels, nil) || slices.Contains(b.all(), nil) {
		return nil, errors.New("not a board: a panel is null")
	}
	plain(b.Panels, b.raw["panels"])
	b.used = usage(b)
	return b, nil
}

// plain gives panels their plain data, which stand in the same order.
func plain(panels []*panel, raw any) {
	list, _ := raw.([]any)
	for i, p := range panels[:min(len(panels), len(list))] {
		p.raw = list[i]
		if o, ok := p.raw.(map[string]any); ok {
			plain(p.Panels, o["panels"])
		}
	}
}

// sourceType returns the type of a data source given as an object, else "".
func sourceType(datasource any) string {
	o, _ := datasource.(map[string]any)
	s, _ := o["type"].(string)
	return s
}
