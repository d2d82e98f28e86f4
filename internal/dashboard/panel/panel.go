// Package panel holds the bodies of Grafana's panels as Go types, so that a misspelt option, reducer or unit does not
// compile. The names are those of @grafana/schema 12.4 and hold for Grafana 11 to 13. It knows neither metrics nor
// boards: what is asked and where a panel stands are others' business.
package panel

// Type is the id of a panel plugin that comes with Grafana.
type Type string

// The panels that can be written.
const (
	TimeSeriesType    Type = "timeseries"
	StatType          Type = "stat"
	GaugeType         Type = "gauge"
	BarGaugeType      Type = "bargauge"
	TableType         Type = "table"
	HeatmapType       Type = "heatmap"
	StateTimelineType Type = "state-timeline"
	TextType          Type = "text"
	LogsType          Type = "logs"
)

// Body is what a panel shows and how: everything but its title, description, links and place.
type Body interface {
	Type() Type
	// Data returns the parts that are the same for every panel.
	Data() Data
	// options returns the value of the options key, and custom that of fieldConfig.defaults.custom; custom may be nil.
	options() any
	custom() any
}

// Data is what every panel that asks for data has.
type Data struct {
	Targets         []Target
	Transformations []Transformation
	Field           Field
	Overrides       []Override
}

// pluginVersion tells Grafana that the options have the shape of version 12, so that it runs no older migration.
const pluginVersion = "12.0.0"

// wire is the JSON of a body.
type wire struct {
	FieldConfig     *fieldConfig     `json:"fieldConfig,omitempty"`
	Options         any              `json:"options"`
	PluginVersion   string           `json:"pluginVersion"`
	Targets         []Target         `json:"targets,omitempty"`
	Transformations []Transformation `json:"transformations,omitempty"`
}

type fieldConfig struct {
	Defaults  fieldDefaults `json:"defaults"`
	Overrides []Override    `json:"overrides"`
}

type fieldDefaults struct {
	Field
	Custom any `json:"custom,omitempty"`
}

// Wire is a body as Grafana reads it: what becomes JSON with the keys that a body adds to a panel, which are options, and, where it asks for
// data, fieldConfig, targets and transformations.
func Wire(b Body) any {
	data := b.Data()
	out := wire{
		Options: b.options(), PluginVersion: pluginVersion, Targets: data.Targets,
		Transformations: data.Transformations,
	}
	if len(data.Targets) > 0 {
		overrides := data.Overrides
		if overrides == nil {
			overrides = []Override{}
		}
		out.FieldConfig = &fieldConfig{Defaults: fieldDefaults{Field: data.Field, Custom: b.custom()}, Overrides: overrides}
	}
	return out
}
