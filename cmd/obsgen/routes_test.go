package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// amtool finds the binary: AMTOOL, the one that make sets up, or PATH. Without any the test is skipped, unless AMTOOL says that there
// must be one.
func amtool(t *testing.T) string {
	t.Helper()
	if must := os.Getenv("AMTOOL"); must != "" {
		return must
	}
	built, err := filepath.Abs(filepath.Join("..", "..", ".lab", "bin", "amtool"))
	if err != nil {
		t.Fatal(err)
	}
	for _, candidate := range []string{built, "amtool"} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Skip("no amtool: set AMTOOL, run make setup, or put it in PATH")
	return ""
}

// TestEveryAlertIsRouted asks amtool whom each alert that the repository's rules make reaches by the committed configuration: with every set
// of labels that a rule gives.
func TestEveryAlertIsRouted(t *testing.T) {
	t.Parallel()
	tool, root := amtool(t), filepath.Join("..", "..")
	s, problems := spec.Load(os.DirFS(filepath.Join(root, "spec")), "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	made, err := rules.Build(s, metric.NewCatalogue(metric.All()))
	if err != nil {
		t.Fatal(err)
	}
	reaches := map[string]string{slo.Page: "tracker,discord-page", slo.Ticket: "discord-ticket", rules.NoSeverity: "deadman"}
	asked := make(map[string]string) // labels -> who
	for _, a := range made.Alerts {
		for _, r := range a.Rules {
			pairs := []string{"alertname=" + a.Name}
			for _, name := range slices.Sorted(maps.Keys(r.Labels)) {
				pairs = append(pairs, name+"="+r.Labels[name])
			}
			who, known := reaches[r.Labels["severity"]]
			if !known {
				t.Errorf("%v has a severity that nobody is told of", pairs)
			}
			asked[strings.Join(pairs, " ")] = who
		}
	}
	if len(asked) < len(made.Alerts) || len(made.Alerts) == 0 {
		t.Fatalf("%d sets of labels of %d alerts", len(asked), len(made.Alerts))
	}
	var group sync.WaitGroup
	next := make(chan string)
	for range 4 {
		group.Go(func() {
			for labels := range next {
				args := append([]string{"config", "routes", "test", "--config.file=" + filepath.Join(root, alertmanagerFile), "--verify.receivers=" + asked[labels]}, strings.Fields(labels)...)
				if out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput(); err != nil {
					t.Errorf("%s: want %s, got %s, %v", labels, asked[labels], out, err)
				}
			}
		})
	}
	for labels := range asked {
		next <- labels
	}
	close(next)
	group.Wait()
	t.Logf("%d sets of labels of %d alerts", len(asked), len(made.Alerts))
}
