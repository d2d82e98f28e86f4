package backtest

import (
	"cmp"
	"encoding/json"
	"fmt"
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
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%.2f\t%s\t%s\n",
			v.Course, after, tier, spent, ticketAfter, ticketTier, len(v.Pages), len(v.Tickets), v.FalsePagesPerWeek, share(v.Consumed), v.Title)
	}
	return t.Flush()
}

// detection words the first alert about a fault; where nothing is wrong there is none to wait for.
func (v *Verdict) detection(d *Detection) (after, tier, spent string) {
	switch {
	case len(v.bad) == 0:
		return "-", "-", "-"
	}
	return d.words()
}

// words are how long an alert took, its tier, and what was spent by then.
func (d *Detection) words() (after, tier, spent string) {
	if d == nil {
		return "never", "-", "-"
	}
	return (time.Duration(d.After) * time.Second).String(), d.Tier, share(d.Spent)
}

// share is a share for people.
func share(of *float64) string {
	if of == nil {
		return "unknown"
	}
	return fmt.Sprintf("%.1f%%", 100**of)
}

// WriteOutages prints what recordings have of outages for people, a line each.
func WriteOutages(w io.Writer, all []Recording) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "OBJECTIVE\tOUTAGE\tLASTED\tFIRST PAGE\tTIER\tBUDGET SPENT\tFIRST TICKET\tTIER\tBUDGET SPENT\tIN ALL\tFALSE PAGES A WEEK")
	for _, r := range all {
		perWeek := "-"
		if r.FalsePagesPerWeek != nil {
			perWeek = fmt.Sprintf("%.2f", *r.FalsePagesPerWeek)
		}
		for _, o := range r.Outages {
			page, pageTier, pageSpent := o.Page.words()
			ticket, ticketTier, ticketSpent := o.Ticket.words()
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", cmp.Or(r.Objective, "-"), o.Begin.Format(time.RFC3339), o.End.Sub(o.Begin),
				page, pageTier, pageSpent, ticket, ticketTier, ticketSpent, share(o.Spent), perWeek)
		}
	}
	return t.Flush()
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
