package report

import (
	_ "embed" // the page and its style
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/voipbin/observability/internal/standalone"
)

//go:embed report.html
var pageTemplate string

//go:embed report.css
var pageStyle string

// Formats are the forms of a report, with their content types.
func Formats() map[string]string {
	return map[string]string{"html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8", "json": "application/json"}
}

// Write writes a report in one of Formats.
func Write(w io.Writer, m Model, format string) error {
	switch format {
	case "json":
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(m)
	case "md":
		return markdown(w, m)
	case "html":
		return page(w, m)
	}
	return fmt.Errorf("format %q; html, md or json", format)
}

// page writes one file that needs no other.
func page(w io.Writer, m Model) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"head":    func(title string) template.HTML { return standalone.HeadOfPage(title, pageStyle) },
		"percent": percent, "achieved": achieved, "counted": counted, "share": share, "amount": amount, "when": when, "dates": Period.dates, "promised": Line.promised, "partly": Line.partly, "cut": func() string { return cutWords }, "colour": colour, "bar": bar, "join": strings.Join,
	}).Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return t.Execute(w, m)
}

// colour is the tag of a verdict.
func colour(v Verdict) string {
	switch v {
	case Met:
		return "good"
	case Missed:
		return "bad"
	case NotKnown:
		return "warn"
	case NoEvents:
	}
	return "plain"
}

// bar is a period in the picture of the trend: its height from 0 to 30, and its colour.
type barOf struct {
	X, Y, Height float64
	Colour       string
	Words        string
}

// bar makes the bars of a trend. A bar of full height is a budget that is spent; what is not known is no bar.
func bar(trend []Past) []barOf {
	all := make([]barOf, 0, len(trend))
	for i, p := range trend {
		b := barOf{X: float64(i * 14), Colour: colour(p.Verdict), Words: p.Period + ": " + string(p.Verdict)}
		if p.Consumed != nil {
			b.Height = max(1, min(30, 30**p.Consumed))
			b.Words += ", " + percent(p.Consumed) + " of the budget spent"
		}
		b.Y = 30 - b.Height
		all = append(all, b)
	}
	return all
}

// markdown writes the report for a pull request, a ticket or a wiki.
func markdown(w io.Writer, m Model) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Objectives in %s\n\n**%s** (%s, %s; %s). Alerts about burning budgets: %d paged, %d did not.\n\n", m.Period.Name, m.Headline(), m.Period.dates(), m.Zones(), m.Standing(), m.Summary.Pages, m.Summary.Tickets)
	if m.Now != nil {
		b.WriteString("## Now\n\n")
		if m.Now.Problem != "" {
			fmt.Fprintf(&b, "%s\n\n", cell(m.Now.Unknown()))
		}
		for _, s := range m.Now.Standing {
			fmt.Fprintf(&b, "* %s, %s: %s\n", cell(s.Title), s.Text, cell(s.Says()))
		}
		fmt.Fprintf(&b, "* %d others are well.\n\n", m.Now.Well)
	}
	b.WriteString("| objective | promised | achieved | verdict | budget spent | in incidents | owner | earlier periods |\n|---|---|---|---|---|---|---|---|\n")
	for _, l := range m.Objectives {
		spent := percent(l.Consumed)
		if l.Corrected != nil {
			spent += " (" + percent(l.Corrected) + " corrected)"
		}
		verdict := string(l.Verdict)
		if text := l.partly(); text != "" {
			verdict += " (" + text + ")"
		}
		earlier := make([]string, 0, len(l.Trend))
		for _, p := range l.Trend[:max(len(l.Trend)-1, 0)] {
			text := string(p.Verdict)
			if p.Consumed != nil {
				text = percent(p.Consumed)
			}
			earlier = append(earlier, text)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", cell(l.Title), cell(l.promised()), achieved(l.SLI), verdict, spent, share(l.Incidents), cell(l.Owner), strings.Join(earlier, ", "))
	}
	b.WriteString("\n## Worst incidents\n\n")
	if len(m.Incidents) == 0 {
		b.WriteString("No hour spent a hundredth of a budget.\n")
	}
	for _, i := range m.Incidents {
		alerts := "no alert fired"
		if len(i.Alerts) > 0 {
			alerts = strings.Join(i.Alerts, ", ")
		}
		fmt.Fprintf(&b, "* %s, %s to %s: %s of the budget, %s errors; %s\n", cell(i.Title), when(i.From), when(i.To), share(i.Share), amount(i.Errors), alerts)
	}
	m.details(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// cutWords are what is said of a correction over the edge of a period.
const cutWords = "not in the corrected numbers, as it reaches over an edge of the period: enter one for each side"

// details are what stands behind the first page.
func (m Model) details(b *strings.Builder) {
	section := func(title string, n int) {
		if n > 0 {
			fmt.Fprintf(b, "\n## %s\n\n", title)
		}
	}
	section("Maintenance", len(m.Maintenance))
	for _, t := range m.Maintenance {
		ended := ""
		if t.Ended != nil {
			ended = "; " + t.Ended.Words()
		}
		fmt.Fprintf(b, "* %s, %s: %s; %s (%s)%s\n", t.ID, t.When, strings.Join(t.Objectives, ", "), cell(t.Reason), cell(t.Author), cell(ended))
	}
	section("Corrections", len(m.Corrections))
	for _, c := range m.Corrections {
		cut := ""
		if c.Cut {
			cut = "; " + cutWords
		}
		fmt.Fprintf(b, "* %s, %s: %s (%s)%s\n", c.ID, c.When, cell(c.Reason), cell(c.Author), cut)
	}
	section("Policy", len(m.Policy))
	for _, c := range m.Policy {
		at := " at " + share(c.Consumed) + " consumed"
		if c.Removed {
			at = ""
		}
		fmt.Fprintf(b, "* %s, %s%s: %s\n", when(c.At), c.Objective, at, cell(c.Words()))
	}
	section("Days of which nothing is known", len(m.Unread))
	for _, u := range m.Unread {
		fmt.Fprintf(b, "* %s: %s\n", u.Day, cell(u.Why))
	}
	section("What was counted", len(m.Objectives))
	for _, l := range m.Objectives {
		if l.Events == nil {
			fmt.Fprintf(b, "* %s: nothing of its own\n", l.Name)
			continue
		}
		fmt.Fprintf(b, "* %s: %s errors of %s events; %s of the time not known, %s in maintenance\n", l.Name, amount(*l.Errors), amount(*l.Events), share(l.Unknown), share(l.Taken))
	}
}

// cell is text that breaks no table and means nothing to a reader of Markdown.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;", "*", `\*`, "_", `\_`, "[", `\[`, "`", "\\`").Replace(text)
}
