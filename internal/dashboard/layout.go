package dashboard

import (
	"math"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/grafana"
)

// slot is what a panel needs of the grid: columns at least, lines at least, and its share of what is left.
type slot struct{ minWidth, height, weight int }

// slotOf returns what a card needs to be read on a screen of 1,600 pixels, where a column has 64 and a line 38: a number
// needs little, a graph a third of the width, a table or a timeline half. In a dense row graphs and tables make do with
// half of that, and numbers are lower.
func slotOf(c card, dense bool) slot {
	s := slot{minWidth: 12, height: 7, weight: c.weight}
	switch c.kind {
	case panel.StatType:
		s.minWidth, s.height = max(4, titleColumns(c.title)), 4
		if dense {
			s.height = 3
		}
		return s
	case panel.BarGaugeType:
		s.minWidth = 6
	case panel.TimeSeriesType:
		s.minWidth = 8
	default: // what has columns or names beside it
	}
	if dense {
		s.minWidth /= 2
	}
	s.minWidth = max(s.minWidth, titleColumns(c.title))
	s.height = max(s.height, c.height)
	return s
}

// titleColumns is how many columns a panel's title needs. Measured as drawn: Inter at 14 pixels takes 7.3 a letter in the mean, and what stands
// beside it, the sign of the description and the edges, takes 64.
func titleColumns(title string) int {
	const letter, beside, column = 7.3, 64, 64
	return int(math.Ceil((letter*float64(len([]rune(title))) + beside) / column))
}

// flow places panels from the line top on, in reading order, without a hole: as few lines as their least widths allow,
// broken so that the lines are about equally full, each line as high as its highest panel and exactly 24 columns wide.
// It returns the places and the first line below them.
func flow(slots []slot, top int) ([]grafana.Grid, int) {
	places := make([]grafana.Grid, 0, len(slots))
	for _, end := range breaks(slots) {
		line := slots[len(places):end]
		height := 0
		for _, s := range line {
			height = max(height, s.height)
		}
		x := 0
		for _, w := range widths(line) {
			places = append(places, grafana.Grid{X: x, Y: top, W: w, H: height})
			x += w
		}
		top += height
	}
	return places, top
}

// breaks returns where each line ends, as the index behind its last panel. Of all ways with the fewest lines it takes
// the one with the smallest sum of squared weights, which is the most even one.
func breaks(slots []slot) []int {
	type way struct{ lines, uneven, from int }
	best := make([]way, len(slots)+1)
	for end := 1; end <= len(slots); end++ {
		best[end].lines = len(slots) + 1
		width, weight := 0, 0
		for from := end - 1; from >= 0; from-- {
			width += least(slots[from])
			weight += share(slots[from])
			if width > grafana.Columns {
				break
			}
			w := way{best[from].lines + 1, best[from].uneven + weight*weight, from}
			if w.lines < best[end].lines || w.lines == best[end].lines && w.uneven < best[end].uneven {
				best[end] = w
			}
		}
	}
	ends := make([]int, best[len(slots)].lines)
	for i, end := len(ends)-1, len(slots); i >= 0; i-- {
		ends[i], end = end, best[end].from
	}
	return ends
}

// widths gives out the 24 columns of a line: first the least widths, then column by column to the panel that has the
// fewest for its weight, the left one on a tie.
func widths(line []slot) []int {
	out := make([]int, len(line))
	left := grafana.Columns
	for i, s := range line {
		out[i] = least(s)
		left -= out[i]
	}
	for range left {
		next := 0
		for i := range line {
			if out[i]*share(line[next]) < out[next]*share(line[i]) {
				next = i
			}
		}
		out[next]++
	}
	return out
}

func least(s slot) int { return min(max(s.minWidth, 1), grafana.Columns) }

func share(s slot) int { return max(s.weight, 1) }
