package lint

import (
	"testing"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

// TestFits: every quantity may be shown in what our boards take for it, and not in what it is confused with.
func TestFits(t *testing.T) {
	t.Parallel()
	f := func(q promql.Quantity, unit string, want bool) {
		t.Helper()
		if got := fits(q, unit); got != want {
			t.Errorf("%s in %q: want %v, got %v", q, unit, want, got)
		}
	}
	f(promql.Quantity{Base: metric.Bytes}, "bytes", true)
	f(promql.Quantity{Base: metric.Bytes}, "s", false)
	f(promql.Quantity{Base: metric.Bytes}, "binBps", false)
	f(promql.Quantity{Base: metric.Bytes}, "suffix: bytes", false)
	f(promql.Quantity{Base: metric.Bytes, PerSecond: true}, "binBps", true)
	f(promql.Quantity{Base: metric.Seconds}, "ms", false)
	f(promql.Quantity{Base: metric.Seconds, PerSecond: true}, "percentunit", true)
	f(promql.Quantity{PerSecond: true}, "suffix: calls", true)
	f(promql.Quantity{PerSecond: true}, "percentunit", false)
	f(promql.Quantity{}, "cps", false)
	f(promql.Quantity{Base: metric.Ratio, PerSecond: true}, "bytes", true) // nothing is said about it
}

// TestColumns: in a table the unit is that of the column, by its first name or by the one that is shown, and hidden columns have none.
func TestColumns(t *testing.T) {
	t.Parallel()
	const expr = `sum by (instance) (kamailio_shm_size_bytes{instance=~"$instance"})`
	organize := func(options map[string]any) []any {
		return []any{map[string]any{"id": "merge"}, map[string]any{"id": "organize", "options": options}}
	}
	named := func(column string) []any {
		return []any{map[string]any{"matcher": map[string]any{"id": "byName", "options": column}, "properties": []any{map[string]any{"id": "unit", "value": "bytes"}}}}
	}
	f := func(what string, steps, overrides []any, want bool) {
		t.Helper()
		b := good(t)
		const table = "panels.3.panels.0."
		b.set(t, table+"targets.0.expr", expr)
		b.set(t, table+"fieldConfig.defaults.unit", "short")
		b.set(t, table+"transformations", steps)
		b.set(t, table+"fieldConfig.overrides", overrides)
		found := false
		for _, p := range Run(config(), []Source{b.source(t)}) {
			found = found || p.Rule == "unit-quantity"
		}
		if found != want {
			t.Errorf("%s: want it found %v, got %v", what, want, found)
		}
	}
	none := map[string]any{}
	renamed := map[string]any{"renameByName": map[string]any{"Value": "Memory"}}
	f("bytes as a number", organize(none), []any{}, true)
	f("by its own name", organize(none), named("Value"), false)
	f("by the name that is shown", organize(renamed), named("Memory"), false)
	f("by another's name", organize(renamed), named("Uptime"), true)
	f("hidden", organize(map[string]any{"excludeByName": map[string]any{"Value": true}}), []any{}, false)
	f("turned into something else", []any{map[string]any{"id": "groupBy"}}, []any{}, false)
}
