package coverage

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// Made is what was made of a spec, as far as coverage asks for it.
type Made struct {
	catalogue *metric.Catalogue
	// rules are what each rule reads, families and records: by its name, and by name/cause where an alert has rules of several causes or facts.
	rules      map[string][]string
	records    map[string]bool
	panels     []panel
	objectives map[string]bool
}

// collect notes a rule's words by its names.
func (m *Made) collect(r rules.Rule, found map[string]wordSet) {
	if r.Record != "" {
		m.records[r.Record] = true
	}
	for _, name := range namesOf(r) {
		if found[name] == nil {
			found[name] = make(wordSet)
		}
		found[name].add(r.Expr)
	}
}

// namesOf are the names by which rows may ask for a rule: its own, and with the cause or the fact that it is about after a stroke.
func namesOf(r rules.Rule) []string {
	names := []string{r.Alert + r.Record} // one of them is empty
	for _, label := range []string{"cause", "fact"} {
		if value := r.Labels[label]; value != "" && r.Alert != "" {
			names = append(names, r.Alert+"/"+value)
		}
	}
	return names
}

// panel is one panel of a board.
type panel struct {
	title string // of board and panel
	reads []string
}

// Board is one generated board.
type Board struct {
	Path string // relative to the repository's root
	JSON []byte
}

// Gather reads what was made of a spec. An error is a board that is no JSON.
func Gather(s *spec.Spec, catalogue *metric.Catalogue, files []rules.File, boards []Board) (*Made, error) {
	m := &Made{catalogue: catalogue, rules: map[string][]string{}, records: map[string]bool{}, objectives: map[string]bool{}}
	found := make(map[string]wordSet) // in each rule's expressions: many rules have one name
	for _, f := range files {
		for _, r := range f.Make().All() {
			m.collect(r, found)
		}
	}
	for name, words := range found {
		m.rules[name] = m.named(maps.Keys(words))
	}
	for _, name := range spec.Names(s.SLOs) {
		m.objectives[name] = true
	}
	for _, o := range s.Recovery.Scenarios {
		m.objectives[spec.ScenarioPrefix+o.Name] = true
	}
	for _, b := range boards {
		if err := m.board(b); err != nil {
			return nil, fmt.Errorf("%s: %w", b.Path, err)
		}
	}
	return m, nil
}

// jsonPanel is what is read of a panel; a collapsed row has panels of its own.
type jsonPanel struct {
	Title   string
	Targets []struct{ Expr string }
	Panels  []jsonPanel
}

// board reads the panels of a board.
func (m *Made) board(b Board) error {
	var content struct {
		Title  string
		Panels []jsonPanel
	}
	if err := json.Unmarshal(b.JSON, &content); err != nil {
		return err
	}
	var walk func(list []jsonPanel)
	walk = func(list []jsonPanel) {
		for _, p := range list {
			var reads []string
			for _, t := range p.Targets {
				reads = append(reads, m.names(t.Expr)...)
			}
			if len(reads) > 0 {
				m.panels = append(m.panels, panel{title: content.Title + ": " + p.Title, reads: sorted(reads)})
			}
			walk(p.Panels)
		}
	}
	walk(content.Panels)
	return nil
}

// names are the families and records that an expression reads. Whether a target was scraped says nothing of what it is, so that
// "up" counts for nothing.
func (m *Made) names(expr string) []string { return m.named(words(expr)) }

// named are the families and records among words.
func (m *Made) named(words iter.Seq[string]) []string {
	var found []string
	for word := range words {
		if word == metric.Up.Name || word == metric.Alerts.Name {
			continue
		}
		if m.records[word] {
			found = append(found, word)
		} else if f, _, ok := m.catalogue.Resolve(word); ok {
			found = append(found, f.Name)
		}
	}
	return sorted(found)
}

// wordSet are the words of expressions, without the expressions.
type wordSet map[string]bool

func (s wordSet) add(expr string) {
	for word := range words(expr) {
		if !s[word] {
			s[strings.Clone(word)] = true
		}
	}
}

// words are the identifiers of an expression, with functions and labels among them, and without what stands in quotes. Panels' expressions
// have Grafana's variables, which no parser of PromQL reads.
func words(expr string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, quote := -1, byte(0)
		for i := 0; i <= len(expr); i++ {
			var c byte
			if i < len(expr) {
				c = expr[i]
			}
			switch {
			case quote != 0:
				if c == '\\' && quote != '`' {
					i++
				} else if c == quote {
					quote = 0
				}
				continue
			case identifier(c):
				if start < 0 {
					start = i
				}
				continue
			case c == '"' || c == '\'' || c == '`':
				quote = c
			}
			if start >= 0 && !yield(expr[start:i]) {
				return
			}
			start = -1
		}
	}
}

// identifier reports whether a byte belongs to a name.
func identifier(c byte) bool {
	return c == '_' || c == ':' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// known reports whether a family or record is there.
func (m *Made) known(name string) bool {
	_, ok := m.catalogue.Lookup(name)
	return ok || m.records[name]
}

// rulesNamed are the alerts and records that a pattern matches, in order.
func (m *Made) rulesNamed(pattern string) []string {
	if _, ok := m.rules[pattern]; ok {
		return []string{pattern}
	}
	return slices.DeleteFunc(m.ruleNames(), func(name string) bool {
		ok, err := path.Match(pattern, name)
		return err != nil || !ok
	})
}

// ruleNames are the names of all rules, in order.
func (m *Made) ruleNames() []string {
	names := make([]string, 0, len(m.rules))
	for name := range m.rules {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// reads are the families and records that a rule reads, and the record itself.
func (m *Made) reads(rule string) []string {
	reads := slices.Clone(m.rules[rule])
	if m.records[rule] {
		reads = append(reads, rule)
	}
	return reads
}

// families follows records down to the families that they are made of.
func (m *Made) families(names []string) []string {
	found, seen := []string{}, map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		if !m.records[name] {
			found = append(found, name)
			return
		}
		for _, below := range m.rules[name] {
			follow(below)
		}
	}
	for _, name := range names {
		follow(name)
	}
	return sorted(found)
}

// panelsOf are the panels that read one of the names, in the boards' order.
func (m *Made) panelsOf(names []string) []string {
	found := []string{}
	for _, p := range m.panels {
		if slices.ContainsFunc(p.reads, func(n string) bool { return slices.Contains(names, n) }) {
			found = append(found, p.title)
		}
	}
	return found
}
