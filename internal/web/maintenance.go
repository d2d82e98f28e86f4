package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/voipbin/observability/internal/budget/maintenance"
)

// Maintenance is the book of windows in which events do not count.
type Maintenance interface {
	Windows() []maintenance.Window
	// Corrections are those that count beside the numbers of an objective since a time.
	Corrections(objective string, since time.Time) []maintenance.Window
	// Taken are the stretches of an objective between two times.
	Taken(objective string, from, to time.Time) []maintenance.Span
	// Overlapping are the windows of a same objective at the same time as one of an id; false where there is none of the id.
	Overlapping(id string) ([]string, bool)
	// Add and End write down what an operator says. A *maintenance.Refused says what is wrong with it.
	Add(ctx context.Context, r maintenance.Request, author string) (maintenance.Window, []string, error)
	End(ctx context.Context, id, reason, author string) (maintenance.Window, error)
	News() <-chan struct{}
}

// maxOver bounds how many windows that are over are shown on the page; the API has all.
const maxOver = 50

// maintenancePage is what the page of maintenance shows.
type maintenancePage struct {
	page
	Rows  []windowRow
	Names []string // of objectives that may have windows
	Typed maintenance.Request
}

// Chosen tells whether an objective was chosen in the form.
func (p maintenancePage) Chosen(name string) bool { return slices.Contains(p.Typed.Objectives, name) }

// windowRow is a window as it stands.
type windowRow struct {
	maintenance.Window
	State  maintenance.State
	Next   *maintenance.Span // under way or to come
	Colour string
}

// Open tells whether the window can be ended.
func (r windowRow) Open() bool {
	return slices.Contains([]maintenance.State{maintenance.Active, maintenance.Planned, maintenance.Corrected}, r.State)
}

func windowRowOf(w maintenance.Window, at time.Time) windowRow {
	r := windowRow{Window: w, State: w.State(at)}
	if next, ok := w.Next(at); ok {
		r.Next = &next
	}
	if r.State == maintenance.Active {
		r.Colour = "warn"
	}
	return r
}

// windowRows are all windows: those under way first, then those to come, and the newest of the others.
func windowRows(all []maintenance.Window, at time.Time) []windowRow {
	rows := make([]windowRow, 0, len(all))
	for _, w := range all {
		rows = append(rows, windowRowOf(w, at))
	}
	place := func(r windowRow) int {
		return max(slices.Index([]maintenance.State{maintenance.Active, maintenance.Planned}, r.State), -2)
	}
	slices.SortStableFunc(rows, func(a, b windowRow) int {
		pa, pb := place(a), place(b)
		if pa < 0 || pb < 0 {
			return cmp.Or(cmp.Compare(pb, pa), b.From.Compare(a.From))
		}
		return cmp.Or(cmp.Compare(pa, pb), a.Next.From.Compare(b.Next.From))
	})
	return rows
}

func (s *site) maintenancePage(c *gin.Context) {
	message := ""
	if overlaps, ok := s.o.Maintenance.Overlapping(c.Query("added")); ok {
		message = c.Query("added") + " is entered."
		if len(overlaps) > 0 {
			message += " It overlaps " + strings.Join(overlaps, ", ") + ": what is out twice is out once."
		}
	}
	s.maintenanceShown(c, http.StatusOK, message, maintenance.Request{Objectives: c.QueryArray("slo")})
}

// maintenanceShown shows the page, with what somebody typed and a message where something was wrong with it.
func (s *site) maintenanceShown(c *gin.Context, status int, message string, typed maintenance.Request) {
	p := maintenancePage{page: s.page(c), Typed: typed}
	p.Message = message
	rows, over := windowRows(s.o.Maintenance.Windows(), s.o.Now().Time()), 0
	for _, r := range rows {
		if !r.Open() {
			over++
		}
		if r.Open() || over <= maxOver {
			p.Rows = append(p.Rows, r)
		}
	}
	for _, o := range s.o.Budgets.Snapshot().Objectives {
		if len(o.Parts) == 0 {
			p.Names = append(p.Names, o.Name)
		}
	}
	slices.Sort(p.Names)
	s.render(c, status, "maintenance", p)
}

// addMaintenanceForm takes a window from the page.
func (s *site) addMaintenanceForm(c *gin.Context) {
	r := maintenance.Request{
		Objectives: c.PostFormArray("objectives"), From: c.PostForm("from"), To: c.PostForm("to"), UntilEnded: c.PostForm("until_ended") == "yes",
		Rule: c.PostForm("rule"), Zone: c.PostForm("zone"), Reason: c.PostForm("reason"), Correction: c.PostForm("correction") == "yes",
	}
	w, _, err := s.enter(c, r)
	if err != nil {
		s.maintenanceRefused(c, err, r)
		return
	}
	c.Redirect(http.StatusSeeOther, "/maintenance?added="+url.QueryEscape(w.ID))
}

// enter writes a window down. For a correction the server of records is asked what it takes out.
func (s *site) enter(c *gin.Context, r maintenance.Request) (maintenance.Window, []string, error) {
	ctx := c.Request.Context()
	if r.Correction {
		var cancel context.CancelFunc
		ctx, cancel = patient(c, 2*s.o.Patience)
		defer cancel()
	}
	return s.o.Maintenance.Add(ctx, r, author(c))
}

// endMaintenanceForm ends a window from the page.
func (s *site) endMaintenanceForm(c *gin.Context) {
	if _, err := s.o.Maintenance.End(c.Request.Context(), c.Param("id"), c.PostForm("reason"), author(c)); err != nil {
		s.maintenanceRefused(c, err, maintenance.Request{})
		return
	}
	c.Redirect(http.StatusSeeOther, "/maintenance")
}

// maintenanceRefused shows what was wrong, beside what was typed.
func (s *site) maintenanceRefused(c *gin.Context, err error, typed maintenance.Request) {
	var refused *maintenance.Refused
	switch {
	case errors.As(err, &refused):
		s.maintenanceShown(c, http.StatusConflict, refused.Reason+": "+refused.Hint+".", typed)
	case errors.Is(err, maintenance.ErrNone):
		s.maintenanceShown(c, http.StatusNotFound, "There is no window "+c.Param("id")+".", typed)
	default:
		s.o.Logger.Error("maintenance could not be taken down", "route", c.FullPath(), "err", err)
		s.maintenanceShown(c, http.StatusServiceUnavailable, "The tracker could not carry this out; nothing was acknowledged. Its log says why.", typed)
	}
}

// windowAnswer is a window in answers of the API.
type windowAnswer struct {
	maintenance.Window
	State maintenance.State `json:"state"`
	// Next is the stretch that is under way, or to come.
	Next *maintenance.Span `json:"next,omitempty"`
	// Overlaps are the ids of windows of a same objective at the same time, where one was added.
	Overlaps []string `json:"overlaps,omitempty"`
}

func answerOf(r windowRow, overlaps []string) windowAnswer {
	return windowAnswer{r.Window, r.State, r.Next, overlaps}
}

func (s *site) listMaintenance(c *gin.Context) {
	out := []windowAnswer{}
	for _, r := range windowRows(s.o.Maintenance.Windows(), s.o.Now().Time()) {
		out = append(out, answerOf(r, nil))
	}
	c.JSON(http.StatusOK, out)
}

func (s *site) addMaintenance(c *gin.Context) {
	var r maintenance.Request
	if err := read(c, &r); err != nil {
		s.refuse(c, err)
		return
	}
	w, overlaps, err := s.enter(c, r)
	if err != nil {
		s.refuse(c, err)
		return
	}
	c.Header("Location", "/api/v1/maintenance")
	c.JSON(http.StatusCreated, answerOf(windowRowOf(w, s.o.Now().Time()), overlaps))
}

// endRequest is the body of POST /api/v1/maintenance/ID/end.
type endRequest struct {
	Reason string `json:"reason"`
}

func (s *site) endMaintenance(c *gin.Context) {
	var r endRequest
	if err := read(c, &r); err != nil {
		s.refuse(c, err)
		return
	}
	w, err := s.o.Maintenance.End(c.Request.Context(), c.Param("id"), r.Reason, author(c))
	if err != nil {
		s.refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, answerOf(windowRowOf(w, s.o.Now().Time()), nil))
}
