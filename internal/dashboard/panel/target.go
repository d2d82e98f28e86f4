package panel

// Target is one query of a panel.
type Target struct {
	// RefID is the query's letter, unique in the panel.
	RefID      string     `json:"refId"`
	Datasource Datasource `json:"datasource"`
	Expr       string     `json:"expr"`
	// Legend names each series, with labels as {{name}}.
	Legend string `json:"legendFormat,omitempty"`
	Format Format `json:"format,omitempty"`
	// Interval is how often the data come, for example 15s: the least step of a query over a range, and what
	// $__rate_interval is reckoned from. Where it is empty Grafana takes the data source's setting, 15s by default.
	Interval string `json:"interval,omitempty"`
	// Instant asks for the end of the time range only, Range for all of it; one of the two is set.
	Instant bool `json:"instant"`
	Range   bool `json:"range"`
	// Exemplar asks for exemplars too; histograms have them.
	Exemplar bool `json:"exemplar"`
	// EditorMode is code, so that Grafana shows the query as it is written here.
	EditorMode string `json:"editorMode,omitempty"`
	// QueryType and MaxLines are for logs: range, and how many lines at most.
	QueryType string `json:"queryType,omitempty"`
	MaxLines  int    `json:"maxLines,omitempty"`
}

// Datasource points to a data source; the UID may be a variable such as ${datasource}.
type Datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// Format is the shape in which Grafana hands a result to a panel.
type Format string

// The formats of a Prometheus query.
const (
	FormatSeries  Format = "time_series"
	FormatTable   Format = "table"
	FormatHeatmap Format = "heatmap"
)

// Prometheus is the type of a Prometheus data source, and Loki of a Loki one.
const (
	Prometheus = "prometheus"
	Loki       = "loki"
)
