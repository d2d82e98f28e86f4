package dashboard

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/promqltest"
)

// noted is an annotation of a board.
type noted struct {
	Name, Expr, TitleFormat, Step string
	UseValueForTime, Enable       bool
	BuiltIn                       int
}

func annotationsOf(t *testing.T, board []byte) map[string]noted {
	t.Helper()
	var b struct{ Annotations struct{ List []noted } }
	if err := json.Unmarshal(board, &b); err != nil {
		t.Fatal(err)
	}
	out := map[string]noted{}
	for _, a := range b.Annotations.List {
		if a.BuiltIn == 0 {
			out[a.Name] = a
		}
	}
	return out
}

// TestAnnotations gives each annotation a small world and looks at what it marks, at two moments of which the first is before what it is about.
func TestAnnotations(t *testing.T) {
	t.Parallel()
	files := build(t, described(t))
	overview := annotationsOf(t, boardOf(t, files, "overview"))
	for _, f := range files {
		if diff := cmp.Diff(overview, annotationsOf(t, f.JSON)); diff != "" {
			t.Errorf("%s: want the annotations of the overview (-want +got):\n%s", f.UID, diff)
		}
	}
	cases := map[string]struct {
		world         string
		before, after map[string]float64
	}{
		"Firing alerts": {
			world: `ALERTS{alertname="A",alertstate="pending",severity="page",instance="a"} 1x20 stale
				ALERTS{alertname="A",alertstate="firing",severity="page",instance="a"} _x21 1x60
				ALERTS{alertname="Watchdog",alertstate="firing",severity="none"} 1x80`,
			after: map[string]float64{`{alertname="A", instance="a", severity="page"}`: 1},
		},
		"Deployments": {
			world: `platform_deploy_timestamp_seconds{instance="deploys",job="platform",service="call-manager",version="1"} -90000x80
				platform_deploy_timestamp_seconds{instance="deploys",job="platform",service="call-manager",version="2"} _x24 360x60`,
			after: map[string]float64{`{service="call-manager", version="2"}`: 360_000},
		},
		"Drills and failovers": {
			world: `recovery_drill_running{instance="a",job="tracker"} 0x20 1x60
				recovery_drill_running{instance="b",job="tracker"} 0x80`,
			before: map[string]float64{`{}`: 0},
			after:  map[string]float64{`{}`: 1},
		},
		"Failovers": {
			world: `recovery_last_drill_timestamp_seconds{instance="a",job="tracker",scenario="region_loss",kind="full"} 200x80
				recovery_last_drill_timestamp_seconds{instance="a",job="tracker",scenario="region_loss",kind="real"} -90000x24 330x60
				recovery_last_drill_timestamp_seconds{instance="b",job="tracker",scenario="region_loss",kind="real"} -90000x24 330x60`,
			after: map[string]float64{`{scenario="region_loss"}`: 330_000},
		},
	}
	if len(cases) != len(overview) {
		t.Errorf("want a case for each of %d annotations, got %d", len(overview), len(cases))
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := overview[name]
			if !a.Enable || a.TitleFormat == "" || a.Step == "" {
				t.Fatalf("want it enabled, with a title and a step, got %+v", a)
			}
			r := newReader(t, promqltest.LoadedStorage(t, "load 15s\n"+indent(tc.world)), nil)
			for at, want := range map[time.Duration]map[string]float64{4 * time.Minute: tc.before, 10 * time.Minute: tc.after} {
				got := map[string]float64{}
				for _, s := range r.ask(t, a.Expr, time.Unix(0, 0).Add(at)) {
					got[s.Metric.String()] = s.F
				}
				if len(got) != len(want) || len(want) > 0 && !cmp.Equal(want, got) {
					t.Errorf("after %v: want %v, got %v", at, want, got)
				}
			}
		})
	}
}
