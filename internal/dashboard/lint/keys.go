package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/diag"
)

func keyRules() []Rule {
	return []Rule{{
		Name:        "keys-known",
		Description: "Every key of a board, a panel, a query, a variable, an annotation and a link is one that Grafana has: it drops others in silence.",
		board: func(r *report, b *board) {
			r.known("board", b.raw, boardKeys())
			r.knownEach("link", b.raw["links"], linkKeys())
			r.knownEach("variable", inner(b.raw, "templating", "list"), variableKeys())
			r.knownEach("annotation", inner(b.raw, "annotations", "list"), annotationKeys())
			for _, p := range b.all() {
				r.about(p)
				r.panelKeys(p)
			}
		},
	}}
}

// panelKeys judges the keys of one panel, save those of its options, which differ by kind: the compiler holds them to Grafana's types.
func (r *report) panelKeys(p *panel) {
	o, _ := p.raw.(map[string]any)
	if p.Type == rowType {
		r.known("row", o, rowKeys())
		return
	}
	r.known("panel", o, panelKeys())
	r.knownEach("link", o["links"], linkKeys())
	r.knownEach("query", o["targets"], targetKeys())
	grid, _ := o["gridPos"].(map[string]any)
	r.known("gridPos", grid, strings.Fields("h static w x y"))
	field, _ := o["fieldConfig"].(map[string]any)
	r.known("fieldConfig", field, strings.Fields("defaults overrides"))
	defaults, _ := field["defaults"].(map[string]any)
	r.known("fieldConfig.defaults", defaults, fieldKeys())
}

// inner is the value at a path of objects, nil when there is none.
func inner(v any, path ...string) any {
	for _, key := range path {
		o, _ := v.(map[string]any)
		v = o[key]
	}
	return v
}

// sortedKeys lists the keys of an object in order.
func sortedKeys(o map[string]any) []string {
	keys := make([]string, 0, len(o))
	for k := range o {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// known reports the keys of an object that are not listed.
func (r *report) known(what string, o map[string]any, keys []string) {
	for _, k := range sortedKeys(o) {
		if slices.Contains(keys, k) {
			continue
		}
		hint := diag.DidYouMean(k, keys)
		if hint != "" {
			hint = ": " + hint
		}
		r.say("%s: key %q is not known%s", what, k, hint)
	}
}

// knownEach does so for every object of a list.
func (r *report) knownEach(what string, list any, keys []string) {
	items, _ := list.([]any)
	for i, item := range items {
		o, _ := item.(map[string]any)
		name, _ := o["name"].(string)
		if name == "" {
			name = fmt.Sprint(i + 1)
		}
		r.known(what+" "+name, o, keys)
	}
}

// The keys of each piece: those of @grafana/schema 12.4.10, and what Grafana reads besides (definition of a variable, the query of an
// annotation beside its name). Keys of links that overrides put on values are checked with the look of the panel.

func boardKeys() []string {
	return strings.Fields(`annotations description editable fiscalYearStartMonth gnetId graphTooltip id links liveNow panels preload refresh
		revision schemaVersion snapshot tags templating time timepicker timezone title uid version weekStart`)
}

func panelKeys() []string {
	return strings.Fields(`autoMigrateFrom cacheTimeout datasource description fieldConfig gridPos hideTimeOverride id interval libraryPanel
		links maxDataPoints maxPerRow options pluginVersion queryCachingTTL repeat repeatDirection targets timeCompare timeFrom timeShift
		title transformations transparent type`)
}

func rowKeys() []string {
	return strings.Fields("collapsed datasource gridPos id panels repeat title type")
}

func targetKeys() []string {
	return strings.Fields(`datasource editorMode exemplar expr format hide instant interval intervalFactor legendFormat maxLines queryType
		range refId step`)
}

func fieldKeys() []string {
	return strings.Fields(`actions color custom decimals description displayName displayNameFromDS filterable links mappings max min noValue
		path thresholds unit writeable`)
}

func variableKeys() []string {
	return strings.Fields(`allValue allowCustomValue auto auto_count auto_min current datasource definition description filters hide
		includeAll label multi name options query refresh regex regexApplyTo skipUrlSync sort staticOptions staticOptionsOrder type valuesFormat`)
}

func annotationKeys() []string {
	return strings.Fields(`builtIn datasource enable expr filter hide iconColor name placement step tagKeys target textFormat titleFormat type
		useValueForTime`)
}

func linkKeys() []string {
	return strings.Fields("asDropdown icon includeVars keepTime placement tags targetBlank title tooltip type url")
}
