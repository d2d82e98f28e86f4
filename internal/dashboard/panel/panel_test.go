package panel

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw) + "\n"
}

// target is a query for the tests.
func target(format Format) Target {
	return Target{
		RefID: "A", Datasource: Datasource{Type: Prometheus, UID: "${datasource}"}, Expr: "up", Legend: "{{instance}}",
		Interval: "15s", Format: format, Range: format != FormatTable, Instant: format == FormatTable, EditorMode: "code",
	}
}

// bodies is one of each panel, with every option that is not its zero value at least once.
func bodies() []Body {
	upDown := Mapping{States: []State{{Value: 1, Text: "up", Color: Good}, {Value: 0, Text: "down", Color: Bad}}}
	series := Data{
		Targets: []Target{target(FormatSeries)}, Field: Field{Unit: UnitPerSec, Min: Float(0), Color: &Color{Mode: ColorFixed, Fixed: Blue}},
		Overrides: append(Series([]string{"a", "b"}), ForQuery("A", InColor(Sky), WithLineWidth(1), WithFill(20)), ForRegexp("^4", InColor(Amber))),
	}
	share := Data{
		Targets: []Target{target(FormatSeries)},
		Field: Field{
			Unit: UnitPercent, Decimals: Int(1), Min: Float(0), Max: Float(1), NoValue: "idle", Color: &Color{Mode: ColorThresholds},
			Thresholds: Rising(Good, Bound{0.7, Warning}, Bound{0.85, Bad}),
		},
	}
	rows := Data{
		Targets:         []Target{target(FormatTable)},
		Transformations: []Transformation{Merge(), Organize([]string{"Time"}, Column{Field: "instance", Name: "Proxy"}, Column{Field: "Value"}), SortBy("Proxy", false)},
		Overrides: []Override{ForName("Value", WithUnit(UnitShort), WithMapping(upDown), WithThresholds(Rising(Good, Bound{1, Bad})),
			WithWidth(120), WithCell(Cell{Type: BackgroundCell, Mode: "basic"}), WithLink("Board", "/d/x")), ForName("Left", WithDecimals(2), WithNone("nothing yet"))},
	}
	lines := target("")
	lines.Datasource, lines.QueryType, lines.MaxLines, lines.Legend = Datasource{Type: Loki, UID: "${logs}"}, "range", 100, ""
	return []Body{
		TimeSeries{Common: series, Fill: 10, ThresholdLines: true, SoftMax: Float(5), FromZero: true, LegendCalcs: []Reducer{LastNotNull, MaxOf}, LegendRight: true},
		Stat{Common: share, Reducer: Mean, Color: ColorBackground, Sparkline: true, Name: true, Orientation: Horizontal},
		Gauge{Common: share},
		BarGauge{Common: share, Orientation: Horizontal},
		Table{Common: rows, SortColumn: "Value", SortDescending: true},
		Heatmap{Common: Data{Targets: []Target{target(FormatHeatmap)}, Field: Field{Unit: UnitShort}}, AxisUnit: UnitSeconds},
		StateTimeline{Common: Data{Targets: []Target{target(FormatSeries)}, Field: Field{Mappings: []Mapping{upDown}}}},
		Text{Markdown: "# Title"},
		Logs{Common: Data{Targets: []Target{lines}}, Wrap: true},
	}
}

func TestBodiesGolden(t *testing.T) {
	t.Parallel()
	for _, body := range bodies() {
		t.Run(string(body.Type()), func(t *testing.T) {
			t.Parallel()
			golden := filepath.Join("testdata", string(body.Type())+".json")
			got := mustJSON(t, Wire(body))
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBodiesSetEveryChoice looks for the empty strings by which the sdk writes choices that were not made; Grafana has
// no such values.
func TestBodiesSetEveryChoice(t *testing.T) {
	t.Parallel()
	free := []string{`"axisLabel": ""`, `"fields": ""`} // texts, where empty is a value
	for _, body := range []Body{
		TimeSeries{}, Stat{}, Gauge{}, BarGauge{}, Table{}, Heatmap{}, StateTimeline{}, Logs{}, TimeSeries{Bars: true, Stacked: true},
	} {
		got := mustJSON(t, struct{ Options, Custom any }{body.options(), body.custom()})
		for _, text := range free {
			got = strings.ReplaceAll(got, text, "")
		}
		if strings.Contains(got, `: ""`) || body.custom() != nil && strings.Contains(got, "null") {
			t.Errorf("%T: want every choice made, got %s", body, got)
		}
	}
}

func TestThresholdsBeginWithoutValue(t *testing.T) {
	t.Parallel()
	got := mustJSON(t, Rising(Good, Bound{0.7, Warning}).Steps[0])
	want := mustJSON(t, map[string]any{"color": Good, "value": nil})
	if got != want {
		t.Errorf("first step: want %s, got %s", want, got)
	}
}

func TestTimeSeriesStyles(t *testing.T) {
	t.Parallel()
	f := func(p TimeSeries, want string) {
		t.Helper()
		if got := mustJSON(t, p.custom()); !strings.Contains(got, want) {
			t.Errorf("%+v: want %s, got %s", p, want, got)
		}
	}
	f(TimeSeries{}, `"drawStyle": "line"`)
	f(TimeSeries{Bars: true}, `"drawStyle": "bars"`)
	f(TimeSeries{}, `"mode": "none"`)
	f(TimeSeries{Stacked: true}, `"mode": "normal"`)
	f(TimeSeries{}, `"lineWidth": 2`)
	f(TimeSeries{Stacked: true}, `"lineWidth": 0`)
	f(TimeSeries{}, `"spanNulls": false`)
	f(TimeSeries{FromZero: true}, `"axisSoftMin": 0`)
}
