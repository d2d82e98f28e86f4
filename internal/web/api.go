package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/voipbin/observability/internal/budget/maintenance"
	budgetreport "github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

// ErrNotFound says that a reporter does not have the drill.
var ErrNotFound = errors.New("no such drill")

// problem is the body of every answer that refuses something.
type problem struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}

func fail(c *gin.Context, status int, what, hint string) {
	c.AbortWithStatusJSON(status, problem{what, hint})
}

// refuse answers an error of the service.
func (s *site) refuse(c *gin.Context, err error) {
	var refused *rto.RefusedEvent
	var window *maintenance.Refused
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &refused):
		fail(c, http.StatusConflict, refused.Reason, refused.Hint)
	case errors.As(err, &window):
		fail(c, http.StatusConflict, window.Reason, window.Hint)
	case errors.Is(err, budgetreport.ErrNone):
		fail(c, http.StatusNotFound, err.Error(), "GET /api/v1/reports lists all")
	case errors.Is(err, maintenance.ErrNone):
		fail(c, http.StatusNotFound, err.Error(), "GET /api/v1/maintenance lists all")
	case errors.Is(err, tracker.ErrRunning):
		fail(c, http.StatusConflict, err.Error(), "end or abort it first")
	case errors.Is(err, tracker.ErrNoDrill), errors.Is(err, ErrNotFound):
		fail(c, http.StatusNotFound, err.Error(), "GET /api/v1/drills lists all")
	case errors.Is(err, tracker.ErrScenario), errors.Is(err, tracker.ErrNoHook), errors.Is(err, errInput):
		fail(c, http.StatusBadRequest, err.Error(), "")
	case errors.As(err, &tooLarge):
		fail(c, http.StatusRequestEntityTooLarge, fmt.Sprintf("a request holds at most %d bytes", tooLarge.Limit), "")
	default:
		s.o.Logger.Error("a request could not be carried out", "route", c.FullPath(), "err", err)
		fail(c, http.StatusServiceUnavailable, "the tracker could not carry this out; nothing was acknowledged", "its log says why")
	}
}

// errInput says that a request is not what the API takes.
var errInput = errors.New("bad request")

// read decodes a body strictly: a misspelt field is an error, not a silence.
func read(c *gin.Context, into any) error {
	d := json.NewDecoder(c.Request.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return fmt.Errorf("%w: %s", errInput, strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: more than one JSON value", errInput)
	}
	return nil
}

// drillRequest is the body of POST /api/v1/drills.
type drillRequest struct {
	// ID is the name that another tracker gave the same drill; empty has one made.
	ID       string        `json:"id"`
	Kind     rto.DrillKind `json:"kind"`
	Scenario string        `json:"scenario"`
	Realism  rto.Realism   `json:"realism"`
	Scope    string        `json:"scope"`
	Excluded []string      `json:"excluded"`
	Store    string        `json:"store"`
	Replica  string        `json:"replica"`
}

func (s *site) startDrill(c *gin.Context) {
	var r drillRequest
	if err := read(c, &r); err != nil {
		s.refuse(c, err)
		return
	}
	if err := short(maxText, append(r.Excluded, r.Scope)...); err != nil {
		s.refuse(c, err)
		return
	}
	id, err := s.o.Service.StartDrill(c.Request.Context(), tracker.DrillRequest{
		ID: r.ID, Kind: r.Kind, Scenario: r.Scenario, Author: author(c), Realism: r.Realism, Scope: r.Scope, Excluded: r.Excluded, Store: r.Store, Replica: r.Replica,
	})
	if err != nil {
		s.refuse(c, err)
		return
	}
	c.Header("Location", "/api/v1/drills/"+id)
	c.JSON(http.StatusCreated, gin.H{"id": id})
}

// eventRequest is the body of POST /api/v1/drills/ID/events. At is RFC 3339; without it the event happened now.
type eventRequest struct {
	Kind     rto.EventKind `json:"kind"`
	At       *time.Time    `json:"at"`
	Step     string        `json:"step"`
	Text     string        `json:"text"`
	Joined   *rto.Person   `json:"joined"`
	Finding  *rto.Finding  `json:"finding"`
	Manifest *rto.Manifest `json:"manifest"`
	Canaries *rto.Canaries `json:"canaries"`
	Restored *rto.Restored `json:"restored"`
}

// byPeople are the kinds of events that operators may take down; the others are the tracker's own.
func byPeople() []rto.EventKind {
	return []rto.EventKind{
		rto.EventInjected, rto.EventDeclared, rto.EventStepBegun, rto.EventStepDone, rto.EventFenced, rto.EventJoined, rto.EventApproved, rto.EventNote,
		rto.EventDeviation, rto.EventAborted, rto.EventEnded, rto.EventFailback, rto.EventFailedBack, rto.EventFinding, rto.EventManifest, rto.EventCanary,
		rto.EventRestored,
	}
}

func (s *site) noteEvent(c *gin.Context) {
	var r eventRequest
	if err := read(c, &r); err != nil {
		s.refuse(c, err)
		return
	}
	e, err := s.note(c, c.Param("id"), r)
	if err != nil {
		s.refuse(c, err)
		return
	}
	c.JSON(http.StatusCreated, e)
}

// note checks and takes down what an operator says.
func (s *site) note(c *gin.Context, drill string, r eventRequest) (rto.DrillEvent, error) {
	e := rto.DrillEvent{
		Drill: drill, Kind: r.Kind, Step: r.Step, Text: r.Text, Author: author(c), Source: rto.ByPerson, Joined: r.Joined, Finding: r.Finding, Manifest: r.Manifest, Canaries: r.Canaries,
		Restored: r.Restored,
	}
	known := false
	for _, k := range byPeople() {
		known = known || k == r.Kind
	}
	if !known {
		return e, fmt.Errorf("%w: kind %q cannot be noted by people; they can: %v", errInput, r.Kind, byPeople())
	}
	if err := short(maxText, r.Text); err != nil {
		return e, err
	}
	if r.Joined != nil {
		if err := short(maxName, r.Joined.Name, r.Joined.Role); err != nil {
			return e, err
		}
	}
	if r.Restored != nil {
		if err := short(maxName, r.Restored.Store); err != nil {
			return e, err
		}
	}
	if r.Finding != nil {
		if err := short(maxText, r.Finding.ID, r.Finding.Title, r.Finding.Owner, r.Finding.Measure, r.Finding.ClosedBy); err != nil {
			return e, err
		}
	}
	if r.At != nil {
		e.At = rto.At(rto.InstantOf(*r.At))
	}
	return s.o.Service.Note(c.Request.Context(), e)
}

// short refuses texts that are no notes but novels.
func short(limit int, texts ...string) error {
	for _, t := range texts {
		if len(t) > limit {
			return fmt.Errorf("%w: a text of %d bytes, %d at most", errInput, len(t), limit)
		}
	}
	return nil
}

func (s *site) runStep(c *gin.Context) {
	run, err := s.o.Service.RunHook(c.Request.Context(), c.Param("id"), c.Param("step"), author(c))
	if err != nil {
		s.refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, run)
}

// drillSummary is one line of GET /api/v1/drills.
type drillSummary struct {
	ID       string        `json:"id"`
	Kind     rto.DrillKind `json:"kind"`
	Scenario string        `json:"scenario"`
	State    rto.State     `json:"state"`
	Began    rto.Instant   `json:"began"`
	Ended    rto.Instant   `json:"ended,omitzero"`
}

func (s *site) listDrills(c *gin.Context) {
	out := []drillSummary{}
	for _, d := range s.o.Service.Drills() {
		out = append(out, drillSummary{d.ID, d.Start.Kind, d.Start.Scenario.Name, d.State, d.Began.Lo, d.Ended.Hi})
	}
	c.JSON(http.StatusOK, out)
}

func (s *site) getDrill(c *gin.Context) {
	d, err := s.o.Service.Drill(c.Param("id"))
	if err != nil {
		s.refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"id": d.ID, "state": d.State, "start": d.Start, "events": d.Events})
}

// contentTypes are the formats of reports.
func contentTypes() map[string]string {
	return map[string]string{"html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8", "json": "application/json"}
}

func (s *site) getReport(c *gin.Context) {
	format := c.DefaultQuery("format", "html")
	kind, ok := contentTypes()[format]
	if !ok {
		s.refuse(c, fmt.Errorf("%w: format %q; html, md or json", errInput, format))
		return
	}
	body, err := s.o.Reports.Report(c.Request.Context(), c.Param("id"), format)
	if err != nil {
		s.refuse(c, err)
		return
	}
	c.Data(http.StatusOK, kind, body)
}
