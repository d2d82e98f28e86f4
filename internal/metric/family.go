// Package metric declares every metric family that this project emits or relies on: name, help, type, unit, labels,
// emitter and stability, each spelled here once. It holds no values, reads no daemon and imports nothing but the
// standard library.
package metric

// Type is the Prometheus type of a family.
type Type uint8

// The types of the text exposition format. Untyped is for foreign families whose emitter states no type.
const (
	Gauge Type = iota + 1
	Counter
	Histogram
	Summary
	Untyped
)

// String is the word that a TYPE line of the exposition format uses.
func (t Type) String() string {
	switch t {
	case Gauge:
		return "gauge"
	case Counter:
		return "counter"
	case Histogram:
		return "histogram"
	case Summary:
		return "summary"
	}
	return "untyped"
}

// Unit is the base unit of a family's values, as Prometheus names it; None is a plain count or a 0/1 state.
type Unit string

// The base units in use.
const (
	None    Unit = ""
	Seconds Unit = "seconds"
	Bytes   Unit = "bytes"
	Ratio   Unit = "ratio"
	MOS     Unit = "mos" // mean opinion score, 1 to 5, ITU-T P.800
	// Milliseconds is no base unit: only families of others have it, and rules make seconds of it before anything else.
	Milliseconds Unit = "milliseconds"
)

// Stability is what users may rely on when they write their own queries.
type Stability uint8

// Stable families change only with a note in the changelog; Experimental ones may change in any release; Compat ones
// repeat another exporter's name so that its queries go on working.
const (
	Stable Stability = iota
	Experimental
	Compat
)

// String is the word used in the metric reference.
func (s Stability) String() string {
	switch s {
	case Experimental:
		return "experimental"
	case Compat:
		return "compat"
	}
	return "stable"
}

// Label is one label of a family.
type Label struct {
	Name string
	Help string
	// Values lists every possible value where they are known beforehand; nil means open.
	Values []string
	// Bound says what limits the number of values of an open label.
	Bound string
}

// Profile says in which kind of deployment an emitter is found; empty is every one.
type Profile string

// The profiles: names as the published architecture has them, and names as the services really export them.
const (
	Seed     Profile = "seed"
	Monorepo Profile = "monorepo"
)

// Emitter is the program whose exposition carries a family.
type Emitter struct {
	Name string
	// Ours is true for this project's own binaries.
	Ours bool
	// Profile is the kind of deployment that has it.
	Profile Profile
	// Captures are, for a foreign emitter, the expositions below this package's testdata folder which together prove name, type and labels
	// of each family that claims it: recorded ones, unless Written says otherwise.
	Captures []string
	// Written says of which text its captures are made where the emitter could not be run; empty for recorded ones.
	Written string
}

// Family is one metric family.
type Family struct {
	Name    string
	Help    string
	Type    Type
	Unit    Unit
	Labels  []Label
	Emitter *Emitter
	// Also are further emitters that write under the same name, so that only the label job tells them apart.
	Also []*Emitter
	// Collector is the part of the emitter that yields the family; it can be switched off by that name. Empty means
	// always present.
	Collector string
	// Source says where the value comes from on the daemon: an RPC, a statistic, a file.
	Source string
	// Since is the first daemon version that has the value, or empty for every version supported.
	Since     string
	Stability Stability
	// Buckets are the upper bounds of a classic histogram, without +Inf.
	Buckets []float64
}

// LabelNames returns the names of the family's labels in order.
func (f *Family) LabelNames() []string {
	names := make([]string, len(f.Labels))
	for i, l := range f.Labels {
		names[i] = l.Name
	}
	return names
}

// HasLabel reports whether the family carries the label.
func (f *Family) HasLabel(name string) bool {
	for _, l := range f.Labels {
		if l.Name == name {
			return true
		}
	}
	return false
}
