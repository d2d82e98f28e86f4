package report

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// A chart is drawn twice, for a wide and for a narrow page, because text in a drawing shrinks with it; the style sheet shows one of them.
const (
	wideChart   = 520
	narrowChart = 340
)

// px is a length in a drawing, with one decimal so that the same report gives the same bytes on every machine.
type px float64

// String prints it for an attribute of SVG, without a unit.
func (p px) String() string { return strconv.FormatFloat(math.Round(float64(p)*10)/10, 'f', -1, 64) }

// scale maps time since T0 to x.
type scale struct {
	from, to time.Duration
	x0, x1   px
}

func (s scale) at(d time.Duration) px {
	if s.to <= s.from {
		return s.x0
	}
	share := (d - s.from).Seconds() / (s.to - s.from).Seconds()
	return s.x0 + px(min(max(share, 0), 1))*(s.x1-s.x0)
}

// tick is a mark on an axis.
type tick struct {
	At    px
	Label string
}

// ticks are round marks, at most so many.
func (s scale) ticks(most int) []tick {
	step := roundStep(s.to-s.from, most)
	var out []tick
	for d := s.from.Truncate(step); d <= s.to; d += step {
		if d >= s.from {
			out = append(out, tick{s.at(d), axisLabel(d, step)})
		}
	}
	return out
}

func roundStep(length time.Duration, most int) time.Duration {
	for _, step := range []time.Duration{
		10 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	} {
		if length <= step*time.Duration(most) {
			return step
		}
	}
	return max(length/time.Duration(most), time.Hour)
}

func axisLabel(d, step time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case step >= time.Hour:
		return minus(d.Hours()) + " h"
	case step >= time.Minute:
		return minus(d.Minutes()) + " min"
	default:
		return minus(d.Seconds()) + " s"
	}
}

// minus writes a number with a minus sign, which a hyphen is not.
func minus(f float64) string {
	return strings.Replace(strconv.FormatFloat(f, 'g', -1, 64), "-", "−", 1)
}

// waterfall is the chart of the phases.
type waterfall struct {
	ID            string
	Width, Height px
	Axis          px // y of the axis
	Top, Left     px
	Right         px
	Ticks         []tick
	Rows          []bar
	// Objective is the line of the recovery time objective; empty if it lies beyond the chart.
	Objective, Recovered *tick
	Beyond               string
	Summary              string
}

// bar is one phase.
type bar struct {
	Name, Note       string
	Y, Mid           px
	X, W             px
	BudgetX, BudgetW px
	Class            string
	Known            bool
	Begin, End       whisker
	LabelX           px
	LabelAnchor      string
}

// whisker is an error bar.
type whisker struct {
	A, B, Mid px
	Wide      bool
}

const rowHeight px = 27

func drawWaterfall(r Report, width px) waterfall {
	w := waterfall{ID: "waterfall-" + width.String(), Width: width, Left: 62, Right: width - 10, Top: 32}
	t0 := r.RTO.Failed
	end := time.Duration(0)
	for _, p := range r.Phases {
		if t0.Valid() && p.Done.Valid() {
			end = max(end, p.Done.Hi.Sub(t0.Hi))
		}
		if t0.Valid() && p.Begun.Valid() {
			end = max(end, p.Begun.Hi.Sub(t0.Hi)+p.Budget)
		}
	}
	if !r.RTO.Took.Unbounded {
		end = max(end, r.RTO.Took.Hi)
	} else {
		end = max(end, r.RTO.Took.Lo)
	}
	shown := r.RTO.Objective > 0 && r.RTO.Objective <= 3*end
	if shown {
		end = max(end, r.RTO.Objective)
	}
	end = max(end+end/25, time.Second)
	s := scale{to: end, x0: w.Left, x1: w.Right}
	w.Axis = w.Top + rowHeight*px(len(r.Phases)) + 4
	w.Height = w.Axis + 24
	w.Ticks = s.ticks(int(width / 68))
	for i, p := range r.Phases {
		w.Rows = append(w.Rows, drawBar(r, p, s, w.Top+rowHeight*px(i)))
	}
	if shown {
		w.Objective = &tick{s.at(r.RTO.Objective), "objective " + limit(r.RTO.Objective)}
	} else if r.RTO.Objective > 0 {
		w.Beyond = "objective " + limit(r.RTO.Objective) + " →"
	}
	if !r.RTO.Took.Unbounded {
		w.Recovered = &tick{s.at(r.RTO.Took.Hi), "recovered"}
	}
	w.Summary = waterfallSummary(r)
	return w
}

func waterfallSummary(r Report) string {
	parts := make([]string, 0, len(r.Phases))
	for _, p := range r.Phases {
		s := string(p.Phase) + " " + showBracket(p.Took)
		if p.Budget > 0 {
			s += " of " + limit(p.Budget)
		}
		parts = append(parts, s)
	}
	return "Phases from T0 against their budgets: " + strings.Join(parts, "; ") + "."
}

func drawBar(r Report, p PhaseLine, s scale, y px) bar {
	b := bar{Name: string(p.Phase), Y: y + 5, Mid: y + 5 + 7, Class: barClass(p), Note: showShort(p.Took)}
	t0 := r.RTO.Failed
	if !t0.Valid() || !p.Begun.Valid() {
		b.Note, b.LabelX, b.LabelAnchor = "not measured", s.x0+4, "start"
		return b
	}
	rel := func(i rto.Instant) px { return s.at(i.Sub(t0.Hi)) }
	b.Known = true
	b.X = rel(p.Begun.Hi)
	b.BudgetX, b.BudgetW = b.X, s.at(p.Begun.Hi.Sub(t0.Hi)+p.Budget)-b.X
	b.Begin = whisker{rel(p.Begun.Lo), b.X, b.Mid, b.X-rel(p.Begun.Lo) > 0.5}
	if p.Done.Valid() {
		end := rel(p.Done.Hi)
		b.W = max(end-b.X, 1.5)
		b.End = whisker{rel(p.Done.Lo), end, b.Mid, end-rel(p.Done.Lo) > 0.5}
	} else {
		b.Note = "no end"
	}
	b.LabelX, b.LabelAnchor = max(b.X+b.W, b.BudgetX+b.BudgetW)+6, "start"
	if b.LabelX+px(6.5*float64(len([]rune(b.Note)))) > s.x1 {
		b.LabelX, b.LabelAnchor = b.X-6, "end"
	}
	if b.LabelAnchor == "end" && b.LabelX-px(6.5*float64(len([]rune(b.Note)))) < s.x0 {
		b.LabelX, b.LabelAnchor = b.X+6, "start"
	}
	return b
}

// showShort is the upper edge, which the verdict goes by.
func showShort(b rto.Bracket) string {
	switch {
	case b.Unbounded && b.Lo > 0:
		return "over " + span(b.Lo)
	case b.Unbounded:
		return "no end"
	default:
		return span(b.Hi)
	}
}

func barClass(p PhaseLine) string {
	switch p.Judged {
	case rto.Pass:
		return "ok"
	case rto.Fail:
		return "bad"
	case rto.NotProven:
		return "open"
	default:
		return "plain"
	}
}

// exposureChart is the curve of the exposure.
type exposureChart struct {
	ID                       string
	Width, Height            px
	Left, Right, Top, Bottom px
	X, Y                     []tick
	Bands                    []band
	Failed, Promoted         *tick
	FailedW                  px
	// Objective is the y of the recovery point objective; nil if it lies above the chart.
	Objective *tick
	Beyond    string
	Summary   string
	Empty     bool
}

// band is one position's bracket as an area, in as many parts as it is bounded in.
type band struct {
	Name, Class string
	Areas       []string
	Uppers      []string
	LegendX     px
}

func drawExposure(r Report, width px) exposureChart {
	c := exposureChart{ID: "exposure-" + width.String(), Width: width, Height: 237, Left: 46, Right: width - 10, Top: 34, Bottom: 210}
	if len(r.Curve.Points) == 0 {
		c.Empty = true
		return c
	}
	t0 := r.Curve.Failed.Hi
	most := time.Second
	for _, p := range r.Curve.Points {
		for _, b := range []rto.Bracket{p.Received, p.Applied} {
			if !b.Unbounded {
				most = max(most, b.Hi)
			}
		}
	}
	if r.RPO.Objective <= 2*most {
		most = max(most, r.RPO.Objective)
	}
	x := scale{from: r.Curve.From.Sub(t0), to: r.Curve.To.Sub(t0), x0: c.Left, x1: c.Right}
	y := scale{to: most + most/12, x0: c.Bottom, x1: c.Top}
	c.X, c.Y = x.ticks(int(width/68)), y.ticks(4)
	for i, side := range []rto.Side{rto.Applied, rto.Received} {
		b := band{Name: string(side), Class: string(side), LegendX: c.Left + px(i)*100}
		b.draw(r.Curve.Points, side, t0, x, y)
		c.Bands = append(c.Bands, b)
	}
	c.Failed = &tick{x.at(0), "T0"}
	c.FailedW = max(x.at(0)-x.at(r.Curve.Failed.Lo.Sub(t0)), 0)
	if r.Curve.Promoted.Valid() {
		c.Promoted = &tick{x.at(r.Curve.Promoted.Hi.Sub(t0)), "promoted"}
	}
	if r.RPO.Objective > 0 && r.RPO.Objective <= y.to {
		c.Objective = &tick{y.at(r.RPO.Objective), "objective " + limit(r.RPO.Objective)}
	} else if r.RPO.Objective > 0 {
		c.Beyond = "objective " + limit(r.RPO.Objective) + " ↑"
	}
	c.Summary = "Exposure as seen live, in seconds of writes at risk, from " + span(x.from) + " to " + span(x.to) + " around T0; at most " + span(most) + " on this scale."
	return c
}

// draw makes one area and one upper line of each stretch of points that are bounded.
func (b *band) draw(points []Exposed, side rto.Side, t0 rto.Instant, x, y scale) {
	var upper, lower []string
	flush := func() {
		if len(upper) > 1 {
			area := strings.Join(upper, " ")
			for i := len(lower) - 1; i >= 0; i-- {
				area += " " + lower[i]
			}
			b.Areas, b.Uppers = append(b.Areas, area), append(b.Uppers, strings.Join(upper, " "))
		}
		upper, lower = nil, nil
	}
	for _, p := range points {
		at := p.Applied
		if side == rto.Received {
			at = p.Received
		}
		if at.Unbounded {
			flush()
			continue
		}
		px := x.at(p.At.Sub(t0)).String()
		upper = append(upper, px+","+y.at(at.Hi).String())
		lower = append(lower, px+","+y.at(at.Lo).String())
	}
	flush()
}
