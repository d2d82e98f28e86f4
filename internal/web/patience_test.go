package web_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
)

// hung is a server of records that answers nobody.
type hung struct{ over <-chan struct{} }

func (h hung) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-h.over:
		return context.Canceled
	}
}

func (h hung) History(ctx context.Context, _ string) (budget.History, error) {
	return budget.History{}, h.wait(ctx)
}

func (h hung) Counted(ctx context.Context, _ string, _ maintenance.Span) (maintenance.Effect, error) {
	return maintenance.Effect{}, h.wait(ctx)
}

// hungPeriods is a report that is open, and waits for the server.
type hungPeriods struct {
	*october
	hung
}

func (h hungPeriods) Written(ctx context.Context, p report.Period, format string) ([]byte, error) {
	_ = h.wait(ctx) // it says what it has
	return h.october.Written(ctx, p, format)
}

// TestAServerThatHangs holds nobody up for long: pages show what they have, and say what is not known and why.
func TestAServerThatHangs(t *testing.T) {
	t.Parallel()
	server := hung{t.Context().Done()}
	site, _ := objectivesSiteWith(t, &records{}, &shelf{}, func(_ *tracker.Options, o *web.Options) {
		at := o.Now().Time()
		o.Patience = 20 * time.Millisecond
		o.Courses, o.Periods = server, hungPeriods{newOctober(t), server}
		o.Maintenance = maintenance.New(maintenance.Options{Objectives: []string{"calls"}, Journal: &shelf{}, Past: server, Now: func() time.Time { return at }})
	})
	const why = "the server of records did not answer within 20ms"
	if page := site.want(http.StatusOK, http.MethodGet, "/objectives/calls", ""); !strings.Contains(page, "The course is not known: "+why) || !strings.Contains(page, "81.2 %") {
		t.Error("the page does not say why the course is not known, or not what is known")
	}
	if text := site.want(http.StatusOK, http.MethodGet, "/api/v1/objectives/calls", ""); !strings.Contains(text, `"history_problem":"`+why) {
		t.Errorf("%s", text)
	}
	site.want(http.StatusOK, http.MethodGet, "/reports/2026-11", "")
	site.want(http.StatusOK, http.MethodGet, "/api/v1/reports/2026-11?format=json", "")
	correction := `{"objectives":["calls"],"from":"2026-03-13T02:00","to":"2026-03-13T04:00","correction":true,"reason":"a test of ours"}`
	if text := site.want(http.StatusConflict, http.MethodPost, "/api/v1/maintenance", correction, asAlice...); !strings.Contains(text, "the server of records did not answer within 40ms") {
		t.Errorf("%s", text)
	}
	page := site.want(http.StatusConflict, http.MethodPost, "/maintenance", "objectives=calls&from=2026-03-13T02:00&to=2026-03-13T04:00&correction=yes&reason=ours", append([]string{"Content-Type", form}, asAlice...)...)
	if !strings.Contains(page, "did not answer within 40ms") {
		t.Error("the page does not say why it is not corrected")
	}
	site.want(http.StatusCreated, http.MethodPost, "/api/v1/maintenance", window, asAlice...)
}

// readCourses counts how often a course is read.
type readCourses struct {
	web.Courses
	read atomic.Int64
}

func (r *readCourses) History(ctx context.Context, name string) (budget.History, error) {
	r.read.Add(1)
	return r.Courses.History(ctx, name)
}

// TestReadersShareACourse until the next look, and what is added to it of drills stays each reader's own.
func TestReadersShareACourse(t *testing.T) {
	t.Parallel()
	courses := &readCourses{}
	site, f := objectivesSiteWith(t, &records{}, &shelf{}, func(_ *tracker.Options, o *web.Options) {
		courses.Courses = o.Courses
		o.Courses = courses
	})
	site.clockAt(time.Date(2026, 3, 14, 2, 59, 0, 0, time.UTC))
	id := site.begin()
	site.clockAt(time.Date(2026, 3, 14, 3, 0, 0, 0, time.UTC))
	for look := range 2 {
		var readers sync.WaitGroup
		for range 8 {
			readers.Go(func() {
				if text := site.want(http.StatusOK, http.MethodGet, "/api/v1/objectives/calls", ""); strings.Count(text, "full drill "+id) != 1 {
					t.Errorf("a course tells of one drill otherwise than once: %s", text)
				}
			})
		}
		readers.Wait()
		if n := courses.read.Load(); n != int64(look)+1 {
			t.Errorf("after %d looks eight readers had the course read %d times", look, n)
		}
		f.Look(t.Context())
	}
}
