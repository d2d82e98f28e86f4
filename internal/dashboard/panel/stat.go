package panel

// StatColor says what of a stat takes the colour of its threshold.
type StatColor string

// The parts of a stat that can be coloured.
const (
	ColorNothing    StatColor = "none"
	ColorValue      StatColor = "value"
	ColorBackground StatColor = "background_solid"
)

// Stat shows one large number for each series.
type Stat struct {
	Common  Data
	Reducer Reducer
	Color   StatColor
	// Sparkline draws the course of the value behind it.
	Sparkline bool
	// Name shows the series' name beside the value.
	Name        bool
	Orientation Orientation
}

// Type is stat.
func (Stat) Type() Type { return StatType }

// Data returns the common parts.
func (p Stat) Data() Data { return p.Common }

func (p Stat) custom() any { return nil }

type statOptions struct {
	ColorMode              StatColor     `json:"colorMode"`
	GraphMode              string        `json:"graphMode"`
	JustifyMode            string        `json:"justifyMode"`
	Orientation            Orientation   `json:"orientation"`
	PercentChangeColorMode string        `json:"percentChangeColorMode"`
	ReduceOptions          reduceOptions `json:"reduceOptions"`
	ShowPercentChange      bool          `json:"showPercentChange"`
	TextMode               string        `json:"textMode"`
	WideLayout             bool          `json:"wideLayout"`
}

func (p Stat) options() any {
	out := statOptions{
		ColorMode: p.Color, GraphMode: "none", JustifyMode: "auto", Orientation: p.Orientation.or(),
		PercentChangeColorMode: "standard", ReduceOptions: reduceTo(p.Reducer), TextMode: "value", WideLayout: true,
	}
	if p.Color == "" {
		out.ColorMode = ColorValue
	}
	if p.Sparkline {
		out.GraphMode = "area"
	}
	if p.Name {
		out.TextMode = "value_and_name"
	}
	return out
}
