package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// choice is what a reader chose to see of all objectives. An owner or a tier that nothing has is not in it: readers who make names up would fill what is
// kept.
type choice struct {
	Owner, Tier string // empty for all
	Sort        string // a column
	Down        bool   // the largest come first
	Group       string // owner, tier, or empty
}

// nobody is what a reader chose and nothing has: it chooses nothing. To show all instead would pass for an answer.
type nobody struct {
	What, Name string   // owner or tier, and which
	Known      []string // those that there are
}

// maxTold bounds how many names an error tells.
const maxTold = 20

// Error implements error: what was asked for, and a few of those that there are.
func (n *nobody) Error() string {
	known := n.Known
	more := ""
	if len(known) > maxTold {
		known, more = known[:maxTold], fmt.Sprintf(" and %d more", len(known)-maxTold)
	}
	return fmt.Sprintf("nothing has the %s %.100q; known: %s%s", n.What, n.Name, strings.Join(known, ", "), more)
}

// chosenBy reads the query: owner, tier, sort, dir and group. It is no error but part of the choice that nothing has its owner or tier.
func chosenBy(c *gin.Context, owners, tiers []string) (choice, *nobody) {
	ch := choice{Owner: c.Query("owner"), Tier: c.Query("tier"), Group: c.Query("group")}
	var none *nobody
	if ch.Tier != "" && !slices.Contains(tiers, ch.Tier) {
		none, ch.Tier = &nobody{"tier", ch.Tier, tiers}, ""
	}
	if ch.Owner != "" && !slices.Contains(owners, ch.Owner) {
		none, ch.Owner = &nobody{"owner", ch.Owner, owners}, ""
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
	return ch, none
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
	if ch.Group == "" && len(lines) > 0 {
		return []*lineGroup{{drawn: lines}}
	}
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

// joined are lines of budgets and of recovery, which are in their order each, in one. A budget comes first where both are the same. Nobody may change
// what is returned.
func (ch choice) joined(lines, recovery []*drawn) []*drawn {
	if len(recovery) == 0 {
		return lines
	}
	order := columnOf(ch.Sort).order(ch.Down)
	all := make([]*drawn, 0, len(lines)+len(recovery))
	for _, l := range lines {
		for len(recovery) > 0 && order(&recovery[0].Line, &l.Line) < 0 {
			all, recovery = append(all, recovery[0]), recovery[1:]
		}
		all = append(all, l)
	}
	return append(all, recovery...)
}

// look is the newest look at the records.
func (s *site) look() (*look, error) {
	for {
		news := s.o.Budgets.News() // before the snapshot, which may only be newer
		l, err := s.tables.of(news, s.o.Budgets.Snapshot(), s.drawnLine)
		if l != nil || err != nil {
			return l, err
		}
	}
}

// chosenLines are the lines of the query in their order, of budgets as the last look saw them and of recovery as it stands; and all owners and tiers that
// can be chosen.
func (s *site) chosenLines(c *gin.Context, p *objectivesPage) (*view, []*drawn, error) {
	l, err := s.look()
	if err != nil {
		return nil, nil, err
	}
	recovery, err := s.drawnLines(Lines(Objectives{Recovery: promises(p.Snapshot, p.RPO)}))
	if err != nil {
		return nil, nil, err
	}
	p.Budgets, p.Owners, p.Tiers = l.budgets, slices.Clone(l.owners), slices.Clone(l.tiers)
	for _, r := range recovery {
		p.Owners, p.Tiers = append(p.Owners, r.Owner), append(p.Tiers, r.Tier)
	}
	p.Owners, p.Tiers = distinct(p.Owners), distinct(p.Tiers)
	p.Choice, p.Nobody = chosenBy(c, p.Owners, p.Tiers)
	v := l.view(chosenTable{p.Choice.Owner, p.Choice.Tier, p.Choice.Sort, p.Choice.Down}, p.Choice.of)
	if p.Nobody != nil {
		return v, nil, nil
	}
	return v, p.Choice.joined(v.lines, p.Choice.of(recovery)), nil
}

// drawnLines renders lines.
func (s *site) drawnLines(lines []Line) ([]*drawn, error) {
	all := make([]*drawn, 0, len(lines))
	for _, l := range lines {
		d, err := s.drawnLine(l)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// drawnLine renders a line.
func (s *site) drawnLine(l Line) (*drawn, error) {
	html, err := s.piece("objectiveline", l)
	return &drawn{Line: l, html: html}, err
}

// piece renders a part of a page.
func (s *site) piece(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := s.pages.ExecuteTemplate(&b, name, data)
	return bytes.Clone(b.Bytes()), err
}

// listOverview is the table of the page, as the query chooses and orders it.
func (s *site) listOverview(c *gin.Context) {
	p := objectivesPage{page: s.page(c)}
	_, lines, err := s.chosenLines(c, &p)
	if err != nil {
		s.refuse(c, err)
		return
	}
	if p.Nobody != nil {
		s.refuse(c, fmt.Errorf("%w: %w", errInput, p.Nobody))
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
