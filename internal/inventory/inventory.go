// Package inventory gathers which metrics there are from what was seen of them: an exposition, a list of names, or a Prometheus server. What
// was not seen it leaves open; it guesses a type only where a name states it.
package inventory

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

// few is how many values of a label are taken for all that there are: the words of an enumeration. With more, what was seen is a sample of
// something open.
const few = 12

// ownLabels are labels that a scrape configuration commonly adds to what an exposition has.
func ownLabels() []string {
	return strings.Fields(`job instance namespace pod container service endpoint node app cluster region zone env environment host hostname
		component tier team stack datacenter`)
}

// Inventory is what was seen, by the name of the family.
type Inventory struct {
	families map[string]*seen
}

type seen struct {
	kind   metric.Type
	named  bool // only its name was seen
	labels map[string]map[string]bool
	bounds bool // it has buckets
}

// New is an inventory of nothing.
func New() *Inventory { return &Inventory{families: map[string]*seen{}} }

// Size is how many families were seen.
func (v *Inventory) Size() int { return len(v.families) }

func (v *Inventory) family(name string) *seen {
	f := v.families[name]
	if f == nil {
		f = &seen{labels: map[string]map[string]bool{}}
		v.families[name] = f
	}
	return f
}

// Read adds what a file holds: a text exposition, or one name a line. The error names the file and the line.
func (v *Inventory) Read(file string, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if err := v.line(strings.TrimSpace(lines.Text())); err != nil {
			return fmt.Errorf("%s:%d:1: %w: want a line of an exposition, or a metric's name", file, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// line takes one line of an exposition or of a list.
func (v *Inventory) line(text string) error {
	if rest, ok := strings.CutPrefix(text, "# TYPE "); ok {
		if name, kind, ok := strings.Cut(strings.TrimSpace(rest), " "); ok {
			v.Type(name, strings.TrimSpace(kind))
		}
		return nil
	}
	if text == "" || text[0] == '#' {
		return nil
	}
	series, sampled := cutSample(text)
	name, labels, err := promql.Series(series)
	if err != nil || name == "" {
		return fmt.Errorf("%.60q is no series", text)
	}
	if !sampled {
		v.Name(name)
		return nil
	}
	v.Sample(name, labels)
	return nil
}

// cutSample returns the series of a line, and whether a value follows it.
func cutSample(text string) (series string, sampled bool) {
	quoted, depth := false, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			depth--
			if depth == 0 {
				return text[:i+1], strings.TrimSpace(text[i+1:]) != ""
			}
		case depth == 0 && (c == ' ' || c == '\t') && !strings.HasPrefix(strings.TrimSpace(text[i:]), "{"):
			return text[:i], true
		}
	}
	return text, false
}

// Type notes what a TYPE line, or a server, says of a family.
func (v *Inventory) Type(name, kind string) {
	for _, t := range []metric.Type{metric.Gauge, metric.Counter, metric.Histogram, metric.Summary} {
		if t.String() == kind {
			v.family(name).kind = t
		}
	}
}

// Sample notes a series and its labels.
func (v *Inventory) Sample(name string, labels map[string]string) {
	f := v.family(v.base(name))
	for label, value := range labels {
		f.value(label, value)
	}
	f.named = false
}

// Labels notes what labels and values a family's series have.
func (v *Inventory) Labels(name string, labels map[string][]string) {
	f := v.family(v.base(name))
	for label, values := range labels {
		for _, value := range values {
			f.value(label, value)
		}
	}
	f.named = false
}

func (f *seen) value(label, value string) {
	if label == "le" { // the buckets have it, not the family
		f.bounds = true
		return
	}
	if f.labels[label] == nil {
		f.labels[label] = map[string]bool{}
	}
	if len(f.labels[label]) <= few {
		f.labels[label][value] = true
	}
}

// Name notes that there is a series of that name, and no more.
func (v *Inventory) Name(name string) {
	base := v.base(name)
	if v.families[base] == nil {
		v.family(base).named = true
	}
}

// base is the family that a series belongs to: OpenMetrics types a counter without its _total, and a histogram has three series.
func (v *Inventory) base(name string) string {
	if f := v.families[name]; f != nil {
		return name
	}
	for suffix, kinds := range map[string][]metric.Type{
		"_bucket": {metric.Histogram}, "_sum": {metric.Histogram, metric.Summary}, "_count": {metric.Histogram, metric.Summary},
	} {
		base, found := strings.CutSuffix(name, suffix)
		if f := v.families[base]; found && f != nil && slices.Contains(kinds, f.kind) {
			return base
		}
	}
	if base, found := strings.CutSuffix(name, "_total"); found && v.families[base] != nil && v.families[base].kind == metric.Counter {
		v.families[name] = v.families[base]
		delete(v.families, base)
	}
	return name
}

// Observed returns what was seen for a checker of PromQL. The labels that a scrape commonly adds are taken to be possible.
func (v *Inventory) Observed() []promql.Observed {
	v.gather()
	var out []promql.Observed
	for _, name := range slices.Sorted(maps.Keys(v.families)) {
		f := v.families[name]
		family := &metric.Family{Name: name, Type: f.kind}
		if f.kind == 0 {
			family.Type = metric.Untyped
			if strings.HasSuffix(name, "_total") {
				family.Type = metric.Counter
			}
		}
		for _, label := range slices.Sorted(maps.Keys(f.labels)) {
			l := metric.Label{Name: label}
			if n := len(f.labels[label]); n <= few && !slices.Contains(ownLabels(), label) {
				l.Values = slices.Sorted(maps.Keys(f.labels[label]))
			}
			family.Labels = append(family.Labels, l)
		}
		out = append(out, promql.Observed{Family: family, Open: f.named, Possible: ownLabels()})
	}
	return out
}

// gather makes one histogram of three names that only a histogram has, where nobody said its type.
func (v *Inventory) gather() {
	for _, name := range slices.Sorted(maps.Keys(v.families)) {
		base, found := strings.CutSuffix(name, "_bucket")
		if !found || v.families[base] != nil || v.families[base+"_sum"] == nil || v.families[base+"_count"] == nil {
			continue
		}
		f := v.families[name]
		f.kind = metric.Histogram
		v.families[base] = f
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			delete(v.families, base+suffix)
		}
	}
}
