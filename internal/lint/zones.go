package lint

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Zones warns of objectives whose rules will soon not know when the clocks of their zone change: they know it for some years, of which the last
// has begun. Now is the time of the check.
func Zones(s *spec.Spec, now time.Time) diag.Problems {
	_, until := slo.ClockYears()
	if now.Year() < until-1 {
		return nil
	}
	var problems diag.Problems
	for _, o := range s.SLOs {
		if o.TimeZone != "" {
			problems = append(problems, diag.Problem{
				Pos: o.Pos, Warning: true, What: fmt.Sprintf("the rules of %q know the clocks of %s until the end of %d", o.Name, o.TimeZone, until-1),
				Hint: "generate them with a newer obsgen",
			})
		}
	}
	return problems
}
