package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/archive"
	"github.com/voipbin/observability/internal/rto/report"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
)

// maxEarlier is how many earlier drills of its scenario a report compares itself with.
const maxEarlier = 6

// reports makes reports from the log, and remembers what they came to.
type reports struct {
	service *tracker.Service
	dir     string

	mu   sync.Mutex
	made map[string]report.Summary
}

// Report implements web.Reporter.
func (a *reports) Report(_ context.Context, drill, format string) ([]byte, error) {
	d, err := a.service.Drill(drill)
	if errors.Is(err, tracker.ErrNoDrill) {
		return nil, fmt.Errorf("%w: %s", web.ErrNotFound, drill)
	}
	if err != nil {
		return nil, err
	}
	r, err := a.of(&d)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = render(&b, r, format)
	return b.Bytes(), err
}

// of makes the report of a drill. One that is refused is a report all the same: it says why.
func (a *reports) of(d *rto.Drill) (report.Report, error) {
	r, err := archive.Report(archive.Of(d), a.earlier(d), a.dir)
	if refused := (*report.Refused)(nil); errors.As(err, &refused) {
		err = nil
	}
	return r, err
}

// remember keeps what a report of a completed drill came to.
func (a *reports) remember(r report.Report) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.made[r.Drill] = r.Summary()
}

// earlier are the newest completed drills of the same scenario before one, oldest first.
func (a *reports) earlier(d *rto.Drill) []report.Summary {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []report.Summary
	for _, e := range a.service.Drills() {
		s, ok := a.made[e.ID]
		if ok && e.ID != d.ID && e.Began.Lo < d.Began.Lo && e.Start.Scenario.Name == d.Start.Scenario.Name {
			out = append(out, s)
		}
	}
	return out[max(len(out)-maxEarlier, 0):]
}
