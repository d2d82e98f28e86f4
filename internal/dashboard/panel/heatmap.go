package panel

// Heatmap shows how the values of a histogram are spread over time. Its query returns the growth of each bucket, with
// FormatHeatmap and the legend {{le}}.
type Heatmap struct {
	Common Data
	// AxisUnit is the unit of the buckets' bounds; Field.Unit is that of the counts in the cells.
	AxisUnit Unit
}

// Type is heatmap.
func (Heatmap) Type() Type { return HeatmapType }

// Data returns the common parts.
func (p Heatmap) Data() Data { return p.Common }

type heatColor struct {
	Exponent float64 `json:"exponent"`
	Fill     string  `json:"fill"`
	Mode     string  `json:"mode"`
	Reverse  bool    `json:"reverse"`
	Scale    string  `json:"scale"`
	Scheme   string  `json:"scheme"`
	Steps    int     `json:"steps"`
}

type heatAxis struct {
	AxisPlacement string `json:"axisPlacement"`
	Reverse       bool   `json:"reverse"`
	Unit          Unit   `json:"unit,omitempty"`
}

type shown struct {
	Show bool `json:"show"`
}

type heatTooltip struct {
	Mode       string `json:"mode"`
	YHistogram bool   `json:"yHistogram"`
	ColorScale bool   `json:"showColorScale"`
}

type heatOptions struct {
	Calculate    bool           `json:"calculate"`
	CellGap      int            `json:"cellGap"`
	CellValues   heatCellValues `json:"cellValues"`
	Color        heatColor      `json:"color"`
	Exemplars    heatExemplars  `json:"exemplars"`
	FilterValues heatFilter     `json:"filterValues"`
	Legend       shown          `json:"legend"`
	RowsFrame    heatRows       `json:"rowsFrame"`
	ShowValue    string         `json:"showValue"`
	Tooltip      heatTooltip    `json:"tooltip"`
	YAxis        heatAxis       `json:"yAxis"`
}

type heatCellValues struct {
	Unit Unit `json:"unit,omitempty"`
}

type heatExemplars struct {
	Color string `json:"color"`
}

type heatFilter struct {
	LE float64 `json:"le"`
}

type heatRows struct {
	Layout string `json:"layout"`
}

// Cividis is the scale of heatmaps, from dark blue to light yellow, that was made for colour-blind readers, and ExemplarColor that of the
// exemplars on it, Grafana's default.
const (
	Cividis       = "Cividis"
	ExemplarColor = "rgba(255,0,255,0.7)"
)

// options choose cividis. In it the colour fill has no effect: it is what Grafana writes. Empty cells
// (at most 1e-9, Grafana's default) stay bare.
func (p Heatmap) options() any {
	return heatOptions{
		CellGap: 1, CellValues: heatCellValues{Unit: p.Common.Field.Unit},
		Color:        heatColor{Exponent: 0.5, Fill: "dark-orange", Mode: "scheme", Scale: "exponential", Scheme: Cividis, Steps: 64},
		Exemplars:    heatExemplars{Color: ExemplarColor},
		FilterValues: heatFilter{LE: 1e-9}, Legend: shown{Show: true}, RowsFrame: heatRows{Layout: "auto"}, ShowValue: "never",
		Tooltip: heatTooltip{Mode: "single", YHistogram: true, ColorScale: true},
		YAxis:   heatAxis{AxisPlacement: "left", Unit: p.AxisUnit},
	}
}

func (p Heatmap) custom() any {
	return struct {
		Scale scale `json:"scaleDistribution"`
	}{scale{Type: "linear"}}
}

type scale struct {
	Type string `json:"type"`
}
