package panel

// Table shows rows and columns.
type Table struct {
	Common Data
	// SortColumn is the shown name of the column by which rows are sorted at first; empty keeps the order.
	SortColumn     string
	SortDescending bool
}

// Type is table.
func (Table) Type() Type { return TableType }

// Data returns the common parts.
func (p Table) Data() Data { return p.Common }

// Cell says how a table draws a value.
type Cell struct {
	Type CellType `json:"type"`
	Mode string   `json:"mode,omitempty"`
}

// CellType is the id of a cell's look.
type CellType string

// The cells in use.
const (
	AutoCell       CellType = "auto"
	TextCell       CellType = "color-text"
	BackgroundCell CellType = "color-background"
	GaugeCell      CellType = "gauge"
)

type sortKey struct {
	Desc        bool   `json:"desc"`
	DisplayName string `json:"displayName"`
}

func (p Table) options() any {
	sorted := []sortKey{}
	if p.SortColumn != "" {
		sorted = append(sorted, sortKey{p.SortDescending, p.SortColumn})
	}
	return struct {
		CellHeight string    `json:"cellHeight"`
		FrameIndex int       `json:"frameIndex"`
		ShowHeader bool      `json:"showHeader"`
		SortBy     []sortKey `json:"sortBy"`
	}{"sm", 0, true, sorted}
}

// leastColumn is how narrow a column may become, in pixels. Grafana's own 150 pushes the last columns of a table of six out of half a screen.
const leastColumn = 60

func (p Table) custom() any {
	return struct {
		Align    string `json:"align"`
		Cell     Cell   `json:"cellOptions"`
		Inspect  bool   `json:"inspect"`
		MinWidth int    `json:"minWidth"`
	}{"auto", Cell{Type: AutoCell}, false, leastColumn}
}
