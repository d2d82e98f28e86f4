package dashboard

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"

	ours "github.com/voipbin/observability/internal/promql"
)

// reader is a Prometheus in memory that answers a board's queries, with the choices that its reader has made.
type reader struct {
	engine  *promql.Engine
	storage storage.Queryable
	choices map[string]string
}

func newReader(t *testing.T, s storage.Queryable, choices map[string]string) reader {
	t.Helper()
	all := map[string]string{"__rate_interval": "1m", "region": ".*", "instance": ".*", "slo": ".*", "container": ".*"}
	maps.Copy(all, choices)
	return reader{storage: s, choices: all, engine: promqltest.NewTestEngineWithOpts(t, promql.EngineOpts{
		EnableAtModifier: true, MaxSamples: 1e6, Timeout: time.Minute, Parser: parser.NewParser(parser.Options{EnableExtendedRangeSelectors: true}),
	})}
}

// ask evaluates an expression at a moment.
func (r reader) ask(t *testing.T, expr string, at time.Time) promql.Vector {
	t.Helper()
	expanded := ours.Expand(expr, func(name string) (string, bool) {
		v, ok := r.choices[name]
		return v, ok
	})
	q, err := r.engine.NewInstantQuery(context.Background(), r.storage, nil, expanded.Text, at)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	defer q.Close()
	result := q.Exec(t.Context())
	switch v := result.Value.(type) {
	case promql.Vector:
		return slices.Clone(v)
	case promql.Scalar:
		return promql.Vector{{F: v.V}}
	}
	t.Fatalf("%s: %v", expr, result.Err)
	return nil
}

// queries are the expressions of each panel of a board, by title.
func queries(t *testing.T, board []byte) map[string][]string {
	t.Helper()
	type panel struct {
		Title   string
		Targets []struct{ Expr string }
		Panels  json.RawMessage
	}
	out := map[string][]string{}
	var add func(raw []byte)
	add = func(raw []byte) {
		var list []panel
		if err := json.Unmarshal(raw, &list); err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			for _, q := range p.Targets {
				out[p.Title] = append(out[p.Title], q.Expr)
			}
			if len(p.Panels) > 0 {
				add(p.Panels)
			}
		}
	}
	var b struct{ Panels json.RawMessage }
	if err := json.Unmarshal(board, &b); err != nil {
		t.Fatal(err)
	}
	add(b.Panels)
	return out
}

// TestPanelsTellTheTruth gives panels a small world and looks at the numbers that their readers would see.
func TestPanelsTellTheTruth(t *testing.T) {
	t.Parallel()
	files := build(t, described(t))
	boards := map[string]map[string][]string{}
	for _, name := range []string{"overview", "fleet", "kamailio", "rtpengine"} {
		boards[name] = queries(t, boardOf(t, files, name))
	}
	const ks = `job="kamailio",region="us-central1"`
	cases := []struct {
		name, board, panel string
		world              string // what promtool's test files call a load
		choices            map[string]string
		want               map[string]float64
	}{
		{
			name: "the mean score weighs reports, not engines", board: "rtpengine", panel: "Mean score by engine",
			world: `rtpengine_reported_mos_sum{instance="e",job="rtpengine",region="us-central1"} 0+40x40
				rtpengine_reported_mos_count{instance="e",job="rtpengine",region="us-central1"} 0+10x40
				rtpengine_reported_mos_sum{instance="idle",job="rtpengine",region="us-central1"} 7x40
				rtpengine_reported_mos_count{instance="idle",job="rtpengine",region="us-central1"} 2x40`,
			want: map[string]float64{`{instance="e"}`: 4},
		},
		{
			name: "poor streams are those up to the bound", board: "rtpengine", panel: "Poor streams by engine",
			world: `rtpengine_stream_mos_bucket{le="3.6",instance="e",job="rtpengine",region="us-central1"} 0+1x40
				rtpengine_stream_mos_bucket{le="4",instance="e",job="rtpengine",region="us-central1"} 0+4x40
				rtpengine_stream_mos_count{instance="e",job="rtpengine",region="us-central1"} 0+4x40`,
			want: map[string]float64{`{instance="e"}`: 0.25},
		},
		{
			name: "time for a command is that of each, where there were some", board: "rtpengine", panel: "Time for a command",
			world: `rtpengine_control_request_seconds_total{instance="e",job="rtpengine",region="us-central1",command="offer",proxy="p"} 0+0.5x40
				rtpengine_control_requests_total{instance="e",job="rtpengine",region="us-central1",command="offer",proxy="p"} 0+50x40
				rtpengine_control_request_seconds_total{instance="idle",job="rtpengine",region="us-central1",command="offer",proxy="p"} 1x40
				rtpengine_control_requests_total{instance="idle",job="rtpengine",region="us-central1",command="offer",proxy="p"} 9x40`,
			want: map[string]float64{`{instance="e"}`: 0.01},
		},
		{
			name: "proxies up, down and not scraped", board: "kamailio", panel: "Proxies",
			world: `up{instance="a",` + ks + `} 1x40
				kamailio_up{instance="a",` + ks + `} 1x40
				up{instance="b",` + ks + `} 1x40
				kamailio_up{instance="b",` + ks + `} 0x40
				up{instance="c",` + ks + `} 0x40
				up{instance="server",job="prometheus"} 1x40`,
			want: map[string]float64{`{instance="a"}`: 1, `{instance="b"}`: 0, `{instance="c"}`: 2},
		},
		{
			name: "success of the calls of all proxies", board: "kamailio", panel: "Call set-up success",
			world: `up{instance="a",` + ks + `} 1x40
				up{instance="b",job="kamailio",region="us-east1"} 1x40
				voipbin:call_setup_attempts:increase5m{instance="a"} 100x40
				voipbin:call_setup_failures:increase5m{instance="a"} 10x40
				voipbin:call_setup_attempts:increase5m{instance="b"} 300x40
				voipbin:call_setup_failures:increase5m{instance="b"} 0x40`,
			want: map[string]float64{`{}`: 0.975},
		},
		{
			name: "success of the calls of one region", board: "kamailio", panel: "Call set-up success", choices: map[string]string{"region": "us-central1"},
			world: `up{instance="a",` + ks + `} 1x40
				up{instance="b",job="kamailio",region="us-east1"} 1x40
				voipbin:call_setup_attempts:increase5m{instance="a"} 100x40
				voipbin:call_setup_failures:increase5m{instance="a"} 10x40
				voipbin:call_setup_attempts:increase5m{instance="b"} 300x40
				voipbin:call_setup_failures:increase5m{instance="b"} 0x40`,
			want: map[string]float64{`{}`: 0.9},
		},
		{
			name: "no calls are no success", board: "kamailio", panel: "Call set-up success",
			world: `up{instance="a",` + ks + `} 1x40
				voipbin:call_setup_attempts:increase5m{instance="a"} 0x40
				voipbin:call_setup_failures:increase5m{instance="a"} 0x40`,
			want: map[string]float64{},
		},
		{
			name: "the gravest state of a target", board: "kamailio", panel: "State of each target",
			world: `kamailio_dispatcher_target_state{instance="a",set="1",uri="sip:x",state="active",` + ks + `} 1x40
				kamailio_dispatcher_target_state{instance="a",set="1",uri="sip:x",state="inactive",` + ks + `} 0x40
				kamailio_dispatcher_target_state{instance="b",set="1",uri="sip:x",state="active",` + ks + `} 0x40
				kamailio_dispatcher_target_state{instance="b",set="1",uri="sip:x",state="inactive",` + ks + `} 1x40
				kamailio_dispatcher_target_state{instance="a",set="1",uri="sip:y",state="trying",` + ks + `} 1x40
				kamailio_dispatcher_target_state{instance="a",set="2",uri="sip:x",state="disabled",` + ks + `} 1x40`,
			want: map[string]float64{`{set="1", uri="sip:x"}`: 3, `{set="1", uri="sip:y"}`: 2, `{set="2", uri="sip:x"}`: 4},
		},
		{
			name: "targets of a set as the worst proxy sees them", board: "kamailio", panel: "Targets that take calls by set",
			world: `kamailio_dispatcher_set_targets{instance="a",set="1",state="active",` + ks + `} 2x40
				kamailio_dispatcher_set_targets{instance="a",set="1",state="trying",` + ks + `} 1x40
				kamailio_dispatcher_set_targets{instance="a",set="1",state="inactive",` + ks + `} 7x40
				kamailio_dispatcher_set_targets{instance="b",set="1",state="active",` + ks + `} 0x40
				kamailio_dispatcher_set_targets{instance="b",set="1",state="trying",` + ks + `} 1x40`,
			want: map[string]float64{`{set="1"}`: 1},
		},
		{
			name: "how each proxy is counted", board: "kamailio", panel: "How calls are counted",
			world: `up{instance="a",` + ks + `} 1x40
				up{instance="b",` + ks + `} 1x40
				voipbin:call_setup_method:info{instance="a",method="exact"} 1x40
				voipbin:call_setup_method:info{instance="b",method="approximate"} 1x40`,
			want: map[string]float64{`{instance="a"}`: 1, `{instance="b"}`: 2},
		},
		{
			name: "calls of what a proxy is sized for", board: "kamailio", panel: "Calls of what a proxy is sized for", choices: map[string]string{"instance": "a"},
			world: `up{instance="a",` + ks + `} 1x40
				up{instance="b",` + ks + `} 1x40
				voipbin:concurrent_calls:sum{instance="a"} 1250x40
				voipbin:concurrent_calls:sum{instance="b"} 5000x40`,
			want: map[string]float64{`{instance="a"}`: 0.25},
		},
		{
			name: "a rate outlives a restart", board: "kamailio", panel: "Requests by method",
			world: `kamailio_requests_received_by_method_total{instance="a",method="invite",` + ks + `} 0+30x20 0+30x20`,
			want:  map[string]float64{`{method="invite"}`: 2},
		},
		{
			name: "pages are counted, tickets and pending ones are not", board: "overview", panel: "Pages firing",
			world: `ALERTS{alertname="A",alertstate="firing",severity="page",instance="a"} 1x40
				ALERTS{alertname="A",alertstate="firing",severity="page",instance="b"} 1x40
				ALERTS{alertname="B",alertstate="pending",severity="page"} 1x40
				ALERTS{alertname="C",alertstate="firing",severity="ticket"} 1x40`,
			want: map[string]float64{`{}`: 2},
		},
		{
			name: "an alert that ended is not shown", board: "overview", panel: "Pages firing",
			world: `ALERTS{alertname="A",alertstate="firing",severity="page"} 1x20 stale`,
			want:  map[string]float64{},
		},
		{
			name: "alerts of one kind are one row", board: "overview", panel: "Active alerts",
			world: `ALERTS{alertname="A",alertstate="firing",severity="page",instance="a",uri="x"} 1x40
				ALERTS{alertname="A",alertstate="firing",severity="page",instance="a",uri="y"} 1x40
				ALERTS{alertname="B",alertstate="firing",severity="ticket",slo="s"} 1x40`,
			want: map[string]float64{`{alertname="A", instance="a", severity="page"}`: 2, `{alertname="B", severity="ticket", slo="s"}`: 1},
		},
		{
			name: "proxies that answer", board: "overview", panel: "SIP proxies up",
			world: `kamailio_up{instance="a"} 1x40
				kamailio_up{instance="b"} 0x40
				kamailio_up{instance="c"} 1x40`,
			want: map[string]float64{`{}`: 2},
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			list := boards[tc.board][tc.panel]
			if len(list) != 1 {
				t.Fatalf("panel %q: want one query, got %d", tc.panel, len(list))
			}
			r := newReader(t, promqltest.LoadedStorage(t, "load 15s\n"+indent(tc.world)), tc.choices)
			got := map[string]float64{}
			for _, sample := range r.ask(t, list[0], time.Unix(0, 0).Add(9*time.Minute+45*time.Second)) {
				got[sample.Metric.String()] = sample.F
			}
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.panel, diff)
			}
		})
	}
}

// indent puts each line of a world where the load command wants it.
func indent(world string) string {
	var out strings.Builder
	for line := range strings.Lines(world) {
		out.WriteString("  " + strings.TrimSpace(line) + "\n")
	}
	return out.String()
}
