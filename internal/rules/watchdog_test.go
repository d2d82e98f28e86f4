package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/spec"
)

// A spec that names nobody for the dead man's switch has none: an alert that fires for nobody is noise.
func TestWatchdog(t *testing.T) {
	t.Parallel()
	f := func(receiver string, want int) {
		t.Helper()
		out := buildSpec(t, func(s *spec.Spec) { s.Alerts.Routes.Watchdog = receiver })
		got := 0
		for _, a := range out.Alerts {
			if a.Name == WatchdogName {
				got++
			}
		}
		if want != got {
			t.Errorf("receiver %q: want %d alerts, got %d", receiver, want, got)
		}
	}
	f("deadman", 1)
	f("", 0)
}

// The addresses of panels stand in rules and in the alerts that tests expect, and are complete where the spec names Grafana.
func TestLinkPanels(t *testing.T) {
	t.Parallel()
	f := func(grafana, want string) {
		t.Helper()
		out := buildSpec(t, func(s *spec.Spec) { s.Platform.GrafanaURL = grafana })
		out.LinkPanels(map[string]uint{"KamailioDown": 7})
		for _, r := range rulesOf(t, out) {
			if got := r.Annotations["panel"]; (r.Alert == "KamailioDown" && got != want) || (r.Alert != "KamailioDown" && got != "") {
				t.Errorf("%s: got panel %q", r.Alert, got)
			}
		}
		seen := 0
		for _, s := range storiesOf(t, out) {
			for _, a := range s.AlertTests {
				for _, e := range a.Expected {
					if a.Alert == "KamailioDown" {
						seen++
						if diff := cmp.Diff(want, e.Annotations["panel"]); diff != "" {
							t.Errorf("%s (-want +got):\n%s", s.Name, diff)
						}
					}
				}
			}
		}
		if seen == 0 {
			t.Error("no story expects the alert")
		}
	}
	f("", "/d/voipbin-obs-kamailio?viewPanel=7")
	f("https://grafana.example.org/", "https://grafana.example.org/d/voipbin-obs-kamailio?viewPanel=7")
}

// Nodes that are down are known by a label and not by a list, so that a new tier is among them.
func TestDown(t *testing.T) {
	t.Parallel()
	if got, want := strings.Join(buildSpec(t).Down(), " "), "KamailioDown RTPEngineDown AsteriskDown MySQLDown RedisDown"; want != got {
		t.Errorf("want %s, got %s", want, got)
	}
}
