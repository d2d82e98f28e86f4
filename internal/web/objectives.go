package web

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"slices"
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
	Owners  []string
	Tiers   []string
	Choice  choice
	Nobody  *nobody // the owner or tier that was asked for and nothing has; nil for none
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
	Before          string  // what the numbers are of the time before; empty where they are of now
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

// top is the burn rate at the right edge of the row's bar: a little beyond the rate and every factor.
func (b burnRow) top() float64 {
	most := b.Rate.Value // 0 where it is not known
	for _, a := range b.Alerts {
		most = max(most, a.Factor)
	}
	return 1.1 * most
}

// Width is how far the bar goes, in percent.
func (b burnRow) Width() float64 { return part(b.Rate.Value, b.top()) }

// Marks are where the factors of the alerts are on the bar, in percent.
func (b burnRow) Marks() []float64 {
	var all []float64
	for _, a := range b.Alerts {
		all = append(all, part(a.Factor, b.top()))
	}
	return all
}

// part is a share of a bar in percent, to a tenth.
func part(v, of float64) float64 {
	if of <= 0 {
		return 0
	}
	return math.Round(1000*max(v, 0)/of) / 10
}

// objectives shows all objectives.
func (s *site) objectives(c *gin.Context) { s.objectivesShown(c, http.StatusOK, "") }

// objectivesShown shows what is chosen by the query: owner, tier, sort, dir and group. The lines of budgets come as they were rendered from the last look, for
// whoever looks; what is about the reader is rendered for each.
func (s *site) objectivesShown(c *gin.Context, status int, message string) {
	p := objectivesPage{page: s.page(c)}
	p.Message = message
	v, lines, err := s.chosenLines(c, &p)
	if err == nil {
		a := newAssembled(v.look, p.Choice)
		if err = errors.Join(s.ownPiece(a, "objectives", p), s.form(a, &p, v), s.rows(a, &p, v, lines), s.ownPiece(a, "objectivesend", p)); err == nil {
			a.send(c, status)
			return
		}
	}
	s.o.Logger.Error("a page could not be made", "page", "objectives", "err", err)
	c.String(http.StatusInternalServerError, "this page could not be made; the log says why\n")
}

func rowOf(o budget.Objective) objectiveRow {
	r := objectiveRow{Objective: o, Ahead: o.Forecast(), Colour: "plain"}
	if o.Missing != "" && (o.Remaining.Known || o.SLI.Known) {
		r.Before = "now"
		if !o.MissingSince.IsZero() {
			r.Before = showWhen(o.MissingSince) + " UTC"
		}
	}
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
	h, err := s.history(c, row.Name)
	if err != nil {
		p.NoCourse = err.Error()
	} else {
		p.Course = courseOf(h)
	}
	p.Windows, p.Steps = s.windowsOf(row.Name), s.stepsOf(row.Name)
	s.render(c, http.StatusOK, "objective", p)
}

// history is the course of an objective's budget with what the server knows nothing of: corrections, drills and failovers.
func (s *site) history(c *gin.Context, name string) (budget.History, error) {
	ctx, cancel := patient(c, s.o.Patience)
	defer cancel()
	h, err := s.o.Courses.History(ctx, name)
	if err != nil {
		return h, err
	}
	h.Spans = slices.Concat(h.Spans, s.corrected(name, h.From), s.drilled(h.From, h.To)) // what was read is others' too
	slices.SortStableFunc(h.Spans, func(a, b budget.Span) int { return a.From.Compare(b.From) })
	return h, nil
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

// drilled are the drills and failovers between two times.
func (s *site) drilled(from, to time.Time) []budget.Span {
	var all []budget.Span
	for _, d := range s.o.Service.Drills() {
		span := budget.Span{What: showWords(d.Start.Kind) + " drill " + d.ID, Kind: "drill", From: d.Began.Lo.Time(), To: to}
		if d.Ended.Valid() {
			span.To = d.Ended.Hi.Time()
		}
		if span.From.Before(to) && span.To.After(from) {
			all = append(all, span)
		}
	}
	return all
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
	h, err := s.history(c, c.Param("name"))
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
