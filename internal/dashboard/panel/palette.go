package panel

import (
	"fmt"
	"regexp"
)

// Hue is a colour of the palette, as CSS writes it.
type Hue string

// The palette. It was searched for by computer: each hue stands out at least 3:1 (WCAG 2.2, 1.4.11) from a panel's
// ground in Grafana's dark theme (#181b1f) and light theme (white), and any two stay at least 0.11 apart in OKLab for
// normal sight and for simulated protanopia, deuteranopia and tritanopia (Machado, Oliveira and Fernandes 2009). The
// six of Okabe and Ito come to 0.076 by the same measure, and two of them fade on white. A test holds both bounds.
const (
	Blue    Hue = "#3070a0"
	Amber   Hue = "#d08000"
	Crimson Hue = "#c03050"
	Grey    Hue = "#909090"
	Violet  Hue = "#9020f0"
	Sky     Hue = "#6090f0"
)

// What the hues stand for where they judge. Good is blue, not green: red and green are what most colour-blind readers
// mix up.
const (
	Good    = Blue
	Warning = Amber
	Bad     = Crimson
	Neutral = Grey
)

// Hues returns the palette in the order in which series take it.
func Hues() []Hue { return []Hue{Blue, Amber, Violet, Crimson, Sky, Grey} }

// Series returns overrides that give each name a look of its own that does not depend on which of the names have data:
// the hues in order, then the same hues in other strokes. Beyond 36 names looks repeat.
func Series(names []string) []Override {
	hues := Hues()
	out := make([]Override, len(names))
	for i, name := range names {
		out[i] = ForName(name, stroke(hues[i%len(hues)], i/len(hues))...)
	}
	return out
}

// Kin returns overrides for names that belong together: one hue, told apart by strokes. Beyond six names looks repeat.
func Kin(hue Hue, names ...string) []Override {
	out := make([]Override, len(names))
	for i, name := range names {
		out[i] = ForName(name, stroke(hue, i)...)
	}
	return out
}

// Spread returns overrides for names that are not known beforehand. Most end in a number, as machines and sets do: the
// number's last digit decides, so that each keeps its look. A port at the end does not count as the number. Of a word without
// a digit the last letter decides.
func Spread() []Override {
	hues := Hues()
	out := make([]Override, len(hues))
	for i, digits := range []string{"06", "17", "28", "39", "4", "5"} {
		out[i] = ForRegexp("["+digits+`]\D*:\d+\D*$|(^|[^:\d])\d*[`+digits+`]\D*$|^\D*[`+letters()[i]+`]\W*$`, InColor(hues[i]))
	}
	return out
}

// letters are those in which words end, shared out by how often they do.
func letters() []string {
	return []string{"eE", "rkRK", "tmzTMZ", "dglDGL", "nyNY", "abcfhijopqsuvwxABCFHIJOPQSUVWX"}
}

// Strokes returns overrides for names whose hue says something else already: the last letter or digit decides the stroke.
func Strokes() []Override {
	var out []Override
	for i, digits := range []string{"06", "17", "28", "39", "4", "5"} {
		if pattern := strokes()[i]; pattern != nil {
			out = append(out, ForRegexp("["+letters()[i]+digits+`]\W*$`, Dashed(pattern...)))
		}
	}
	return out
}

// strokes are the kinds of line: whole, dashed, dotted, and mixtures; a nil pattern is a whole line.
func strokes() [][]int {
	return [][]int{nil, {10, 6}, {2, 5}, {20, 5}, {12, 4, 2, 4}, {5, 3}}
}

// Digits returns overrides that draw names in a stroke by their last digit, for codes of one class.
func Digits() []Override {
	var out []Override
	for i, digits := range []string{"05", "16", "27", "38", "49"} {
		if pattern := strokes()[i]; pattern != nil {
			out = append(out, ForRegexp("["+digits+"]$", Dashed(pattern...)))
		}
	}
	return out
}

// Lengths returns overrides that draw names in a stroke by how long they are, for words of which more may end in one letter.
func Lengths() []Override {
	all := strokes()
	var out []Override
	for n, pattern := range all {
		if pattern != nil {
			out = append(out, ForRegexp(fmt.Sprintf("^(.{%d})*.{%d}$", len(all), n), Dashed(pattern...)))
		}
	}
	return out
}

// Begins returns overrides for names that begin alike: a hue for each beginning, in order. A beginning is whole words.
func Begins(with ...string) []Override {
	hues := Hues()
	out := make([]Override, len(with))
	for i, w := range with {
		out[i] = ForRegexp("^"+regexp.QuoteMeta(w)+" ", InColor(hues[i%len(hues)]))
	}
	return out
}

// stroke is a hue and the n-th kind of line.
func stroke(hue Hue, n int) []Property {
	properties := []Property{InColor(hue)}
	if pattern := strokes()[n%len(strokes())]; pattern != nil {
		properties = append(properties, Dashed(pattern...))
	}
	return properties
}
