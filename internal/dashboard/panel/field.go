package panel

import (
	"encoding/json"
	"strconv"
)

// Field is the look of every value of a panel, save where an Override says otherwise.
type Field struct {
	Unit Unit `json:"unit,omitempty"`
	// Decimals is nil to let Grafana choose.
	Decimals *int     `json:"decimals,omitempty"`
	Min      *float64 `json:"min,omitempty"`
	Max      *float64 `json:"max,omitempty"`
	// NoValue stands where there is none; empty means Grafana's "No data".
	NoValue    string      `json:"noValue,omitempty"`
	Color      *Color      `json:"color,omitempty"`
	Thresholds *Thresholds `json:"thresholds,omitempty"`
	Mappings   []Mapping   `json:"mappings,omitempty"`
}

// ColorMode says how a value gets its colour.
type ColorMode string

// The colour modes in use.
const (
	ColorFixed      ColorMode = "fixed"
	ColorThresholds ColorMode = "thresholds"
)

// Color is how a value gets its colour; Fixed is for the mode fixed. Grafana's shades of a colour are not used: their
// ends fade into one of the two grounds.
type Color struct {
	Mode  ColorMode `json:"mode"`
	Fixed Hue       `json:"fixedColor,omitempty"`
}

// ThresholdMode says what the steps are compared with.
type ThresholdMode string

// The threshold modes: the value itself, or its share between Min and Max in percent.
const (
	Absolute   ThresholdMode = "absolute"
	Percentage ThresholdMode = "percentage"
)

// Thresholds colour a value by its size.
type Thresholds struct {
	Mode  ThresholdMode `json:"mode"`
	Steps []Step        `json:"steps"`
}

// Step is the colour from a value on. The first step of a list has no value, it holds below the second.
type Step struct {
	Color Hue      `json:"color"`
	Value *float64 `json:"value"`
}

// Rising returns absolute thresholds: base below the first bound, then the colours of the bounds in order.
func Rising(base Hue, bounds ...Bound) *Thresholds {
	steps := []Step{{Color: base}}
	for _, b := range bounds {
		steps = append(steps, Step{Color: b.Color, Value: &b.From})
	}
	return &Thresholds{Mode: Absolute, Steps: steps}
}

// Bound is a value and the colour from it on.
type Bound struct {
	From  float64
	Color Hue
}

// Mapping shows certain values as words, or the lack of one. Values are matched as Grafana prints them, for example 1.
type Mapping struct {
	// States are the words by value, in the order of a legend.
	States []State
	// None is what stands in place of a value that is not there. A mapping has this or states.
	None string
}

// State is a value and what stands for it.
type State struct {
	Value float64
	Text  string
	Color Hue
}

// MarshalJSON writes Grafana's value mapping.
func (m Mapping) MarshalJSON() ([]byte, error) {
	type result struct {
		Color Hue    `json:"color,omitempty"`
		Index int    `json:"index"`
		Text  string `json:"text"`
	}
	if m.None != "" {
		type special struct {
			Match  string `json:"match"`
			Result result `json:"result"`
		}
		return json.Marshal(struct {
			Options special `json:"options"`
			Type    string  `json:"type"`
		}{special{"null+nan", result{Color: Neutral, Text: m.None}}, "special"})
	}
	options := make(map[string]result, len(m.States))
	for i, s := range m.States {
		options[strconv.FormatFloat(s.Value, 'f', -1, 64)] = result{Color: s.Color, Index: i, Text: s.Text}
	}
	return json.Marshal(struct {
		Options map[string]result `json:"options"`
		Type    string            `json:"type"`
	}{options, "value"})
}

// Float returns a pointer to v, for Min and Max.
func Float(v float64) *float64 { return &v }

// Int returns a pointer to v, for Decimals.
func Int(v int) *int { return &v }
