package config

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/diag"
)

// syntaxHints say what to try for the YAML library's messages that a person is likely to meet.
func syntaxHints() map[string]string {
	return map[string]string{
		"found character that cannot start any token":     "indent with spaces, not tabs, and quote a value that begins with @, % or `",
		"found a tab character that violates indentation": "indent with spaces, not tabs",
		"mapping values are not allowed in this context":  `check the indentation, and quote a value that holds ": "`,
		"could not find expected ':'":                     `write "key: value", and indent every line of a text alike`,
		"found unexpected end of stream":                  "a quote is not closed",
		"found unknown escape character":                  "write a backslash twice, or use single quotes",
		"did not find expected key":                       "check the indentation and the quotes here and above",
		"did not find expected '-' indicator":             "check the indentation here and above",
		"did not find expected ',' or ']'":                "close the list with ]",
		"did not find expected ',' or '}'":                "close the mapping with }",
	}
}

// syntaxError reports an error of the YAML library in this project's form. The library gives a line at most: errors of its
// scanner count from 1, errors of its parser, which all begin alike, from 0, and neither names the first line
// (gopkg.in/yaml.v3 v3.0.1, method fail of parser).
func (d *document) syntaxError(err error) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	pos := diag.Position{Line: 1}
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(message); m != nil {
		pos.Line, _ = strconv.Atoi(m[1]) // digits by the expression; what overflows is a line that no file has
		message = message[len(m[0]):]
		if strings.HasPrefix(message, "did not find expected ") {
			pos.Line++
		}
	}
	if strings.HasPrefix(message, "unknown anchor") {
		pos.Line = 0
	}
	last := len(d.lines)
	if d.lines[last-1] == len(d.data) && last > 1 { // the line end of the last line begins no other
		last--
	}
	pos.Line = min(pos.Line, last)
	d.problem(pos, 0, "not YAML: "+message, syntaxHints()[message])
}
