package rto

import "time"

// Verdict is what a measured bracket says of an objective.
type Verdict string

// The verdicts. A bracket that straddles the objective proves neither.
const (
	Pass      Verdict = "PASS"
	Fail      Verdict = "FAIL"
	NotProven Verdict = "NOT PROVEN"
)

// Judge compares a bracket with an objective: the upper edge must be below it to pass, the lower edge at or above it fails.
// Objectives are strict ("RPO < 5 minutes"), so equality does not pass.
func Judge(b Bracket, objective time.Duration) Verdict {
	switch {
	case !b.Unbounded && b.Hi < objective:
		return Pass
	case b.Lo >= objective:
		return Fail
	default:
		return NotProven
	}
}

// Worst is the verdict over several: one failure fails, else one that is not proven leaves the whole not proven. Without any, nothing is proven.
func Worst(verdicts ...Verdict) Verdict {
	if len(verdicts) == 0 {
		return NotProven
	}
	worst := Pass
	for _, v := range verdicts {
		if v == Fail {
			return Fail
		}
		if v == NotProven {
			worst = NotProven
		}
	}
	return worst
}
