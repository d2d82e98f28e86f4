package backtest

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteTable prints verdicts for people, a line each.
func WriteTable(w io.Writer, verdicts []Verdict) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "SCENARIO\tFIRST PAGE\tTIER\tBUDGET SPENT\tFIRST TICKET\tTIER\tPAGES\tTICKETS\tFALSE PAGES A WEEK\tBUDGET USED\tWHAT HAPPENS")
	for _, v := range verdicts {
		after, tier, spent := v.detection(v.Page)
		ticketAfter, ticketTier, _ := v.detection(v.Ticket)
		used := "unknown"
		if v.Consumed != nil {
			used = fmt.Sprintf("%.1f%%", 100**v.Consumed)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%.2f\t%s\t%s\n",
			v.Course, after, tier, spent, ticketAfter, ticketTier, len(v.Pages), len(v.Tickets), v.FalsePagesPerWeek, used, v.Title)
	}
	return t.Flush()
}

// detection words the first alert about a fault; where nothing is wrong there is none to wait for.
func (v *Verdict) detection(d *Detection) (after, tier, spent string) {
	switch {
	case len(v.bad) == 0:
		return "-", "-", "-"
	case d == nil:
		return "never", "-", "-"
	}
	return (time.Duration(d.After) * time.Second).String(), d.Tier, fmt.Sprintf("%.1f%%", 100*d.Spent)
}

// WriteFirings prints alerts for people, a line each.
func WriteFirings(w io.Writer, fired []Firing) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "START\tLASTED\tSEVERITY\tALERT\tLABELS")
	for _, f := range fired {
		lasted := f.End.Sub(f.Start).String()
		if f.Open {
			lasted = "open"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", f.Start.Format(time.RFC3339), lasted, f.Labels["severity"], f.Alert, labelText(f.Labels))
	}
	return t.Flush()
}

// labelText prints labels in the order of their names, without what other columns hold.
func labelText(set map[string]string) string {
	var parts []string
	for _, name := range sortedKeys(set) {
		if name != "severity" {
			parts = append(parts, name+"="+set[name])
		}
	}
	return strings.Join(parts, " ")
}

// WriteJSON prints any result as indented JSON.
func WriteJSON(w io.Writer, result any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(result)
}

// The measures of a timeline, in pixels.
const (
	chartWidth = 900
	rowHeight  = 34
	leftMargin = 150
	topMargin  = 30
)

// WriteSVG draws verdicts over time, a row each: what was wrong, pages and tickets.
func WriteSVG(w io.Writer, verdicts []Verdict) error {
	var b strings.Builder
	height := topMargin + rowHeight*len(verdicts) + 30
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", leftMargin+chartWidth+20, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/>`+"\n")
	for i, legend := range []struct{ colour, text string }{{"#c4c4c4", "wrong"}, {"#d62728", "page"}, {"#ff9f1c", "ticket"}} {
		x := leftMargin + 100*i
		fmt.Fprintf(&b, `<rect x="%d" y="8" width="12" height="12" fill="%s"/><text x="%d" y="18">%s</text>`+"\n", x, legend.colour, x+16, legend.text)
	}
	for i, v := range verdicts {
		v.row(&b, topMargin+rowHeight*i)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// row draws one verdict at a height.
func (v *Verdict) row(b *strings.Builder, y int) {
	fmt.Fprintf(b, `<text x="8" y="%d">%s</text><line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#888"/>`+"\n",
		y+18, html.EscapeString(v.Course), leftMargin, y+rowHeight-4, leftMargin+chartWidth, y+rowHeight-4)
	bar := func(from, to time.Time, top, height int, colour, title string) {
		x := float64(leftMargin) + chartWidth*from.Sub(v.Begin).Seconds()/v.Length.Seconds()
		width := max(1.5, chartWidth*to.Sub(from).Seconds()/v.Length.Seconds())
		fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"><title>%s</title></rect>`+"\n", x, top, width, height, colour, html.EscapeString(title))
	}
	for _, s := range v.bad {
		bar(s.From, s.To, y+2, rowHeight-8, "#c4c4c4", v.Title)
	}
	for _, f := range v.Tickets {
		bar(f.Start, f.End, y+18, 8, "#ff9f1c", f.Alert+" "+f.Labels["burn"]+" "+f.Start.Format(time.RFC3339))
	}
	for _, f := range v.Pages {
		bar(f.Start, f.End, y+6, 8, "#d62728", f.Alert+" "+f.Labels["burn"]+" "+f.Start.Format(time.RFC3339))
	}
}
