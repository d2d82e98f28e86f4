package specdoc

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// introduction says what holds for all keys.
const introduction = `# Keys of a spec

Every file is YAML, read strictly. ` + "`obsgen check`" + ` prints each mistake as ` + "`file:line:col: key: what is wrong`" + ` with a hint, and exits with 1. Refused
everywhere: keys that are not listed here, keys that stand twice, a required key that is missing, an empty value, a value of another type or
outside its bounds, and a name that something of its kind has already.

| form | written |
|---|---|
| duration | ` + "`30s`, `5m`, `4h`, `30d`, `2w`, `1h30m`" + `; units are part of the value |
| percentage | ` + "`99.9%`" + `, with the sign |
| bytes | ` + "`64Mi`, `10Gi`, `1T`" + `: powers of 1024 with i, of 1000 without |
| address | ` + "`host:port`" + ` |

The column after the key says "required", "optional", or "by case" for one that goes with or against another key. ` + "`[]`" + ` stands behind a list.
`

// write prints the key as a row of a table.
func (k key) write(w io.Writer) {
	need := "optional"
	switch {
	case k.required && k.optional:
		need = "by case"
	case k.required:
		need = "required"
	}
	if k.kind == "" {
		k.kind = "text"
	}
	text := k.text
	if len(k.refused) > 0 {
		text = strings.TrimSpace(text + " Refused: " + strings.Join(k.refused, "; ") + ".")
	}
	fmt.Fprintf(w, "| `%s` | %s | %s | %s | %s |\n", k.path, need, cell(k.kind), cell(k.absent), cell(text))
}

// cell makes a text fit for a cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(s)
}

// merge joins what two uses of a key tell.
func (k *key) merge(other key) {
	k.required, k.optional = k.required || other.required, k.optional || other.optional
	k.list = k.list || other.list
	if k.kind == "" || k.kind == "text" && other.kind != "" {
		k.kind = other.kind
	}
	if k.absent == "" {
		k.absent = other.absent
	}
	if k.text == "" {
		k.text = other.text
	}
	for _, r := range other.refused {
		if !slices.Contains(k.refused, r) {
			k.refused = append(k.refused, r)
		}
	}
	for _, o := range other.objects {
		if !slices.ContainsFunc(k.objects, func(have object) bool { return have.scope.body == o.scope.body }) {
			k.objects = append(k.objects, o)
		}
	}
}
