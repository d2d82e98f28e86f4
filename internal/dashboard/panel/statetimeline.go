package panel

// StateTimeline shows a band for each series whose colour changes with its state. The field's mappings say which value
// is which state.
type StateTimeline struct {
	Common Data
}

// Type is state-timeline.
func (StateTimeline) Type() Type { return StateTimelineType }

// Data returns the common parts.
func (p StateTimeline) Data() Data { return p.Common }

func (p StateTimeline) options() any {
	return struct {
		AlignValue  string  `json:"alignValue"`
		Legend      legend  `json:"legend"`
		MergeValues bool    `json:"mergeValues"`
		RowHeight   float64 `json:"rowHeight"`
		ShowValue   string  `json:"showValue"`
		Tooltip     tooltip `json:"tooltip"`
	}{
		"left", legend{Calcs: []Reducer{}, DisplayMode: "list", Placement: "bottom", ShowLegend: true}, true, 0.9, "auto",
		tooltip{Mode: "single", Sort: "none"},
	}
}

// custom does not bridge gaps: where nothing was reported, nothing is known.
func (p StateTimeline) custom() any {
	return struct {
		FillOpacity int  `json:"fillOpacity"`
		LineWidth   int  `json:"lineWidth"`
		SpanNulls   bool `json:"spanNulls"`
	}{80, 0, false}
}
