package panel

// TimeSeries draws values over time.
type TimeSeries struct {
	Common Data
	// Bars draws bars instead of lines.
	Bars bool
	// Stacked piles series up, as areas without lines; only for parts of one whole.
	Stacked bool
	// Fill is the opacity of the area below a line in percent.
	Fill int
	// ThresholdLines draws the field's thresholds as dashed lines.
	ThresholdLines bool
	// SoftMax is the least upper end of the axis; nil leaves it to the data.
	SoftMax *float64
	// FromZero keeps zero on the axis.
	FromZero bool
	// LegendCalcs are columns of the legend; any makes it a table.
	LegendCalcs []Reducer
	// LegendRight puts the legend beside the graph.
	LegendRight bool
}

// Type is timeseries.
func (TimeSeries) Type() Type { return TimeSeriesType }

// Data returns the common parts.
func (p TimeSeries) Data() Data { return p.Common }

// LineStyle is the look of a line; Dash holds lengths of line and gap in pixels.
type LineStyle struct {
	Fill string `json:"fill"`
	Dash []int  `json:"dash,omitempty"`
}

type legend struct {
	Calcs       []Reducer `json:"calcs"`
	DisplayMode string    `json:"displayMode"`
	Placement   string    `json:"placement"`
	ShowLegend  bool      `json:"showLegend"`
}

type tooltip struct {
	Mode string `json:"mode"`
	Sort string `json:"sort"`
}

func (p TimeSeries) options() any {
	l := legend{Calcs: p.LegendCalcs, DisplayMode: "list", Placement: "bottom", ShowLegend: true}
	if len(p.LegendCalcs) > 0 {
		l.DisplayMode = "table"
	} else {
		l.Calcs = []Reducer{}
	}
	if p.LegendRight {
		l.Placement = "right"
	}
	return struct {
		Legend  legend  `json:"legend"`
		Tooltip tooltip `json:"tooltip"`
	}{l, tooltip{Mode: "multi", Sort: "desc"}}
}

type stacking struct {
	Group string `json:"group"`
	Mode  string `json:"mode"`
}

type styleMode struct {
	Mode string `json:"mode"`
}

type graphField struct {
	AxisLabel         string    `json:"axisLabel"`
	AxisPlacement     string    `json:"axisPlacement"`
	AxisSoftMax       *float64  `json:"axisSoftMax,omitempty"`
	AxisSoftMin       *float64  `json:"axisSoftMin,omitempty"`
	DrawStyle         string    `json:"drawStyle"`
	FillOpacity       int       `json:"fillOpacity"`
	GradientMode      string    `json:"gradientMode"`
	LineInterpolation string    `json:"lineInterpolation"`
	LineWidth         int       `json:"lineWidth"`
	PointSize         int       `json:"pointSize"`
	ShowPoints        string    `json:"showPoints"`
	SpanNulls         bool      `json:"spanNulls"`
	Stacking          stacking  `json:"stacking"`
	ThresholdsStyle   styleMode `json:"thresholdsStyle"`
}

// custom never bridges a gap: a hole in the data is a finding.
func (p TimeSeries) custom() any {
	out := graphField{
		AxisPlacement: "auto", AxisSoftMax: p.SoftMax, DrawStyle: "line", FillOpacity: p.Fill, GradientMode: "none",
		LineInterpolation: "linear", LineWidth: 2, PointSize: 5, ShowPoints: "auto",
		Stacking: stacking{Group: "A", Mode: "none"}, ThresholdsStyle: styleMode{"off"},
	}
	if p.Bars {
		out.DrawStyle, out.LineWidth = "bars", 0
	}
	if p.Stacked {
		// A series of zeros would draw its line and its points over the others.
		out.Stacking.Mode, out.LineWidth, out.ShowPoints = "normal", 0, "never"
	}
	if p.ThresholdLines {
		out.ThresholdsStyle.Mode = "dashed"
	}
	if p.FromZero {
		out.AxisSoftMin = Float(0)
	}
	return out
}
