package emit

import (
	"strings"
	"unicode/utf8"
)

// MaxLabelValue is the length in bytes at which a label value is cut. Longer ones are no names of ours but a daemon's
// garbage, and each would be stored in every series.
const MaxLabelValue = 256

// cleanLabelValue makes a label value that an exposition can hold: UTF-8 and of bounded length, cut between characters.
func cleanLabelValue(v string) string {
	if len(v) > MaxLabelValue {
		cut := MaxLabelValue
		for cut > 0 && !utf8.RuneStart(v[cut]) {
			cut--
		}
		v = v[:cut]
	}
	if utf8.ValidString(v) {
		return v
	}
	return strings.ToValidUTF8(v, string(utf8.RuneError))
}
