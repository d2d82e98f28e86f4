package dashboard

import (
	"bufio"
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"

	ours "github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// Size is how large a synthetic platform is, and how much of its past is written.
type Size struct {
	Services, Pods int           // of the spec's services, the first ones; pods of each
	Played         time.Duration // how long it is played in memory, for what rules make of it
	Raw, Recorded  time.Duration // how far back what is scraped and what is recorded goes
	Most           int           // samples of records at most: beyond, they are thinned
}

// Scaled is a platform of a size: what of it is written, and what is said of that.
type Scaled struct {
	Size
	// End is the first moment of which there is nothing any more; it ends a block.
	End time.Time
	// Made and Boards are the rules and the boards of the platform.
	Made   *rules.Output
	Boards []File
	// Targets are how many are scraped, Unread how many of their series no rule and no board reads: these are not written.
	Targets, Unread int
	// Thinned is how many times as far apart records are written as they are made.
	Thinned int

	spec    *spec.Spec
	raw     []moving
	records []recorded
	byName  map[string][]labels.Labels
}

// recorded is a series that a rule makes, with the values that it takes one after the other, for ever again.
type recorded struct {
	series   labels.Labels
	interval time.Duration
	values   []float64
}

// BlockLength is the length of blocks of records: Prometheus makes such of nine of two hours.
const BlockLength = 18 * time.Hour

// Scale makes a platform of a size: each target of the spec says what a real one was recorded saying, some of it is played in memory,
// and what the rules make of that are the records.
func Scale(t *testing.T, size Size) *Scaled {
	t.Helper()
	s := recordedSpec(t)
	made := ruled(t, s)
	boards, err := Build(s, catalogue(), made)
	if err != nil {
		t.Fatal(err)
	}
	out := &Scaled{spec: s, Size: size, End: worldBegins.Truncate(BlockLength), Made: made, Boards: boards, byName: map[string][]labels.Labels{}}
	targets := scaledTargets(t, s, size)
	out.Targets = len(targets)
	read := readNames(t, made, boards)
	for _, at := range targets {
		for _, m := range at.says() {
			if read[m.series.Get(model.MetricNameLabel)] {
				out.raw = append(out.raw, m)
				continue
			}
			out.Unread++
		}
	}
	w := newWorld(t)
	w.lasts = size.Played
	w.engine = promqltest.NewTestEngineWithOpts(t, promql.EngineOpts{EnableAtModifier: true, MaxSamples: 5e7, Timeout: time.Hour, Parser: ours.Parser()}) // as a server's
	w.play(t, slices.Clone(out.raw))
	w.record(t, made)
	out.records = w.recorded(t, made, s.Platform.Prometheus.ScrapeInterval)
	samples := 0
	for _, r := range out.records {
		samples += int(size.Recorded / r.interval)
	}
	out.Thinned = 1 + samples/max(size.Most, 1)
	for _, m := range out.raw {
		out.index(m.series)
	}
	for _, r := range out.records {
		out.index(r.series)
	}
	return out
}

// Build makes the boards once more.
func (s *Scaled) Build(t *testing.T) {
	t.Helper()
	if _, err := Build(s.spec, catalogue(), s.Made); err != nil {
		t.Fatal(err)
	}
}

func (s *Scaled) index(series labels.Labels) {
	name := series.Get(model.MetricNameLabel)
	s.byName[name] = append(s.byName[name], series)
}

// Series are how many are written: scraped ones and records.
func (s *Scaled) Series() (raw, records int) { return len(s.raw), len(s.records) }

// readNames are the names of all that rules and boards read.
func readNames(t *testing.T, made *rules.Output, boards []File) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, f := range made.Files {
		for _, r := range f.Make().All() {
			for _, s := range selectors(t, r.Expr) {
				out[s.Name] = true
			}
		}
	}
	for _, b := range boards {
		for _, list := range queries(t, b.JSON) {
			for _, expr := range list {
				for _, s := range selectors(t, Chosen(expr, time.Minute)) {
					out[s.Name] = true
				}
			}
		}
	}
	return out
}

// Chosen is a panel's query as Grafana sends it for a reader who has chosen all, at a range of rates.
func Chosen(expr string, rate time.Duration) string {
	return ours.Expand(expr, func(name string) (string, bool) {
		if name == "__rate_interval" {
			return fmt.Sprintf("%ds", int(rate.Seconds())), true
		}
		return ".*", true
	}).Text
}

// recorded reads what the rules have made, with the interval at which they make it.
func (w *world) recorded(t *testing.T, made *rules.Output, usual time.Duration) []recorded {
	t.Helper()
	q, err := w.engine.NewInstantQuery(t.Context(), w.storage, nil, `{__name__=~"(voipbin|slo):.+"}[59m]`, w.end())
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	matrix, err := q.Exec(t.Context()).Matrix()
	if err != nil {
		t.Fatal(err)
	}
	var out []recorded
	for _, s := range matrix {
		r := recorded{series: s.Metric.Copy(), interval: usual}
		for _, p := range s.Floats {
			r.values = append(r.values, p.F)
		}
		for _, f := range made.Files {
			for g, rule := range f.Make().All() {
				if rule.Record == s.Metric.Get(model.MetricNameLabel) && labelled(s.Metric, rule.Labels) && g.Interval != "" {
					every, err := model.ParseDuration(g.Interval)
					if err != nil {
						t.Fatal(err)
					}
					r.interval = time.Duration(every)
				}
			}
		}
		out = append(out, r)
	}
	return out
}

func labelled(series labels.Labels, with map[string]string) bool {
	for name, value := range with {
		if series.Get(name) != value {
			return false
		}
	}
	return true
}

// Write writes what the platform has said from one moment to another as OpenMetrics, and returns how many samples that are. Windows follow one
// another: counters go on.
func (s *Scaled) Write(out *bufio.Writer, from, to time.Time) (int, error) {
	samples := 0
	var line []byte
	put := func(series string, value float64, at time.Time) error {
		line = append(line[:0], series...)
		line = strconv.AppendFloat(line, value, 'g', -1, 64)
		line = strconv.AppendInt(append(line, ' '), at.Unix(), 10)
		samples++
		_, err := out.Write(append(line, '\n'))
		return err
	}
	for i := range s.raw {
		m := &s.raw[i]
		series := openMetrics(m.series)
		for at := later(from, s.End.Add(-s.Raw)); at.Before(to); at = at.Add(worldScrape) {
			if err := put(series, m.next(at, s.End.Add(-s.Raw)), at); err != nil {
				return 0, err
			}
		}
	}
	for _, r := range s.records {
		series := openMetrics(r.series)
		step := r.interval * time.Duration(s.Thinned)
		for at := later(from, s.End.Add(-s.Recorded)).Add(step - 1).Truncate(step); at.Before(to); at = at.Add(step) {
			if err := put(series, r.values[int(at.Unix()/60)%len(r.values)], at); err != nil {
				return 0, err
			}
		}
	}
	_, err := out.WriteString("# EOF\n")
	return samples, err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// openMetrics is a series as an exposition has it, with the space before the value.
func openMetrics(series labels.Labels) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	var b strings.Builder
	b.WriteString(series.Get(model.MetricNameLabel))
	sep := "{"
	series.Range(func(l labels.Label) {
		if l.Name != model.MetricNameLabel {
			fmt.Fprintf(&b, `%s%s="%s"`, sep, l.Name, escape.Replace(l.Value))
			sep = ","
		}
	})
	if sep == "," {
		b.WriteByte('}')
	}
	b.WriteByte(' ')
	return b.String()
}

// Touched is how many series, each once, some queries select, as Chosen has made them.
func (s *Scaled) Touched(t *testing.T, exprs []string) int {
	t.Helper()
	seen, found := map[string]bool{}, map[uint64]bool{}
	for _, expr := range exprs {
		for _, selector := range selectors(t, expr) {
			if seen[selector.String()] {
				continue
			}
			seen[selector.String()] = true
			for _, series := range s.byName[selector.Name] {
				if !slices.ContainsFunc(selector.LabelMatchers, func(m *labels.Matcher) bool { return !m.Matches(series.Get(m.Name)) }) {
					found[series.Hash()] = true
				}
			}
		}
	}
	return len(found)
}

// IsRecorded tells whether a query reads records only, so that its past goes as far back as theirs.
func (s *Scaled) IsRecorded(t *testing.T, expr string) bool {
	t.Helper()
	return !slices.ContainsFunc(selectors(t, Chosen(expr, time.Minute)), func(v *parser.VectorSelector) bool { return !strings.Contains(v.Name, ":") })
}

// scaledTarget is a target with the labels that the scrape configuration gives it, and what it says.
type scaledTarget struct {
	labels  map[string]string
	honored bool // the target's own labels win, as honor_labels has it
	exposed []sample
}

// says are the series of the target.
func (a scaledTarget) says() []moving {
	all := slices.Concat(a.exposed, []sample{
		{series: labels.FromStrings(model.MetricNameLabel, "up"), value: 1},
		{series: labels.FromStrings(model.MetricNameLabel, "scrape_duration_seconds"), value: 0.04},
		{series: labels.FromStrings(model.MetricNameLabel, "scrape_samples_scraped"), value: float64(len(a.exposed))},
		{series: labels.FromStrings(model.MetricNameLabel, "process_resident_memory_bytes"), value: 21e6},
	})
	var out []moving
	have := map[uint64]bool{}
	for _, s := range all {
		b := labels.NewBuilder(s.series)
		for name, value := range a.labels {
			if !a.honored || s.series.Get(name) == "" {
				b.Set(name, value)
			}
		}
		kind := movementOf(s)
		if le := s.series.Get(model.BucketLabel); le != "" {
			b.Set(model.BucketLabel, normal(le))
		}
		if s.series = b.Labels(); !have[s.series.Hash()] {
			have[s.series.Hash()] = true
			out = append(out, moving{sample: s, kind: kind, phase: hash(cmp.Or(a.labels["instance"], a.labels["job"])), total: s.value})
		}
	}
	return out
}

// metricCapture reads a capture of the catalogue's proof.
func metricCapture(t *testing.T, file string) []sample {
	t.Helper()
	return seriesIn(t, filepath.Join("..", "metric", "testdata", file+".prom"))
}
