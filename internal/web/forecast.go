package web

import (
	"fmt"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
	"github.com/voipbin/observability/internal/tracker"
)

// forecast is when the drill that runs will be over, by those before it; nil when it is over.
func (s *site) forecast(d *rto.Drill, status *tracker.DrillStatus, now rto.Instant) *report.Forecast {
	if d.State != rto.Running {
		return nil
	}
	var earlier []report.Summary
	if s.o.Earlier != nil {
		earlier = s.o.Earlier(d)
	}
	f := report.Predict(earlier, d, rto.Measured{Recovery: status.Recovery, Notified: status.Notified}, now)
	return &f
}

// showVerdict is the class of a verdict's tag.
func showVerdict(v rto.Verdict) string {
	switch v {
	case rto.Pass:
		return "good"
	case rto.Fail:
		return "bad"
	case rto.NotProven:
	}
	return "warn"
}

// showBasis is what a phase's forecast rests on.
func showBasis(p report.PhaseForecast) string {
	switch {
	case p.Basis == report.BasisDrills && p.Drills == 1:
		return "1 earlier drill"
	case p.Basis == report.BasisDrills:
		return fmt.Sprintf("%d earlier drills", p.Drills)
	case p.Basis == report.BasisBudget:
		return "its budget"
	}
	return "nothing"
}

// showUsual is how long a phase usually takes: half of the earlier drills, and nine of ten.
func showUsual(p report.PhaseForecast) string {
	if p.Basis == report.BasisNothing {
		return "not known"
	}
	return showBracket(rto.Bracket{Lo: p.P50, Hi: p.P90})
}
