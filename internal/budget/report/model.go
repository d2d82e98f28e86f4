package report

import (
	"time"

	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/policy"
)

// Verdict is how an objective did.
type Verdict string

// The verdicts.
const (
	Met      Verdict = "met"
	Missed   Verdict = "missed"
	NoEvents Verdict = "no events"
	NotKnown Verdict = "not known"
)

// Model is a report.
type Model struct {
	Version int    `json:"version"` // 1
	Period  Period `json:"period"`
	// Through is the newest record of the log that the report rests on.
	Through uint64 `json:"through"`
	// Days is how many of the period's days are in it.
	Days int `json:"days"`
	Of   int `json:"of_days"`
	// Final says that the period's last day is there: nothing is added any more.
	Final bool `json:"final"`
	// Until is the moment up to which the day that still runs is in the report beside those days; the zero time where it is not.
	Until time.Time `json:"until,omitzero"`
	// Unread are days of which nothing is known, with the reason.
	Unread     []Unread `json:"unread"`
	Summary    Summary  `json:"summary"`
	Objectives []Line   `json:"objectives"`
	// Incidents are the worst, the costliest first.
	Incidents   []Incident      `json:"incidents"`
	Maintenance []Taken         `json:"maintenance"`
	Corrections []Corrected     `json:"corrections"`
	Policy      []policy.Change `json:"policy"`
	// Now is how objectives stand when the report of an open period is made; nil in a report that stays, which is about the period alone.
	Now *Now `json:"now,omitempty"`
}

// Now is how objectives stand at a moment, as the rules' records say.
type Now struct {
	// Read is when the records were read last; the zero time if they never were. Problem says why they are not known since then.
	Read    time.Time `json:"read"`
	Problem string    `json:"problem,omitempty"`
	// Standing are the objectives that are not well, the worst first; Well is how many are.
	Standing []Standing `json:"standing"`
	Well     int        `json:"well"`
}

// Standing is one objective over its own period, which need not be the report's.
type Standing struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Text  string `json:"text"` // the promise with its period: 99.9% over 30d
	State string `json:"state"`
	// Consumed and Remaining are of the budget, Errors and Events of its period; nil where they are not known.
	Consumed  *float64 `json:"consumed"`
	Remaining *float64 `json:"remaining"`
	Errors    *float64 `json:"errors"`
	Events    *float64 `json:"events"`
	Alerts    []string `json:"alerts"` // that fire
	Policy    string   `json:"policy,omitempty"`
}

// Unread is a day of which nothing is known.
type Unread struct {
	Day string `json:"day"`
	Why string `json:"why"`
}

// Summary is for who reads nothing else.
type Summary struct {
	Met      int `json:"met"`
	Missed   int `json:"missed"`
	NotKnown int `json:"not_known"`
	NoEvents int `json:"no_events"`
	Pages    int `json:"pages"`   // burn alerts that paged
	Tickets  int `json:"tickets"` // burn alerts that did not
}

// Line is one objective.
type Line struct {
	Name      string  `json:"name"`
	Title     string  `json:"title"`
	Owner     string  `json:"owner"`
	Tier      string  `json:"tier"`
	Text      string  `json:"text"`
	Objective float64 `json:"objective"`
	// Zone is where the days of the objective's calendar begin; empty for UTC. Of one that has changed: UTC, then Europe/Berlin.
	Zone    string  `json:"zone,omitempty"`
	Verdict Verdict `json:"verdict"`
	// Events and Errors of the period; nil where nothing was counted, and for a weighted composite, which has none of its own.
	Events *float64 `json:"events"`
	Errors *float64 `json:"errors"`
	// SLI and Consumed are nil where they are not known: without events there is no ratio.
	SLI      *float64 `json:"sli"`
	Consumed *float64 `json:"consumed"` // of the budget: 1 is all of it
	// Unknown is the share of the time of the counted days in which nothing was counted, maintenance aside.
	Unknown float64 `json:"unknown"`
	Taken   float64 `json:"taken"` // share of that time in maintenance
	// Incidents is the share of the budget that incidents took; the rest went little by little.
	Incidents float64 `json:"incidents"`
	// Corrected is what would be consumed without what was corrected afterwards; nil where nothing was.
	Corrected *float64 `json:"corrected"`
	// Trend is this period and the five before, oldest first.
	Trend []Past `json:"trend"`
}

// Past is an objective in an earlier period.
type Past struct {
	Period   string   `json:"period"`
	Verdict  Verdict  `json:"verdict"`
	Consumed *float64 `json:"consumed"`
}

// Incident is a run of hours in each of which a hundredth of the period's budget was spent, or more.
type Incident struct {
	Objective string    `json:"objective"`
	Title     string    `json:"title"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Errors    float64   `json:"errors"`
	Share     float64   `json:"share"` // of the period's budget
	// Alerts fired meanwhile, or within the hour after; none is worth a question.
	Alerts []string `json:"alerts"`
}

// Taken is a window of maintenance that touched the period.
type Taken struct {
	ID         string   `json:"id"`
	When       string   `json:"when"`
	Objectives []string `json:"objectives"`
	Author     string   `json:"author"`
	Reason     string   `json:"reason"`
	// Ended is when and by whom it was ended before its time; nil where nobody did.
	Ended *Ended `json:"ended,omitempty"`
}

// Ended is the end that somebody put to a window.
type Ended struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
}

// Corrected is a correction of time in the period.
type Corrected struct {
	Taken
	Effects []maintenance.Effect `json:"effects"`
	// Cut says that it reaches over an edge of the period. What it takes out of either side was not counted, so that no corrected number has it.
	Cut bool `json:"cut,omitempty"`
}
