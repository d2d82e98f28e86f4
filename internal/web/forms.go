package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

// said shows what went wrong with a form on the page that it came from.
func (s *site) said(c *gin.Context, err error) {
	message := "The tracker could not carry this out; nothing was acknowledged. Its log says why."
	var refused *rto.RefusedEvent
	switch {
	case errors.As(err, &refused):
		message = refused.Reason + ": " + refused.Hint + "."
	case errors.Is(err, tracker.ErrRunning), errors.Is(err, tracker.ErrNoDrill), errors.Is(err, tracker.ErrScenario), errors.Is(err, tracker.ErrNoHook), errors.Is(err, errInput):
		message = err.Error() + "."
	default:
		s.o.Logger.Error("a form could not be carried out", "route", c.FullPath(), "err", err)
	}
	s.overview(c, http.StatusConflict, message)
}

// startForm starts a drill from the page.
func (s *site) startForm(c *gin.Context) {
	yes := func(name string) *bool {
		on := c.PostForm(name) == "yes"
		return &on
	}
	scope := c.PostForm("scope")
	if err := short(maxText, scope); err != nil {
		s.said(c, err)
		return
	}
	id, err := s.o.Service.StartDrill(c.Request.Context(), tracker.DrillRequest{
		Kind: rto.DrillKind(c.PostForm("kind")), Scenario: c.PostForm("scenario"), Author: author(c), Scope: scope,
		Realism: rto.Realism{Announced: yes("announced"), RealTraffic: yes("real_traffic"), PreScaled: yes("pre_scaled"), KeyPeopleExcluded: yes("key_people_excluded")},
	})
	if err != nil {
		s.said(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/drills/"+id)
}

// markForm takes down an event from the page.
func (s *site) markForm(c *gin.Context) {
	r := eventRequest{Kind: rto.EventKind(c.PostForm("kind")), Step: c.PostForm("step"), Text: c.PostForm("text")}
	switch r.Kind {
	case rto.EventJoined:
		r.Joined = &rto.Person{Name: author(c), Role: r.Text}
	case rto.EventRestored:
		point, err := pointOf(c.PostForm("point"))
		if err != nil {
			s.said(c, err)
			return
		}
		r.Restored = &rto.Restored{Store: c.PostForm("store"), Point: point}
	}
	if _, err := s.note(c, c.Param("id"), r); err != nil {
		s.said(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/drills/"+c.Param("id"))
}

// pointOf reads a point in time as people type it: RFC 3339, or without a zone in UTC, which the page shows all times in.
func pointOf(text string) (rto.Instant, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return rto.InstantOf(t), nil
		}
	}
	return 0, fmt.Errorf("%w: %q is no time: write 2026-12-31T00:00:00", errInput, text)
}

// runForm runs the command of a step from the page.
func (s *site) runForm(c *gin.Context) {
	if _, err := s.o.Service.RunHook(c.Request.Context(), c.Param("id"), c.Param("step"), author(c)); err != nil {
		s.said(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/drills/"+c.Param("id"))
}
