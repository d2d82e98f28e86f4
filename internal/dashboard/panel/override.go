package panel

// Override changes the look of the values that its matcher finds.
type Override struct {
	Matcher    Matcher    `json:"matcher"`
	Properties []Property `json:"properties"`
}

// MatcherID is the id of a field matcher.
type MatcherID string

// The matchers in use.
const (
	MatchName   MatcherID = "byName"       // the name that is shown
	MatchRegexp MatcherID = "byRegexp"     // a regular expression over it, between slashes
	MatchQuery  MatcherID = "byFrameRefID" // the query's letter
)

// Matcher finds fields.
type Matcher struct {
	ID      MatcherID `json:"id"`
	Options string    `json:"options"`
}

// Property is one thing that an override sets.
type Property struct {
	ID    PropertyID `json:"id"`
	Value any        `json:"value"`
}

// PropertyID is the id of a property; those that begin with custom belong to one kind of panel.
type PropertyID string

// The properties in use.
const (
	PropertyUnit       PropertyID = "unit"
	PropertyDecimals   PropertyID = "decimals"
	PropertyColor      PropertyID = "color"
	PropertyMappings   PropertyID = "mappings"
	PropertyThresholds PropertyID = "thresholds"
	PropertyLinks      PropertyID = "links"
	PropertyLineStyle  PropertyID = "custom.lineStyle"
	PropertyLineWidth  PropertyID = "custom.lineWidth"
	PropertyFill       PropertyID = "custom.fillOpacity"
	PropertyWidth      PropertyID = "custom.width"
	PropertyCell       PropertyID = "custom.cellOptions"
)

// ForName overrides the look of the series or column of that name.
func ForName(name string, properties ...Property) Override {
	return Override{Matcher: Matcher{ID: MatchName, Options: name}, Properties: properties}
}

// ForRegexp overrides the look of the series and columns whose name matches a JavaScript regular expression.
func ForRegexp(pattern string, properties ...Property) Override {
	return Override{Matcher: Matcher{ID: MatchRegexp, Options: "/" + pattern + "/"}, Properties: properties}
}

// ForQuery overrides the look of everything that one query returns.
func ForQuery(refID string, properties ...Property) Override {
	return Override{Matcher: Matcher{ID: MatchQuery, Options: refID}, Properties: properties}
}

// InColor gives a fixed colour.
func InColor(hue Hue) Property {
	return Property{ID: PropertyColor, Value: Color{Mode: ColorFixed, Fixed: hue}}
}

// ByThresholds colours by the thresholds, where the panel's own colour is a fixed one that would hide them.
func ByThresholds() Property { return Property{ID: PropertyColor, Value: Color{Mode: ColorThresholds}} }

// Dashed draws a line in dashes; pattern holds the lengths of line and gap by turns, in pixels.
func Dashed(pattern ...int) Property {
	return Property{ID: PropertyLineStyle, Value: LineStyle{Fill: "dash", Dash: pattern}}
}

// WithUnit sets the unit.
func WithUnit(u Unit) Property { return Property{ID: PropertyUnit, Value: u} }

// WithDecimals sets the number of digits after the point.
func WithDecimals(n int) Property { return Property{ID: PropertyDecimals, Value: n} }

// WithLineWidth sets the width of a line in pixels.
func WithLineWidth(px int) Property { return Property{ID: PropertyLineWidth, Value: px} }

// WithFill sets the opacity of the area below a line in percent.
func WithFill(percent int) Property { return Property{ID: PropertyFill, Value: percent} }

// WithMapping shows values as words.
func WithMapping(m Mapping) Property { return Property{ID: PropertyMappings, Value: []Mapping{m}} }

// WithNone shows a word where there is no value: a colour that judges would else judge that, too, by its lowest step.
func WithNone(text string) Property {
	return Property{ID: PropertyMappings, Value: []Mapping{{None: text}}}
}

// WithThresholds sets thresholds.
func WithThresholds(t *Thresholds) Property { return Property{ID: PropertyThresholds, Value: t} }

// WithWidth sets the width of a table's column in pixels.
func WithWidth(px int) Property { return Property{ID: PropertyWidth, Value: px} }

// WithCell says how a table draws a column.
func WithCell(c Cell) Property { return Property{ID: PropertyCell, Value: c} }

// Link is where a value leads. The address may hold ${__value.raw} for the value, and ${__data.fields.name} for another column of the row.
type Link struct {
	Title       string `json:"title"`
	URL         string `json:"url"`
	TargetBlank bool   `json:"targetBlank"`
}

// WithLink makes each value a link.
func WithLink(title, url string) Property { return WithLinks(Link{Title: title, URL: url}) }

// WithLinks offers several links at each value.
func WithLinks(links ...Link) Property { return Property{ID: PropertyLinks, Value: links} }
