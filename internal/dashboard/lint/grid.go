package lint

import "fmt"

// columns is the width of Grafana's grid.
const columns = 24

func gridRules() []Rule {
	return []Rule{
		{
			Name:        "panel-id",
			Description: "Every panel has an id of its own above zero: links to panels hold it, and Grafana renumbers what repeats.",
			board: func(r *report, b *board) {
				seen := map[int]string{}
				for _, p := range b.all() {
					r.about(p)
					if other, ok := seen[p.ID]; ok {
						r.say("id %d is also that of %q", p.ID, other)
					} else if p.ID <= 0 {
						r.say("id %d, want one above 0", p.ID)
					}
					seen[p.ID] = p.Title
				}
			},
		},
		{
			Name:        "grid-bounds",
			Description: "Every panel lies within the 24 columns and has a size: Grafana moves what does not, and all that follows.",
			board: func(r *report, b *board) {
				for _, p := range b.all() {
					r.about(p)
					g := p.Grid
					if g == nil || g.X < 0 || g.Y < 0 || g.W < 1 || g.H < 1 || g.X+g.W > columns {
						r.say("place %s is not within %d columns", g.String(), columns)
					}
				}
			},
		},
		{
			Name:        "grid-overlap",
			Description: "No two panels overlap: Grafana pushes one of them down.",
			board: func(r *report, b *board) {
				overlaps(r, b.Panels)
				for _, p := range b.Panels {
					overlaps(r, p.Panels)
				}
			},
		},
		{
			Name:        "row-filled",
			Description: "Every row has a title and something in it: a shut one inside, an open one below it.",
			board:       rowFilled,
		},
	}
}

// overlaps judges panels that stand on one ground. What a shut row holds stands on a ground of its own.
func overlaps(r *report, panels []*panel) {
	for i, p := range panels {
		for _, q := range panels[:i] {
			if p.Grid.meets(q.Grid) {
				r.about(p)
				r.say("lies at %s over %q at %s", p.Grid, q.Title, q.Grid)
			}
		}
	}
}

// meets reports whether two places share a cell.
func (g *grid) meets(o *grid) bool {
	return g != nil && o != nil && g.X < o.X+o.W && o.X < g.X+g.W && g.Y < o.Y+o.H && o.Y < g.Y+g.H
}

func rowFilled(r *report, b *board) {
	for i, p := range b.Panels {
		if p.Type != rowType {
			continue
		}
		r.about(p)
		if p.Title == "" {
			r.say("the row has no title")
		}
		empty := len(p.Panels) == 0
		if !p.Collapsed {
			empty = i+1 == len(b.Panels) || b.Panels[i+1].Type == rowType
		}
		if empty {
			r.say("the row is empty")
		}
	}
}

// String is the place as x,y wxh.
func (g *grid) String() string {
	if g == nil {
		return "none"
	}
	return fmt.Sprintf("%d,%d %dx%d", g.X, g.Y, g.W, g.H)
}
