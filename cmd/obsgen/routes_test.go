package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/voipbin/observability/internal/alerting"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/tooltest"
)

// TestEveryAlertIsRouted asks amtool whom each alert that the repository's rules make reaches by the committed configuration: with every set
// of labels that a rule gives in any profile. What Alertmanager is told to route by is the same in all of them, but for what it inhibits.
func TestEveryAlertIsRouted(t *testing.T) {
	t.Parallel()
	tool, root := tooltest.Find(t, "amtool"), filepath.Join("..", "..")
	asked := make(map[string]string) // labels -> who
	var route []byte
	names := map[string]bool{}
	for _, profile := range profileNames(t) {
		s := repositorySpec(t, profile)
		made, err := rules.Build(s, metric.NewCatalogue(metric.All()))
		if err != nil {
			t.Fatal(err)
		}
		same, err := json.Marshal(alerting.Build(told(s, scrapecfg.Targets{}, made)).Route)
		if err != nil || route != nil && !bytes.Equal(route, same) {
			t.Errorf("profile %s routes by %s, others by %s: %v", profile, same, route, err)
		}
		route = same
		wanted(t, made.Alerts, asked)
		for _, a := range made.Alerts {
			names[a.Name] = true
		}
	}
	if len(asked) < len(names) || !names["ServiceDown"] || !names["ServiceEventsDropped"] {
		t.Fatalf("%d sets of labels of %d alerts", len(asked), len(names))
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
	t.Logf("%d sets of labels of %d alerts", len(asked), len(names))
}

// wanted adds whom each set of labels has to reach, by the labels as amtool takes them.
func wanted(t *testing.T, alerts []rules.Alert, asked map[string]string) {
	t.Helper()
	reaches := map[string]string{slo.Page: "tracker,discord-page", slo.Ticket: "discord-ticket", rules.NoSeverity: "deadman"}
	for _, a := range alerts {
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
}
