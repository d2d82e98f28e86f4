package dashboard

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/teststorage"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
)

// sample is a series and its value.
type sample struct {
	series labels.Labels
	value  float64
	grows  bool // a counter
}

// exposition reads what kamailio_exporter says of a real Kamailio.
func exposition(t *testing.T, version string) []sample {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "exporter", "kamailio", "testdata", "golden", version+".prom"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	var out []sample
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		series, err := parser.NewParser(parser.Options{}).ParseMetric(line[:at])
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		value, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, sample{series, value, strings.HasSuffix(series.Get(model.MetricNameLabel), "_total")})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// playback is a Prometheus in memory that scrapes and records.
type playback struct {
	*teststorage.TestStorage
	reader
	start time.Time
}

const scrapes = 28 // at 15 seconds each, a little more than the five minutes of the shortest records

func (p playback) at(n int) time.Time { return p.start.Add(time.Duration(n) * 15 * time.Second) }

// write stores samples of one moment.
func (p playback) write(t *testing.T, at time.Time, samples []sample) {
	t.Helper()
	app := p.Appender(t.Context())
	for _, s := range samples {
		if _, err := app.Append(storage.SeriesRef(0), s.series, at.UnixMilli(), s.value); err != nil {
			t.Fatalf("%s: %v", s.series, err)
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

// scrape stores the exposition as that of the node, its counters a little further with each scrape.
func (p playback) scrape(t *testing.T, n int, node string, exposed []sample) {
	t.Helper()
	target := []string{"instance", node, "job", proxyJob, "node", node, "region", "us-central1"}
	foreign := []*metric.Family{metric.Up, metric.ScrapeDuration, metric.ProcessResidentMemory}
	samples := make([]sample, 0, len(exposed)+len(foreign))
	for _, s := range exposed {
		b := labels.NewBuilder(s.series)
		for i := 0; i < len(target); i += 2 {
			b.Set(target[i], target[i+1])
		}
		if s.grows {
			s.value *= 1 + float64(n)/8
		}
		samples = append(samples, sample{series: b.Labels(), value: s.value})
	}
	for _, f := range foreign {
		samples = append(samples, sample{series: labels.FromStrings(append([]string{model.MetricNameLabel, f.Name}, target...)...), value: 1})
	}
	p.write(t, p.at(n), samples)
}

// record evaluates the recording rules, one after another as Prometheus does within a group.
func (p playback) record(t *testing.T, n int, made *rules.Output) {
	t.Helper()
	for _, f := range made.Files {
		for _, g := range f.Content.(rules.RuleFile).Groups {
			for _, r := range g.Rules {
				if r.Record == "" {
					continue
				}
				var out []sample
				for _, s := range p.ask(t, r.Expr, p.at(n)) {
					b := labels.NewBuilder(s.Metric).Set(model.MetricNameLabel, r.Record)
					for name, value := range r.Labels {
						b.Set(name, value)
					}
					out = append(out, sample{series: b.Labels(), value: s.F})
				}
				p.write(t, p.at(n), out)
			}
		}
	}
}

// quiet names the panels that show nothing of a platform that is well, and why.
func quiet() map[string]string {
	return map[string]string{
		"Pages firing":                     "no alert fires",
		"Tickets firing":                   "no alert fires",
		"Active alerts":                    "no alert fires",
		"Call setup success, budget lasts": "lasts for ever while nothing fails",
	}
}

// unexposed returns a family of kamailio_exporter that a query needs and the daemon did not have, or "".
func unexposed(expr string, exposed []sample) string {
	for _, f := range metric.Kamailio() {
		has := slices.ContainsFunc(exposed, func(s sample) bool { return s.series.Get(model.MetricNameLabel) == f.Name })
		if !has && strings.Contains(expr, f.Name) {
			return f.Name
		}
	}
	return ""
}

// TestEveryPanelShowsSomething plays what real daemons of two versions said through the rules, and asks every query of
// every board. Only what the daemon did not have, or what is listed with a reason, may stay empty; what is listed must.
func TestEveryPanelShowsSomething(t *testing.T) {
	t.Parallel()
	s := described(t)
	made := ruled(t, s)
	files := build(t, s)
	for _, version := range []string{"5.6.3", "6.1.5"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			store := teststorage.New(t)
			p := playback{TestStorage: store, reader: newReader(t, store, nil), start: time.Unix(1_000_000, 0)}
			exposed := exposition(t, version)
			for n := range scrapes {
				p.scrape(t, n, s.Platform.SIPProxies.Nodes[0].Name, exposed)
				if n%4 == 3 { // once a minute
					p.record(t, n, made)
				}
			}
			for _, f := range files {
				for title, list := range queries(t, f.JSON) {
					shown := slices.ContainsFunc(list, func(expr string) bool { return len(p.ask(t, expr, p.at(scrapes-1))) > 0 })
					missing := unexposed(list[0], exposed)
					if reason, listed := quiet()[title]; !shown && !listed && missing == "" || shown && listed {
						t.Errorf("%s: panel %q: shows something: %v, listed as quiet: %v (%s)", f.UID, title, shown, listed, reason)
					}
				}
			}
		})
	}
}
