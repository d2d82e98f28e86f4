package grafana

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
)

// digits is how many significant digits a number may have: enough for every threshold and bound, too few for the
// noise of binary fractions.
const digits = 12

// decodeTree reads JSON into objects and lists, with numbers as they are written.
func decodeTree(raw []byte) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var tree object
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return tree, nil
}

// encodeTree writes a tree with sorted keys and clean numbers. Characters such as < stay as they are: the reader of a
// diff sees the query that he knows.
func encodeTree(w io.Writer, tree object) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(cleanNumbers(tree)); err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return nil
}

// cleanNumbers replaces every number below v that has more digits than needed, for example 0.30000000000000004.
func cleanNumbers(v any) any {
	switch v := v.(type) {
	case object:
		for k := range v {
			v[k] = cleanNumbers(v[k])
		}
	case list:
		for i := range v {
			v[i] = cleanNumbers(v[i])
		}
	case json.Number:
		return cleanNumber(v)
	}
	return v
}

func cleanNumber(n json.Number) json.Number {
	if _, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return n
	}
	f, err := n.Float64()
	if err != nil {
		return n
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', digits, 64), 64)
	if err != nil {
		return n
	}
	if rounded == 0 {
		return "0"
	}
	return json.Number(strconv.FormatFloat(rounded, 'f', -1, 64))
}

// interval writes a duration in Grafana's way: whole seconds as 15s, 5m, 2h or 1d, in the largest unit that fits.
func interval(d time.Duration) string {
	seconds := int64(d / time.Second)
	for _, unit := range []struct {
		seconds int64
		name    string
	}{{86400, "d"}, {3600, "h"}, {60, "m"}} {
		if seconds > 0 && seconds%unit.seconds == 0 {
			return strconv.FormatInt(seconds/unit.seconds, 10) + unit.name
		}
	}
	return strconv.FormatInt(seconds, 10) + "s"
}

func intervals(ds []time.Duration) []string {
	out := make([]string, len(ds))
	for i, d := range ds {
		out[i] = interval(d)
	}
	return out
}
