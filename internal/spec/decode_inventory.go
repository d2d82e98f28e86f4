package spec

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/voipbin/observability/internal/config"
)

// maxRows bounds an inventory; the largest known has 109.
const maxRows = 10_000

// inventory decodes inventory.yaml.
func (l *loader) inventory(m *config.Map) Inventory {
	floor, reasons, sections := m.Required("floor"), m.Required("reasons_at_most"), m.Required("sections")
	places := &places{loader: l, trees: map[string]config.Tree{}}
	i := Inventory{Pos: m.Pos(), Floor: floor.Int(0, maxRows), ReasonsAtMost: reasons.Int(0, maxRows)}
	given := 0
	i.Sections = config.Objects(sections, func(m *config.Map) InventorySection {
		id, rows := m.Required("id"), m.Required("rows")
		l.unique("section", id)
		s := InventorySection{Pos: m.Pos(), ID: rowID(id), Title: prose(m.Required("title"))}
		s.Rows = config.Objects(rows, func(m *config.Map) InventoryRow { return l.inventoryRow(m, places) })
		for _, r := range s.Rows {
			if r.Reason != "" {
				given++
			}
		}
		return s
	})
	if given > i.ReasonsAtMost {
		reasons.Reject(fmt.Sprintf("%d rows end in a reason, and %d may", given, i.ReasonsAtMost), "cover one: a reason is for what cannot be watched, not for what has not been")
	}
	if rows := i.Rows(); i.Floor > rows {
		floor.Reject(fmt.Sprintf("%d rows cannot be covered of %d", i.Floor, rows), "")
	}
	return i
}

// inventoryRow decodes one fact.
func (l *loader) inventoryRow(m *config.Map, places *places) InventoryRow {
	id, stands, reason, rules := m.Required("id"), m.Required("spec"), m.Optional("reason"), m.Optional("rules")
	l.unique("row", id)
	r := InventoryRow{
		Pos: m.Pos(), ID: rowID(id), Title: prose(m.Required("title")), Objective: m.Optional("objective").Bool(false),
		Spec: config.List(stands, places.place), Rules: config.List(rules, named), Metrics: config.List(m.Optional("metrics"), named),
		SLOs: config.List(m.Optional("slos"), l.objectiveName), Reason: strings.TrimSpace(reason.String()),
	}
	if r.Spec != nil && len(r.Spec) == 0 {
		stands.Reject("the row stands nowhere", "name where the spec states it, such as redis.capacity of stores: stores.redis.capacity")
	}
	if reason.Present() && rules.Present() {
		reason.Reject("the row has rules, and a reason why it has none", "leave one out")
	}
	return r
}

// rowID decodes the id of a row or section.
func rowID(v config.Value) string {
	return v.Match(`[A-Z][A-Z0-9-]*`, "an id such as A1 or F6-F12")
}

// named decodes a name and keeps its place.
func named(v config.Value) Named { return Named{Name: v.String(), Pos: v.Pos()} }

// objectiveName decodes the name of an objective or of a scenario. That an objective is there is for coverage to say: there may be
// another slos.yaml for a smaller platform.
func (l *loader) objectiveName(v config.Value) Named {
	n := named(v)
	if scenario, ok := strings.CutPrefix(n.Name, ScenarioPrefix); ok {
		l.afterwards(func() {
			if _, known := l.spec.Recovery.Scenario(scenario); !known && l.spec.Recovery.Described() {
				v.Reject(fmt.Sprintf("there is no scenario %q", scenario), "recovery.yaml has them")
			}
		})
	}
	return n
}

// ScenarioPrefix begins the name of what is promised for a scenario of recovery.yaml, among objectives.
const ScenarioPrefix = "recovery."

// places finds out whether something stands in the spec.
type places struct {
	*loader
	trees  map[string]config.Tree
	judged bool
	broken bool // whether files had faults before the first place was looked up: a key that is misspelt there need not be told twice
}

// place decodes where in the spec something stands.
func (p *places) place(v config.Value) string {
	s := v.Match(`[a-z][a-z0-9/-]*\.\S+`, "a place such as stores.redis.capacity")
	p.afterwards(func() {
		if !p.judged {
			p.judged, p.broken = true, p.report.Failed()
		}
		file, keys, ok := strings.Cut(s, ".")
		if ok && !p.broken && !p.tree(file).Has(keys) {
			v.Reject(fmt.Sprintf("nothing stands at %s in %s.yaml", keys, file), "keys are joined by dots, elements of lists named by their name or id")
		}
	})
	return s
}

// tree reads a file of the spec, once.
func (p *places) tree(file string) config.Tree {
	tree, read := p.trees[file]
	if !read {
		if data, err := fs.ReadFile(p.fsys, file+".yaml"); err == nil { // one that is not there has nothing
			tree = config.ParseTree(data)
		}
		p.trees[file] = tree
	}
	return tree
}
