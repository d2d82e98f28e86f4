package lab

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/voipbin/observability/internal/lab/sipp"
)

// Names of rows of a comparison which are neither a status nor a class.
const (
	rowAttempts = "attempts"
	rowTimeout  = "408 or timeout" // a caller sees one 408, whoever said it first
	rowNone     = "no answer"
)

// Row compares one number.
type Row struct {
	// What is the cause, or "attempts".
	What string
	// SIPp is what the callers saw, Prometheus what the exporter's counters say.
	SIPp, Prometheus int
}

// Comparison is what callers saw beside what Prometheus knows.
type Comparison struct {
	// Rows has attempts first, then each cause that either side knows.
	Rows []Row
	// Success is the success share of these calls: wanted from SIPp's counts, got from the recorded objective; NaN if not recorded.
	SuccessWant, SuccessGot float64
}

// successTolerance is for the arithmetic of floating-point numbers alone: the rules count exactly.
const successTolerance = 1e-6

// Compare sets the two sides against each other.
func Compare(seen sipp.Counts, known Outcomes, success float64) Comparison {
	left, right := map[string]int{}, map[string]int{}
	for code, n := range seen.Final {
		left[rowOfCode(code)] += n
	}
	if n := seen.Silent(); n > 0 {
		left[rowNone] = n
	}
	for cause, n := range known.ByCause {
		if n != 0 {
			right[rowOfCause(cause)] += n
		}
	}
	c := Comparison{Rows: []Row{{rowAttempts, seen.Attempts, known.Attempts}}, SuccessWant: successOf(seen), SuccessGot: success}
	both := maps.Clone(left)
	maps.Copy(both, right)
	for _, what := range slices.Sorted(maps.Keys(both)) {
		c.Rows = append(c.Rows, Row{what, left[what], right[what]})
	}
	return c
}

// successOf is the objective's arithmetic on SIPp's counts: bad are 408, 500, 503, 504 and no answer.
func successOf(seen sipp.Counts) float64 {
	if seen.Attempts == 0 {
		return unknown()
	}
	bad := seen.Final[408] + seen.Final[500] + seen.Final[503] + seen.Final[504] + seen.Silent()
	return 1 - float64(bad)/float64(seen.Attempts)
}

// rowOfCode names a status as the counters of observability.cfg do.
func rowOfCode(code int) string {
	switch code {
	case 401, 407:
		return "401_407"
	case 408:
		return rowTimeout
	case 404, 480, 486, 487, 500, 503, 504:
		return fmt.Sprint(code)
	}
	class := fmt.Sprintf("%dxx", code/100)
	if code/100 == 4 || code/100 == 5 {
		return class + "_other"
	}
	return class
}

func rowOfCause(cause string) string {
	switch cause {
	case "408", "timeout":
		return rowTimeout
	case "none":
		return rowNone
	}
	return cause
}

// Problems are the numbers that differ, in words; none if all agree.
func (c Comparison) Problems() []string {
	var all []string
	for _, r := range c.Rows {
		if r.SIPp != r.Prometheus {
			all = append(all, fmt.Sprintf("%s: SIPp saw %d, Prometheus says %d", r.What, r.SIPp, r.Prometheus))
		}
	}
	if !(math.Abs(c.SuccessWant-c.SuccessGot) <= successTolerance) { // true for NaN as well
		all = append(all, fmt.Sprintf("call-setup success: %s by SIPp's counts, the record says %s", percent(c.SuccessWant), percent(c.SuccessGot)))
	}
	return all
}

// Write prints the comparison as a table.
func (c Comparison) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "calls\tSIPp\tPrometheus\tdifference\t\n")
	for _, r := range c.Rows {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t\n", r.What, r.SIPp, r.Prometheus, r.Prometheus-r.SIPp)
	}
	fmt.Fprintf(t, "success\t%s\t%s\t\t\n", percent(c.SuccessWant), percent(c.SuccessGot))
	return t.Flush()
}

// percent prints a share, or that it is unknown.
func percent(share float64) string {
	if math.IsNaN(share) {
		return "unknown"
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.4f", share*100), "0"), ".") + " %"
}
