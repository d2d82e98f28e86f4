package grafana

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana-tools/sdk"
)

// sample is a board with each part that a board can have.
func sample() Board {
	source := Datasource{Type: "prometheus", UID: "${datasource}"}
	body := map[string]any{"options": map[string]any{"colorMode": "value", "limit": 0.1 + 0.2}, "targets": []any{map[string]any{"expr": `x > 1 and y{a="b"} < 2`}}}
	return Board{
		UID: "voipbin-obs-sample", Title: "Sample", Description: "One of each.", Tags: []string{"voipbin-obs"},
		From: "now-6h", To: "now", Refresh: 30 * time.Second, RefreshChoices: []time.Duration{30 * time.Second, time.Minute},
		Variables: []Variable{
			{Type: DatasourceVariable, Name: "datasource", Label: "Data source", Query: "prometheus"},
			{
				Type: QueryVariable, Name: "instance", Label: "Instance", Description: "Which proxies.", Datasource: &source,
				Query: "label_values(kamailio_up, instance)", Multi: true, AllValue: ".*",
			},
		},
		Annotations: []Annotation{{
			Name: "Alerts", Datasource: source, Expr: `ALERTS{alertstate="firing"}`, Step: time.Minute,
			TitleFormat: "{{alertname}}", TextFormat: "{{instance}}", TagKeys: []string{"severity", "instance"}, Color: "#c03050",
		}},
		Links: []Link{{Title: "Boards", Tags: []string{"voipbin-obs"}, KeepTime: true, KeepVariables: true}},
		Panels: []Panel{
			{ID: 7, Type: "row", Title: "Open", Grid: Grid{W: 24, H: 1}},
			{
				ID: 1, Type: "stat", Title: "Now", Description: "What it is now.", Grid: Grid{Y: 1, W: 12, H: 4}, Datasource: &source,
				Links: []Link{{Title: "Runbook", URL: "https://example.com/x.md", NewTab: true}}, Body: body,
			},
			{
				ID: 8, Type: "row", Title: "Shut", Grid: Grid{Y: 5, W: 24, H: 1},
				Collapsed: []Panel{{ID: 2, Type: "text", Title: "Inside", Grid: Grid{Y: 6, W: 24, H: 4}}},
			},
		},
	}
}

func encode(t *testing.T, b Board) []byte {
	t.Helper()
	raw, err := Encode(b)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestEncodeGolden(t *testing.T) {
	t.Parallel()
	golden := filepath.Join("testdata", "sample.json")
	got := encode(t, sample())
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("board (-want +got):\n%s", diff)
	}
}

// TestEncodeStable encodes at once from many sides, with the sdk's process-wide counters moving in between.
func TestEncodeStable(t *testing.T) {
	t.Parallel()
	want := string(encode(t, sample()))
	var wg sync.WaitGroup
	var counters sync.Mutex
	for range 20 {
		wg.Go(func() {
			counters.Lock()
			sdk.NewBoard("another").AddRow("r").Add(sdk.NewStat("s"))
			counters.Unlock()
			raw, err := Encode(sample())
			if err != nil {
				t.Error(err)
				return
			}
			if string(raw) != want {
				t.Error("want the same bytes each time, got others")
			}
		})
	}
	wg.Wait()
}

func TestEncodeKeysSortedAndEndsWithNewline(t *testing.T) {
	t.Parallel()
	raw := string(encode(t, sample()))
	if !strings.HasSuffix(raw, "}\n") || strings.HasSuffix(raw, "\n\n") {
		t.Errorf("want one newline at the end, got %q", raw[len(raw)-3:])
	}
	var last string
	for _, m := range regexp.MustCompile(`(?m)^  "([^"]+)":`).FindAllStringSubmatch(raw, -1) {
		if m[1] <= last {
			t.Errorf("want keys in order, got %q after %q", m[1], last)
		}
		last = m[1]
	}
	if strings.Contains(raw, `\u003`) {
		t.Error("want < and > as they are, got them escaped")
	}
}

func TestEncodeWithoutRefresh(t *testing.T) {
	t.Parallel()
	b := sample()
	b.Refresh = 0
	var got struct {
		Refresh *string `json:"refresh"`
	}
	if err := json.Unmarshal(encode(t, b), &got); err != nil {
		t.Fatal(err)
	}
	if got.Refresh == nil || *got.Refresh != "" {
		t.Errorf("want an empty refresh, got %v", got.Refresh)
	}
}

func TestEncodeEmptyBoardHasNoNull(t *testing.T) {
	t.Parallel()
	raw := string(encode(t, Board{UID: "u", Title: "T"}))
	if strings.Contains(raw, "null") {
		t.Errorf("want no null, got %s", raw)
	}
}

func TestEncodeRefusesBodies(t *testing.T) {
	t.Parallel()
	f := func(body any, want string) {
		t.Helper()
		b := Board{UID: "u", Panels: []Panel{{ID: 1, Type: RowType, Collapsed: []Panel{{ID: 2, Type: "stat", Title: "P", Body: body}}}}}
		_, err := Encode(b)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Encode with body %v: want an error with %q, got %v", body, want, err)
		}
	}
	f(map[string]any{"title": "again"}, `board "u": panel "": panel "P": body: key "title" belongs to the panel itself`)
	f(map[string]any{"datasource": "x"}, `key "datasource" belongs to the panel itself`)
	f([]int{1}, "not an object")
	f(map[string]any{"options": func() {}}, "unsupported type")
}

// TestCommonPanelKeys compares the list with the sdk's struct by way of what it writes when all is set.
func TestCommonPanelKeys(t *testing.T) {
	t.Parallel()
	one, text, number := 1, "x", uint(1)
	width, flag := float32(1), true
	c := sdk.CommonPanel{
		Datasource: "d", Height: 1, HideTimeOverride: &flag, Links: []sdk.Link{{}}, MinSpan: &width, Renderer: &text,
		Repeat: &text, RepeatPanelID: &number, Description: &text, Alert: &sdk.Alert{},
	}
	c.GridPos.X = &one
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		t.Fatal(err)
	}
	keys["scopedVars"] = nil // a map of an unnamed struct, left out when empty
	got := commonPanelKeys()
	for _, k := range got {
		if _, ok := keys[k]; !ok {
			t.Errorf("key %q: want it among the sdk's, got none", k)
		}
		delete(keys, k)
	}
	for k := range keys {
		t.Errorf("key %q of the sdk: want it in the list, got none", k)
	}
}
