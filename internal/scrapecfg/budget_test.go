package scrapecfg_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/tooltest"
)

// TestSeriesBudget holds the budget against the arithmetic of the published numbers: 100 GB over 30 days are 19,300 samples of two bytes a
// second, 289,000 series at 15 s, of which a quarter is left to rules.
func TestSeriesBudget(t *testing.T) {
	t.Parallel()
	if got, want := scrapecfg.SeriesBudget(platform().Prometheus), 217_013; want != got {
		t.Errorf("want %d, got %d", want, got)
	}
}

// TestLimits shows that all targets at their limits fit the budget, and that each can have what such a target has.
func TestLimits(t *testing.T) {
	t.Parallel()
	most := map[string]int{"kubernetes-pods": 200, "cadvisor": 30, "kubelet-probes": 30, "found": 40}
	sum := 0
	for _, c := range scraped().ScrapeConfigs {
		n := most[c.JobName]
		if n != c.TargetLimit {
			t.Errorf("%s: want %d targets at most, got %d", c.JobName, n, c.TargetLimit)
		}
		if n == 0 {
			for _, g := range c.Static {
				n += len(g.Targets)
			}
		}
		if c.SampleLimit < 300 && n > 0 {
			t.Errorf("%s: %d samples are less than an exporter has", c.JobName, c.SampleLimit)
		}
		sum += n * c.SampleLimit
	}
	budget := scrapecfg.SeriesBudget(platform().Prometheus)
	if sum > budget || sum < budget/2 {
		t.Errorf("%d samples of all targets, of a budget of %d", sum, budget)
	}
}

// TestPromtoolAccepts has the real program read a configuration with every kind of discovery.
func TestPromtoolAccepts(t *testing.T) {
	t.Parallel()
	tool := tooltest.Find(t, "promtool")
	text, err := config.Encode("", scraped())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), tool, "check", "config", "--syntax-only", "--lint=all", "--lint-fatal", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
