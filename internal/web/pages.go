package web

import (
	"bytes"
	"html/template"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/tracker"
)

// page is what the templates show.
type page struct {
	tracker.Snapshot
	Operator Operator
	LoggedIn bool
	Message  string
	Back     string    // where a login leads; empty for the first page
	Started  time.Time // of the tracker
	// Still says that the page stays as it is: to ask for it again is to have it all made again.
	Still   bool
	Exposed []exposureRow
	Drills  []drillSummary
	RPO     time.Duration
	Drill   *drillView
	// objectives is true where there are pages of objectives.
	objectives  bool
	maintenance bool
	periods     bool
	whatIf      bool
	Spoilers    []tracker.Trap // traps that are set
}

// functions are those of the templates.
func functions() template.FuncMap {
	return template.FuncMap{
		"duration": showDuration, "limit": showLimit, "words": showWords, "time": showTime, "count": showCount, "bracket": showBracket, "clock": showClock, "ago": showAgo, "share": showShare, "number": showNumber, "estimate": showEstimate, "moment": showMoment,
		"ratio": showRatio, "left": showLeft, "amount": showAmount, "burnrate": showBurn, "ahead": showAhead, "willbe": showWillBe, "weblink": isWebLink, "when": showWhen, "count1": showFigure, "left1": showPart, "span": slo.FormatDuration, "pointer": showPointer,
		"verdict": showVerdict, "basis": showBasis, "usual": showUsual,
	}
}

func (s *site) overviewPage(c *gin.Context) { s.overview(c, http.StatusOK, "") }

// overview shows the first page, with a message where there is one.
func (s *site) overview(c *gin.Context, status int, message string) {
	s.overviewOf(c, status, message, "")
}

// overviewOf is overview for who is led elsewhere by a login.
func (s *site) overviewOf(c *gin.Context, status int, message, back string) {
	p := s.page(c)
	p.Message, p.Back = message, back
	s.show(c, status, "overview", p)
}

// page gathers what every page shows.
func (s *site) page(c *gin.Context) page {
	p := page{Snapshot: s.o.Service.Snapshot(), objectives: s.o.Budgets != nil, maintenance: s.o.Maintenance != nil, periods: s.o.Periods != nil, whatIf: s.o.WhatIf != nil}
	p.Started = s.started
	p.Operator, p.LoggedIn = s.who(c)
	for _, sc := range p.Scenarios {
		if sc.Name == p.Planned {
			p.RPO = sc.RPO
		}
	}
	p.Exposed = exposureRows(p.Snapshot, p.RPO)
	for _, trap := range p.Traps {
		if trap.State == tracker.TrapSet {
			p.Spoilers = append(p.Spoilers, trap)
		}
	}
	drills := s.o.Service.Drills()
	for i := len(drills) - 1; i >= 0; i-- {
		d := drills[i]
		p.Drills = append(p.Drills, drillSummary{d.ID, d.Start.Kind, d.Start.Scenario.Name, d.State, d.Began.Lo, d.Ended.Hi})
	}
	if running, ok := s.o.Service.Running(); ok && p.Running != nil {
		p.Drill = viewOf(running, *p.Running, p.Now)
		p.Drill.Forecast = s.forecast(&running, p.Running, p.Now)
	}
	return p
}

// HasObjectives tells whether there are pages of objectives.
func (p page) HasObjectives() bool { return p.objectives }

// HasMaintenance tells whether there is a page of maintenance.
func (p page) HasMaintenance() bool { return p.maintenance }

// HasWhatIf tells whether objectives can be replayed.
func (p page) HasWhatIf() bool { return p.whatIf }

// HasReports tells whether there are reports of periods.
func (p page) HasReports() bool { return p.periods }

// show renders first and answers then, so that a template that fails leaves no half page.
func (s *site) show(c *gin.Context, status int, name string, p page) { s.render(c, status, name, p) }

// render is show for any page's data.
func (s *site) render(c *gin.Context, status int, name string, p any) {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, p); err != nil {
		s.o.Logger.Error("a page could not be made", "page", name, "err", err)
		c.String(http.StatusInternalServerError, "this page could not be made; the log says why\n")
		return
	}
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
}

// drillPage shows the drill that runs live, and the report of one that is over.
func (s *site) drillPage(c *gin.Context) {
	d, err := s.o.Service.Drill(c.Param("id"))
	if err != nil {
		s.overview(c, http.StatusNotFound, "There is no drill "+c.Param("id")+".")
		return
	}
	p := s.page(c)
	if d.State == rto.Running || d.State == rto.FailingBack {
		s.show(c, http.StatusOK, "drill", p)
		return
	}
	body, err := s.o.Reports.Report(c.Request.Context(), d.ID, "html")
	if err != nil {
		s.o.Logger.Error("a report could not be made", "drill", d.ID, "err", err)
		s.overview(c, http.StatusServiceUnavailable, "The report of "+d.ID+" could not be made; the log says why.")
		return
	}
	c.Data(http.StatusOK, "text/html; charset=utf-8", body)
}

// events tells an open page that there is news. It sends no data: the page asks for what it shows.
func (s *site) events(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Type", "text/event-stream")
	c.Status(http.StatusOK)
	c.Writer.Flush()
	for {
		news := s.o.Service.News()
		var records, windows <-chan struct{}
		if s.o.Budgets != nil {
			records = s.o.Budgets.News()
		}
		if s.o.Maintenance != nil {
			windows = s.o.Maintenance.News()
		}
		select {
		case <-c.Request.Context().Done():
			return
		case <-news:
		case <-records:
		case <-windows:
		}
		if _, err := c.Writer.WriteString("data: news\n\n"); err != nil {
			return
		}
		c.Writer.Flush()
	}
}
