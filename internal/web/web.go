// Package web serves the tracker's API and pages. It measures nothing and decides nothing: it shows snapshots, takes down what operators say, and
// lets nobody without a token change anything. No page needs a script, or anything from another host.
package web

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
	"github.com/voipbin/observability/internal/tracker"
)

// The bounds of a request.
const (
	maxBody  = 64 << 10
	maxText  = 4 << 10
	maxName  = 200
	patience = 5 * time.Second // open pages give up after 10 s, and say then that the tracker is gone
)

//go:embed templates/*.html assets/*
var files embed.FS

// Reporter makes the report of a drill from evidence.
type Reporter interface {
	// Report writes the report in a format: html, md or json. ErrNotFound says that there is no such drill.
	Report(ctx context.Context, drill, format string) ([]byte, error)
}

// Operator is somebody who may see what is not public, and change something unless ReadOnly.
type Operator struct {
	Name     string
	Token    string
	ReadOnly bool
}

// Options are what the pages show and who may change it.
type Options struct {
	Service   *tracker.Service
	Reports   Reporter
	Operators []Operator
	// Webhook takes Alertmanager's notifications; nil where none are taken.
	Webhook http.Handler
	// Budgets and Courses are those of objectives; nil where no server of records is configured.
	Budgets Budgets
	Courses Courses
	// Maintenance is the book of windows; nil where no objectives are followed.
	Maintenance Maintenance
	// Policies has what steps of policies came and went, Periods the reports of weeks, months and quarters; nil where none are kept.
	Policies Policies
	Periods  Periods
	// WhatIf replays objectives; nil where none are followed.
	WhatIf WhatIf
	// Earlier are what the completed drills before one came to, by which its end is forecast; nil knows none.
	Earlier func(d *rto.Drill) []report.Summary
	// Patience is how long a page waits for the server of records; 0 is 5 s. Reports and corrections, which ask more of it, wait twice as long.
	Patience time.Duration
	Now      func() rto.Instant
	Logger   *slog.Logger
}

// site is the pages and the API.
type site struct {
	o        Options
	sessions *sessions
	pages    *template.Template
	tables   tables
	started  time.Time
}

// New is the handler of everything that the tracker serves.
func New(o Options) (http.Handler, error) {
	pages, err := template.New("").Funcs(functions()).ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	if o.Patience == 0 {
		o.Patience = patience
	}
	if o.Courses != nil && o.Budgets != nil {
		o.Courses = budget.Share(o.Courses, o.Budgets.News, func() time.Time { return o.Now().Time() })
	}
	s := &site{o: o, sessions: newSessions(o.Now), pages: pages, started: o.Now().Time()}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.Use(s.recovered, s.headers, s.bounded)
	s.routes(r)
	// Browsers say where a request comes from; those of other sites change nothing here.
	return http.NewCrossOriginProtection().Handler(r), nil
}

func (s *site) routes(r *gin.Engine) {
	r.GET("/", s.overviewPage)
	r.GET("/drills/:id", s.drillPage)
	r.GET("/assets/*file", gin.WrapH(http.FileServerFS(files)))
	r.GET("/login", s.loginPage)
	r.POST("/login", s.login)
	r.POST("/logout", s.logout)
	r.GET("/metrics", gin.WrapH(s.o.Service.Metrics()))
	r.GET("/-/healthy", func(c *gin.Context) { c.String(http.StatusOK, "healthy\n") })
	r.GET("/-/ready", s.ready)
	r.GET("/events", s.events)

	act := r.Group("/", s.mayChange)
	act.POST("/drills", s.startForm)
	act.POST("/drills/:id/mark", s.markForm)
	act.POST("/drills/:id/steps/:step/run", s.runForm)

	api := r.Group(apiPath)
	api.GET("/openapi.json", func(c *gin.Context) {
		c.JSON(http.StatusOK, described(s.o.Service.Snapshot().Version, r.Routes()))
	})
	change := api.Group("/", s.mayChange)
	if s.o.Budgets != nil {
		s.objectiveRoutes(r, api, act, change)
	}
	api.GET("/status", func(c *gin.Context) { c.JSON(http.StatusOK, s.o.Service.Snapshot()) })
	api.GET("/drills", s.listDrills)
	api.GET("/drills/:id", s.getDrill)
	api.GET("/drills/:id/report", s.getReport)
	if s.o.Webhook != nil {
		api.POST("/alerts", gin.WrapH(s.o.Webhook)) // it has a token of its own
	}
	change.POST("/drills", s.startDrill)
	change.POST("/drills/:id/events", s.noteEvent)
	change.POST("/drills/:id/steps/:step/run", s.runStep)
}

// objectiveRoutes are those of objectives; act and change are for who may change something.
func (s *site) objectiveRoutes(r *gin.Engine, api, act, change *gin.RouterGroup) {
	r.GET("/objectives", s.objectives)
	r.GET("/objectives/:name", s.objective)
	api.GET("/objectives", s.listObjectives)
	api.GET("/overview", s.listOverview)
	api.GET("/objectives/:name", s.getObjective)
	if s.o.WhatIf != nil {
		r.GET("/objectives/:name/whatif", s.whatIfShown)
		api.GET("/objectives/:name/whatif", s.getWhatIf)
	}
	if s.o.Periods != nil {
		r.GET("/reports", s.reportsPage)
		r.GET("/reports/:period", s.periodReport)
		api.GET("/reports", s.listReports)
		api.GET("/reports/:period", s.periodReport)
	}
	if s.o.Maintenance == nil {
		return
	}
	r.GET("/maintenance", s.maintenancePage)
	act.POST("/maintenance", s.addMaintenanceForm)
	act.POST("/maintenance/:id/end", s.endMaintenanceForm)
	api.GET("/maintenance", s.listMaintenance)
	change.POST("/maintenance", s.addMaintenance)
	change.POST("/maintenance/:id/end", s.endMaintenance)
}

// recovered answers 500 where a handler panicked, and logs it without the request's contents.
func (s *site) recovered(c *gin.Context) {
	defer func() {
		if p := recover(); p != nil {
			s.o.Logger.Error("a request failed", "route", c.FullPath(), "panic", fmt.Sprint(p))
			c.AbortWithStatus(http.StatusInternalServerError)
		}
	}()
	c.Next()
}

// headers forbid the pages to load or send anything elsewhere, and others to frame them.
func (s *site) headers(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	c.Next()
}

// bounded cuts bodies, so that nobody fills the memory.
func (s *site) bounded(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	c.Next()
}

// patient bounds how long a request waits for the server of records: one that hangs must not hold pages up for ever.
func patient(c *gin.Context, wait time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(c.Request.Context(), wait, fmt.Errorf("the server of records did not answer within %s", wait))
}

// ready says whether evidence can be written: a tracker that cannot is no witness.
func (s *site) ready(c *gin.Context) {
	if !s.o.Service.Snapshot().Evidence.Writable {
		c.String(http.StatusServiceUnavailable, "evidence cannot be written\n")
		return
	}
	c.String(http.StatusOK, "ready\n")
}
