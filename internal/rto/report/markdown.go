package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/voipbin/observability/internal/rto"
)

// Markdown writes the report as GitHub-flavoured Markdown; the same report gives the same bytes.
func Markdown(w io.Writer, r Report) error {
	var b bytes.Buffer
	firstPage(&b, r)
	for _, s := range document(r) {
		fmt.Fprintf(&b, "\n## %s\n", s.Title)
		if s.Lead != "" {
			fmt.Fprintf(&b, "\n%s\n", plainText(s.Lead))
		}
		for _, t := range s.Tables {
			writeTable(&b, t)
		}
	}
	signPage(&b, r)
	_, err := w.Write(b.Bytes())
	return err
}

// way says from where to where a failover went, as far as that is known.
func way(i Identity) string {
	var way string
	if i.From != "" {
		way += " from " + plainText(i.From)
	}
	if i.To != "" {
		way += " to " + plainText(i.To)
	}
	if way == "" {
		return ""
	}
	return ";" + way
}

func firstPage(b *bytes.Buffer, r Report) {
	i := r.Identity
	fmt.Fprintf(b, "# %s: %s\n\n", r.Verdict, plainText(r.Title))
	fmt.Fprintf(b, "%s\n\n", sentence(r))
	fmt.Fprintf(b, "Drill %s, %s, %s; plan %s%s.\n", codeText(r.Drill), i.Kind, showDay(i.Began), plainText(i.Plan+" "+i.PlanVersion), way(i))
	head := table{Head: []string{"", "Measured", "Objective", "Verdict"}, Rows: [][]cell{
		{text("Recovery time"), took(r.RTO.Took), number("below " + limit(r.RTO.Objective)), verdict(r.RTO.Verdict)},
		{text("Data loss"), took(r.RPO.Bracket()), number("below " + limit(r.RPO.Objective)), verdict(r.RPO.Verdict)},
		{text("Lost transactions"), number(lostTransactions(r.RPO)), text(""), text("")},
		{text("Not vouched for"), number(span(r.Unprovable)), text(""), text("")},
	}}
	writeTable(b, head)
	if reasons := weighed(r); len(reasons) > 0 {
		b.WriteString("\n")
		for _, reason := range reasons {
			fmt.Fprintf(b, "* **%s** %s\n", strings.TrimSpace(string(reason.Level)+" "+reason.Objective), plainText(reason.Text))
		}
	}
	for _, g := range gaps(r) {
		fmt.Fprintf(b, "\nNot covered by this verdict: %s (%s).\n", plainText(g.Store), plainText(g.Statement))
	}
	fmt.Fprintf(b, "\n%s\n", waterfallText(r))
}

// waterfallText draws the phases with one character for each fiftieth of the recovery.
func waterfallText(r Report) string {
	const columns = 50
	t0, end := r.RTO.Failed.Hi, rto.Instant(0)
	for _, p := range r.Phases {
		if p.Done.Valid() {
			end = max(end, p.Done.Hi)
		}
	}
	if !r.RTO.Failed.Valid() || end <= t0 {
		return "The phases were not measured."
	}
	column := func(i rto.Instant) int {
		return min(max(int(float64(columns)*i.Sub(t0).Seconds()/end.Sub(t0).Seconds()), 0), columns)
	}
	var b strings.Builder
	b.WriteString("```\n")
	for _, p := range r.Phases {
		fmt.Fprintf(&b, "%-9s", p.Phase)
		if !p.Begun.Valid() || !p.Done.Valid() {
			fmt.Fprintf(&b, "|%*s| not measured\n", columns, "")
			continue
		}
		from := min(column(p.Begun.Hi), columns-1)
		length := min(max(column(p.Done.Hi)-from, 1), columns-from)
		fmt.Fprintf(&b, "|%s%s%s| %s", strings.Repeat(" ", from), strings.Repeat("█", length), strings.Repeat(" ", columns-from-length), showBracket(p.Took))
		if p.Budget > 0 {
			fmt.Fprintf(&b, " of %s", limit(p.Budget))
		}
		b.WriteString("\n")
	}
	b.WriteString("```")
	return b.String()
}

func signPage(b *bytes.Buffer, r Report) {
	fmt.Fprintf(b, "\n## Verify and sign\n\nEvery number here follows from the records named under Evidence. Give the report's JSON with those records to `tracker verify`: it computes all of them again and names each field that differs.\n\nSeal: %s\n", codeText(r.Seal))
	t := table{Head: []string{"Role", "Name", "Date", "Signature"}}
	for _, s := range r.SignOff {
		t.Rows = append(t.Rows, []cell{text(s), text(""), text(""), text("")})
	}
	writeTable(b, t)
}

func writeTable(b *bytes.Buffer, t table) {
	if t.Title != "" {
		fmt.Fprintf(b, "\n### %s\n", t.Title)
	}
	if len(t.Rows) == 0 {
		fmt.Fprintf(b, "\n%s\n", plainText(t.Empty))
	} else {
		head := t.Head
		if len(head) == 0 {
			head = []string{"", ""}
		}
		b.WriteString("\n")
		heads := make([]cell, len(head))
		for i, h := range head {
			heads[i] = text(h)
		}
		writeRow(b, heads)
		b.WriteString("|" + strings.Repeat(" --- |", len(head)) + "\n")
		for _, row := range t.Rows {
			writeRow(b, row)
		}
	}
	if t.Note != "" {
		fmt.Fprintf(b, "\n%s\n", plainText(t.Note))
	}
}

func writeRow(b *bytes.Buffer, row []cell) {
	b.WriteString("|")
	for _, c := range row {
		shown := plainText(c.Text)
		switch c.Set {
		case setCode, setRefs:
			shown = codeText(c.Text)
		case setVerdict:
			shown = "**" + c.Text + "**"
		}
		b.WriteString(" " + shown + " |")
	}
	b.WriteString("\n")
}

// plainText escapes all that Markdown or HTML would take for more than text, on one line.
func plainText(s string) string {
	var b strings.Builder
	for _, r := range clean(s) {
		switch r {
		case '<':
			b.WriteString("&lt;")
			continue
		case '>':
			b.WriteString("&gt;")
			continue
		case '&':
			b.WriteString("&amp;")
			continue
		case '\\', '`', '*', '_', '[', ']', '|', '#', '~', '!', '@', '$', '{', '}':
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	// GitHub makes links of bare addresses too.
	return strings.NewReplacer("://", `:\//`, "www.", `www\.`).Replace(b.String())
}

// codeText sets a text in a fence that is longer than any in it. A table ends a cell at a bar even there.
func codeText(s string) string {
	s = strings.ReplaceAll(clean(s), "|", "¦")
	if s == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}
