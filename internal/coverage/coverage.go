// Package coverage follows each fact of the inventory into the rules, boards and objectives that are made from the spec, and
// says which facts nothing watches. It judges names and not meanings, and makes nothing that watches.
package coverage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/spec"
)

// State is how far a row is watched.
type State string

// The states of a row.
const (
	Covered State = "covered" // by a rule, a panel and, where it is an objective, an objective
	Excused State = "reason"  // there is a reason why it cannot be
	Open    State = "open"    // neither
)

// Row is one fact and what watches it.
type Row struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	State     State    `json:"state"`
	Spec      []string `json:"spec"`
	Objective bool     `json:"objective"`
	Rules     []string `json:"rules"`   // alerts and records
	Metrics   []string `json:"metrics"` // that the rules and the row name, down to what exporters emit
	Panels    []string `json:"panels"`  // board and panel
	SLOs      []string `json:"slos"`
	Reason    string   `json:"reason,omitempty"`
	Missing   []string `json:"missing,omitempty"` // what an open row lacks
}

// Section is the rows of one subject.
type Section struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Rows  []Row  `json:"rows"`
}

// Report is what is watched of an inventory.
type Report struct {
	Profile  string    `json:"profile"`
	Rows     int       `json:"rows"`
	Covered  int       `json:"covered"`
	Excused  int       `json:"reasons"`
	Open     int       `json:"open"`
	Floor    int       `json:"floor"`
	Sections []Section `json:"sections"`
}

// Build follows the rows of a spec's inventory into what was made of the spec. The problems are names that lead nowhere, and a number
// of covered rows below the floor.
func Build(s *spec.Spec, made *Made) (Report, diag.Problems) {
	inv := s.Inventory
	r := Report{Profile: s.Profile.Name, Rows: inv.Rows(), Floor: inv.Floor}
	var problems diag.Problems
	for _, section := range inv.Sections {
		out := Section{ID: section.ID, Title: section.Title}
		for _, row := range section.Rows {
			followed, wrong := made.follow(row)
			if s.Profile.Name == "" || s.Profile.Name == spec.DefaultProfile {
				problems = append(problems, wrong...) // what another profile lacks is not misspelt
			}
			if followed.State == Covered && row.Lacking != "" {
				problems = append(problems, diag.At(row.Pos, fmt.Sprintf("row %s is covered, and profile %s says why it is not", row.ID, s.Profile.Name), "take it out of lacks in the profile"))
			}
			out.Rows = append(out.Rows, followed)
			switch followed.State {
			case Covered:
				r.Covered++
			case Excused:
				r.Excused++
			default:
				r.Open++
			}
		}
		r.Sections = append(r.Sections, out)
	}
	if kept := r.Covered + r.Excused; kept < inv.Floor {
		problems = append(problems, diag.At(inv.Pos, fmt.Sprintf("%d rows are covered or have a reason, and the floor is %d", kept, inv.Floor), "a row lost its rule or panel: bring it back, or lower the floor if that is meant"))
	}
	return r, problems
}

// follow finds what watches one row.
func (m *Made) follow(row spec.InventoryRow) (Row, diag.Problems) {
	var problems diag.Problems
	nowhere := func(n spec.Named, kind, hint string) {
		problems = append(problems, diag.At(n.Pos, fmt.Sprintf("row %s names %s %q, which is not made", row.ID, kind, n.Name), hint))
	}
	out := Row{ID: row.ID, Title: row.Title, Spec: row.Spec, Objective: row.Objective, Reason: row.Reason, Rules: []string{}, Metrics: []string{}, Panels: []string{}, SLOs: []string{}}
	var asked []string // records and families by which panels are found
	for _, n := range row.Rules {
		found := m.rulesNamed(n.Name)
		if len(found) == 0 {
			nowhere(n, "rule", cmp.Or(diag.DidYouMean(n.Name, m.ruleNames()), "obsgen generate writes the rules below rules/"))
		}
		out.Rules = append(out.Rules, found...)
		for _, name := range found {
			asked = append(asked, m.reads(name)...)
		}
	}
	for _, n := range row.Metrics {
		if !m.known(n.Name) {
			nowhere(n, "metric", cmp.Or(diag.DidYouMean(n.Name, m.catalogue.Names()), "docs/METRICS.md lists them"))
			continue
		}
		asked = append(asked, n.Name)
	}
	for _, n := range row.SLOs {
		if !m.objectives[n.Name] {
			nowhere(n, "objective", "slos.yaml has them, and recovery.yaml the scenarios")
			continue
		}
		out.SLOs = append(out.SLOs, n.Name)
	}
	out.Rules, asked = sorted(out.Rules), sorted(asked)
	out.Metrics, out.Panels = m.families(asked), m.panelsOf(asked)
	out.Missing = missing(out)
	switch {
	case row.Reason != "":
		out.State, out.Missing = Excused, nil
	case len(out.Missing) == 0:
		out.State = Covered
	case row.Lacking != "":
		out.State, out.Reason, out.Missing = Excused, row.Lacking, nil
	default:
		out.State = Open
	}
	return out, problems
}

// missing lists what a row lacks to be covered.
func missing(r Row) []string {
	var lacks []string
	if len(r.Rules) == 0 {
		lacks = append(lacks, "rule")
	}
	if len(r.Panels) == 0 {
		lacks = append(lacks, "panel")
	}
	if r.Objective && len(r.SLOs) == 0 {
		lacks = append(lacks, "objective")
	}
	return lacks
}

// sorted returns names in order, each once.
func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

// Text is the report in a few lines for people: a line a section, and the rows that are open.
func (r Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d rows: %d covered, %d with a reason, %d open (floor %d)\n", r.Rows, r.Covered, r.Excused, r.Open, r.Floor)
	for _, s := range r.Sections {
		open := make([]string, 0, len(s.Rows))
		for _, row := range s.Rows {
			if row.State == Open {
				open = append(open, fmt.Sprintf("%s (%s)", row.ID, strings.Join(row.Missing, ", ")))
			}
		}
		fmt.Fprintf(&b, "%s %-18s %2d of %2d", s.ID, s.Title, len(s.Rows)-len(open), len(s.Rows))
		if len(open) > 0 {
			fmt.Fprintf(&b, "; open: %s", strings.Join(open, ", "))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
