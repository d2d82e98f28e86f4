package config

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/diag"
)

// syntaxHints say what to try for the YAML library's messages that a person is likely to meet. The library names a
// line at most, and none for the first.
func syntaxHints() map[string]string {
	return map[string]string{
		"found character that cannot start any token":    "indent with spaces, not tabs, and quote a value that begins with @ or `",
		"mapping values are not allowed in this context": `quote a value that holds ": "`,
		"did not find expected key":                      "check the indentation and the quotes above this line",
		"could not find expected ':'":                    "write \"key: value\"",
		"did not find expected ',' or ']'":               "close the list with ]",
		"did not find expected ',' or '}'":               "close the mapping with }",
	}
}

// syntaxError reports an error of the YAML library in this project's form.
func (d *document) syntaxError(err error) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	pos := diag.Position{Line: 1}
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(message); m != nil {
		pos.Line, _ = strconv.Atoi(m[1]) // digits by the expression; what overflows is a line that no file has
		message = message[len(m[0]):]
	}
	pos.Line = min(pos.Line, max(len(d.lines), 1))
	d.problem(pos, 0, "not YAML: "+message, syntaxHints()[message])
}
