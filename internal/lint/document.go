package lint

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/spec"
)

// Markdown is the document of all findings of a spec: those that nobody accepted, those that are accepted with the reason,
// what was looked for, and what nobody measures. header is the first line, as a comment.
func Markdown(header string, s *spec.Spec, all []Finding) []byte {
	var b strings.Builder
	accepted := 0
	for _, f := range all {
		if f.Accepted() {
			accepted++
		}
	}
	fmt.Fprintf(&b, "<!-- %s -->\n\n# What the description cannot keep\n\n", header)
	fmt.Fprintf(&b, "Profile `%s`: %d findings, of which %d are accepted. `obsgen check -v` prints them with their places. "+
		"A finding is accepted in `spec/profiles/%s.yaml`, with a reason.\n", s.Profile.Name, len(all), accepted, s.Profile.Name)
	for _, l := range Linters() {
		fmt.Fprintf(&b, "\n## %s\n\nCompares %s.\n", l.Name, l.Summary)
		none := true
		for _, f := range all {
			if f.Linter != l.Name {
				continue
			}
			if none {
				b.WriteString("\n| About | Finding | What would help | Accepted because |\n|---|---|---|---|\n")
				none = false
			}
			what := strings.TrimSuffix(f.Problem.What, fmt.Sprintf(" [%s: %s]", f.Linter, f.About))
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(f.About), cell(what), cell(f.Problem.Hint), cell(orOpen(f.Reason)))
		}
		if none {
			b.WriteString("\nNothing found.\n")
		}
	}
	unmeasured(&b, s.Profile)
	return []byte(b.String())
}

// unmeasured lists what the profile says that nobody exports: rules and boards do not ask for it.
func unmeasured(b *strings.Builder, p spec.Profile) {
	var absent []spec.Signal
	for _, s := range p.Signals {
		if s.Absent != "" {
			absent = append(absent, s)
		}
	}
	if len(absent) == 0 {
		return
	}
	b.WriteString("\n## What is not measured\n\nNo rule and no panel asks for these, as the profile has no series of them.\n\n| Signal | What it would tell | Why there is none |\n|---|---|---|\n")
	for _, s := range absent {
		fmt.Fprintf(b, "| %s | %s | %s |\n", s.Name, cell(s.Help), cell(s.Absent))
	}
}

// orOpen is the reason, or says that there is none.
func orOpen(reason string) string {
	if reason == "" {
		return "**not accepted**"
	}
	return reason
}

// cell is a text for a cell of a table.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(s) }
