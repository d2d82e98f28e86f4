package web

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
	"github.com/voipbin/observability/internal/tracker"
)

// exposureRow is one line of the exposure table: what would be lost if the region died now.
type exposureRow struct {
	rto.Exposure
	State   string // good, warn or bad: how it stands to the objective
	Word    string
	LoWidth float64 // of the bar, in percent of the objective
	HiWidth float64
	Share   string // of the virtual drill
}

func exposureRows(s tracker.Snapshot, rpo time.Duration) []exposureRow {
	rows := make([]exposureRow, 0, len(s.Exposures))
	for i, e := range s.Exposures {
		r := exposureRow{Exposure: e}
		switch rto.Judge(e.Window, rpo) {
		case rto.Pass:
			r.State, r.Word = "good", "inside"
		case rto.Fail:
			r.State, r.Word = "bad", "outside"
		default:
			r.State, r.Word = "warn", "not proven"
		}
		r.LoWidth, r.HiWidth = width(e.Window.Lo, rpo), width(e.Window.Hi, rpo)
		if e.Window.Unbounded {
			r.HiWidth = 100
		}
		if i < len(s.Virtual) {
			r.Share = showShare(s.Virtual[i].Tally)
		}
		rows = append(rows, r)
	}
	return rows
}

func width(d, of time.Duration) float64 {
	if of <= 0 {
		return 0
	}
	return math.Round(min(d.Seconds()/of.Seconds(), 1)*1000) / 10
}

// drillView is the live view of a drill.
type drillView struct {
	tracker.DrillStatus
	Steps     []stepRow
	Now       []stepRow // those that run and those that can begin
	Events    []rto.DrillEvent
	Injected  bool
	Declared  bool
	SpentPart float64 // of the objective, in percent
	State     string  // good, warn or bad: of the time that is left
	Word      string
	Late      bool
	Over      time.Duration // when it is late
	Forecast  *report.Forecast
}

// stepRow is one step of the plan.
type stepRow struct {
	rto.Step
	State string // done, next, waiting, running
	Took  string
	By    string
	Over  bool // it took or takes longer than its budget
}

func viewOf(d rto.Drill, status tracker.DrillStatus, now rto.Instant) *drillView {
	v := &drillView{DrillStatus: status, Injected: d.Injected.Valid(), Declared: d.Declared.Valid(), State: "good", Word: "in time"}
	v.Events = slices.Clone(d.Events)
	slices.Reverse(v.Events)
	if status.Remaining != nil {
		objective := d.Start.Scenario.RTO
		v.SpentPart = width(objective-*status.Remaining, objective)
		switch {
		case *status.Remaining <= 0:
			v.State, v.Word, v.Late, v.Over = "bad", "too late", true, -*status.Remaining
		case *status.Remaining < objective/3:
			v.State, v.Word = "warn", "short"
		}
	}
	for _, step := range d.Start.Plan.Steps {
		row := stepRowOf(step, d.Steps[step.ID], status.Next, now)
		v.Steps = append(v.Steps, row)
		if row.State == "running" || row.State == "next" {
			v.Now = append(v.Now, row)
		}
	}
	return v
}

func stepRowOf(step rto.Step, state rto.StepState, next []rto.Step, now rto.Instant) stepRow {
	r := stepRow{Step: step, State: "waiting", By: state.By}
	switch {
	case state.Done.Valid():
		r.State = "done"
		if state.Begun.Valid() {
			took := state.Done.Since(state.Begun)
			r.Took, r.Over = showBracket(took), took.Lo > step.Budget
		}
	case state.Begun.Valid():
		took := now.Sub(state.Begun.Lo)
		r.State, r.Took, r.Over = "running", showDuration(took), took > step.Budget
	case slices.ContainsFunc(next, func(n rto.Step) bool { return n.ID == step.ID }):
		r.State = "next"
	}
	return r
}

// showDuration is a time span for people: 0.4 s, 12 s, 4 m 05 s, 2 h 10 m.
func showDuration(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "−", -d
	}
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%s%.1f s", sign, d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%s%.0f s", sign, d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%s%d m %02d s", sign, int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%s%d h %02d m", sign, int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%s%d days", sign, int(d.Hours()/24))
}

// showLimit is an objective or a budget for people: whole minutes without seconds.
func showLimit(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d >= time.Second && d < time.Minute && d%time.Second == 0:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return showDuration(d)
}

// showCount is a number of transactions.
func showCount(n uint64) string {
	if n == 1 {
		return "1 transaction"
	}
	return strconv.FormatUint(n, 10) + " transactions"
}

// showWords is a name of the evidence for people: step_begun is "step begun".
func showWords(name any) string { return strings.ReplaceAll(fmt.Sprint(name), "_", " ") }

// showBracket is a bracket for people.
func showBracket(b rto.Bracket) string {
	if b.Unbounded {
		if b.Lo == 0 {
			return "not known"
		}
		return "more than " + showDuration(b.Lo)
	}
	lo, hi := showDuration(b.Lo), showDuration(b.Hi)
	if lo == hi {
		return hi
	}
	return lo + " to " + hi
}

// showClock is the time of day, UTC.
func showClock(i rto.Instant) string {
	if i == 0 {
		return "never"
	}
	return i.Time().Format("2006-01-02 15:04:05")
}

// showMoment is when something happened; to the second, with the doubt where it is larger than one.
func showMoment(m rto.Moment) string {
	if !m.Valid() {
		return "not known"
	}
	if doubt := m.Hi.Sub(m.Lo); doubt > time.Second {
		return showClock(m.Hi) + " ± " + showDuration(doubt/2)
	}
	return showClock(m.Hi)
}

// showTime is the time of day of something that happened within the hour, UTC.
func showTime(m rto.Moment) string { return m.Hi.Time().Format("15:04:05") }

func showAgo(now, then rto.Instant) string {
	if then == 0 {
		return "never"
	}
	return showDuration(now.Sub(then)) + " ago"
}

// showShare is the share of a virtual drill, never rounded up to 100 %.
func showShare(t rto.Tally) string {
	share, ok := t.Share()
	if !ok {
		return "–"
	}
	percent := math.Floor(share*1e5) / 1e3
	return strconv.FormatFloat(percent, 'f', -1, 64) + " %"
}

func showNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func showEstimate(v *float64) string {
	if v == nil {
		return "–"
	}
	return showDuration(time.Duration(*v * float64(time.Second)))
}
