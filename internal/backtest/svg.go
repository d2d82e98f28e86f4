package backtest

import (
	"fmt"
	"html"
	"io"
	"strings"
	"time"
)

// The measures of a timeline, in pixels.
const (
	chartWidth = 900
	rowHeight  = 34
	leftMargin = 150
	topMargin  = 30
)

// row is one row of a timeline: what was wrong, pages and tickets.
type row struct {
	name, title    string
	begin          time.Time
	length         time.Duration
	bad            []Span
	pages, tickets []Firing
}

// WriteSVG draws verdicts over time, a row each.
func WriteSVG(w io.Writer, verdicts []Verdict) error {
	rows := make([]row, len(verdicts))
	for i, v := range verdicts {
		rows[i] = row{v.Course, v.Title, v.Begin, v.Length, v.bad, v.Pages, v.Tickets}
	}
	return draw(w, rows)
}

// WriteRecordingsSVG draws recordings over time, a row each. All have the same begin and end.
func WriteRecordingsSVG(w io.Writer, all []Recording) error {
	rows := make([]row, len(all))
	for i, r := range all {
		rows[i] = row{r.Title, r.Title, r.Begin, r.End.Sub(r.Begin), nil, r.Pages, r.Tickets}
		for _, o := range r.Outages {
			rows[i].bad = append(rows[i].bad, Span{later(o.Begin, r.Begin), earlier(o.End, r.End)})
		}
	}
	return draw(w, rows)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func draw(w io.Writer, rows []row) error {
	var b strings.Builder
	bottom := topMargin + rowHeight*len(rows)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", leftMargin+chartWidth+20, bottom+30)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/>`+"\n")
	for i, legend := range []struct{ colour, text string }{{"#c4c4c4", "wrong"}, {"#d62728", "page"}, {"#ff9f1c", "ticket"}} {
		x := leftMargin + 100*i
		fmt.Fprintf(&b, `<rect x="%d" y="8" width="12" height="12" fill="%s"/><text x="%d" y="18">%s</text>`+"\n", x, legend.colour, x+16, legend.text)
	}
	for i, r := range rows {
		r.write(&b, topMargin+rowHeight*i)
	}
	if len(rows) > 0 {
		first := rows[0]
		fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text><text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", leftMargin, bottom+18, first.begin.Format(time.RFC3339),
			leftMargin+chartWidth, bottom+18, first.begin.Add(first.length).Format(time.RFC3339))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// write draws a row at a height.
func (r *row) write(b *strings.Builder, y int) {
	fmt.Fprintf(b, `<text x="8" y="%d">%s</text><line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#888"/>`+"\n",
		y+18, html.EscapeString(r.name), leftMargin, y+rowHeight-4, leftMargin+chartWidth, y+rowHeight-4)
	bar := func(from, to time.Time, top, height int, colour, title string) {
		x := float64(leftMargin) + chartWidth*from.Sub(r.begin).Seconds()/r.length.Seconds()
		width := max(1.5, chartWidth*to.Sub(from).Seconds()/r.length.Seconds())
		fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"><title>%s</title></rect>`+"\n", x, top, width, height, colour, html.EscapeString(title))
	}
	for _, s := range r.bad {
		bar(s.From, s.To, y+2, rowHeight-8, "#c4c4c4", r.title)
	}
	for _, f := range r.tickets {
		bar(f.Start, f.End, y+18, 8, "#ff9f1c", f.Alert+" "+f.Labels["burn"]+" "+f.Start.Format(time.RFC3339))
	}
	for _, f := range r.pages {
		bar(f.Start, f.End, y+6, 8, "#d62728", f.Alert+" "+f.Labels["burn"]+" "+f.Start.Format(time.RFC3339))
	}
}
