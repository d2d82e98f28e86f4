package grafana

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/grafana-tools/sdk"
)

// schemaVersion is that of Grafana 12.0. Grafana migrates boards of an older version when it loads them.
const schemaVersion = 41

// sharedCrosshair makes the pointer's time visible on all graphs (DashboardCursorSync in @grafana/schema).
const sharedCrosshair = 1

// envelope puts a board into the sdk's structs. Panels go in as custom panels, set up field by field: the sdk's own
// panel types cannot say what we need, and its constructors number things from a process-wide counter. Their bodies are added
// afterwards, as the sdk would encode each several times over.
func envelope(b Board) *sdk.Board {
	out := &sdk.Board{
		UID: b.UID, Title: b.Title, Tags: b.Tags, Timezone: "browser",
		Panels: sdkPanels(b.Panels), SchemaVersion: schemaVersion, GraphTooltip: sharedCrosshair,
		Time:       sdk.Time{From: b.From, To: b.To},
		Timepicker: sdk.Timepicker{RefreshIntervals: intervals(b.RefreshChoices)},
		Links:      sdkLinks(b.Links),
	}
	if b.Refresh > 0 {
		out.Refresh = &sdk.BoolString{Value: interval(b.Refresh)}
	}
	for _, v := range b.Variables {
		out.Templating.List = append(out.Templating.List, sdkVariable(v))
	}
	return out
}

func sdkPanels(panels []Panel) []*sdk.Panel {
	out := make([]*sdk.Panel, 0, len(panels))
	for _, p := range panels {
		out = append(out, sdkPanel(p))
	}
	return out
}

func sdkPanel(p Panel) *sdk.Panel {
	body := sdk.CustomPanel{}
	if p.Type == RowType {
		inner := sdkPanels(p.Collapsed)
		body["collapsed"] = len(inner) > 0
		body["panels"] = inner
	}
	common := sdk.CommonPanel{
		OfType: sdk.CustomType, ID: p.ID, Type: p.Type, Title: p.Title, Links: sdkLinks(p.Links),
	}
	common.GridPos.X, common.GridPos.Y = &p.Grid.X, &p.Grid.Y
	common.GridPos.W, common.GridPos.H = &p.Grid.W, &p.Grid.H
	if p.Description != "" {
		common.Description = &p.Description
	}
	if p.Datasource != nil {
		common.Datasource = *p.Datasource
	}
	return &sdk.Panel{CommonPanel: common, CustomPanel: &body}
}

// addBodies adds the bodies of panels to what the sdk has made of these, in the same order.
func addBodies(tree any, panels []Panel) error {
	items, _ := tree.(list)
	for i, p := range panels {
		o, _ := items[i].(object)
		err := addBody(o, p.Body)
		if err == nil && p.Type == RowType {
			err = addBodies(o["panels"], p.Collapsed)
		}
		if err != nil {
			return fmt.Errorf("panel %q: %w", p.Title, err)
		}
	}
	return nil
}

// addBody adds the keys of a body. It refuses one that CommonPanel also holds.
func addBody(o object, body any) error {
	if body == nil {
		return nil
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	keys, err := decodeTree(raw)
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	for k, v := range keys {
		if slices.Contains(commonPanelKeys(), k) {
			return fmt.Errorf("body: key %q belongs to the panel itself", k)
		}
		o[k] = v
	}
	return nil
}

// commonPanelKeys lists the keys that sdk.CommonPanel may write.
func commonPanelKeys() []string {
	return []string{
		"alert", "datasource", "description", "editable", "error", "gridPos", "height", "hideTimeOverride", "id",
		"isNew", "links", "minSpan", "renderer", "repeat", "repeatPanelId", "scopedVars", "span", "title",
		"transparent", "type",
	}
}

func sdkVariable(v Variable) sdk.TemplateVar {
	refresh := int64(refreshOnLoad)
	out := sdk.TemplateVar{
		Name: v.Name, Label: v.Label, Type: string(v.Type), Query: v.Query,
		Multi: v.Multi, AllValue: v.AllValue, IncludeAll: v.AllValue != "",
	}
	if v.Datasource != nil {
		out.Datasource = *v.Datasource
	}
	if v.Type == QueryVariable {
		refresh = refreshOnTimeRange
		out.Sort = sortNatural
	}
	if out.IncludeAll {
		out.Current = sdk.Current{Text: &sdk.StringSliceString{Value: []string{"All"}, Valid: true}, Value: []string{"$__all"}}
	}
	out.Refresh = sdk.BoolInt{Value: &refresh}
	return out
}

func sdkLinks(links []Link) []sdk.Link {
	out := make([]sdk.Link, 0, len(links))
	for _, l := range links {
		dropdown := len(l.Tags) > 0
		kind, icon := "link", "external link"
		if dropdown {
			kind, icon = "dashboards", "dashboard"
		}
		out = append(out, sdk.Link{
			Title: l.Title, Type: kind, Icon: &icon, Tooltip: &l.Tooltip, Tags: l.Tags, URL: &l.URL,
			AsDropdown: &dropdown, IncludeVars: l.KeepVariables, KeepTime: &l.KeepTime, TargetBlank: &l.NewTab,
		})
	}
	return out
}

// Encode returns the board as JSON: two spaces of indent, keys in the order of the alphabet, one newline at the end,
// the same bytes for the same board. It fails when a panel's body is not an object or repeats a key of the panel.
func Encode(b Board) ([]byte, error) {
	raw, err := json.Marshal(envelope(b))
	if err != nil {
		return nil, fmt.Errorf("board %q: %w", b.UID, err)
	}
	tree, err := decodeTree(raw)
	if err != nil {
		return nil, fmt.Errorf("board %q: %w", b.UID, err)
	}
	if err := addBodies(tree["panels"], b.Panels); err != nil {
		return nil, fmt.Errorf("board %q: %w", b.UID, err)
	}
	normalise(tree)
	addMissing(tree, b)
	var out bytes.Buffer
	if err := encodeTree(&out, tree); err != nil {
		return nil, fmt.Errorf("board %q: %w", b.UID, err)
	}
	return out.Bytes(), nil
}
