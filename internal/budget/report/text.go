package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// percent is a ratio as percentage; what is less than all is never 100 %.
func percent(v *float64) string {
	if v == nil {
		return "not known"
	}
	return share(*v)
}

func share(v float64) string {
	decimals := 1
	if v > 0.99 && v < 1 {
		decimals = 4
	}
	return fixed(100*v, Decimals(v, decimals)) + " %"
}

// Decimals is with how many decimals a ratio is written as percentage, usually as many as are given: what is less than all is never 100 %.
func Decimals(v float64, usual int) int {
	for usual < 12 && v < 1 && fixed(100*v, usual) == "100" {
		usual++
	}
	return usual
}

// achieved is a ratio that is compared with a promise: a miss by little must not look like none.
func achieved(v *float64) string {
	if v == nil {
		return "not known"
	}
	return fixed(100**v, Decimals(*v, 4)) + " %"
}

// counted is a number of events that may not be known.
func counted(v *float64) string {
	if v == nil {
		return "none of its own"
	}
	return amount(*v)
}

// fixed is a number with at most so many decimals.
func fixed(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}

// amount is a number of events.
func amount(v float64) string {
	if math.Abs(v) < 10 {
		return fixed(v, 1)
	}
	text := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

// when is a time of day with its date.
func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// Unknown says since when objectives are not known, and why.
func (n Now) Unknown() string {
	if n.Read.IsZero() {
		return "The records of objectives were not read since the tracker started: " + n.Problem
	}
	return "Objectives are not known since " + when(n.Read) + " UTC: " + n.Problem
}

// Words are what became of the window.
func (e Ended) Words() string {
	text := "ended " + when(e.At) + " UTC by " + e.By
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// partly says how much of the time a verdict is not about; empty where that is little.
func (l Line) partly() string {
	if l.Unknown <= 0.01 {
		return ""
	}
	return share(l.Unknown) + " of the time not known"
}

// dates are the days of a period.
func (p Period) dates() string {
	return p.From.Format("2 January 2006") + " to " + p.To.Add(-day).Format("2 January 2006")
}

// Zones says where the days of the report begin.
func (m Model) Zones() string {
	if slices.ContainsFunc(m.Objectives, func(l Line) bool { return l.Zone != "" }) {
		return "UTC where an objective names no other zone"
	}
	return "UTC"
}

// promised is the promise with the zone of its days.
func (l Line) promised() string {
	if l.Zone == "" {
		return l.Text
	}
	return l.Text + ", days of " + l.Zone
}

// Headline is the report in a sentence.
func (m Model) Headline() string {
	known := m.Summary.Met + m.Summary.Missed
	text := strconv.Itoa(m.Summary.Met) + " of " + strconv.Itoa(known) + " objectives met"
	if m.Summary.NotKnown > 0 {
		text += ", " + strconv.Itoa(m.Summary.NotKnown) + " not known"
	}
	if m.Summary.NoEvents > 0 {
		text += ", " + strconv.Itoa(m.Summary.NoEvents) + " without events"
	}
	return text
}

// Says is the standing in a sentence, for the report's list of them.
func (s Standing) Says() string {
	text := s.State + ", " + percent(s.Remaining) + " of the budget left"
	if s.Errors != nil && s.Events != nil {
		text += ", " + amount(*s.Errors) + " errors of " + amount(*s.Events) + " events"
	}
	if len(s.Alerts) > 0 {
		text += "; " + strings.Join(s.Alerts, ", ")
	}
	if s.Policy != "" {
		text += "; in force: " + s.Policy
	}
	return text
}

// Standing says how much of the period the report holds.
func (m Model) Standing() string {
	text := "so far: " + strconv.Itoa(m.Days) + " of " + strconv.Itoa(m.Of) + " days"
	if !m.Until.IsZero() {
		text += ", and " + m.Until.Format(time.DateOnly) + " until " + m.Until.Format("15:04")
	}
	if m.Final {
		text = "closed"
		if n := m.Of - m.Days; n > 0 {
			text += ", of " + strconv.Itoa(n) + " of " + strconv.Itoa(m.Of) + " days nothing is known"
		}
	}
	return text
}
