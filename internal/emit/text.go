package emit

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// Format is a text format in which an exposition can be written.
type Format int

const (
	// Text is the Prometheus text format, version 0.0.4.
	Text Format = iota
	// OpenMetrics is OpenMetrics 0.0.1 or 1.0.0.
	OpenMetrics
)

// spelling is what all lines of a family have in common, made once.
type spelling struct {
	header string
	// prefixes come before the first label value: that of the sample, or of a summary's sum and count. separators come before the others.
	prefixes   []string
	separators []string
	suffix     string // after the last label value, with the space before the number
}

// spell makes the spelling of a family. Names of the catalogue are those that every version of Prometheus takes, and need no
// quotes; internal/metric tests that.
func (d *desc) spell(f Format) spelling {
	var s spelling
	s.header = "# HELP " + d.familyName(f) + " " + helpText(d.help, f) + "\n# TYPE " + d.familyName(f) + " " + d.typeName(f) + "\n"
	names := []string{d.name}
	if d.typ == dto.MetricType_SUMMARY {
		names = []string{d.name + "_sum", d.name + "_count"}
	}
	s.suffix = " "
	for i, l := range d.labels {
		s.suffix = `"} `
		if i > 0 {
			s.separators = append(s.separators, `",`+l.name+`="`)
			continue
		}
		for j := range names {
			names[j] += "{" + l.name + `="`
		}
	}
	s.prefixes = names
	return s
}

// familyName is the name on the comment lines: OpenMetrics takes the suffix of a counter for that of its sample.
func (d *desc) familyName(f Format) string {
	if f == OpenMetrics && d.typ == dto.MetricType_COUNTER {
		return strings.TrimSuffix(d.name, "_total")
	}
	return d.name
}

// typeName is the name of the type. OpenMetrics knows no counter without the suffix _total.
func (d *desc) typeName(f Format) string {
	if f == OpenMetrics && (d.typ == dto.MetricType_UNTYPED || d.typ == dto.MetricType_COUNTER && !strings.HasSuffix(d.name, "_total")) {
		return "unknown"
	}
	return strings.ToLower(d.typ.String())
}

func helpText(help string, f Format) string {
	if f == OpenMetrics {
		return string(appendEscaped(nil, help))
	}
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(help)
}

func (d *desc) appendHeader(dst []byte, f Format) []byte { return append(dst, d.spelled[f].header...) }

func (d *desc) appendSample(dst []byte, f Format, e entry) []byte {
	s, values := &d.spelled[f], e.labelValues()
	dst = d.appendLabels(append(dst, s.prefixes[0]...), s, values)
	dst = append(appendFloat(dst, f, e.sample.value), '\n')
	if d.typ != dto.MetricType_SUMMARY {
		return dst
	}
	dst = d.appendLabels(append(dst, s.prefixes[1]...), s, values)
	if f == OpenMetrics {
		dst = strconv.AppendUint(dst, e.sample.count, 10)
	} else {
		dst = appendFloat(dst, f, float64(e.sample.count))
	}
	return append(dst, '\n')
}

func (d *desc) appendLabels(dst []byte, s *spelling, values []string) []byte {
	for i, l := range d.labels {
		if i > 0 {
			dst = append(dst, s.separators[i-1]...)
		}
		dst = appendEscaped(dst, values[l.arg])
	}
	return append(dst, s.suffix...)
}

// appendEscaped writes a label value: backslash, line feed and quote are escaped.
func appendEscaped(dst []byte, v string) []byte {
	for {
		i := strings.IndexAny(v, "\\\n\"")
		if i < 0 {
			return append(dst, v...)
		}
		dst = append(append(dst, v[:i]...), '\\')
		if v[i] == '\n' {
			dst = append(dst, 'n')
		} else {
			dst = append(dst, v[i])
		}
		v = v[i+1:]
	}
}

// appendFloat writes a value in the fewest digits that read back as the same number. OpenMetrics marks whole numbers as floats.
func appendFloat(dst []byte, f Format, v float64) []byte {
	const plain = 1e6 // whole numbers below it are written without an exponent
	begin := len(dst)
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, +1):
		return append(dst, "+Inf"...)
	case math.IsInf(v, -1):
		return append(dst, "-Inf"...)
	case math.Abs(v) < plain && v == math.Trunc(v):
		dst = strconv.AppendInt(dst, int64(v), 10)
	default:
		dst = strconv.AppendFloat(dst, v, 'g', -1, 64)
	}
	if f == OpenMetrics && !bytes.ContainsAny(dst[begin:], "e.") {
		dst = append(dst, ".0"...)
	}
	return dst
}
