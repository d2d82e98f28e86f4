// Package mutation_test breaks the rules of objectives in one place at a time and demands that one of their stories notices. So that all of
// them can be broken, stories are evaluated by Prometheus' own engine in this process, and of each no more than a check asks for; promtool
// has the last word on what is not noticed, and judges a part of the rest. It breaks no rule that belongs to no objective.
package mutation_test

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tooltest"
)

// subject is an objective whose rules are broken.
type subject struct {
	title string
	of    spec.SLO
	out   *rules.Output
	some  int // how many mutants every test run tries
}

// subjects are the repository's objectives, and the forms that are not among them.
func subjects(t *testing.T) []subject {
	t.Helper()
	all := []subject{}
	s := loadSpec(t)
	out := build(t, s)
	for _, of := range s.SLOs {
		some := 0
		switch of.Name {
		case "call_setup", "registration", "broker", "call_journey":
			some = 12
		}
		all = append(all, subject{of.Name, of, out, some})
	}
	change := func(title string, some int, change func(*spec.Spec, *spec.SLO)) {
		s := loadSpec(t)
		last := len(s.SLOs) - 1
		change(s, &s.SLOs[last])
		all = append(all, subject{title, s.SLOs[len(s.SLOs)-1], build(t, s), some})
	}
	change("call_journey as a weighted mean", 6, func(_ *spec.Spec, o *spec.SLO) {
		o.SLI.Kind = spec.Weighted
		for i, w := range []float64{0.5, 0.2, 0.3} {
			o.SLI.Parts[i].Weight = w
		}
	})
	const day = 24 * time.Hour
	for _, period := range []struct {
		title    string
		length   time.Duration
		calendar spec.Calendar
		clock    slo.Clock
		some     int
	}{
		{"call_setup by the week", 7 * day, spec.Week, slo.Clock{Offset: 9 * time.Hour}, 0},
		{"call_setup by the month of a zone with a summer", 30 * day, spec.Month, slo.Clock{Offset: time.Hour, Steps: []slo.Step{{Date: 401, Offset: 2 * time.Hour}, {Date: 1101, Offset: time.Hour}}}, 4},
		{"call_setup by the quarter", 91 * day, spec.Quarter, slo.Clock{Offset: -5 * time.Hour}, 0},
	} {
		change(period.title, period.some, func(s *spec.Spec, _ *spec.SLO) {
			s.SLOs = s.SLOs[:1]
			s.SLOs[0].Period, s.SLOs[0].Calendar, s.SLOs[0].Clock = period.length, period.calendar, period.clock
		})
	}
	for _, form := range []struct {
		title string
		sli   spec.SLI
	}{
		{"call_setup in time slices", spec.SLI{Kind: spec.TimeSlice, GoodWhen: spec.Expr{Text: "count(kamailio_up == 1) >= 2"}, Known: spec.Expr{Text: "kamailio_up"}}},
		{"call_setup by a native histogram", spec.SLI{Kind: spec.Latency, Native: true, Metric: spec.Expr{Text: "test_seconds"}, Threshold: 0.7}},
		{"call_setup by the probes of a target", spec.SLI{Kind: spec.Probe, Metric: spec.Expr{Text: `sip_probe_success{instance="edge-udp"}`}}},
	} {
		change(form.title, 4, func(s *spec.Spec, _ *spec.SLO) {
			s.SLOs = s.SLOs[:1]
			s.SLOs[0].SLI, s.SLOs[0].Tier = form.sli, "scenario"
		})
	}
	return all
}

// loadSpec is the repository's own spec.
func loadSpec(t *testing.T) *spec.Spec {
	t.Helper()
	s, problems := spec.Load(os.DirFS("../../../spec"), "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

func build(t *testing.T, s *spec.Spec) *rules.Output {
	t.Helper()
	native := &metric.Family{Name: "test_seconds", Type: metric.Histogram, Unit: metric.Seconds, Emitter: metric.Tracker}
	out, err := rules.Build(s, metric.NewCatalogue(append(metric.All(), native)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestStoriesHold proves that what is evaluated here is what the stories say, so that a mutant that is found out is found out by its change.
// All objectives are tried where their mutants are.
func TestStoriesHold(t *testing.T) {
	t.Parallel()
	for _, s := range subjects(t) {
		if s.some == 0 && os.Getenv("MUTATE") == "" || s.title == "call_setup" {
			continue // TestStoriesOnThisEngine replays that one
		}
		t.Run(s.title, func(t *testing.T) {
			t.Parallel()
			o, err := newObjective(s.out, s.of.Name)
			if err != nil {
				t.Fatal(err)
			}
			o.holds(t)
		})
	}
}

func (o *objective) holds(t *testing.T) {
	t.Helper()
	for _, told := range o.stories {
		for _, c := range told.checks {
			if ok, err := told.play.passes(t.Context(), c); err != nil || !ok {
				t.Errorf("%s: %s: %v", told.group.Name, c.text, err)
			}
		}
	}
}

// TestMutations breaks the rules of objectives in one place at a time. MUTATE is how many of the mutants of each are tried, spread over all
// rules, or "all"; JUDGED how many of those that are found out promtool judges as well, one in so many; MUTATIONS names a file to which the
// results are written.
func TestMutations(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	p := newProof(t)
	t.Cleanup(func() { p.sum() })
	for _, s := range subjects(t) {
		t.Run(s.title, func(t *testing.T) { s.try(t, tooltest.Find(t, "promtool"), p) })
	}
}

// count is what came of the mutants of an objective, or of all.
type count struct{ all, tried, killed, harmless, survived, judged int }

func (c *count) add(o count) {
	c.all, c.tried, c.killed, c.harmless, c.survived, c.judged = c.all+o.all, c.tried+o.tried, c.killed+o.killed, c.harmless+o.harmless, c.survived+o.survived, c.judged+o.judged
}

func (c count) String() string {
	return fmt.Sprintf("%d of %d mutants tried: %d found out (%d of them judged by promtool as well), %d harmless, %d survived", c.tried, c.all, c.killed, c.judged, c.harmless, c.survived)
}

// proof is what is written about a run, line by line: a run that is ended early has proven what it has proven.
type proof struct {
	mu    sync.Mutex
	to    io.Writer
	total count
}

func newProof(t *testing.T) *proof {
	t.Helper()
	name := os.Getenv("MUTATIONS")
	if name == "" {
		return &proof{to: io.Discard}
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	p := &proof{to: f}
	p.say("# MUTATE=%s JUDGED=%s SUBJECTS='%s' make mutate, at commit %s\n", os.Getenv("MUTATE"), os.Getenv("JUDGED"), os.Getenv("SUBJECTS"), os.Getenv("COMMIT"))
	return p
}

func (p *proof) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.to, format, args...)
}

// sum is the last line. A run without it was ended early.
func (p *proof) sum() { p.say("\n# All objectives: %s.\n", p.total) }

// number is one that the environment says, or another.
func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// try breaks the rules of an objective, and writes what came of it.
func (s subject) try(t *testing.T, tool string, p *proof) {
	o, err := newObjective(s.out, s.of.Name)
	if err != nil {
		t.Fatal(err)
	}
	tried := min(number("MUTATE", s.some), len(o.mutants))
	if os.Getenv("MUTATE") == "all" {
		tried = len(o.mutants)
	}
	c := count{all: len(o.mutants)}
	by, turns := map[*told]int{}, newCalendar(s.of)
	every := number("JUDGED", 8)
	p.say("\n# %s\n", s.title)
	var last *told
	for n := range tried {
		m := o.mutants[n*len(o.mutants)/tried]
		c.tried++
		k := o.kill(t.Context(), m, last)
		reason := m.harmless(s.of.SLI)
		if k.story == nil && reason == "" && turns.same(t.Context(), o.files[m.file].Groups[m.at[0]].Rules[m.at[1]], m.rule) {
			reason = "at no turn of four years does it change what is counted, nor between them"
		}
		switch {
		case k.story != nil:
			last = k.story
			by[last]++
			c.killed++
			if n%every != every/2 {
				break
			}
			c.judged++
			if !o.judged(t, tool, m, k.story, &k.check) {
				t.Errorf("%s: found out by %q, but not by promtool: %s", m.name, k.check.text, m.rule.Expr)
				p.say("DISAGREED   %s\n            by %s\n", m.name, k.check.text)
			}
		case reason != "":
			c.harmless++
			p.say("harmless    %s\n            %s\n", m.name, reason)
		case !o.survives(t, tool, m):
			t.Errorf("%s: found out by promtool, but not here: %s", m.name, m.rule.Expr)
			p.say("DISAGREED   %s\n", m.name)
		default:
			c.survived++
			t.Errorf("no promtool test fails: %s: %s", m.name, m.rule.Expr)
			p.say("SURVIVED    %s\n", m.name)
		}
	}
	for _, told := range o.stories {
		if by[told] > 0 {
			p.say("%6d found out by %s\n", by[told], told.group.Name)
		}
	}
	p.say("# %s: %s\n", s.title, c)
	p.total.add(c)
}
