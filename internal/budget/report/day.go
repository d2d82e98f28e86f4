package report

import (
	"time"

	"github.com/voipbin/observability/internal/budget/maintenance"
)

// The kinds of records that reports are made of, with their bodies.
const (
	RecordDay    = "slo_day"    // Day
	RecordReport = "slo_report" // Model
)

// Day is what was counted on a day, as it was read when the day was over. It is never read again.
type Day struct {
	Day string `json:"day"` // 2026-10-03, of UTC where a count says no other zone
	// Unread says why nothing is known of the day; empty where it was read. Its objectives say then where their days begin and end, and no more.
	Unread string `json:"unread,omitempty"`
	// Through is until when a day that still runs was read; such a day is in reports of open periods only, and never taken down. The zero time for
	// a whole day.
	Through    time.Time `json:"through,omitzero"`
	Objectives []Count   `json:"objectives,omitempty"`
	Alerts     []Fired   `json:"alerts,omitempty"`
}

// Count is what was counted of one objective on a day, with what was promised of it then.
type Count struct {
	Name      string  `json:"name"`
	Title     string  `json:"title"`
	Owner     string  `json:"owner"`
	Tier      string  `json:"tier"`
	Text      string  `json:"text"`      // the promise as it was written: 99.9%
	Objective float64 `json:"objective"` // as ratio
	// Weights are the parts of a weighted composite, which has no events of its own.
	Weights map[string]float64 `json:"weights,omitempty"`
	// Events and Errors that count. They mean something where Tiles is above 0.
	Events float64 `json:"events"`
	Errors float64 `json:"errors"`
	// Hours are the errors of each hour of the day; nil where there were none.
	Hours []float64 `json:"hours,omitempty"`
	// Tiles is how many of the day's 288 five minutes were counted, Taken how many maintenance took out.
	Tiles int `json:"tiles"`
	Taken int `json:"taken,omitempty"`
	// Zone is where the objective's calendar has its days: Europe/Berlin or +09:00, empty for UTC. From and To are the day there, also of one that still runs;
	// the zero time for the whole day of UTC.
	Zone string    `json:"zone,omitempty"`
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// span is the day of an objective, by when it began in UTC.
func (c Count) span(utc time.Time) (from, to time.Time) {
	if c.From.IsZero() {
		return utc, utc.Add(day)
	}
	return c.From, c.To
}

// tile is the piece that days are counted in.
const tile = maintenance.Tile

// tiles is how many pieces of a stretch of the day could have been counted.
func (d Day) tiles(from, to time.Time) int {
	if !d.Through.IsZero() && d.Through.Before(to) {
		to = d.Through
	}
	return int(max(0, to.Sub(from)) / tile)
}

// Fired is a stretch of a day in which an alert fired.
type Fired struct {
	Objective string    `json:"objective"`
	Name      string    `json:"name"`
	Severity  string    `json:"severity"`
	Burn      string    `json:"burn,omitempty"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
}
