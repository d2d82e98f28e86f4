package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Percent is a share that was written as a percentage.
type Percent struct {
	// Text is the number as it was written, without the sign, so that artefacts can repeat it without rounding noise.
	Text string
	// Ratio is the share from 0 to 1: the double nearest to the written decimal, so that 99.9 becomes 0.999 and not
	// 0.9990000000000001.
	Ratio float64
}

// Percent returns a percentage from 0 to 100, written with or without the sign.
func (v Value) Percent() Percent {
	s, ok := v.scalar("a percentage")
	if !ok {
		return Percent{}
	}
	number := strings.TrimSpace(strings.TrimSuffix(s, "%"))
	if !decimal(number) {
		v.Reject(quote(s)+" is not a percentage", "digits and a decimal point, such as 99.9%")
		return Percent{}
	}
	ratio, err := strconv.ParseFloat(number+"e-2", 64)
	if err != nil || ratio > 1 {
		v.Reject(fmt.Sprintf("%s%% is more than 100%%", number), "")
		return Percent{}
	}
	return Percent{Text: number, Ratio: ratio}
}

// decimal reports whether a text is digits, and perhaps a point and more digits.
func decimal(s string) bool {
	whole, fraction, point := strings.Cut(s, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return digits(whole) && (!point || digits(fraction))
}

// Bytes returns a size in bytes, at least low. B, kB, MB, GB and TB are powers of 1000; KiB, MiB, GiB and TiB of 1024.
func (v Value) Bytes(low int64) int64 {
	s, ok := v.scalar("a size in bytes")
	if !ok {
		return 0
	}
	parts := regexp.MustCompile(`^(\d+) ?(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$`).FindStringSubmatch(s)
	if parts == nil {
		v.Reject(quote(s)+" is not a size", "a whole number with a unit, such as 512MiB or 100GB")
		return 0
	}
	unit := map[string]int64{
		"B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
		"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
	}[parts[2]]
	n, err := strconv.ParseInt(parts[1], 10, 64)
	switch {
	case err != nil || n > math.MaxInt64/unit:
		v.Reject(s+" is too large", "")
		return 0
	case n*unit < low:
		v.Reject(fmt.Sprintf("%s is less than %d bytes", s, low), "")
		return 0
	}
	return n * unit
}
