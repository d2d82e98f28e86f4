package exportertest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The lines of OpenMetrics 1.0, by its ABNF (https://github.com/prometheus/OpenMetrics, specification, section 3.1): names
// as Prometheus has had them before UTF-8 ones, no timestamps and no exemplars, since none of ours have any. The general
// parser of prometheus/common is not used because it takes seconds for one exposition; the tests hold this against it.
var (
	omDescriptor = regexp.MustCompile(`^# (TYPE|HELP|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^"\\]|\\.)*)$`)
	omSample     = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:` + omLabel + `(?:,` + omLabel + `)*)?)\})? ([^ ]+)$`)
	omLabelPair  = regexp.MustCompile(omLabel)
	omNumber     = regexp.MustCompile(`^(?i:[+-]?(?:inf|infinity)|nan|[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)$`)
)

const omLabel = `([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"`

// openMetrics lists what is wrong with an exposition in the OpenMetrics text format.
func openMetrics(exposition string) []string {
	body, ended := strings.CutSuffix(exposition, "# EOF\n")
	r := omReader{families: map[string]bool{}, series: map[string]bool{}}
	if !ended {
		r.complain("it does not end in # EOF")
	}
	for line := range strings.Lines(body) {
		line, r.line = strings.TrimSuffix(line, "\n"), r.line+1
		if strings.HasPrefix(line, "#") {
			r.descriptor(line)
			continue
		}
		r.sample(line)
	}
	return r.problems
}

// omReader reads an exposition line by line.
type omReader struct {
	line     int
	families map[string]bool // families that have begun
	series   map[string]bool
	family   string // the one being read
	kind     string // its type
	problems []string
}

func (r *omReader) complain(format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf("OpenMetrics: line %d: %s", r.line, fmt.Sprintf(format, args...)))
}

// descriptor reads a line that begins with #.
func (r *omReader) descriptor(line string) {
	m := omDescriptor.FindStringSubmatch(line)
	if m == nil {
		r.complain("no descriptor: %q", line)
		return
	}
	word, name, value := m[1], m[2], m[3]
	if name != r.family {
		if r.families[name] {
			r.complain("family %s begins twice", name)
		}
		r.families[name] = true
		r.family, r.kind = name, "unknown"
	}
	if word == "TYPE" {
		if suffixes(value) == nil {
			r.complain("no type: %q", value)
		}
		r.kind = value
	}
}

// sample reads a line that has a value.
func (r *omReader) sample(line string) {
	m := omSample.FindStringSubmatch(line)
	if m == nil || !omNumber.MatchString(m[len(m)-1]) {
		r.complain("no sample: %q", line)
		return
	}
	suffix, ok := strings.CutPrefix(m[1], r.family)
	if !ok || r.family == "" || !slices.Contains(suffixes(r.kind), suffix) {
		r.complain("%s is no sample of %s %s", m[1], r.kind, r.family)
	}
	key, names := m[1], map[string]bool{}
	var pairs []string
	for _, l := range omLabelPair.FindAllStringSubmatch(m[2], -1) {
		if names[l[1]] {
			r.complain("label %s twice", l[1])
		}
		names[l[1]] = true
		pairs = append(pairs, l[0])
	}
	slices.Sort(pairs)
	key += strings.Join(pairs, ",")
	if r.series[key] {
		r.complain("series twice: %q", line)
	}
	r.series[key] = true
}

// suffixes are what the samples of a type have after the family's name; nil for what is no type.
func suffixes(kind string) []string {
	switch kind {
	case "gauge", "unknown", "stateset":
		return []string{""}
	case "counter":
		return []string{"_total", "_created"}
	case "histogram":
		return []string{"_bucket", "_count", "_sum", "_created"}
	case "gaugehistogram":
		return []string{"_bucket", "_gcount", "_gsum"}
	case "summary":
		return []string{"", "_count", "_sum", "_created"}
	case "info":
		return []string{"_info"}
	}
	return nil
}
