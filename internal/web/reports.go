package web

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/voipbin/observability/internal/budget/report"
)

// Periods has the reports of weeks, months and quarters.
type Periods interface {
	// Periods are those of which something was recorded, newest first.
	Periods() []report.Period
	// Closed tells whether a period has a report that stays.
	Closed(period string) bool
	// Written is the report of a period in one of report.Formats, of an open period as far as it is known; report.ErrNone says that nothing was recorded of it.
	Written(ctx context.Context, p report.Period, format string) ([]byte, error)
}

// maxPeriods bounds how many periods are listed: five years of weeks.
const maxPeriods = 400

// reportsPage is what the list of reports shows.
type reportsPage struct {
	page
	Rows []periodRow
}

// periodRow is a period with its report.
type periodRow struct {
	report.Period
	Closed bool `json:"closed"`
}

func (s *site) periodRows() []periodRow {
	rows := []periodRow{}
	for _, p := range s.o.Periods.Periods() {
		if len(rows) == maxPeriods {
			break
		}
		rows = append(rows, periodRow{p, s.o.Periods.Closed(p.Name)})
	}
	return rows
}

func (s *site) reportsPage(c *gin.Context) {
	s.render(c, http.StatusOK, "reports", reportsPage{s.page(c), s.periodRows()})
}

func (s *site) listReports(c *gin.Context) { c.JSON(http.StatusOK, s.periodRows()) }

// periodReport is the report of a period in a format: html, md or json.
func (s *site) periodReport(c *gin.Context) {
	p, err := report.Parse(c.Param("period"))
	if err != nil {
		s.refuse(c, fmt.Errorf("%w: %w", errInput, err))
		return
	}
	format := c.DefaultQuery("format", "html")
	kind, ok := report.Formats()[format]
	if !ok {
		s.refuse(c, fmt.Errorf("%w: format %q; html, md or json", errInput, format))
		return
	}
	ctx, cancel := patient(c, 2*s.o.Patience)
	defer cancel()
	text, err := s.o.Periods.Written(ctx, p, format)
	if err != nil {
		s.refuse(c, err)
		return
	}
	c.Header("Content-Disposition", fmt.Sprintf("inline; filename=%q", "objectives-"+p.Name+"."+format))
	c.Data(http.StatusOK, kind, text)
}
