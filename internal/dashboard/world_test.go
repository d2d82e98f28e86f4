package dashboard

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/teststorage"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// A world is an hour and a quarter of a platform that lives: what real daemons once said, moved along so that counters count and levels go
// up and down, what nobody has recorded yet made up from the catalogue, and the records that the rules make of it.
type world struct {
	reader
	store *teststorage.TestStorage
	start time.Time
	lasts time.Duration
}

// How the world is told: long enough for the records of an hour, and fine enough for rates of a minute.
const (
	worldLasts  = 75 * time.Minute
	worldScrape = 15 * time.Second
	worldRecord = time.Minute
)

// worldBegins is a Monday morning.
var worldBegins = time.Date(2026, time.January, 12, 9, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	t.Helper()
	store := teststorage.New(t, func(o *tsdb.Options) {
		o.MinBlockDuration = (24 * time.Hour).Milliseconds() // records are written after all that they are made of
		o.MaxBlockDuration = o.MinBlockDuration
	})
	return &world{reader: newReader(t, store, nil), store: store, start: worldBegins, lasts: worldLasts}
}

func (w *world) end() time.Time { return w.start.Add(w.lasts) }

// moving is a series with the way in which it goes on.
type moving struct {
	sample
	kind movement
	// phase tells nodes apart. What happens on a node goes up and down together, so that shares stay what they were.
	phase   uint32
	written storage.SeriesRef
	total   float64
}

// movement says how a recorded value goes on.
type movement uint8

const (
	still  movement = iota // states, versions, limits
	counts                 // grows by a part of itself with each scrape, more by day than by night
	waves                  // a level
	clock                  // a moment, some hours before the world begins
	now                    // a moment that is always just past
	spell                  // 1 for some minutes, else 0
	event                  // a moment long ago, until it happens again
)

// What happens in the world: a drill from one moment to another, a deployment and the beginning of a failover.
const (
	drillBegins, drillEnds = 33 * time.Minute, 39 * time.Minute
	deployAt, failoverAt   = 25 * time.Minute, 52 * time.Minute
	deployedService        = "api-manager"
)

// movementOf judges by name and value; what is 0 or 1 is a state.
func movementOf(s sample) movement {
	name := s.series.Get(model.MetricNameLabel)
	whole := s.value == math.Trunc(s.value)
	switch {
	case name == metric.RecoveryDrillRunning.Name:
		return spell
	case name == metric.PlatformDeployTime.Name, name == metric.RecoveryLastDrill.Name:
		return event
	case s.grows && !strings.HasSuffix(name, "_info"):
		return counts
	case strings.HasSuffix(name, "start_time_seconds") || strings.Contains(name, "reload_timestamp"):
		return clock
	case strings.HasSuffix(name, "_timestamp_seconds"):
		return now
	case whole && math.Abs(s.value) <= 1, strings.Contains(name, "limit"), strings.Contains(name, "_max"), strings.Contains(name, "_size"),
		strings.Contains(name, "total"), strings.Contains(name, "capacity"), strings.HasSuffix(name, "_ratio"), strings.Contains(name, "objective"):
		return still
	}
	return waves
}

// node is a target of the world.
type node struct{ job, name, region string }

// moved makes what a daemon said that of a node.
func moved(of node, exposed []sample) []moving {
	target := []string{"instance", of.name, "job", of.job, "node", of.name, "region", of.region, "farm", "call"}
	foreign := []*metric.Family{metric.Up, metric.ScrapeDuration, metric.ProcessResidentMemory}
	values := []float64{1, 0.04, 21e6}
	all := slices.Clone(exposed)
	for i, f := range foreign {
		all = append(all, sample{series: labels.FromStrings(model.MetricNameLabel, f.Name), value: values[i]})
	}
	out := make([]moving, 0, len(all))
	for _, s := range all {
		b := labels.NewBuilder(s.series)
		for i := 0; i < len(target); i += 2 {
			b.Set(target[i], target[i+1])
		}
		kind := movementOf(s)
		if le := s.series.Get(model.BucketLabel); le != "" {
			b.Set(model.BucketLabel, normal(le))
		}
		s.series = b.Labels()
		out = append(out, moving{sample: s, kind: kind, phase: hash(of.name), total: s.value})
	}
	return out
}

// normal is a bucket's bound as Prometheus 3 stores it, whatever the exposition writes.
func normal(le string) string {
	if strings.ContainsAny(le, ".eIN") {
		return le
	}
	return le + ".0"
}

func hash(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s)) // never fails, says hash.Hash
	return h.Sum32()
}

// day is how busy a node is at a time, around 1: an hour's tide, and what chance adds, the same in each run.
func (m *moving) day(at time.Time) float64 {
	minutes := float64(at.Unix()) / 60
	tide := 0.22 * math.Sin(2*math.Pi*(minutes/55+float64(m.phase%100)/400))
	ripple := 0.06 * math.Sin(2*math.Pi*(minutes/7+float64(m.phase%1000)/1000))
	return 1 + tide + ripple
}

// next is the value at a time.
func (m *moving) next(at, begins time.Time) float64 {
	switch m.kind {
	case counts:
		m.total += m.value * m.day(at)
		if m.value == math.Trunc(m.value) {
			return math.Floor(m.total)
		}
		return m.total
	case waves:
		v := m.value * (0.9 + 0.35*(m.day(at)-0.7))
		if m.value == math.Trunc(m.value) {
			v = math.Round(v)
		}
		return v
	case clock:
		return float64(begins.Unix() - int64(3600+m.phase%100_000))
	case now:
		return float64(at.Unix() - int64(m.phase%20))
	case spell:
		if since := at.Sub(begins); since >= drillBegins && since < drillEnds {
			return 1
		}
		return 0
	case event:
		if happens, ok := m.happens(); ok && at.Sub(begins) >= happens {
			return float64(begins.Add(happens).Unix())
		}
		return float64(begins.Add(-30 * time.Hour).Unix())
	default:
		return m.value
	}
}

// happens is when an event happens, if it does.
func (m *moving) happens() (after time.Duration, ok bool) {
	if m.series.Get("service") == deployedService {
		return deployAt, true
	}
	return failoverAt, m.series.Get("kind") == "real"
}

// play scrapes all series for as long as the world lasts.
func (w *world) play(t *testing.T, series []moving) {
	t.Helper()
	for at := w.start; !at.After(w.end()); at = at.Add(worldScrape) {
		app := w.store.Appender(t.Context())
		for i := range series {
			m := &series[i]
			ref, err := app.Append(m.written, m.series, at.UnixMilli(), m.next(at, w.start))
			if err != nil {
				t.Fatalf("%s: %v", m.series, err)
			}
			m.written = ref
		}
		if err := app.Commit(); err != nil {
			t.Fatal(err)
		}
	}
}

// record evaluates the recording rules over the whole time, each after those that it is made of.
func (w *world) record(t *testing.T, made *rules.Output) {
	t.Helper()
	for _, r := range inOrder(t, made) {
		q, err := w.engine.NewRangeQuery(t.Context(), w.storage, nil, r.Expr, w.start, w.end(), worldRecord)
		if err != nil {
			t.Fatalf("%s: %v", r.Record, err)
		}
		result := q.Exec(t.Context())
		matrix, err := result.Matrix()
		if err != nil {
			t.Fatalf("%s: %v", r.Record, err)
		}
		w.write(t, r, matrix)
		q.Close()
	}
}

// write stores what a rule made.
func (w *world) write(t *testing.T, r rules.Rule, matrix promql.Matrix) {
	t.Helper()
	app := w.store.Appender(context.Background())
	for _, s := range matrix {
		b := labels.NewBuilder(s.Metric).Set(model.MetricNameLabel, r.Record)
		for name, value := range r.Labels {
			b.Set(name, value)
		}
		series := b.Labels()
		for _, p := range s.Floats {
			if _, err := app.Append(0, series, p.T, p.F); err != nil {
				t.Fatalf("%s: %v", series, err)
			}
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

// inOrder lists the recording rules so that each comes after those that it asks for.
func inOrder(t *testing.T, made *rules.Output) []rules.Rule {
	t.Helper()
	by := map[string][]rules.Rule{}
	var all []rules.Rule
	for _, f := range made.Files {
		for _, g := range f.Make().Groups {
			for _, r := range g.Rules {
				if r.Record != "" {
					all = append(all, r)
					by[r.Record] = append(by[r.Record], r)
				}
			}
		}
	}
	var out []rules.Rule
	done := map[string]bool{}
	var add func(r rules.Rule)
	add = func(r rules.Rule) {
		one := fmt.Sprint(r.Record, r.Expr, r.Labels) // two promises may be the same number
		if done[one] {
			return
		}
		done[one] = true
		for _, asked := range selectors(t, r.Expr) {
			for _, other := range by[asked.Name] {
				if mayMatch(asked, other) {
					add(other)
				}
			}
		}
		out = append(out, r)
	}
	for _, r := range all {
		add(r)
	}
	return out
}

// TestEveryRecordIsMade: objectives promise the same number with the same expression and differ by their label alone.
func TestEveryRecordIsMade(t *testing.T) {
	promise := func(objective string) rules.Rule {
		return rules.Rule{Record: "slo:objective:ratio", Expr: "vector(0.999)", Labels: map[string]string{"slo": objective}}
	}
	group := rules.Group{Rules: []rules.Rule{promise("one"), promise("other")}}
	made := &rules.Output{Files: []rules.File{{Make: func() rules.RuleFile { return rules.RuleFile{Groups: []rules.Group{group}} }}}}
	if got := len(inOrder(t, made)); got != 2 {
		t.Errorf("%d records are made; want 2", got)
	}
}

// selectors are what an expression asks for.
func selectors(t *testing.T, text string) []*parser.VectorSelector {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{EnableExtendedRangeSelectors: true}).ParseExpr(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var out []*parser.VectorSelector
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			out = append(out, s)
		}
		return nil
	})
	return out
}

// mayMatch tells whether a selector may find what a rule records: objectives' records share their names and differ by label.
func mayMatch(s *parser.VectorSelector, r rules.Rule) bool {
	for _, m := range s.LabelMatchers {
		if value, has := r.Labels[m.Name]; has && !m.Matches(value) {
			return false
		}
	}
	return true
}

// madeUp is an exposition of families that nobody has recorded, with each of the values that their labels may have; open labels get the
// names of the spec where it has some.
func madeUp(s *spec.Spec, families []*metric.Family) []sample {
	open := map[string][]string{"store": {}, "server": {"mysql-a", "mysql-b"}, "path": {"sip-register", "sip-call", "api-login"}, "scenario": {}, "replica": {"dr"}}
	for _, st := range s.Recovery.Stores {
		if st.Replicated() {
			open["store"] = append(open["store"], st.Name)
		}
	}
	for _, sc := range s.Recovery.Scenarios {
		open["scenario"] = append(open["scenario"], sc.Name)
	}
	var out []sample
	for _, f := range families {
		sets := []labels.Labels{labels.FromStrings(model.MetricNameLabel, f.Name)}
		for _, l := range f.Labels {
			values := l.Values
			if len(values) == 0 {
				values = open[l.Name]
			}
			if len(values) == 0 {
				values = []string{l.Name + "-1", l.Name + "-2"}
			}
			var more []labels.Labels
			for _, set := range sets {
				for _, v := range values {
					more = append(more, labels.NewBuilder(set).Set(l.Name, v).Labels())
				}
			}
			sets = more
		}
		for i, set := range sets {
			out = append(out, sample{series: set, value: plausible(f, set, i), grows: f.Type == metric.Counter})
		}
	}
	return out
}

// plausible is a value that a family may have.
func plausible(f *metric.Family, set labels.Labels, i int) float64 {
	if set.Get("bound") == "lower" {
		return 0.4
	}
	if result := set.Get("result"); f.Type == metric.Counter && result != "" && result != "inside" {
		return 0.004 // of what virtual drills can end with
	}
	switch {
	case f.Name == metric.RecoveryTrap.Name:
		return 0 // the standby region is ready
	case f.Unit == metric.Ratio:
		return 0.993
	case f.Unit == metric.Seconds && strings.Contains(f.Name, "objective"):
		return 300
	case f.Unit == metric.Seconds && strings.Contains(f.Name, "last"):
		return 140 + 7*float64(i%5)
	case f.Unit == metric.Seconds:
		return 1.2 + 0.3*float64(i%4)
	case strings.HasSuffix(f.Name, "_grade"):
		return 4
	case f.Type == metric.Counter:
		return 40 / float64(1+i)
	}
	return cmp.Or(float64((i+1)%2), 1)
}

// alert is a series of ALERTS that lasts from one moment to another, of the severity that the rules give it.
func (w *world) alert(t *testing.T, made *rules.Output, name, instance string, from, to time.Duration) {
	t.Helper()
	severity := ""
	for _, f := range made.Files {
		for _, g := range f.Make().Groups {
			for _, r := range g.Rules {
				if r.Alert == name {
					severity = r.Labels["severity"]
				}
			}
		}
	}
	if severity == "" {
		t.Fatalf("no rule tells %s", name)
	}
	series := labels.FromStrings(model.MetricNameLabel, metric.Alerts.Name, "alertname", name, "alertstate", "firing", "severity", severity, "instance", instance)
	app := w.store.Appender(t.Context())
	for at := w.start.Add(from); !at.After(w.start.Add(to)); at = at.Add(worldScrape) {
		if _, err := app.Append(0, series, at.UnixMilli(), 1); err != nil {
			t.Fatal(err)
		}
	}
	if to < worldLasts {
		if _, err := app.Append(0, series, w.start.Add(to+worldScrape).UnixMilli(), math.Float64frombits(value.StaleNaN)); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}
