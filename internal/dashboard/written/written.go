// Package written is what is read of any board as it is written in JSON, ours or another's: once, for whoever judges boards. It judges none, and
// writes none.
package written

// Head names a board.
type Head struct {
	UID   string `json:"uid"`
	Title string `json:"title"`
}

// Variable is a choice that the reader of a board has. What has changed its shape over the years is read as any.
type Variable struct {
	Name       string `json:"name"`
	Type       string `json:"type"`
	Query      any    `json:"query"`
	Datasource any    `json:"datasource"`
}

// Text is the query as it is typed: boards hold it as a text or in an object.
func (v Variable) Text() string {
	switch q := v.Query.(type) {
	case string:
		return q
	case map[string]any:
		s, _ := q["query"].(string)
		return s
	}
	return ""
}

// Annotation marks moments on graphs.
type Annotation struct {
	Name       string `json:"name"`
	Datasource any    `json:"datasource"`
	Expr       string `json:"expr"`
}

// Panel is a panel or a row, less what it asks and what it holds.
type Panel struct {
	ID         int    `json:"id"`
	Type       string `json:"type"`
	Title      string `json:"title"`
	Datasource any    `json:"datasource"`
}

// Target is a question of a panel.
type Target struct {
	Datasource any    `json:"datasource"`
	Expr       string `json:"expr"`
	Legend     string `json:"legendFormat"`
}
