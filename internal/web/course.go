package web

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/budget"
)

// Courses reads the past of an objective.
type Courses interface {
	// History is the course of a budget over its last period. budget.ErrNoObjective says that there is no such objective.
	History(ctx context.Context, name string) (budget.History, error)
}

// The picture of a course, in its own units.
const (
	courseWidth  = 1000
	courseHeight = 240
)

// course is the picture of how a budget went.
type course struct {
	budget.History
	Lines []string // points of the curve, for each stretch without a hole
	Bands []band
	Low   float64   // share at the bottom edge, at most 0
	Zero  float64   // where nothing is left
	Marks []dayMark // of the time axis
	Words string    // what the picture shows, for those who do not see it
}

type band struct {
	budget.Span
	X, Width float64
}

type dayMark struct {
	X     float64
	Label string
}

func courseOf(h budget.History) *course {
	c := &course{History: h}
	for _, p := range h.Remaining {
		c.Low = min(c.Low, p.Value)
	}
	c.Low = math.Floor(c.Low*4) / 4
	c.Zero = c.y(0)
	c.Lines = c.lines()
	for _, s := range h.Spans {
		x := c.x(s.From)
		c.Bands = append(c.Bands, band{s, x, max(c.x(s.To)-x, 2)})
	}
	for day := h.From.Truncate(24 * time.Hour).Add(24 * time.Hour); day.Before(h.To); day = day.Add(c.between()) {
		c.Marks = append(c.Marks, dayMark{c.x(day), day.Format("2 Jan")})
	}
	c.Words = c.words()
	return c
}

// between is the time between two marks: whole days, about eight on the axis.
func (c *course) between() time.Duration {
	return max(1, (c.To.Sub(c.From)/(8*24*time.Hour))) * 24 * time.Hour
}

func (c *course) x(t time.Time) float64 {
	share := float64(t.Sub(c.From)) / float64(max(c.To.Sub(c.From), 1))
	return round(courseWidth * max(0, min(1, share)))
}

func (c *course) y(share float64) float64 { return round(courseHeight * (1 - share) / (1 - c.Low)) }

func round(v float64) float64 { return math.Round(v*10) / 10 }

// lines joins the points, but not over a hole: what was not recorded is not drawn.
func (c *course) lines() []string {
	var all []string
	var line strings.Builder
	for i, p := range c.Remaining {
		if i > 0 && p.Time.Sub(c.Remaining[i-1].Time) > c.Step+c.Step/2 {
			all = append(all, line.String())
			line.Reset()
		}
		fmt.Fprintf(&line, "%s,%s ", number(c.x(p.Time)), number(c.y(min(p.Value, 1))))
	}
	if line.Len() > 0 {
		all = append(all, line.String())
	}
	return all
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (c *course) words() string {
	if len(c.Remaining) == 0 {
		return "no record of the budget in this time"
	}
	first, last := c.Remaining[0], c.Remaining[len(c.Remaining)-1]
	return fmt.Sprintf("budget left went from %s to %s between %s and %s UTC", showPart(first.Value), showPart(last.Value), first.Time.Format("2 Jan 15:04"), last.Time.Format("2 Jan 15:04"))
}
