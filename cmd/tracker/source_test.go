package main

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/tracker"
)

// TestObjectivesOfAProfile: the tracker follows what the profile has, and no objective of which there are no rules.
func TestObjectivesOfAProfile(t *testing.T) {
	t.Parallel()
	for profile, drill := range map[string]bool{"": true, "compose-single-host": false} {
		cfg := tracker.Config{Vantage: "dr", Data: t.TempDir()}
		cfg.Objectives.Prometheus, cfg.Objectives.Interval = "http://127.0.0.1:1", time.Minute
		o, err := followObjectives(cfg, source{folder: "../../spec", profile: profile}, time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		all := o.follower.Snapshot().Objectives
		has := func(name string) bool {
			return slices.ContainsFunc(all, func(o budget.Objective) bool { return o.Name == name })
		}
		if has("virtual_drill") != drill || !has("call_setup") {
			t.Errorf("profile %q: %d objectives, virtual_drill among them: %v", profile, len(all), has("virtual_drill"))
		}
		if err := o.close(); err != nil {
			t.Error(err)
		}
	}
}

// TestTheProfileOfServe is read before anything is begun, and says where it was looked for.
func TestTheProfileOfServe(t *testing.T) {
	t.Parallel()
	v := newVictim(t, "http://127.0.0.1:1")
	for profile, want := range map[string]string{"monorepo": " is right: ", "monorpeo": "monorpeo"} {
		code, stdout, stderr := runTracker(t, "serve", "--config.check", "--config.file="+v.folder+"/tracker.yaml", "--spec=../../spec", "--spec.profile="+profile)
		if (code == exitOK) != (profile == "monorepo") || !strings.Contains(stdout+stderr, want) {
			t.Errorf("%s: exit code %d, %q, %q", profile, code, stdout, stderr)
		}
	}
}
