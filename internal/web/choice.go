package web

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"
)

// choice is what a reader chose to see of all objectives. What nobody has is nobody's choice: readers who make names up would fill what is kept.
type choice struct {
	Owner, Tier string // empty for all
	Sort        string // a column
	Down        bool   // the largest come first
	Group       string // owner, tier, or empty
}

// chosenBy reads the query: owner, tier, sort, dir and group.
func chosenBy(c *gin.Context, owners, tiers []string) choice {
	ch := choice{Owner: c.Query("owner"), Tier: c.Query("tier"), Group: c.Query("group")}
	if !slices.Contains(owners, ch.Owner) {
		ch.Owner = ""
	}
	if !slices.Contains(tiers, ch.Tier) {
		ch.Tier = ""
	}
	if !slices.Contains([]string{"owner", "tier"}, ch.Group) {
		ch.Group = ""
	}
	by := columnOf(c.Query("sort"))
	ch.Sort, ch.Down = by.Name, by.down
	switch c.Query("dir") {
	case "asc":
		ch.Down = false
	case "desc":
		ch.Down = true
	}
	return ch
}

// of are the lines that are chosen, in their order. It leaves those that it is given as they are.
func (ch choice) of(lines []*drawn) []*drawn {
	found := []*drawn{}
	for _, l := range lines {
		if (ch.Owner == "" || ch.Owner == l.Owner) && (ch.Tier == "" || ch.Tier == l.Tier) {
			found = append(found, l)
		}
	}
	order := columnOf(ch.Sort).order(ch.Down)
	slices.SortStableFunc(found, func(a, b *drawn) int { return order(&a.Line, &b.Line) })
	return found
}

// link is the address of the page with another order, and all else as it was chosen.
func (ch choice) link(by column, down bool) string {
	q := url.Values{"sort": {by.Name}}
	if down != by.down {
		q.Set("dir", map[bool]string{true: "desc", false: "asc"}[down])
	}
	for name, v := range map[string]string{"owner": ch.Owner, "tier": ch.Tier, "group": ch.Group} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return "/objectives?" + q.Encode()
}

// head is what stands above a column: a link that sorts by it, and the other way round where it is sorted by it already.
type head struct {
	Text, Link string
	Sorted     string // ascending or descending; empty for columns that the table is not sorted by
	Bar        bool
}

func (ch choice) heads() []head {
	var all []head
	for _, by := range columns() {
		h := head{Text: by.Head, Link: ch.link(by, by.down), Bar: by.Bar}
		if by.Name == ch.Sort {
			h.Link, h.Sorted = ch.link(by, !ch.Down), map[bool]string{true: "descending", false: "ascending"}[ch.Down]
		}
		all = append(all, h)
	}
	return all
}

// lineGroup is the lines of one owner or tier; of all without a name.
type lineGroup struct {
	Name  string `json:"name,omitempty"`
	Lines []Line `json:"lines"`
	drawn []*drawn
}

// groups puts lines, which are in their order, into groups.
func (ch choice) groups(lines []*drawn) []*lineGroup {
	all, at := []*lineGroup{}, map[string]*lineGroup{}
	for _, l := range lines {
		name := ""
		switch ch.Group {
		case "owner":
			name = l.Owner
		case "tier":
			name = l.Tier
		}
		g := at[name]
		if g == nil {
			g = &lineGroup{Name: name}
			at[name], all = g, append(all, g)
		}
		g.drawn = append(g.drawn, l)
	}
	return all
}

// chosenLines are the lines of the query in their order, of budgets as the last look saw them and of recovery as it stands; and all owners and tiers that
// can be chosen.
func (s *site) chosenLines(c *gin.Context, p *objectivesPage, news <-chan struct{}) ([]*drawn, error) {
	recovery, err := s.drawnLines(Lines(Objectives{Recovery: promises(p.Snapshot, p.RPO)}))
	if err != nil {
		return nil, err
	}
	for _, o := range p.Budgets.Objectives {
		p.Owners, p.Tiers = append(p.Owners, o.Owner), append(p.Tiers, o.Tier)
	}
	for _, l := range recovery {
		p.Owners, p.Tiers = append(p.Owners, l.Owner), append(p.Tiers, l.Tier)
	}
	p.Owners, p.Tiers = distinct(p.Owners), distinct(p.Tiers)
	p.Choice = chosenBy(c, p.Owners, p.Tiers)
	kept := chosenTable{p.Choice.Owner, p.Choice.Tier, p.Choice.Sort, p.Choice.Down}
	lines, err := s.tables.of(news, kept, func() ([]*drawn, error) { return s.drawnLines(Lines(Objectives{Snapshot: p.Budgets})) }, p.Choice.of)
	if err != nil {
		return nil, err
	}
	return p.Choice.of(append(slices.Clone(lines), recovery...)), nil
}

// drawnLines renders lines.
func (s *site) drawnLines(lines []Line) ([]*drawn, error) {
	all := make([]*drawn, 0, len(lines))
	for _, l := range lines {
		var b bytes.Buffer
		if err := s.pages.ExecuteTemplate(&b, "objectiveline", l); err != nil {
			return nil, err
		}
		all = append(all, &drawn{l, b.Bytes()})
	}
	return all, nil
}

// listOverview is the table of the page, as the query chooses and orders it.
func (s *site) listOverview(c *gin.Context) {
	news := s.o.Budgets.News() // before the snapshot, which may only be newer
	p := objectivesPage{page: s.page(c), Budgets: s.o.Budgets.Snapshot()}
	lines, err := s.chosenLines(c, &p, news)
	if err != nil {
		s.refuse(c, err)
		return
	}
	answer := overview{At: p.Budgets.At, Read: p.Budgets.Read, Problem: p.Budgets.Problem, Groups: p.Choice.groups(lines)}
	for _, g := range answer.Groups {
		for _, l := range g.drawn {
			g.Lines = append(g.Lines, l.Line)
		}
	}
	c.JSON(http.StatusOK, answer)
}

// listObjectives is the API's answer: the snapshot as it is, and what is promised of recovery.
func (s *site) listObjectives(c *gin.Context) {
	p := s.page(c)
	c.JSON(http.StatusOK, Objectives{s.o.Budgets.Snapshot(), promises(p.Snapshot, p.RPO)})
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(s string) bool { return s == "" })
}

// rowsOf is the page's table in pieces: heads are written once a group, and lines as they were rendered.
func (s *site) rowsOf(ch choice, lines []*drawn) ([][]byte, error) {
	var parts [][]byte
	piece := func(name string, data any) error {
		var b bytes.Buffer
		err := s.pages.ExecuteTemplate(&b, name, data)
		parts = append(parts, b.Bytes())
		return err
	}
	groups := ch.groups(lines)
	if len(groups) == 0 {
		return parts, piece("objectivesnone", nil)
	}
	for _, g := range groups {
		if err := piece("objectiveshead", struct {
			Name  string
			Heads []head
		}{g.Name, ch.heads()}); err != nil {
			return nil, err
		}
		for _, l := range g.drawn {
			parts = append(parts, l.html)
		}
		if err := piece("objectivesfoot", nil); err != nil {
			return nil, err
		}
	}
	return parts, nil
}
