package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/whatif"
)

// WhatIf replays objectives with other promises. A *whatif.Refused says what is wrong with the question, whatif.ErrBusy that another one is under way.
type WhatIf interface {
	Ask(ctx context.Context, name string, q whatif.Question) (whatif.Answer, error)
}

// replayTimeout bounds a replay.
const replayTimeout = time.Minute

// whatIfPage is what the page of a replay shows.
type whatIfPage struct {
	page
	Name    string
	Asked   whatif.Question
	Exclude string
	Answer  *whatif.Answer
}

// question reads what is asked for, and whether anything is.
func question(c *gin.Context) (whatif.Question, bool) {
	q := whatif.Question{Objective: c.Query("objective"), Period: c.Query("period"), MinFailures: c.Query("min_failures"), Days: c.Query("days")}
	for _, text := range c.QueryArray("exclude") {
		if text != "" {
			q.Exclude = append(q.Exclude, text)
		}
	}
	return q, q.Objective != "" || q.Period != "" || q.MinFailures != "" || len(q.Exclude) > 0
}

func (s *site) ask(c *gin.Context, q whatif.Question) (whatif.Answer, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), replayTimeout)
	defer cancel()
	return s.o.WhatIf.Ask(ctx, c.Param("name"), q)
}

// whatIfShown shows the form, and what came of a question.
func (s *site) whatIfShown(c *gin.Context) {
	p := whatIfPage{page: s.page(c), Name: c.Param("name")}
	var asked bool
	if p.Asked, asked = question(c); len(p.Asked.Exclude) > 0 {
		p.Exclude = p.Asked.Exclude[0]
	}
	if !asked {
		s.render(c, http.StatusOK, "whatif", p)
		return
	}
	p.Still = true
	a, err := s.ask(c, p.Asked)
	status, problem := whatIfProblem(err)
	switch {
	case err == nil:
		p.Answer = &a
	case problem.Error == "":
		s.o.Logger.Error("a replay could not be made", "objective", c.Param("name"), "err", err)
		p.Message = "The replay could not be made: " + err.Error() + "."
	default:
		p.Message = problem.Error + "."
		if problem.Hint != "" {
			p.Message = problem.Error + ": " + problem.Hint + "."
		}
	}
	s.render(c, status, "whatif", p)
}

// whatIfProblem is the status of an error, with what is said of it; nothing for one that is nobody's fault.
func whatIfProblem(err error) (int, problem) {
	var refused *whatif.Refused
	switch {
	case err == nil:
		return http.StatusOK, problem{}
	case errors.As(err, &refused):
		return http.StatusBadRequest, problem{refused.Reason, refused.Hint}
	case errors.Is(err, whatif.ErrNone):
		return http.StatusNotFound, problem{err.Error(), "GET /api/v1/objectives lists all"}
	case errors.Is(err, whatif.ErrBusy):
		return http.StatusTooManyRequests, problem{err.Error(), ""}
	}
	return http.StatusServiceUnavailable, problem{}
}

// getWhatIf is the API's answer.
func (s *site) getWhatIf(c *gin.Context) {
	q, _ := question(c)
	a, err := s.ask(c, q)
	if err == nil {
		c.JSON(http.StatusOK, a)
		return
	}
	status, p := whatIfProblem(err)
	if p.Error == "" {
		s.o.Logger.Error("a replay could not be made", "objective", c.Param("name"), "err", err)
		p = problem{"the replay could not be made: " + err.Error(), ""}
	}
	fail(c, status, p.Error, p.Hint)
}

// showPointer is a share that may not be known.
func showPointer(v *float64) string {
	if v == nil {
		return unknown
	}
	return showLeft(budget.Reading{Value: *v, Known: true})
}
