package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// section is one part of the document that HTML and Markdown both draw; the first page is drawn by each in its own way.
type section struct {
	ID, Title, Lead string
	Tables          []table
}

// table has a header, or none: then its first column names what the second says.
type table struct {
	Title, Note string
	// Class names a table that a narrow page sets in a way of its own.
	Class string
	Head  []string
	Rows  [][]cell
	// Empty is what is said in place of a table without rows.
	Empty string
}

// cell is a text and how it is set: text, number, code or verdict.
type cell struct {
	Text string
	Set  string
}

const (
	setText    = ""
	setNumber  = "num"
	setCode    = "code"
	setRefs    = "refs"
	setVerdict = "judged"
)

func text(s string) cell   { return cell{s, setText} }
func number(s string) cell { return cell{s, setNumber} }
func code(s string) cell   { return cell{s, setCode} }

func verdict(v rto.Verdict) cell {
	if v == "" {
		return text("–")
	}
	return cell{string(v), setVerdict}
}

func count[T ~int | ~uint64](n T) cell { return number(strconv.FormatUint(uint64(n), 10)) }

func took(b rto.Bracket) cell { return number(showBracket(b)) }

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// fact is a row of a table without header.
func fact(name string, value cell) []cell { return []cell{text(name), value} }

// document is all but the first page.
func document(r Report) []section {
	return []section{
		timelineSection(r), timeSection(r), phaseSection(r), lossSection(r), storeSection(r), alertSection(r), probeSection(r),
		peopleSection(r), followSection(r), clockSection(r), controlSection(r), evidenceSection(r),
	}
}

func refs(of []string) cell { return cell{strings.Join(of, " "), setRefs} }

// since shows how long after the failure something was.
func since(r Report, m rto.Moment) cell {
	if !r.RTO.Failed.Valid() || !m.Valid() {
		return number("–")
	}
	d := m.Hi.Sub(r.RTO.Failed.Hi)
	if d < 0 {
		return number(span(d))
	}
	return number("+" + span(d))
}

func timelineSection(r Report) section {
	t := table{Class: "timeline", Head: []string{"Time (UTC)", "After T0", "What", "Details", "By", "Evidence"}, Empty: "Nothing was taken down."}
	for _, e := range r.Timeline {
		by := e.Source
		if e.Author != "" {
			by = e.Author + " (" + e.Source + ")"
		}
		if e.Late {
			by += ", entered at " + showInstant(e.Noted)
		}
		t.Rows = append(t.Rows, []cell{number(showMoment(e.At)), since(r, e.At), text(e.What), text(e.Text), text(by), refs(e.Refs)})
	}
	return section{
		ID: "timeline", Title: "Timeline", Tables: []table{t},
		Lead: "Times are UTC by the tracker's own clock. Where an event is known only to lie within a span, the later end is shown with the length of the span: 12:00:05.000 (−2.00 s).",
	}
}

func timeSection(r Report) section {
	t := r.RTO
	facts := table{Rows: [][]cell{
		fact("T0, the failure", number(showMoment(t.Failed))),
		fact("T0 rests on", text(cmp.Or(t.Basis, "nothing: it is missing"))),
		fact("Evidence of T0", refs(t.Refs)),
		fact("First partial service", number(showMoment(t.Partial))),
		fact("Recovered", number(showMoment(t.Recovered))),
		fact("End of verification", number(showInstant(t.Stable))),
		fact("A recovery must last", text(fmt.Sprintf("%d good results of every path, and %s", r.Identity.ProbeStability.Results, span(r.Identity.ProbeStability.Hold)))),
		fact("Recovery time", took(t.Took)),
		fact("Objective", number("below "+limit(t.Objective))),
		fact("Verdict", verdict(t.Verdict)),
	}}
	paths := table{Title: "Critical paths", Head: []string{"Path", "From", "Failed", "First good", "Recovered", "Down for", "Flaps", "Relapses", "Longest hole"}, Empty: "No critical path was named."}
	for _, p := range t.Paths {
		paths.Rows = append(paths.Rows, []cell{
			text(p.Path), text(p.Vantage), number(showMoment(p.Failed)), number(showMoment(p.FirstGood)), number(showMoment(p.Recovered)), took(p.Down),
			count(p.Flaps), count(p.Relapses), number(span(p.Hole)),
		})
	}
	return section{
		ID: "recovery-time", Title: "Recovery time", Tables: []table{facts, paths},
		Lead: "From the failure, not from the first click, to the begin of the first stretch in which every critical path served from where it should and that lasted. The verdict goes by the longer edge.",
	}
}

func phaseSection(r Report) section {
	t := table{Title: "Phases", Head: []string{"Phase", "Begun", "Done", "Took", "Budget", "Verdict", "Rests on"}}
	for _, p := range r.Phases {
		budget := number("–")
		if p.Budget > 0 {
			budget = number(limit(p.Budget))
		}
		t.Rows = append(t.Rows, []cell{text(string(p.Phase)), number(showMoment(p.Begun)), number(showMoment(p.Done)), took(p.Took), budget, verdict(p.Judged), text(p.Evidence)})
	}
	c := r.CriticalPath
	steps := table{Title: "Steps of the plan", Head: []string{"Step", "Title", "Owner", "Begun", "Done", "Took", "Budget", "Critical in plan", "Critical as run", "Marked by"}}
	for _, s := range c.Steps {
		steps.Rows = append(steps.Rows, []cell{
			text(s.ID), text(s.Title), text(s.Owner), number(showMoment(s.Begun)), number(showMoment(s.Done)), took(s.Took), number(limit(s.Budget)),
			text(yes(s.Planned)), text(yes(s.Real)), text(s.By),
		})
	}
	path := table{Title: "Critical path", Rows: [][]cell{
		fact("By the plan", text(limit(c.Planned)+": "+strings.Join(c.PlannedSteps, " → "))),
		fact("As run, from T0", text(showBracket(c.Took)+": "+cmp.Or(strings.Join(c.TookSteps, " → "), "no step was marked as done"))),
	}}
	return section{ID: "phases", Title: "Phases and critical path", Tables: []table{t, path, steps}}
}

func lossSection(r Report) section {
	p := r.RPO
	s := section{
		ID: "data-loss", Title: "Data loss",
		Lead: "What the survivor lacked of " + cmp.Or(p.Store, "the store") + " when it took writes. Both definitions are judged; the stricter one counts.",
	}
	s.Tables = append(s.Tables, fourNumbers(r))
	choices := table{Title: "Promote at once, or drain the relay log first", Head: []string{"Position", "Loss", "By last commits", "Transactions", "Kept"}, Empty: "No position of the survivor is known."}
	for _, c := range p.Choices {
		choices.Rows = append(choices.Rows, []cell{text(choiceName(c.Position)), took(c.Window), took(c.Commits), count(c.Transactions), text(yes(c.Kept))})
	}
	if d := p.Drain; d != nil {
		choices.Note = fmt.Sprintf("In the relay log at that moment: %d transactions.", d.Backlog)
		if d.Estimate != nil {
			choices.Note += fmt.Sprintf(" Draining them is estimated at %s of recovery time, by the rate of the last minute (%.0f a second).", span(*d.Estimate), *d.Rate)
		}
	}
	rows := table{Title: "Rows by table", Head: []string{"Table", "Inserts", "Updates", "Deletes", "Statements"}, Empty: "Not known: the old source's log was not read."}
	if p.TransactionsExact {
		rows.Empty = "None."
	}
	for _, t := range p.Tables {
		rows.Rows = append(rows.Rows, []cell{text(t.Table), count(t.Inserts), count(t.Updates), count(t.Deletes), count(t.Statements)})
	}
	return section{ID: s.ID, Title: s.Title, Lead: s.Lead, Tables: append(s.Tables, choices, rows, estimatorTable(r))}
}

func choiceName(s rto.Side) string {
	if s == rto.Received {
		return "received (drained first)"
	}
	return "applied (promoted at once)"
}

func fourNumbers(r Report) table {
	p := r.RPO
	seconds := showBracket(p.OldestLost)
	if p.Exact {
		seconds += ", by the old source's own log (the ledger said " + showBracket(p.Ledger) + ")"
	}
	transactions := lostTransactions(p)
	if p.TransactionsExact {
		transactions += ", exact"
	}
	canary, uncertain := "no canary writes were made", "not known"
	if c := p.Canary; c != nil {
		canary = fmt.Sprintf("%d of %d acknowledged", c.Lost, c.Acknowledged)
		uncertain = fmt.Sprintf("%d were sent and never acknowledged; the survivor may have them", c.Uncertain)
	}
	rows := [][]cell{
		fact("Position kept", text(cmp.Or(string(p.Position), "not known"))),
		fact("1. Seconds, by the oldest lost write", text(seconds)),
		fact("   Seconds, by the last commits", text(showBracket(p.Commits))),
		fact("   Judged by", text(p.Judged)),
		fact("2. Transactions", text(transactions)),
		fact("3. Acknowledged canary writes", text(canary)),
		fact("4. Rows", text(rowTotal(p))),
		fact("Uncertain writes", text(uncertain)),
		fact("Objective", text("below "+limit(p.Objective))),
		fact("Verdict", verdict(p.Verdict)),
		fact("GTID kept", code(p.Kept.String())),
		fact("Evidence", refs(p.Refs)),
	}
	if p.SplitWrites > 0 {
		rows = append(rows, fact("Taken by the old source since the last look before T0", text(strconv.FormatUint(p.SplitWrites, 10)+" transactions")))
	}
	if p.Restored != 0 {
		rows = append(rows, fact("Data are as of", number(showInstant(p.Restored))))
	}
	if x := p.Manifest; x != nil && x.OffsetFrom != "" {
		rows = append(rows, fact("Oldest lost commit", text(showMoment(x.Oldest)+"; the source's clock was off by "+span(x.Offset)+" ± "+span(x.Error))))
	}
	return table{Title: "The loss in four numbers", Rows: rows}
}

// lostTransactions shows the number, which without a manifest is only what the looks at both sides know of.
func lostTransactions(p Point) string {
	switch {
	case p.Transactions == nil:
		return "not known"
	case p.TransactionsExact:
		return strconv.FormatUint(*p.Transactions, 10)
	case *p.Transactions == 0:
		return "none known of"
	default:
		return "at least " + strconv.FormatUint(*p.Transactions, 10)
	}
}

func rowTotal(p Point) string {
	if !p.TransactionsExact {
		return "not known"
	}
	var n, statements uint64
	for _, t := range p.Tables {
		n += t.Inserts + t.Updates + t.Deletes
		statements += t.Statements
	}
	s := fmt.Sprintf("%d in %d tables", n, len(p.Tables))
	if statements > 0 {
		s += fmt.Sprintf(", and %d statements whose rows the log does not tell", statements)
	}
	return s
}

func estimatorTable(r Report) table {
	t := table{Title: "What other estimators said at T0", Head: []string{"Estimator", "Position", "Said", "Proven then", "Judged", "Error against the exact loss"}, Empty: "No look at the survivor from before the failure."}
	for _, e := range r.Estimators {
		said, off := text("nothing"), number("–")
		if e.Said != nil {
			said = number(span(secondsOf(*e.Said)))
		}
		if e.Error != nil {
			off = number(span(secondsOf(*e.Error)))
		}
		t.Rows = append(t.Rows, []cell{text(e.Name), text(string(e.Position)), said, took(e.Proven), text(e.Judged), off})
	}
	return t
}

func secondsOf(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func labels(of map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, k+"="+of[k])
	}
	return strings.Join(parts, " ")
}
