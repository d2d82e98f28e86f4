package rules

import (
	"cmp"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tooltest"
)

// promtool finds the binary: "make test" relies on these tests to prove the alerts.
func promtool(t *testing.T) string {
	t.Helper()
	return tooltest.Find(t, "promtool")
}

// writeFiles writes files below a new folder and returns it.
func writeFiles(t *testing.T, files []written) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		data, err := config.Encode("test", f.Content)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPromtool(t *testing.T) {
	t.Parallel()
	tool := promtool(t)
	out, err := Build(loadWhole(t), catalogue())
	if err != nil {
		t.Fatal(err)
	}
	dir := writeFiles(t, whole(out))
	for _, f := range out.Files {
		t.Run("check "+filepath.Base(f.Path), func(t *testing.T) {
			t.Parallel()
			run(t, tool, "check", "rules", "--lint=all", "--lint-fatal", filepath.Join(dir, f.Path))
		})
	}
	spent := &ledger{of: map[string]time.Duration{}}
	t.Cleanup(func() { spent.tell(t) })
	for _, f := range out.Tests {
		t.Run("test "+filepath.Base(f.Path), func(t *testing.T) {
			t.Parallel()
			spent.add(f.Path, run(t, tool, "test", "rules", filepath.Join(dir, f.Path)))
		})
	}
}

// ledger is what the stories of each objective cost promtool, in processor time.
type ledger struct {
	mu sync.Mutex
	of map[string]time.Duration
}

// storyBudget is what the stories of one objective should cost. More is told and no failure: machines differ.
const storyBudget = 10 * time.Second

func (l *ledger) add(path string, d time.Duration) {
	name := strings.TrimSuffix(filepath.Base(path), "_test.yaml")
	for _, part := range []string{"-hours", "-weeks", "-months", "-days", "-budget"} {
		name = strings.TrimSuffix(name, part)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of[name] += d
}

// tell prints the objectives, the dearest of all last.
func (l *ledger) tell(t *testing.T) {
	for _, name := range slices.SortedFunc(maps.Keys(l.of), func(a, b string) int { return cmp.Compare(l.of[a], l.of[b]) }) {
		if strings.HasPrefix(name, "slo_") {
			t.Logf("%s: %.1f s of processor time in promtool, of a budget of %s", name, l.of[name].Seconds(), storyBudget)
		}
	}
}

// Stories are reckoned from the spec, so they must hold for other specs as well.
func TestPromtoolOtherSpecs(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes some seconds of promtool")
	}
	tool := promtool(t)
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		change func(*spec.Spec)
		files  []string
	}{
		"one node of each kind, slow alerts": {func(s *spec.Spec) {
			s.Platform.SIPProxies.Nodes, s.Platform.MediaProxies.Nodes = s.Platform.SIPProxies.Nodes[:1], s.Platform.MediaProxies.Nodes[:1]
			k, r := &s.Alerts.Kamailio, &s.Alerts.RTPEngine
			k.DownFor, k.Capacity.For, k.WorkerQueue.For = 7*time.Minute+8*time.Second, 45*time.Minute, 9*time.Minute
			k.LeakWithin, k.RestartsAnHour, k.PrivateMemory.Free = day, 5, 0.25
			r.DownFor, r.Capacity.Warn, r.Offload.Lost, r.MinFailures, r.Quality.MOS = 3*time.Minute, 0.5, 0.4, 12, 3.1
			r.OneWay.Page, r.Quality.Poor.For, r.RestartsAnHour = 0.2, 3*time.Minute, 2
			a, p := &s.Alerts.Asterisk, &s.Alerts.SIP
			s.Platform.MediaServers.Nodes = s.Platform.MediaServers.Nodes[:1]
			a.Capacity.Warn, a.GapsAnHour, a.Endpoints, a.MinFailures, a.Media.For, a.SecurityEventsPerMinute = 0.4, 2, "proxy", 9, time.Minute, 30
			p.FailedFor, p.MOS = 5*time.Minute, 4
		}, []string{"kamailio_test.yaml", "kamailio_slow_test.yaml", "rtpengine_test.yaml", "rtpengine_slow_test.yaml", "asterisk_test.yaml", "asterisk_slow_test.yaml", "sip_test.yaml"}},
		"a server that extrapolates": {func(s *spec.Spec) {
			s.Platform.Prometheus.Version = spec.Version{Major: 3, Minor: 5}
		}, []string{"kamailio_test.yaml", "rtpengine_test.yaml", "asterisk_test.yaml", "asterisk_slow_test.yaml"}},
		"a loose objective over 28 days": {func(s *spec.Spec) {
			s.SLOs[0].Objective, s.SLOs[0].ObjectiveText, s.SLOs[0].Period, s.SLOs[0].MinFailures = 0.95, "95%", 28*day, 1
		}, []string{"slo_call_setup_test.yaml"}},
		"a strict objective over a week": {func(s *spec.Spec) {
			s.SLOs[0].Objective, s.SLOs[0].ObjectiveText, s.SLOs[0].Period, s.SLOs[0].MinFailures = 0.9999, "99.99%", 7*day, 3
		}, []string{"slo_call_setup-days_test.yaml", "slo_call_setup-budget_test.yaml"}},
		"weeks of Seoul": {func(s *spec.Spec) {
			s.SLOs[0].Period, s.SLOs[0].Calendar, s.SLOs[0].Clock.Offset = 7*day, spec.Week, 9*time.Hour
		}, []string{"slo_call_setup-budget_test.yaml"}},
		"months": {func(s *spec.Spec) { s.SLOs[0].Calendar = spec.Month }, []string{"slo_call_setup-budget_test.yaml"}},
		"months of Berlin": {func(s *spec.Spec) {
			s.SLOs[0].Calendar, s.SLOs[0].Clock = spec.Month, slo.Clock{Offset: time.Hour, Steps: []slo.Step{{Date: 401, Offset: 2 * time.Hour}, {Date: 1101, Offset: time.Hour}}}
		}, []string{"slo_call_setup-budget_test.yaml"}},
		"weeks of Kathmandu": {func(s *spec.Spec) {
			s.SLOs[0].Period, s.SLOs[0].Calendar, s.SLOs[0].Clock.Offset = 7*day, spec.Week, 5*time.Hour+45*time.Minute
		}, []string{"slo_call_setup-budget_test.yaml"}},
		"quarters west of Greenwich": {func(s *spec.Spec) {
			s.SLOs[0].Period, s.SLOs[0].Calendar, s.SLOs[0].Clock.Offset = 91*day, spec.Quarter, -5*time.Hour
		}, []string{"slo_call_setup-budget_test.yaml"}},
		"an objective over raw counters": {func(s *spec.Spec) {
			o := &s.SLOs[0]
			o.Tier = "scenario"
			o.SLI.Errors = spec.Expr{Text: `sum(increase(kamailio_call_setup_outcomes_total{cause=~"500|503"}[$window]))`}
			o.SLI.Total = spec.Expr{Text: `sum(increase(kamailio_call_setup_outcomes_total[$window]))`}
			o.Tiers = slo.Tiers()[:1]
		}, []string{"slo_call_setup_test.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := buildSpec(t, c.change)
			tellLoud(out)
			dir := writeFiles(t, whole(out))
			for _, f := range c.files {
				run(t, tool, "test", "rules", filepath.Join(dir, "test", "promtool", f))
			}
		})
	}
}

// tellLoud leaves out the stories in which nothing fires, unless SPECS is "all": that nothing alerts without data or traffic depends on
// a spec's figures least, and these are half of what the others cost.
func tellLoud(out *Output) {
	if os.Getenv("SPECS") == "all" {
		return
	}
	for i, test := range out.Tests {
		made := test.Make
		out.Tests[i].Make = func() TestFile {
			f := made()
			f.Tests = slices.DeleteFunc(slices.Clone(f.Tests), func(s TestGroup) bool { return len(s.Proves) > 0 && !slices.Contains(s.Proves, Fires) })
			return f
		}
	}
}

// run runs a command that must succeed, and returns what processor time it took.
func run(t *testing.T, name string, args ...string) time.Duration {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", args, err, text)
	}
	if cmd.ProcessState == nil {
		return 0 // it did not even start
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// passes reports whether a test file passes.
func passes(t *testing.T, tool, file string) bool {
	t.Helper()
	return exec.CommandContext(t.Context(), tool, "test", "rules", file).Run() == nil
}
