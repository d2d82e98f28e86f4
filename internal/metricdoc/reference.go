// Package metricdoc writes the reference of metrics, docs/METRICS.md, from the catalogue. What the catalogue does not say
// it does not say either.
package metricdoc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/metric"
)

// Markdown writes the reference of families: emitter by emitter, ours first, and in each collector by collector, in the
// catalogue's order, below a header line, and what was proposed and is not there, or is there under other names.
func Markdown(header string, families []*metric.Family, proposals []metric.Proposal) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s -->\n\n# Metrics\n\n", header)
	b.WriteString("Every metric that this project emits, and every metric of others that its rules and boards use.\n" +
		"Prometheus adds the labels `job` and `instance` to each, and the labels of its target.\n\n")
	emitters := emittersOf(families)
	for _, e := range emitters {
		count := fmt.Sprintf("%d metrics", len(of(families, e)))
		if count == "1 metrics" {
			count = "1 metric"
		}
		fmt.Fprintf(&b, "- [%s](#%s): %s\n", e.Name, strings.ToLower(e.Name), count) // GitHub links a heading of one word so
	}
	b.WriteString("\n")
	for _, e := range emitters {
		writeEmitter(&b, e, of(families, e))
	}
	writeProposals(&b, proposals)
	return []byte(strings.TrimRight(b.String(), "\n") + "\n")
}

// emittersOf lists the emitters in the order in which they first appear, our own before others.
func emittersOf(families []*metric.Family) []*metric.Emitter {
	var emitters []*metric.Emitter
	for _, f := range families {
		if !slices.Contains(emitters, f.Emitter) {
			emitters = append(emitters, f.Emitter)
		}
	}
	slices.SortStableFunc(emitters, func(a, b *metric.Emitter) int {
		return cmp.Compare(rank(a), rank(b))
	})
	return emitters
}

// rank puts our own emitters first.
func rank(e *metric.Emitter) int {
	if e.Ours {
		return 0
	}
	return 1
}

// of returns the families of one emitter.
func of(families []*metric.Family, e *metric.Emitter) []*metric.Family {
	return slices.DeleteFunc(slices.Clone(families), func(f *metric.Family) bool { return f.Emitter != e })
}

// writeEmitter writes the families of one emitter.
func writeEmitter(b *strings.Builder, e *metric.Emitter, families []*metric.Family) {
	fmt.Fprintf(b, "## %s\n\n", e.Name)
	if !e.Ours {
		b.WriteString("Not one of ours." + provenBy(e) + "\n\n")
		if e.Profile != "" {
			fmt.Fprintf(b, "Only in the profile `%s`.\n\n", e.Profile)
		}
		writeTable(b, families)
		return
	}
	for _, c := range collectorsOf(families) {
		if c == "" {
			b.WriteString("### Always present\n\n")
		} else {
			fmt.Fprintf(b, "### Collector %s\n\n", c)
		}
		for _, f := range families {
			if f.Collector == c {
				writeFamily(b, f)
			}
		}
	}
}

// writeProposals writes what became of proposed metrics, one on a line.
func writeProposals(b *strings.Builder, proposals []metric.Proposal) {
	if len(proposals) == 0 {
		return
	}
	b.WriteString("## Left out, and why\n\nWhat other exporters show, or was proposed for ours, and is not here under that name. A row without metrics of ours is left out altogether.\n\n" +
		"| Proposed | Here | Why |\n| --- | --- | --- |\n")
	for _, p := range proposals {
		names := make([]string, len(p.Families))
		for i, f := range p.Families {
			names[i] = "`" + f.Name + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", p.Name, strings.Join(names, ", "), cell(p.Why))
	}
	b.WriteByte('\n')
}

// provenBy says how the entries of another's emitter are proven.
func provenBy(e *metric.Emitter) string {
	if len(e.Captures) == 0 {
		return ""
	}
	files := make([]string, len(e.Captures))
	for i, c := range e.Captures {
		files[i] = "`internal/metric/testdata/" + c + "`"
	}
	if e.Written != "" {
		return " Names, types and labels are those of " + strings.Join(files, ", ") + ", " + e.Written + "."
	}
	return " Names, types and labels are proven by what was recorded of it: " + strings.Join(files, ", ") + "."
}

// writeTable writes families on one line each, with the labels that rules may rely on.
func writeTable(b *strings.Builder, families []*metric.Family) {
	b.WriteString("| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n")
	for _, f := range families {
		kind := f.Type.String()
		if f.Unit != metric.None {
			kind += ", " + string(f.Unit)
		}
		if f.Since != "" {
			kind += ", since " + f.Since
		}
		labels := make([]string, len(f.Labels))
		for i, l := range f.Labels {
			labels[i] = "`" + l.Name + "`"
		}
		help := f.Help
		if len(f.Also) > 0 {
			help += " Also written by " + emitterNames(f.Also) + ": tell them apart by the label job."
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.Name, kind, strings.Join(labels, ", "), cell(help))
	}
	b.WriteByte('\n')
}

func emitterNames(emitters []*metric.Emitter) string {
	names := make([]string, len(emitters))
	for i, e := range emitters {
		names[i] = e.Name
	}
	return strings.Join(names, ", ")
}

// collectorsOf lists the collectors in the order in which they first appear; what no collector can switch off comes first.
func collectorsOf(families []*metric.Family) []string {
	var collectors []string
	for _, f := range families {
		switch {
		case slices.Contains(collectors, f.Collector):
		case f.Collector == "":
			collectors = slices.Insert(collectors, 0, "")
		default:
			collectors = append(collectors, f.Collector)
		}
	}
	return collectors
}

// writeFamily writes one family: what it is on one line, then its help, its source and its labels.
func writeFamily(b *strings.Builder, f *metric.Family) {
	facts := []string{f.Type.String()}
	if f.Unit != metric.None {
		facts = append(facts, string(f.Unit))
	}
	facts = append(facts, f.Stability.String())
	if f.Since != "" {
		facts = append(facts, "since "+f.Since)
	}
	fmt.Fprintf(b, "#### `%s`\n\n%s. %s Source: %s.\n", f.Name, capital(strings.Join(facts, ", ")), f.Help, strings.TrimSuffix(f.Source, "."))
	if len(f.Buckets) > 0 {
		fmt.Fprintf(b, "Buckets: %s.\n", join(f.Buckets))
	}
	b.WriteByte('\n')
	if len(f.Labels) == 0 {
		return
	}
	b.WriteString("| Label | Meaning | Values |\n| --- | --- | --- |\n")
	for _, l := range f.Labels {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", l.Name, cell(l.Help), cell(values(l)))
	}
	b.WriteByte('\n')
}

// values says which values a label can have.
func values(l metric.Label) string {
	if l.Values == nil {
		return "open; bounded by " + l.Bound
	}
	quoted := make([]string, len(l.Values))
	for i, v := range l.Values {
		quoted[i] = "`" + v + "`"
	}
	return strings.Join(quoted, ", ")
}

// cell makes a text fit for a cell of a Markdown table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// capital begins a text with a capital letter.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// join lists numbers.
func join(numbers []float64) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = fmt.Sprint(n)
	}
	return strings.Join(words, ", ")
}
