package web

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/policy"
)

// Budgets is what the pages of objectives ask for.
type Budgets interface {
	Snapshot() budget.Snapshot
	News() <-chan struct{}
}

// objectivesPage is what the pages of objectives show beside what every page does.
type objectivesPage struct {
	page
	Budgets budget.Snapshot
	Groups  []objectiveGroup
	Owners  []string
	Tiers   []string
	Owner   string // chosen, empty for all
	Tier    string // chosen, empty for all
	Sort    string
	Group   string // owner, tier, or empty
	One     *objectiveRow
	Course  *course
	Windows []windowRow // of the one
	// Steps are the newest changes of the one's policy, newest first.
	Steps []policy.Change
	// NoCourse says why the course of the budget is not known.
	NoCourse string
}

// objectiveRow is one objective, with the numbers as they are shown.
type objectiveRow struct {
	budget.Objective
	Events, Minutes budget.Reading // that are left
	Ahead           budget.Forecast
	Windows         []burnRow
	Colour          string  // good, warn, bad or plain
	Width           float64 // of the bar: what is left, in percent
}

// burnRow is the burn rate of one window, with the alerts that read it.
type burnRow struct {
	Window string
	Rate   budget.Reading
	Alerts []budget.Threshold
	Over   bool // an alert's factor
}

// objectives shows all objectives.
func (s *site) objectives(c *gin.Context) { s.objectivesShown(c, http.StatusOK, "") }

// objectivesShown shows what is chosen by the query: owner, tier, sort and group. The table comes as it was rendered from the last look, for whoever looks.
func (s *site) objectivesShown(c *gin.Context, status int, message string) {
	p := objectivesPage{page: s.page(c), Budgets: s.o.Budgets.Snapshot(), Owner: c.Query("owner"), Tier: c.Query("tier"), Sort: c.Query("sort"), Group: c.Query("group")}
	p.Message = message
	for _, o := range p.Budgets.Objectives {
		p.Owners, p.Tiers = append(p.Owners, o.Owner), append(p.Tiers, o.Tier)
	}
	p.Owners, p.Tiers = distinct(p.Owners), distinct(p.Tiers)
	// What nobody has is nobody's choice: readers who make names up would fill what is kept.
	if !slices.Contains(p.Owners, p.Owner) {
		p.Owner = ""
	}
	if !slices.Contains(p.Tiers, p.Tier) {
		p.Tier = ""
	}
	if orders()[p.Sort] == nil {
		p.Sort = ""
	}
	if !slices.Contains([]string{"owner", "tier"}, p.Group) {
		p.Group = ""
	}
	var top, bottom bytes.Buffer
	err := s.pages.ExecuteTemplate(&top, "objectives", p)
	var table []byte
	if err == nil {
		table, err = s.tables.of(p.Budgets.At, chosenTable{p.Owner, p.Tier, p.Sort, p.Group}, func(b *bytes.Buffer) error {
			p.group()
			return s.pages.ExecuteTemplate(b, "objectivestable", p)
		})
	}
	if err == nil {
		err = s.pages.ExecuteTemplate(&bottom, "objectivesend", p)
	}
	if err != nil {
		s.o.Logger.Error("a page could not be made", "page", "objectives", "err", err)
		c.String(http.StatusInternalServerError, "this page could not be made; the log says why\n")
		return
	}
	c.Header("Content-Type", "text/html; charset=utf-8")
	c.Status(status)
	for _, part := range [][]byte{top.Bytes(), table, bottom.Bytes()} {
		if _, err := c.Writer.Write(part); err != nil {
			return // the reader went away
		}
	}
}

// objectiveGroup is the rows of one owner or tier; of all without a name.
type objectiveGroup struct {
	Name string
	Rows []objectiveRow
}

// group makes the rows that are chosen, in their order and groups.
func (p *objectivesPage) group() {
	var rows []objectiveRow
	for _, o := range p.Budgets.Objectives {
		if (p.Owner == "" || p.Owner == o.Owner) && (p.Tier == "" || p.Tier == o.Tier) {
			rows = append(rows, rowOf(o))
		}
	}
	slices.SortStableFunc(rows, orders()[p.Sort])
	for _, r := range rows {
		name := map[string]string{"owner": r.Owner, "tier": r.Promise.Tier}[p.Group]
		i := slices.IndexFunc(p.Groups, func(g objectiveGroup) bool { return g.Name == name })
		if i < 0 {
			i = len(p.Groups)
			p.Groups = append(p.Groups, objectiveGroup{Name: name})
		}
		p.Groups[i].Rows = append(p.Groups[i].Rows, r)
	}
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(s string) bool { return s == "" })
}

// orders are the ways to sort, by the value of the query; the worst come first without one.
func orders() map[string]func(a, b objectiveRow) int {
	worst := func(a, b objectiveRow) int {
		return cmp.Or(cmp.Compare(a.State.Rank(), b.State.Rank()), compareKnown(a.Remaining, b.Remaining), cmp.Compare(a.Name, b.Name))
	}
	return map[string]func(a, b objectiveRow) int{
		"":      worst,
		"left":  func(a, b objectiveRow) int { return cmp.Or(compareKnown(a.Remaining, b.Remaining), worst(a, b)) },
		"burn":  func(a, b objectiveRow) int { return cmp.Or(-compareKnown(a.Burn["1h"], b.Burn["1h"]), worst(a, b)) },
		"name":  func(a, b objectiveRow) int { return strings.Compare(a.Name, b.Name) },
		"owner": func(a, b objectiveRow) int { return cmp.Or(cmp.Compare(a.Owner, b.Owner), worst(a, b)) },
		"tier":  func(a, b objectiveRow) int { return cmp.Or(cmp.Compare(a.Tier, b.Tier), worst(a, b)) },
	}
}

// compareKnown orders what is known by value, and puts what is not last.
func compareKnown(a, b budget.Reading) int {
	switch {
	case a.Known && b.Known:
		return cmp.Compare(a.Value, b.Value)
	case a.Known:
		return -1
	case b.Known:
		return 1
	}
	return 0
}

func rowOf(o budget.Objective) objectiveRow {
	r := objectiveRow{Objective: o, Ahead: o.Forecast(), Colour: "plain"}
	r.Events, r.Minutes = o.Left()
	switch o.State {
	case budget.Exhausted, budget.Burning:
		r.Colour = "bad"
	case budget.AtRisk, budget.NoData, budget.Unknown:
		r.Colour = "warn"
	case budget.Fine:
		r.Colour = "good"
	}
	if o.Remaining.Known {
		r.Width = 100 * max(0, min(1, o.Remaining.Value))
	}
	for _, t := range o.Burns {
		r.window(t.Long, t)
		r.window(t.Short, t)
	}
	slices.SortFunc(r.Windows, func(a, b burnRow) int { return cmp.Compare(lengthOf(a.Window), lengthOf(b.Window)) })
	return r
}

// window adds an alert to the row of a window, which is made at its first.
func (r *objectiveRow) window(name string, alert budget.Threshold) {
	i := slices.IndexFunc(r.Windows, func(b burnRow) bool { return b.Window == name })
	if i < 0 {
		i = len(r.Windows)
		r.Windows = append(r.Windows, burnRow{Window: name, Rate: r.Burn[name]})
	}
	w := &r.Windows[i]
	w.Alerts = append(w.Alerts, alert)
	w.Over = w.Over || w.Rate.Known && w.Rate.Value > alert.Factor
}

// lengthOf is the length of a window as records name it, 5m or 3d.
func lengthOf(window string) time.Duration {
	if days, ok := strings.CutSuffix(window, "d"); ok {
		d, _ := time.ParseDuration(days + "h")
		return 24 * d
	}
	d, _ := time.ParseDuration(window)
	return d
}

// objective shows one objective and the course of its budget.
func (s *site) objective(c *gin.Context) {
	p := objectivesPage{page: s.page(c), Budgets: s.o.Budgets.Snapshot()}
	i := slices.IndexFunc(p.Budgets.Objectives, func(o budget.Objective) bool { return o.Name == c.Param("name") })
	if i < 0 {
		s.objectivesShown(c, http.StatusNotFound, "There is no objective "+c.Param("name")+".")
		return
	}
	row := rowOf(p.Budgets.Objectives[i])
	p.One = &row
	h, err := s.o.Courses.History(c.Request.Context(), row.Name)
	if err != nil {
		p.NoCourse = err.Error()
	} else {
		h.Spans = append(h.Spans, s.corrected(row.Name, h.From)...)
		p.Course = courseOf(h)
	}
	p.Windows, p.Steps = s.windowsOf(row.Name), s.stepsOf(row.Name)
	s.render(c, http.StatusOK, "objective", p)
}

// windowsOf are the windows of an objective that are not over, and its corrections.
func (s *site) windowsOf(name string) []windowRow {
	if s.o.Maintenance == nil {
		return nil
	}
	own := slices.DeleteFunc(s.o.Maintenance.Windows(), func(w maintenance.Window) bool { return !w.Covers(name) })
	return slices.DeleteFunc(windowRows(own, s.o.Now().Time()), func(r windowRow) bool { return !r.Open() })
}

// Policies is the history of policies.
type Policies interface {
	// History is what changed for an objective, oldest first.
	History(objective string) []policy.Change
}

// maxSteps bounds how many changes of a policy a page shows.
const maxSteps = 20

// stepsOf are the newest changes of an objective's policy, newest first.
func (s *site) stepsOf(name string) []policy.Change {
	if s.o.Policies == nil {
		return nil
	}
	all := s.o.Policies.History(name)
	slices.Reverse(all)
	return all[:min(len(all), maxSteps)]
}

// corrected are the corrections of an objective as stretches of its course.
func (s *site) corrected(name string, since time.Time) []budget.Span {
	if s.o.Maintenance == nil {
		return nil
	}
	var all []budget.Span
	for _, w := range s.o.Maintenance.Corrections(name, since) {
		all = append(all, budget.Span{What: "corrected afterwards: " + w.Reason, Kind: "maintenance", From: w.From, To: w.To})
	}
	return all
}

// listObjectives is the API's answer: the snapshot as it is.
func (s *site) listObjectives(c *gin.Context) { c.JSON(http.StatusOK, s.o.Budgets.Snapshot()) }

// getObjective is one objective with its course.
func (s *site) getObjective(c *gin.Context) {
	snapshot := s.o.Budgets.Snapshot()
	i := slices.IndexFunc(snapshot.Objectives, func(o budget.Objective) bool { return o.Name == c.Param("name") })
	if i < 0 {
		c.JSON(http.StatusNotFound, gin.H{"error": "there is no objective " + c.Param("name")})
		return
	}
	answer := gin.H{"at": snapshot.At, "read": snapshot.Read, "problem": snapshot.Problem, "objective": snapshot.Objectives[i]}
	if s.o.Policies != nil {
		answer["policy"] = s.o.Policies.History(c.Param("name"))
	}
	h, err := s.o.Courses.History(c.Request.Context(), c.Param("name"))
	switch {
	case errors.Is(err, budget.ErrNoObjective):
		c.JSON(http.StatusNotFound, gin.H{"error": err.Error()})
		return
	case err != nil:
		answer["history_problem"] = err.Error()
	default:
		answer["history"] = h
	}
	c.JSON(http.StatusOK, answer)
}
