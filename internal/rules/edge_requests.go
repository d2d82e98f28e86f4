package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// cloudRequests are requests that the cloud counts, with a label that says how each ended.
type cloudRequests struct {
	family *metric.Family
	by     string            // the labels that tell apart whose they are, as PromQL lists them
	ended  string            // the label that says how they ended
	failed string            // a matcher of those that failed
	whose  map[string]string // the labels of a story's series, beside how they ended
}

// rate is how many there are a second, of those that a matcher selects.
func (q cloudRequests) rate(matcher string) string {
	return fmt.Sprintf("sum by (%s) (rate(%s[%s]))", q.by, cloud(q.family, "", matcher), slo.FormatDuration(cloudWindow))
}

// failing is the share that failed.
func (q cloudRequests) failing() string { return q.rate(q.failed) + " / " + q.rate("") }

// of is a series of those that ended in one way.
func (q cloudRequests) of(end, values string) TestSeries {
	return cloudSeries(q.family, "", merge(q.whose, map[string]string{q.ended: end}), values)
}

// failingShare is a ticket about too large a share of failed requests. The texts come in the alert.
type failingShare struct {
	Alert
	cloudRequests

	most      float64
	wait      time.Duration
	alerts    map[string]string // the labels of the story's alert
	good, bad string            // how requests of the story end
	// harmless is what the story's other requests do while all is well.
	harmless             func(c lapse) TestSeries
	summary, description string
}

// failing adds the alert. In its story one request of five fails.
func (s *signs) failing(f failingShare) {
	good := func(c lapse) TestSeries { return f.of(f.good, c.counter(80)) }
	s.add(sign{
		Alert: f.Alert, board: networkBoard, wait: f.wait, window: cloudWindow, whose: f.alerts, value: "20%",
		fault: func(c lapse) []TestSeries { return []TestSeries{good(c), f.of(f.bad, c.counter(20))} },
		well:  func(c lapse) []TestSeries { return []TestSeries{good(c), f.harmless(c)} },
	}, clause{slo.Ticket, "", fmt.Sprintf("%s > %g", f.cloudRequests.failing(), f.most), f.summary, f.description})
}
