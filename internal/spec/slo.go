package spec

import (
	"time"

	"github.com/voipbin/observability/internal/diag"
)

// Expr is a piece of PromQL with its place in the spec.
type Expr struct {
	Text string
	Pos  diag.Position
	// Anchors tie the bytes of Text to the file; nil where the expression was not read from one.
	Anchors diag.Anchors
}

// Problem is a problem with the bytes start to end of the expression, at their place in the file.
func (e Expr) Problem(start, end int, what, hint string) diag.Problem {
	if e.Anchors == nil {
		return diag.At(e.Pos, what, hint)
	}
	pos, width := e.Anchors.Span(e.Text, start, end)
	return diag.Problem{Pos: pos, Width: width, What: what, Hint: hint}
}

// SLO is one objective of spec/slos.yaml.
type SLO struct {
	Name        string // lower_snake_case, unique
	Title       string
	Description string
	Owner       string
	Tier        string // the part of the platform, for example sip_proxy
	// Objective is the share of good events wanted, as a ratio above 0 and below 1; written as a percentage.
	Objective float64
	// ObjectiveText is the percentage as it was written, so that artefacts repeat it without rounding noise.
	ObjectiveText string
	Period        time.Duration // rolling
	SLI           EventSLI
	Traffic       Traffic
	// MinFailures is the number of failed events in a burn window below which no alert fires.
	MinFailures int
	Dashboard   string // uid of the board that explains it, without prefix
	Pos         diag.Position
}

// EventSLI counts events: each an expression over a range, in which $window stands for the range, for example
// sum(increase(x_total[$window])).
type EventSLI struct {
	Errors Expr
	Total  Expr
}

// Traffic is the expected number of events an hour, by which the effect of single failures is judged.
type Traffic struct {
	PeakPerHour   float64
	TroughPerHour float64
	Pos           diag.Position
}
