package panel

// Logs shows log lines, the newest first.
type Logs struct {
	Common Data
	// Wrap breaks long lines instead of cutting them off.
	Wrap bool
}

// Type is logs.
func (Logs) Type() Type { return LogsType }

// Data returns the common parts.
func (p Logs) Data() Data { return p.Common }

func (p Logs) options() any {
	return struct {
		DedupStrategy        string `json:"dedupStrategy"`
		EnableLogDetails     bool   `json:"enableLogDetails"`
		PrettifyLogMessage   bool   `json:"prettifyLogMessage"`
		ShowCommonLabels     bool   `json:"showCommonLabels"`
		ShowLabels           bool   `json:"showLabels"`
		ShowLogContextToggle bool   `json:"showLogContextToggle"`
		ShowTime             bool   `json:"showTime"`
		SortOrder            string `json:"sortOrder"`
		WrapLogMessage       bool   `json:"wrapLogMessage"`
	}{"none", true, false, false, false, true, true, "Descending", p.Wrap}
}

func (Logs) custom() any { return nil }
