package changes

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Text writes changes for a terminal: one subject after another, what differs below.
func Text(w io.Writer, changes []Change) error {
	var b strings.Builder
	for i, c := range changes {
		if i == 0 || changes[i-1].Subject != c.Subject || changes[i-1].File != c.File {
			fmt.Fprintf(&b, "%s (%s)\n", c.Subject, c.File)
		}
		fmt.Fprintf(&b, "  %s\n", c.What)
		b.WriteString(prefixed(c.Before, "    - "))
		b.WriteString(prefixed(c.After, "    + "))
	}
	if len(changes) == 0 {
		b.WriteString("nothing changed\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// prefixed is a text with a mark before each line; empty for none.
func prefixed(text, mark string) string {
	if text == "" {
		return ""
	}
	return mark + strings.ReplaceAll(text, "\n", "\n"+mark) + "\n"
}

// Markdown writes changes for a comment of a pull request: a heading for each subject, and what differs in a block that is coloured.
func Markdown(w io.Writer, changes []Change) error {
	var b strings.Builder
	if len(changes) == 0 {
		b.WriteString("Nothing changed in boards and rules.\n")
	} else {
		fmt.Fprintf(&b, "%d changes in boards and rules.\n", len(changes))
	}
	for i, c := range changes {
		if i == 0 || changes[i-1].Subject != c.Subject || changes[i-1].File != c.File {
			fmt.Fprintf(&b, "\n### %s\n\n`%s`\n\n", plain(c.Subject), c.File)
		}
		fmt.Fprintf(&b, "- %s\n", plain(c.What))
		if c.Before != "" || c.After != "" {
			fence := "```"
			for strings.Contains(c.Before+c.After, fence) {
				fence += "`"
			}
			fmt.Fprintf(&b, "\n  %sdiff\n%s%s  %s\n\n", fence, prefixed(c.Before, "  - "), prefixed(c.After, "  + "), fence)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// plain escapes what Markdown, or HTML in it, would take for a mark.
func plain(text string) string {
	return strings.NewReplacer("\\", "\\\\", "*", "\\*", "_", "\\_", "`", "\\`", "<", "&lt;", "[", "\\[", "@", "&#64;").Replace(text)
}

// JSON writes changes for a machine: a list, never null.
func JSON(w io.Writer, changes []Change) error {
	if changes == nil {
		changes = []Change{}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(changes)
}
