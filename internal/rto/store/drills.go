package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/voipbin/observability/internal/rto"
)

// DrillState is how far a drill has come.
type DrillState string

// The states of a drill.
const (
	Running    DrillState = "running"
	Ended      DrillState = "ended"
	Aborted    DrillState = "aborted"
	FailedBack DrillState = "failed_back" // ended, and the old region serves again
)

// Drill is a drill, or a real failover, in brief; its events tell the rest.
type Drill struct {
	ID       string        `json:"id"`
	Kind     rto.DrillKind `json:"kind"`
	Scenario string        `json:"scenario"`
	State    DrillState    `json:"state"`
	Began    rto.Instant   `json:"began"`
	Ended    rto.Instant   `json:"ended,omitempty"` // or aborted; 0: it runs
	// Verdict is what Options.Judge said of one that ended; empty while it runs, or without a judge. Refused is why it gave none; the verdict
	// is then NOT PROVEN.
	Verdict rto.Verdict `json:"verdict,omitempty"`
	Refused string      `json:"refused,omitempty"`
	// FirstSeq and LastSeq are of its first and newest event in the evidence.
	FirstSeq uint64 `json:"first_seq"`
	LastSeq  uint64 `json:"last_seq"`
}

// drill makes the rows of a drill's event. The drill is made anew from all of its events at the end of the transaction, so that reading one
// twice changes nothing.
func (r *reader) drill(ctx context.Context, e Event) error {
	d := e.Drill
	err := r.exec(ctx, "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?)", int64(e.Record.Seq), d.Drill, d.Kind, d.Noted, string(e.Record.Body))
	if err == nil && d.Finding != nil {
		err = r.finding(ctx, e)
	}
	if err != nil {
		return err
	}
	if r.drills == nil {
		r.drills = map[string]bool{}
	}
	r.drills[d.Drill] = true
	return nil
}

// sums makes the rows of the drills that had events in this transaction: once for all of them, since each reads all events of its drill.
func (r *reader) sums(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(r.drills)) {
		rows, err := r.tx.QueryContext(ctx, "SELECT seq, body FROM event WHERE drill = ? ORDER BY seq", id)
		if err != nil {
			return err
		}
		events, err := scan(rows, scanEvent)
		if err != nil {
			return err
		}
		sum := sumUp(events)
		err = r.exec(ctx, "INSERT OR REPLACE INTO drill VALUES (?, ?, ?, ?, ?, ?, '', '', ?, ?)",
			sum.ID, sum.Kind, sum.Scenario, sum.Began, known(sum.Ended), sum.State, int64(sum.FirstSeq), int64(sum.LastSeq))
		if err != nil {
			return err
		}
	}
	clear(r.drills)
	return nil
}

// sumUp makes a drill of its events.
func sumUp(events []DrillEvent) Drill {
	d := Drill{ID: events[0].Drill, State: Running, Began: events[0].At.Lo, FirstSeq: events[0].Seq}
	for _, e := range events {
		d.LastSeq = e.Seq
		switch e.Kind {
		case rto.EventStarted:
			if e.Start != nil {
				d.Kind, d.Scenario, d.Began = e.Start.Kind, e.Start.Scenario.Name, e.At.Lo
			}
		case rto.EventEnded:
			d.State, d.Ended = Ended, e.At.Hi
		case rto.EventAborted:
			d.State, d.Ended = Aborted, e.At.Hi
		case rto.EventFailedBack:
			if d.State == Ended {
				d.State = FailedBack
			}
		default: // the others change no column
		}
	}
	return d
}

// known is nil for an instant that is not known.
func known(i rto.Instant) any {
	if i == 0 {
		return nil
	}
	return i
}

// finding makes the row of a finding that was noted or closed.
func (r *reader) finding(ctx context.Context, e Event) error {
	f, seq := e.Drill.Finding, int64(e.Record.Seq)
	if e.Drill.Kind == rto.EventFindingDone {
		return r.exec(ctx, "UPDATE finding SET closed = ?, closed_by = ?, seq = ? WHERE id = ?", e.Drill.At.Hi, f.ClosedBy, seq, f.ID)
	}
	return r.exec(ctx, "INSERT OR REPLACE INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, NULL, '', ?)",
		f.ID, e.Drill.Drill, f.Title, f.Owner, known(f.Due), f.Measure, e.Drill.At.Lo, seq)
}

// judge asks for the verdicts of drills that have ended and have none, after the rows that the judge may want to read are there.
func (s *Store) judge(ctx context.Context) error {
	if s.opt.Judge == nil {
		return nil
	}
	ended, err := s.drills(ctx, "ended IS NOT NULL AND verdict = ''", maxRows)
	if err != nil {
		return err
	}
	for _, d := range ended {
		verdict, err := s.opt.Judge(ctx, d)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		refused := ""
		if err != nil {
			verdict, refused = rto.NotProven, err.Error()
		}
		if _, err := s.write.ExecContext(ctx, "UPDATE drill SET verdict = ?, refused = ? WHERE id = ?", verdict, refused, d.ID); err != nil {
			return err
		}
	}
	return nil
}

// Drills lists the drills that began in a range, newest first.
func (s *Store) Drills(ctx context.Context, in Range, limit int) ([]Drill, error) {
	return s.drills(ctx, "began >= ? AND began < ?", limit, in.From, in.To)
}

// LastDrill is the newest drill of a scenario that has ended, whatever its verdict; with an empty scenario, of any. False if there is none.
func (s *Store) LastDrill(ctx context.Context, scenario string) (Drill, bool, error) {
	return one(s.drills(ctx, "state IN ('ended', 'failed_back') AND (? = '' OR scenario = ?)", 1, scenario, scenario))
}

// Drill is the drill with an id; false if there is none.
func (s *Store) Drill(ctx context.Context, id string) (Drill, bool, error) {
	return one(s.drills(ctx, "id = ?", 1, id))
}

func one[T any](all []T, err error) (T, bool, error) {
	var none T
	if err != nil || len(all) == 0 {
		return none, false, err
	}
	return all[0], true, nil
}

func (s *Store) drills(ctx context.Context, where string, limit int, args ...any) ([]Drill, error) {
	return query(ctx, s, "SELECT id, kind, scenario, state, began, ended, verdict, refused, first_seq, last_seq FROM drill WHERE "+where+
		" ORDER BY began DESC, id", limit, scanDrill, args...)
}

func scanDrill(rows *sql.Rows) (Drill, error) {
	var d Drill
	var ended sql.NullInt64
	err := rows.Scan(&d.ID, &d.Kind, &d.Scenario, &d.State, &d.Began, &ended, &d.Verdict, &d.Refused, &d.FirstSeq, &d.LastSeq)
	d.Ended = rto.Instant(ended.Int64)
	return d, err
}

// DrillEvent is an event with its place in the evidence.
type DrillEvent struct {
	Seq uint64 `json:"seq"`
	rto.DrillEvent
}

// Events lists the newest events of a drill in the order in which they were noted.
func (s *Store) Events(ctx context.Context, id string, limit int) ([]DrillEvent, error) {
	limit = bounded(limit)
	return query(ctx, s, "SELECT seq, body FROM (SELECT seq, body FROM event WHERE drill = ? ORDER BY seq DESC LIMIT ?) ORDER BY seq", limit,
		scanEvent, id, limit)
}

// EventsAfter lists the oldest events of a drill after a seq, in the order in which they were noted: all of them, page by page.
func (s *Store) EventsAfter(ctx context.Context, id string, seq uint64, limit int) ([]DrillEvent, error) {
	return query(ctx, s, "SELECT seq, body FROM event WHERE drill = ? AND seq > ? ORDER BY seq", limit, scanEvent, id, int64(seq))
}

func scanEvent(rows *sql.Rows) (DrillEvent, error) {
	var e DrillEvent
	var body string
	err := rows.Scan(&e.Seq, &body)
	if err == nil {
		err = json.Unmarshal([]byte(body), &e.DrillEvent)
	}
	return e, err
}

// maxRows bounds every answer.
const maxRows = 10_000

func bounded(limit int) int {
	if limit <= 0 || limit > maxRows {
		return maxRows
	}
	return limit
}

// Range is the time from From on, before To.
type Range struct {
	From rto.Instant `json:"from"`
	To   rto.Instant `json:"to"`
}

// query reads at most limit rows, and never more than maxRows.
func query[T any](ctx context.Context, s *Store, text string, limit int, read func(*sql.Rows) (T, error), args ...any) ([]T, error) {
	rows, err := s.read.QueryContext(ctx, text+fmt.Sprintf(" LIMIT %d", bounded(limit)), args...)
	if err != nil {
		return nil, err
	}
	return scan(rows, read)
}

func scan[T any](rows *sql.Rows, read func(*sql.Rows) (T, error)) ([]T, error) {
	var all []T
	for rows.Next() {
		one, err := read(rows)
		if err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		all = append(all, one)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}
