package grafana

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/grafana-tools/sdk"
)

// at follows a path such as panels.0.title and says whether there is something.
func at(tree any, path string) (any, bool) {
	for _, step := range strings.Split(path, ".") {
		switch node := tree.(type) {
		case object:
			v, ok := node[step]
			if !ok {
				return nil, false
			}
			tree = v
		case list:
			var i int
			if _, err := fmt.Sscanf(step, "%d", &i); err != nil || i >= len(node) {
				return nil, false
			}
			tree = node[i]
		default:
			return nil, false
		}
	}
	return tree, true
}

// show is a value as JSON, or "absent".
func show(tree any, path string) string {
	v, ok := at(tree, path)
	if !ok {
		return "absent"
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// sdkTree is what the sdk itself makes of a board with one of each part, every field of ours left unset.
func sdkTree(t *testing.T) object {
	t.Helper()
	renderer := "flot"
	board := &sdk.Board{
		UID: "u", Title: "T",
		Panels: []*sdk.Panel{{
			CommonPanel: sdk.CommonPanel{OfType: sdk.CustomType, ID: 1, Type: "gauge", Title: "P", Renderer: &renderer, Links: []sdk.Link{{Title: "L"}}},
			CustomPanel: &sdk.CustomPanel{"options": object{"showThresholdMarkers": true}},
		}, {
			CommonPanel: sdk.CommonPanel{OfType: sdk.CustomType, ID: 2, Type: "row", Title: "R"},
			CustomPanel: &sdk.CustomPanel{"panels": []*sdk.Panel{{
				CommonPanel: sdk.CommonPanel{OfType: sdk.CustomType, ID: 3, Type: "stat", Title: "Q"},
				CustomPanel: &sdk.CustomPanel{},
			}}},
		}},
		Templating: sdk.Templating{List: []sdk.TemplateVar{{Name: "a", Type: "query"}, {Name: "b", Refresh: sdk.BoolInt{Flag: true}}}},
		Links:      []sdk.Link{{Title: "all", Type: "link"}},
	}
	raw, err := json.Marshal(board)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := decodeTree(raw)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestNormaliseSDKDefects holds each known way in which the sdk's output differs from what Grafana reads: the value
// that the sdk writes, so that a repaired sdk is noticed, and the value that is wanted.
func TestNormaliseSDKDefects(t *testing.T) {
	t.Parallel()
	cases := []struct{ path, sdk, want string }{
		{"slug", `""`, "absent"},
		{"originalTitle", `""`, "absent"},
		{"style", `""`, "absent"},
		{"hideControls", "false", "absent"},
		{"sharedCrosshair", "false", "absent"},
		{"rows", "null", "absent"},
		{"version", "0", "absent"},
		{"tags", "null", "[]"},
		{"timepicker.refresh_intervals", "null", "[]"},
		{"timepicker.time_options", "null", "absent"},
		{"templating.list.0.refresh", "false", "0"},
		{"templating.list.1.refresh", "true", "1"},
		{"templating.list.0.options", "null", "[]"},
		{"templating.list.0.current", `{"text":null,"value":null}`, "absent"},
		{"templating.list.0.datasource", "null", "absent"},
		{"templating.list.0.allValue", `""`, "absent"},
		{"templating.list.0.allFormat", `""`, "absent"},
		{"templating.list.0.multiFormat", `""`, "absent"},
		{"panels.0.editable", "false", "absent"},
		{"panels.0.error", "false", "absent"},
		{"panels.0.isNew", "false", "absent"},
		{"panels.0.span", "0", "absent"},
		{"panels.0.renderer", `"flot"`, "absent"},
		{"panels.0.transparent", "false", "absent"},
		{"panels.0.links.0.tags", "absent", "[]"},
		{"panels.0.options", `{"showThresholdMarkers":true}`, `{"showThresholdMarkers":true}`},
		{"panels.1.editable", "false", "absent"},
		{"panels.1.span", "0", "absent"},
		{"panels.1.panels.0.isNew", "false", "absent"},
		{"panels.1.panels.0.title", `"Q"`, `"Q"`},
		{"links.0.tags", "absent", "[]"},
	}
	before, after := sdkTree(t), sdkTree(t)
	normalise(after)
	for _, tc := range cases {
		t.Run(tc.path, func(t *testing.T) {
			t.Parallel()
			if got := show(before, tc.path); got != tc.sdk {
				t.Errorf("as the sdk writes it: want %s, got %s", tc.sdk, got)
			}
			if got := show(after, tc.path); got != tc.want {
				t.Errorf("normalised: want %s, got %s", tc.want, got)
			}
		})
	}
}

func TestNormaliseTwiceIsOnce(t *testing.T) {
	t.Parallel()
	once, twice := sdkTree(t), sdkTree(t)
	normalise(once)
	normalise(twice)
	normalise(twice)
	if show(once, "panels") != show(twice, "panels") || show(once, "templating") != show(twice, "templating") {
		t.Error("want the same tree after a second run, got another")
	}
}
