package spec

import (
	"slices"

	"github.com/voipbin/observability/internal/diag"
)

// Grouping is an objective that stands for several: there is one for each listed value of a label, with a budget of its own. What no group has
// counts for none of them, and is told.
type Grouping struct {
	Name  string // what the names of its objectives begin with
	Title string
	// Label is the label by which events are told apart. In the expressions its name behind a dollar sign stands for the value.
	Label string
	// Values are those of the label that have an objective, in the order of the spec. What a profile is without is among them.
	Values []string
	// SLI counts the events of a value, with the variable in its place.
	SLI       SLI
	Owner     string // who is told of events that no group has
	Tier      string
	Dashboard string
	Pos       diag.Position
}

// Variable is what stands for the value in the expressions.
func (g *Grouping) Variable() string { return "$" + g.Label }

// Condition is what the expressions ask of the label: the one form in which the variable may stand, so that what has no group can be found by
// putting another condition in its place.
func (g *Grouping) Condition() string { return g.Label + `="` + g.Variable() + `"` }

// Group says of which grouping an objective is one, and of which value. It is empty for an objective that stands for itself.
type Group struct {
	Of    *Grouping
	Value string
	// Anchors tie the bytes of Value to the list where it stands.
	Anchors diag.Anchors
}

// Called reports whether a name means the objective: its own does, and that of its grouping.
func (o SLO) Called(name string) bool {
	return o.Name == name || o.Group.Of != nil && o.Group.Of.Name == name
}

// Grouping returns the grouping of a name, nil where there is none. One of which no objective is left is none.
func (s *Spec) Grouping(name string) *Grouping {
	for _, g := range Groupings(s.SLOs) {
		if g.Name == name {
			return g
		}
	}
	return nil
}

// Groupings are those of some objectives, each once, in their order.
func Groupings(slos []SLO) []*Grouping {
	var all []*Grouping
	for _, o := range slos {
		if g := o.Group.Of; g != nil && !slices.Contains(all, g) {
			all = append(all, g)
		}
	}
	return all
}

// Names are the names by which objectives may be called: those of groupings, and their own.
func Names(slos []SLO) []string {
	var names []string
	for _, g := range Groupings(slos) {
		names = append(names, g.Name)
	}
	for _, o := range slos {
		names = append(names, o.Name)
	}
	return names
}

// Called are the names of the objectives that a name means: its own, or those of its groups. There are none of a name that means none.
func (s *Spec) Called(name string) []string {
	var names []string
	for _, o := range s.SLOs {
		if o.Called(name) {
			names = append(names, o.Name)
		}
	}
	return names
}
