package grafana

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/voipbin/observability/internal/jsontree"
)

// digits is how many significant digits a number may have: enough for every threshold and bound, too few for the
// noise of binary fractions.
const digits = 12

// decodeTree reads JSON into objects and lists, with numbers as they are written.
func decodeTree(raw []byte) (object, error) {
	tree, err := jsontree.ReadNumbers(raw)
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	o, ok := tree.(object)
	if !ok {
		return nil, errors.New("decode: not an object")
	}
	return o, nil
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
