// Package grafana writes classic Grafana dashboards, the envelope around panels, in JSON whose bytes change only when the
// board changes, and brings them onto a server. It knows nothing of PromQL or of what a panel shows, never reads a board
// into the sdk's types (which lose fields on the way), and touches no board on a server that is not ours.
package grafana

import "time"

// Board is one dashboard. Everything that a reader sees or that Grafana acts on is stated; nothing is taken from a
// counter, a clock or the environment.
type Board struct {
	// UID names the board for ever: letters, digits, - and _, at most 40 (Grafana's limit).
	UID         string
	Title       string
	Description string
	Tags        []string
	// From and To bound the time that is shown first, in Grafana's words, for example now-6h and now.
	From, To string
	// Refresh is how often the board asks again; RefreshChoices are the other periods a reader may choose. Zero turns
	// the refresh off. Whole seconds only.
	Refresh        time.Duration
	RefreshChoices []time.Duration
	Variables      []Variable
	Annotations    []Annotation
	Links          []Link
	Panels         []Panel
}

// Datasource points to a data source. A UID may be a variable: ${datasource}.
type Datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// Panel is one panel in its place. Its body is data that becomes JSON: an object with keys such as fieldConfig,
// options and targets, which must not repeat a key that Panel itself writes.
type Panel struct {
	// ID is unique in the board and not zero; links to a panel hold it.
	ID          uint
	Type        string
	Title       string
	Description string
	Grid        Grid
	// Datasource is nil for a panel that asks nothing, such as text.
	Datasource *Datasource
	Links      []Link
	Body       any
	// Collapsed holds the panels of a row that is shut; a row that is open has none, its panels follow it.
	Collapsed []Panel
}

// RowType is the type of a panel that only heads the panels below it.
const RowType = "row"

// Columns is the width of Grafana's grid.
const Columns = 24

// Grid is a place on the grid of 24 columns, in units of columns and of rows of 30 pixels.
type Grid struct{ X, Y, W, H int }

// Link leads from a board or a panel to somewhere else. With Tags it lists the boards that carry all of them; else it
// leads to URL.
type Link struct {
	Title   string
	Tooltip string
	Tags    []string
	URL     string
	// KeepTime and KeepVariables carry the reader's time range and choices along.
	KeepTime, KeepVariables bool
	// NewTab opens the address beside the board.
	NewTab bool
}

// Annotation marks moments on every graph of a board: each sample that Expr yields is one.
type Annotation struct {
	Name       string
	Datasource Datasource
	Expr       string
	// Step is the resolution of the query; whole seconds.
	Step time.Duration
	// TitleFormat and TextFormat may hold labels as {{name}}; TagKeys names the labels shown as tags.
	TitleFormat, TextFormat string
	TagKeys                 []string
	Color                   string
	// ValueIsTime marks the moments that the values are, as milliseconds since 1970, and not those at which there are values above 0.
	ValueIsTime bool
}
