package lab

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/lab/sipp"
	"github.com/voipbin/observability/internal/promapi"
)

// Summary is one look at a running laboratory. What it says of the platform was read back from Prometheus.
type Summary struct {
	// CallsPerSecond, Success (a share, over five minutes) and BudgetLeft (a share of the period's) are NaN where Prometheus has none yet.
	CallsPerSecond, Success, BudgetLeft float64
	// EdgeLeft is the same of the objective that the proxy answers at all; nil in a laboratory without a prober.
	EdgeLeft *float64
	// Media is what is known of whole calls; nil in a laboratory without media.
	Media *MediaSummary
	// Exposure is how much of the database would be lost now, in seconds; NaN where nothing is known, nil in a laboratory without recovery.
	Exposure *float64
	// Alerts are pending or firing.
	Alerts []promapi.Alert
	// TargetsUp of Targets were scraped with success at the last scrape.
	TargetsUp, Targets int
	// Seen is what SIPp's callers saw.
	Seen sipp.Counts
	// Notifications is how many messages Alertmanager sent, Last the last of them.
	Notifications int
	Last          string
	// Broken are the faults that are there.
	Broken []string
}

// MediaSummary is one look at RTPEngine, Asterisk and the prober; NaN is what Prometheus has none of.
type MediaSummary struct {
	// Calls are Asterisk's, Streams RTPEngine's.
	Calls, Streams float64
	// Grade is the best grade of the last probes, 0 to 4, MOS the estimated score of the last call.
	Grade, MOS float64
}

// String is the look on one line.
func (m MediaSummary) String() string {
	return fmt.Sprintf("Asterisk %s calls, %s media streams, probe %s, MOS %s", count(m.Calls), count(m.Streams), grade(m.Grade), score(m.MOS))
}

// mediaSummary reads what there is of whole calls.
func (l *Lab) mediaSummary(ctx context.Context) (*MediaSummary, error) {
	m := new(MediaSummary)
	for query, into := range map[string]*float64{callsInPBX: &m.Calls, mediaStreams: &m.Streams, probeGrade: &m.Grade, probeMOS: &m.MOS} {
		value, err := number(ctx, l.API, query)
		if err != nil {
			return nil, err
		}
		*into = value
	}
	return m, nil
}

// count prints a whole number, or that it is unknown.
func count(n float64) string {
	if math.IsNaN(n) {
		return "unknown"
	}
	return fmt.Sprintf("%.0f", n)
}

// Summary reads everything once. The error says what could not be read.
func (l *Lab) Summary(ctx context.Context) (Summary, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	var s Summary
	for query, into := range map[string]*float64{callRate: &s.CallsPerSecond, successShare: &s.Success, budgetRemaining: &s.BudgetLeft} {
		value, err := number(ctx, l.API, query)
		if err != nil {
			return s, err
		}
		*into = value
	}
	if l.Media != nil {
		var err error
		if s.Media, err = l.mediaSummary(ctx); err != nil {
			return s, err
		}
	}
	if l.Observers != nil {
		value, err := number(ctx, l.API, edgeRemaining)
		if err != nil {
			return s, err
		}
		s.EdgeLeft = &value
	}
	if l.Recovery != nil {
		value, err := number(ctx, l.API, exposure)
		if err != nil {
			return s, err
		}
		s.Exposure = &value
	}
	targets, err := l.API.Targets(ctx)
	if err != nil {
		return s, err
	}
	s.Targets = len(targets)
	for _, t := range targets {
		if t.Up {
			s.TargetsUp++
		}
	}
	alerts, err := l.API.Alerts(ctx)
	if err != nil {
		return s, err
	}
	s.Alerts = told(alerts)
	if s.Seen, err = l.run.Counts(); err != nil {
		return s, err
	}
	var last []Notification
	s.Notifications, last = l.Webhook.Notifications()
	if len(last) > 0 {
		s.Last = last[len(last)-1].Text
	}
	s.Broken = l.Broken()
	return s, nil
}

// Line is the summary on one line.
func (s Summary) Line() string {
	media := ""
	if s.Media != nil {
		media = s.Media.String() + "  "
	}
	if s.Exposure != nil {
		media += "exposure " + age(*s.Exposure) + "  "
	}
	return fmt.Sprintf("%s  success %s  budget left %s  %stargets %d/%d  %s",
		rate(s.CallsPerSecond), percent(s.Success), percent(s.BudgetLeft), media, s.TargetsUp, s.Targets, s.alerts())
}

// Screen is the summary on one screen.
func (s Summary) Screen() string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-16s %s\n", name, fmt.Sprintf(format, args...))
	}
	b.WriteString("read back from Prometheus\n")
	row("calls", "%s", rate(s.CallsPerSecond))
	row("success, 5m", "%s", percent(s.Success))
	row("budget left", "%s", percent(s.BudgetLeft))
	if s.EdgeLeft != nil {
		row("of the edge", "%s left of the budget for a proxy that does not answer", percent(*s.EdgeLeft))
	}
	if s.Media != nil {
		row("whole calls", "%s", s.Media)
	}
	if s.Exposure != nil {
		row("exposure", "%s of writes would be lost with the database's source", age(*s.Exposure))
	}
	row("targets up", "%d of %d", s.TargetsUp, s.Targets)
	row("alerts", "%s", s.alerts())
	b.WriteString("seen by SIPp\n")
	row("calls", "%s", seen(s.Seen))
	b.WriteString("sent by Alertmanager\n")
	row("notifications", "%d %s", s.Notifications, shorten(s.Last, 100))
	if len(s.Broken) > 0 {
		b.WriteString("broken on purpose\n")
		row("faults", "%s", strings.Join(s.Broken, ", "))
	}
	return b.String()
}

// told are the alerts that somebody is told of for their own sake: the dead man's switch always fires.
func told(alerts []promapi.Alert) []promapi.Alert {
	return slices.DeleteFunc(alerts, func(a promapi.Alert) bool { return a.Labels["severity"] == "none" })
}

// alerts names the alerts by state, firing ones first.
func (s Summary) alerts() string {
	if len(s.Alerts) == 0 {
		return "no alert"
	}
	all := slices.Clone(s.Alerts)
	slices.SortFunc(all, func(a, b promapi.Alert) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Name, b.Name))
	})
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = a.Name + " " + a.State
	}
	return strings.Join(slices.Compact(names), ", ")
}

// seen prints counts as "12 so far: 10 x 200, 2 x 404, 1 open".
func seen(c sipp.Counts) string {
	parts := []string{}
	for _, code := range slices.Sorted(maps.Keys(c.Final)) {
		parts = append(parts, fmt.Sprintf("%d x %d", c.Final[code], code))
	}
	if n := c.Silent(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d without any answer", n))
	}
	return fmt.Sprintf("%d so far: %s, %d open", c.Attempts, strings.Join(parts, ", "), c.Open)
}

// exposure is the age of the oldest write that would be lost if the replica were promoted at once.
const exposure = `time() - max(recovery_proven_timestamp_seconds{job="tracker",position="applied"} > 0)`

// age prints seconds, or that they are unknown.
func age(seconds float64) string {
	if math.IsNaN(seconds) {
		return "unknown"
	}
	return fmt.Sprintf("%.1f s", seconds)
}

func rate(perSecond float64) string {
	if math.IsNaN(perSecond) {
		return "unknown calls/s"
	}
	return fmt.Sprintf("%.1f calls/s", perSecond)
}

// shorten cuts a text to at most n characters.
func shorten(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

// Places says where everything listens.
func (l *Lab) Places() string {
	var b strings.Builder
	places := [][2]string{
		{"Prometheus", l.PrometheusURL + " (API: the build has no pages)"},
		{"Alertmanager", l.AlertmanagerURL},
		{"exporter", l.ExporterURL + "/metrics"},
		{"Kamailio", "sip:" + l.Config.SIP() + ", " + l.Config.Unix()},
	}
	if l.Media != nil {
		places = append(places, l.mediaPlaces()...)
	}
	if l.Recovery != nil {
		month := time.Now().UTC().Format("2006-01")
		places = append(places,
			[2]string{"tracker", l.Recovery.Tracker.URL + ", objectives at /objectives, token " + l.Recovery.Token},
			[2]string{"report", l.Recovery.Tracker.URL + "/reports/" + month + ", or bin/tracker slo report --url=" + l.Recovery.Tracker.URL + " --period=" + month + " --output=report.html"},
		)
	}
	for _, p := range append(places, [2]string{"files", l.run.Folder()}) {
		fmt.Fprintf(&b, "  %-16s %s\n", p[0], p[1])
	}
	return b.String()
}

// mediaPlaces says where the media tier and its exporters listen.
func (l *Lab) mediaPlaces() [][2]string {
	return [][2]string{
		{"RTPEngine", l.Media.RTPEngine.UDP().String() + ", " + l.Observers.RTPEngine.URL + "/metrics"},
		{"Asterisk", "sip:" + l.Media.Asterisk.SIP() + ", " + l.Media.Asterisk.AMI() + ", " + l.Observers.Asterisk.URL + "/metrics"},
		{"prober", l.Observers.SIP.URL + "/sd"},
	}
}

// Age is how long the laboratory has been up, to the second.
func (l *Lab) Age() time.Duration { return time.Since(l.since).Round(time.Second) }
