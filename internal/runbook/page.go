// Package runbook writes the page that an alert links to. It lays out what the rules say of their alerts and invents
// nothing.
package runbook

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
)

// FileName is the name of an alert's page in the folder of runbooks.
func FileName(alert string) string { return alert + ".md" }

// Markdown writes the page of an alert below a header line. Every page has the same headings, so that a reader in a hurry
// finds each part where it always is; a text that is missing is an error. titles are those of boards by uid, and of panels by the end of their
// address, uid?viewPanel=id: the first place to look is the one that the alert leads to.
func Markdown(header string, a rules.Alert, titles map[string]string) ([]byte, error) {
	if part := missing(a); part != "" {
		return nil, fmt.Errorf("runbook of alert %q: no %s", a.Name, part)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s -->\n\n# %s\n\n%s.\n\n", header, a.Name, strings.TrimSuffix(a.Summary, "."))
	fmt.Fprintf(&b, "## Meaning\n\n%s\n\n", strings.TrimSpace(a.Meaning))
	for _, r := range a.Rules {
		fmt.Fprintf(&b, "%s\n\n```promql\n%s\n```\n\n", condition(r, a.Rules), strings.TrimSpace(r.Expr))
	}
	fmt.Fprintf(&b, "## Impact\n\n%s\n\n", strings.TrimSpace(a.Impact))
	section(&b, "Look here", "1. ", slices.Concat(shown(a, titles), a.Look))
	section(&b, "Do this", "1. ", a.Do)
	section(&b, "False positives", "- ", a.FalsePositives)
	return []byte(strings.TrimRight(b.String(), "\n") + "\n"), nil
}

// shown are the panels, or boards, that an alert's rules lead to, each once.
func shown(a rules.Alert, titles map[string]string) []string {
	var list []string
	for _, r := range a.Rules {
		address := cmp.Or(r.Annotations["panel"], r.Annotations["dashboard"])
		_, end, _ := strings.Cut(address, "/d/")
		uid, _, _ := strings.Cut(end, "?")
		board, panel := titles[uid], titles[end]
		if board == "" {
			continue
		}
		place := fmt.Sprintf("the board %q", board)
		if end != uid && panel != "" {
			place = fmt.Sprintf("panel %q of the board %q", panel, board)
		}
		if strings.HasPrefix(address, "/") {
			place += ", in Grafana below its address: `" + address + "`"
		} else {
			place += ": <" + address + ">"
		}
		if !slices.Contains(list, place) {
			list = append(list, place)
		}
	}
	return list
}

// missing names the first part that the page would lack, or is empty.
func missing(a rules.Alert) string {
	for _, part := range []struct {
		name  string
		empty bool
	}{
		{"name", a.Name == ""},
		{"summary", a.Summary == ""},
		{"meaning", a.Meaning == ""},
		{"rule", len(a.Rules) == 0},
		{"impact", a.Impact == ""},
		{"place to look", len(a.Look) == 0},
		{"step to take", len(a.Do) == 0},
		{"false positive", len(a.FalsePositives) == 0},
	} {
		if part.empty {
			return part.name
		}
	}
	return ""
}

// condition is the sentence before a rule's expression: its severity, the labels by which it differs from the alert's other
// rules, and how long it must hold.
func condition(r rules.Rule, all []rules.Rule) string {
	verb := "Opens a ticket"
	switch r.Labels["severity"] {
	case slo.Page:
		verb = "Pages"
	case rules.NoSeverity:
		verb = "Tells nobody but its receiver,"
	}
	var marks []string
	for _, name := range slices.Sorted(maps.Keys(r.Labels)) {
		differs := slices.ContainsFunc(all, func(other rules.Rule) bool { return other.Labels[name] != r.Labels[name] })
		if name != "severity" && differs {
			marks = append(marks, fmt.Sprintf("`%s=%q`", name, r.Labels[name]))
		}
	}
	if len(marks) > 0 {
		verb += " with " + strings.Join(marks, ", ")
	}
	if r.For == "" {
		return verb + " as soon as this has a result:"
	}
	return fmt.Sprintf("%s when this has had a result for %s:", verb, r.For)
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
