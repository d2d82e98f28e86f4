package panel

// Reducer is the id of a calculation that makes one number of many.
type Reducer string

// The reducers in use.
const (
	LastNotNull Reducer = "lastNotNull"
	Mean        Reducer = "mean"
	MaxOf       Reducer = "max"
	MinOf       Reducer = "min"
	Total       Reducer = "sum"
)

// reduceOptions is shared by the panels that show single numbers.
type reduceOptions struct {
	Calcs  []Reducer `json:"calcs"`
	Fields string    `json:"fields"`
	Values bool      `json:"values"`
}

// reduceTo shows one value of each series; the last one when none is chosen.
func reduceTo(r Reducer) reduceOptions {
	if r == "" {
		r = LastNotNull
	}
	return reduceOptions{Calcs: []Reducer{r}}
}

// Orientation is the direction in which the values of one panel are laid out.
type Orientation string

// The orientations.
const (
	AutoOrientation Orientation = "auto"
	Horizontal      Orientation = "horizontal"
	Vertical        Orientation = "vertical"
)

// or returns o, or auto when it is not set.
func (o Orientation) or() Orientation {
	if o == "" {
		return AutoOrientation
	}
	return o
}
