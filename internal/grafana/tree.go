package grafana

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// encodeTree writes a tree with sorted keys and clean numbers: every number with more digits than needed, for example
// 0.30000000000000004, has fewer. Characters such as < stay as they are: the reader of a diff sees the query that he knows.
// The bytes are those of encoding/json, which would write the tree twice, first without indentation.
func encodeTree(out *bytes.Buffer, tree object) error {
	if err := appendTree(out, tree, 0); err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	out.WriteByte('\n')
	return nil
}

// appendTree writes what stands behind a key, or as an item of a list, at a depth.
func appendTree(out *bytes.Buffer, v any, depth int) error {
	switch v := v.(type) {
	case object:
		return appendObject(out, v, depth)
	case list:
		return appendList(out, v, depth)
	case string:
		if plainText(v) {
			appendText(out, v)
			return nil
		}
	case json.Number:
		out.WriteString(cleanNumber(v).String())
		return nil
	}
	return appendOther(out, v, depth)
}

func appendObject(out *bytes.Buffer, o object, depth int) error {
	if len(o) == 0 {
		return appendOther(out, o, depth)
	}
	separator := byte('{')
	for _, key := range sortedKeys(o) {
		out.WriteByte(separator)
		separator = ','
		appendLine(out, depth+1)
		if err := appendTree(out, key, depth+1); err != nil {
			return err
		}
		out.WriteString(": ")
		if err := appendTree(out, o[key], depth+1); err != nil {
			return err
		}
	}
	appendLine(out, depth)
	out.WriteByte('}')
	return nil
}

// sortedKeys lists the keys of an object in order.
func sortedKeys(o object) []string {
	keys := make([]string, 0, len(o))
	for key := range o {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func appendList(out *bytes.Buffer, l list, depth int) error {
	if len(l) == 0 {
		return appendOther(out, l, depth)
	}
	separator := byte('[')
	for _, item := range l {
		out.WriteByte(separator)
		separator = ','
		appendLine(out, depth+1)
		if err := appendTree(out, item, depth+1); err != nil {
			return err
		}
	}
	appendLine(out, depth)
	out.WriteByte(']')
	return nil
}

// appendLine begins a line.
func appendLine(out *bytes.Buffer, depth int) {
	out.WriteByte('\n')
	for range depth {
		out.WriteString(indentation)
	}
}

const indentation = "  "

// plainText reports whether a text is of printable ASCII and line ends, of which it is known how JSON writes it.
func plainText(s string) bool {
	for i := range len(s) {
		if (s[i] < ' ' || s[i] > '~') && s[i] != '\n' {
			return false
		}
	}
	return true
}

// appendText writes a plain text.
func appendText(out *bytes.Buffer, s string) {
	out.WriteByte('"')
	from := 0
	for i := range len(s) {
		switch s[i] {
		case '"', '\\':
			out.WriteString(s[from:i])
			out.WriteByte('\\')
			from = i
		case '\n':
			out.WriteString(s[from:i])
			out.WriteString(`\n`)
			from = i + 1
		}
	}
	out.WriteString(s[from:])
	out.WriteByte('"')
}

// appendOther leaves a value to encoding/json.
func appendOther(out *bytes.Buffer, v any, depth int) error {
	var alone bytes.Buffer
	enc := json.NewEncoder(&alone)
	enc.SetEscapeHTML(false)
	enc.SetIndent(strings.Repeat(indentation, depth), indentation)
	if err := enc.Encode(v); err != nil {
		return err
	}
	out.Write(bytes.TrimSuffix(alone.Bytes(), []byte("\n")))
	return nil
}
