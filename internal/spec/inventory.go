package spec

import "github.com/voipbin/observability/internal/diag"

// Inventory is spec/inventory.yaml: the facts that somebody was promised, row by row, and what watches each. It is empty where
// the folder has no such file.
type Inventory struct {
	// Floor is the number of rows that are covered or have a reason, at least.
	Floor int
	// ReasonsAtMost is how many rows may end in a reason.
	ReasonsAtMost int
	Sections      []InventorySection
	Pos           diag.Position
}

// Described tells whether there is an inventory.
func (i Inventory) Described() bool { return len(i.Sections) > 0 }

// Rows is the number of rows.
func (i Inventory) Rows() int {
	n := 0
	for _, s := range i.Sections {
		n += len(s.Rows)
	}
	return n
}

// InventorySection is rows about one subject.
type InventorySection struct {
	ID    string
	Title string
	Rows  []InventoryRow
	Pos   diag.Position
}

// InventoryRow is one fact.
type InventoryRow struct {
	ID    string
	Title string
	// Spec are the places in the spec where the fact stands: a file's name without ".yaml", and keys.
	Spec []string
	// Objective tells whether the row states an objective, so that rules and panels alone do not cover it.
	Objective bool
	Rules     []Named // alerts and records, in which * stands for any characters
	Metrics   []Named // families that the rules do not name
	SLOs      []Named // objectives of slos.yaml, or "recovery." and a scenario
	Reason    string  // why it cannot be covered
	// Lacking is why a profile does not cover what the description does; empty where it must.
	Lacking string
	Pos     diag.Position
}

// Named is a name with its place in the spec.
type Named struct {
	Name string
	Pos  diag.Position
}
