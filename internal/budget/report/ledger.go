package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/policy"
	"github.com/voipbin/observability/internal/evidence"
)

// Source is a log of evidence.
type Source interface {
	Read(seq uint64) iter.Seq2[evidence.Record, error]
}

// Journal is where records are written. Append returns when the record is safe.
type Journal interface {
	Append(ctx context.Context, kind string, at time.Time, body any) error
}

// ErrNone says that nothing was recorded of a period.
var ErrNone = errors.New("nothing was recorded of this period")

// Ledger makes reports from a log and closes periods in it. It keeps no days in memory, as years of them are in the log. Its methods may be called from many
// goroutines.
type Ledger struct {
	source  Source
	journal Journal

	mu     sync.Mutex
	first  string   // day
	newest string   // day
	last   []byte   // its record's body
	closed []string // names of periods with a report that stays
	made   map[string]Model
	// noted counts what was written: a report that was being made meanwhile is not kept, as it may lack that.
	noted uint64
}

// NewLedger is a ledger of a log that has nothing in it yet.
func NewLedger(source Source, journal Journal) *Ledger {
	return &Ledger{source: source, journal: journal, made: map[string]Model{}}
}

// Restore takes a record of an earlier run, in order. Other kinds are left alone.
func (l *Ledger) Restore(kind string, body []byte) error {
	var of struct {
		Day    string `json:"day"`
		Period Period `json:"period"`
	}
	if kind != RecordDay && kind != RecordReport {
		return nil
	}
	if err := json.Unmarshal(body, &of); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	l.note(kind, of.Day, of.Period.Name, body)
	return nil
}

func (l *Ledger) note(kind, day, period string, body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.made)
	l.noted++
	if kind == RecordReport {
		l.closed = append(l.closed, period)
		return
	}
	if l.first == "" {
		l.first = day
	}
	if day >= l.newest {
		l.newest, l.last = day, body
	}
}

// Newest is the newest day that was taken down; the zero time where none was.
func (l *Ledger) Newest() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, _ := time.Parse(time.DateOnly, l.newest) // it was written by Take
	return t
}

// Ends is until when the newest day counted objectives, by their names; nil where no day was taken down.
func (l *Ledger) Ends() (map[string]time.Time, error) {
	l.mu.Lock()
	body := l.last
	l.mu.Unlock()
	if body == nil {
		return nil, nil
	}
	var d Day
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, fmt.Errorf("report: the newest day: %w", err)
	}
	utc, err := time.Parse(time.DateOnly, d.Day)
	if err != nil {
		return nil, fmt.Errorf("report: the newest day is none: %w", err)
	}
	ends := make(map[string]time.Time, len(d.Objectives))
	for _, c := range d.Objectives {
		_, ends[c.Name] = c.span(utc)
	}
	return ends, nil
}

// Take writes a day down, and closes nothing.
func (l *Ledger) Take(ctx context.Context, d Day, at time.Time) error {
	body, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("day %s: %w", d.Day, err)
	}
	if err := l.journal.Append(ctx, RecordDay, at, json.RawMessage(body)); err != nil {
		return fmt.Errorf("day %s: %w", d.Day, err)
	}
	l.note(RecordDay, d.Day, "", body)
	return nil
}

// Close writes down the reports of all periods that ended with the newest day and have none yet.
func (l *Ledger) Close(ctx context.Context, at time.Time) error {
	newest := l.Newest()
	if newest.IsZero() {
		return nil
	}
	for _, p := range Ending(newest) {
		if l.Closed(p.Name) {
			continue
		}
		m, err := FromRecords(p, l.source.Read(0))
		if err != nil {
			return err
		}
		if err := l.journal.Append(ctx, RecordReport, at, m); err != nil {
			return fmt.Errorf("report of %s: %w", p.Name, err)
		}
		l.note(RecordReport, "", p.Name, nil)
	}
	return nil
}

// Closed tells whether a period has a report that stays.
func (l *Ledger) Closed(period string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.closed, period)
}

// Periods are the months, quarters and weeks of which something was recorded, newest first.
func (l *Ledger) Periods() []Period {
	l.mu.Lock()
	defer l.mu.Unlock()
	first, err := time.Parse(time.DateOnly, l.first)
	newest, err2 := time.Parse(time.DateOnly, l.newest)
	if err != nil || err2 != nil {
		return nil
	}
	var all []Period
	for _, of := range []func(time.Time) Period{Month, Quarter, Week} {
		for p := of(newest); p.To.After(first); p = p.Before() {
			all = append(all, p)
		}
	}
	return all
}

// Report is the report of a period: the one that stays where it was closed, else what is known so far.
func (l *Ledger) Report(p Period) (Model, error) {
	l.mu.Lock()
	m, ok := l.made[p.Name]
	closed, noted := slices.Contains(l.closed, p.Name), l.noted
	l.mu.Unlock()
	if ok {
		return m, nil
	}
	var err error
	if closed {
		m, err = Kept(p, l.source.Read(0))
	} else {
		m, err = FromRecords(p, l.source.Read(0))
	}
	if err == nil && m.Days == 0 && len(m.Unread) == 0 {
		err = fmt.Errorf("%w: %s", ErrNone, p.Name)
	}
	if err == nil {
		l.remember(m, noted)
	}
	return m, err
}

// Open is the report of a period that was not closed, with days that were not taken down yet. Nothing of it is kept.
func (l *Ledger) Open(p Period, more []Day) (Model, error) {
	m, err := FromRecords(p, l.source.Read(0), more...)
	if err == nil && m.Days == 0 && len(m.Unread) == 0 && m.Until.IsZero() {
		err = fmt.Errorf("%w: %s", ErrNone, p.Name)
	}
	return m, err
}

// remember keeps a report until something is written; not one that was begun before something was. A few are asked for again and again.
func (l *Ledger) remember(m Model, noted uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if noted != l.noted {
		return
	}
	if len(l.made) >= 8 {
		clear(l.made)
	}
	l.made[m.Period.Name] = m
}

// Kept is the report that was written down when a period was closed; ErrNone where none was.
func Kept(p Period, records iter.Seq2[evidence.Record, error]) (Model, error) {
	for r, err := range records {
		if err != nil {
			return Model{}, err
		}
		if r.Kind != RecordReport {
			continue
		}
		var m Model
		if err := json.Unmarshal(r.Body, &m); err != nil {
			return m, fmt.Errorf("record %d: %w", r.Seq, err)
		}
		if m.Period.Name == p.Name {
			return m, nil
		}
	}
	return Model{}, fmt.Errorf("%w: %s", ErrNone, p.Name)
}

// FromRecords makes a report from all that records say, and from days that are in none. An error of the records ends it.
func FromRecords(p Period, records iter.Seq2[evidence.Record, error], more ...Day) (Model, error) {
	var failed error
	var changes []policy.Change
	var last uint64
	book := maintenance.New(maintenance.Options{})
	oldest := periods(p)[trendLength-1].period.From.Format(time.DateOnly)
	end := p.To.Format(time.DateOnly)
	days := func(yield func(Day) bool) {
		for r, err := range records {
			if err == nil {
				err = book.Restore(r.Kind, r.Body)
			}
			var d Day
			var c policy.Change
			switch {
			case err != nil:
			case r.Kind == policy.RecordChange:
				err = json.Unmarshal(r.Body, &c)
				changes = append(changes, c)
			case r.Kind == RecordDay && within(r.Body, oldest, end):
				err = json.Unmarshal(r.Body, &d)
			}
			if err != nil {
				failed = fmt.Errorf("record %d: %w", r.Seq, err)
				return
			}
			last = r.Seq
			if d.Day != "" && !yield(d) {
				return
			}
		}
		for _, d := range more {
			if !yield(d) {
				return
			}
		}
	}
	// The other inputs are read on the way; Make reads them after the days.
	m := Make(p, days, func() ([]maintenance.Window, []policy.Change) { return book.Windows(), changes })
	m.Through = last
	return m, failed
}

// within tells whether a day's record is of a time, by the first field of its body: years of others need not be decoded.
func within(body []byte, from, to string) bool {
	rest, ok := bytes.CutPrefix(body, []byte(`{"day":"`))
	if !ok || len(rest) < len(time.DateOnly) {
		return true
	}
	name := string(rest[:len(time.DateOnly)])
	return name >= from && name < to
}

// Verify makes every closed report of a log again from the records before it, and tells of those that differ.
func Verify(source Source) (reports int, differ []string, err error) {
	for r, err := range source.Read(0) {
		if err != nil {
			return reports, differ, err
		}
		if r.Kind != RecordReport {
			continue
		}
		var kept Model
		if err := json.Unmarshal(r.Body, &kept); err != nil {
			return reports, differ, fmt.Errorf("record %d: %w", r.Seq, err)
		}
		again, err := FromRecords(kept.Period, until(source, kept.Through))
		if err != nil {
			return reports, differ, err
		}
		text, err := json.Marshal(again)
		if err != nil {
			return reports, differ, err
		}
		reports++
		if !bytes.Equal(text, r.Body) {
			differ = append(differ, kept.Period.Name)
		}
	}
	return reports, differ, nil
}

// until are the records up to one.
func until(source Source, seq uint64) iter.Seq2[evidence.Record, error] {
	return func(yield func(evidence.Record, error) bool) {
		for r, err := range source.Read(0) {
			if err == nil && r.Seq > seq || !yield(r, err) {
				return
			}
		}
	}
}
