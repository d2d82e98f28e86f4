package panel

// Gauge shows values on arcs between Min and Max of the field, with the thresholds marked.
type Gauge struct {
	Common  Data
	Reducer Reducer
}

// Type is gauge.
func (Gauge) Type() Type { return GaugeType }

// Data returns the common parts.
func (p Gauge) Data() Data { return p.Common }

func (p Gauge) custom() any { return nil }

func (p Gauge) options() any {
	return struct {
		MinVizHeight         int           `json:"minVizHeight"`
		MinVizWidth          int           `json:"minVizWidth"`
		Orientation          Orientation   `json:"orientation"`
		ReduceOptions        reduceOptions `json:"reduceOptions"`
		ShowThresholdLabels  bool          `json:"showThresholdLabels"`
		ShowThresholdMarkers bool          `json:"showThresholdMarkers"`
		Sizing               string        `json:"sizing"`
	}{75, 75, AutoOrientation, reduceTo(p.Reducer), false, true, "auto"}
}

// BarGauge shows a bar for each series between Min and Max of the field.
type BarGauge struct {
	Common      Data
	Reducer     Reducer
	Orientation Orientation
}

// Type is bargauge.
func (BarGauge) Type() Type { return BarGaugeType }

// Data returns the common parts.
func (p BarGauge) Data() Data { return p.Common }

func (p BarGauge) custom() any { return nil }

func (p BarGauge) options() any {
	return struct {
		DisplayMode   string        `json:"displayMode"`
		Legend        legend        `json:"legend"`
		MaxVizHeight  int           `json:"maxVizHeight"`
		MinVizHeight  int           `json:"minVizHeight"`
		MinVizWidth   int           `json:"minVizWidth"`
		NamePlacement string        `json:"namePlacement"`
		Orientation   Orientation   `json:"orientation"`
		ReduceOptions reduceOptions `json:"reduceOptions"`
		ShowUnfilled  bool          `json:"showUnfilled"`
		Sizing        string        `json:"sizing"`
		ValueMode     string        `json:"valueMode"`
	}{
		"basic", legend{Calcs: []Reducer{}, DisplayMode: "list", Placement: "bottom"}, 300, 16, 8, "auto",
		p.Orientation.or(), reduceTo(p.Reducer), true, "auto", "color",
	}
}
