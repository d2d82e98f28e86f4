// Package runbook writes the page that an alert links to. It lays out what it is told and invents nothing.
package runbook

import (
	"fmt"
	"strings"
)

// Page is what a person needs to know who has been woken by an alert.
type Page struct {
	Alert    string // the alert's name; the page's file is named after it
	Severity string // page or ticket
	Summary  string // one line
	// Rules are the conditions under which it fires, each with how long they must hold, as Prometheus writes durations.
	Rules []Rule

	Meaning        string   // what is the case when it fires
	Impact         string   // what callers and the platform suffer
	Look           []string // where to look, the most telling first
	Do             []string // what to do, in order
	FalsePositives []string // when it fires for nothing
}

// Rule is one condition under which the alert fires.
type Rule struct {
	Expr, For string
	Severity  string
}

// FileName is the name of an alert's page in the folder of runbooks.
func FileName(alert string) string { return alert + ".md" }

// missing names the first text that the page lacks, or is empty.
func (p Page) missing() string {
	for _, part := range []struct {
		name  string
		empty bool
	}{
		{"name", p.Alert == ""},
		{"severity", p.Severity == ""},
		{"summary", p.Summary == ""},
		{"meaning", p.Meaning == ""},
		{"impact", p.Impact == ""},
		{"place to look", len(p.Look) == 0},
		{"step to take", len(p.Do) == 0},
		{"false positive", len(p.FalsePositives) == 0},
	} {
		if part.empty {
			return part.name
		}
	}
	return ""
}

// Markdown writes the page below a header line. Every page has the same headings, so that a reader who is in a hurry finds
// each part where it always is; a text that is missing is an error.
func (p Page) Markdown(header string) ([]byte, error) {
	if part := p.missing(); part != "" {
		return nil, fmt.Errorf("runbook of alert %q: no %s", p.Alert, part)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s -->\n\n# %s\n\n%s\n\n", header, p.Alert, p.Summary)
	for _, r := range p.Rules {
		fmt.Fprintf(&b, "%s\n\n", r.lead())
		fmt.Fprintf(&b, "```promql\n%s\n```\n\n", strings.TrimSpace(r.Expr))
	}
	fmt.Fprintf(&b, "## Meaning\n\n%s\n\n## Impact\n\n%s\n\n", strings.TrimSpace(p.Meaning), strings.TrimSpace(p.Impact))
	section(&b, "Look here", "1. ", p.Look)
	section(&b, "Do this", "1. ", p.Do)
	section(&b, "False positives", "- ", p.FalsePositives)
	return []byte(strings.TrimRight(b.String(), "\n") + "\n"), nil
}

// lead is the sentence before a rule's expression.
func (r Rule) lead() string {
	severity := map[string]string{"page": "Pages", "ticket": "Opens a ticket"}[r.Severity]
	if severity == "" {
		severity = "Fires"
	}
	if r.For == "" {
		return severity + " as soon as this yields anything:"
	}
	return fmt.Sprintf("%s when this has yielded something for %s:", severity, r.For)
}

// section writes a heading and a list. Markdown counts the items of a numbered list by itself.
func section(b *strings.Builder, heading, bullet string, items []string) {
	fmt.Fprintf(b, "## %s\n\n", heading)
	indent := "\n" + strings.Repeat(" ", len(bullet))
	for _, item := range items {
		fmt.Fprintf(b, "%s%s\n", bullet, strings.ReplaceAll(strings.TrimSpace(item), "\n", indent))
	}
	b.WriteByte('\n')
}
