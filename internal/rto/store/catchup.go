package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/evidence"
)

const (
	// batch is how many records go into one transaction at most.
	batch = 5000
	// checkpointEvery is how much evidence may have to be read again after a restart, in the time of the evidence.
	checkpointEvery = 5 * time.Minute
)

// CaughtUp is what CatchUp did.
type CaughtUp struct {
	Seq     uint64 // of the newest record in the index
	Records int    // read
	Skipped uint64 // records of unknown kinds since the begin of the log
	// Restarted says that the evidence is not that of the index, another chain say, and that the index was made anew.
	Restarted bool
}

// CatchUp reads the evidence from where the index stands to its end. It may be called as often as one likes, and again after any error
// or crash: the rows are the same. A *evidence.Fault, or a body that does not decode, ends it with the seq.
//
// It reads at least the newest segment as a whole: a service calls it when it starts, and then gives Take what it appends.
func (s *Store) CatchUp(ctx context.Context, source Source) (CaughtUp, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done, err := s.run(ctx, func(r *reader) error { return r.all(ctx, source) })
	if errors.Is(err, errOther) {
		if err = s.empty(ctx); err == nil {
			done, err = s.run(ctx, func(r *reader) error { return r.all(ctx, source) })
			done.Restarted = true
		}
	}
	return done, err
}

// ErrGap says that records given to Take do not follow what the index holds: CatchUp reads those between.
var ErrGap = errors.New("records do not follow those in the index")

// Take indexes records that were just appended; those that the index holds are left out. After an error CatchUp puts things right.
func (s *Store) Take(ctx context.Context, records ...evidence.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.run(ctx, func(r *reader) error {
		for _, rec := range records {
			switch {
			case rec.Seq <= r.st.Seq:
				continue
			case rec.Seq != r.st.Seq+1 || r.st.Seq > 0 && rec.Prev.String() != r.st.Hash:
				return ErrGap
			}
			if err := r.take(ctx, rec); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// errOther says that the evidence does not hold the record at which the index stands.
var errOther = errors.New("the index is of other evidence")

// run does something to the index, in one transaction or several, and leaves it at a state from which rows follow.
func (s *Store) run(ctx context.Context, do func(*reader) error) (CaughtUp, error) {
	if s.st == nil {
		st, err := s.load(ctx)
		if err != nil {
			return CaughtUp{}, err
		}
		s.st, s.saved = st, st.Newest
	}
	r := &reader{store: s, st: s.st}
	err := do(r)
	if err == nil {
		err = r.commit(ctx)
	}
	if r.tx != nil {
		err = errors.Join(err, r.tx.Rollback())
	}
	done := CaughtUp{Seq: s.st.Seq, Records: r.total, Skipped: s.st.Skipped}
	if err != nil {
		s.st = nil // it may be ahead of the rows
		return done, err
	}
	return done, s.judge(ctx)
}

// load is the state at the checkpoint.
func (s *Store) load(ctx context.Context) (*state, error) {
	st := newState()
	var text string
	err := s.write.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'state'").Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return st, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), st); err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	st.unpack()
	return st, nil
}

// empty takes all rows away.
func (s *Store) empty(ctx context.Context) error {
	s.st = nil
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, table := range []string{"session", "drill", "event", "finding", "alert", "hole", "step", "tally", "meta WHERE name = 'state'"} {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// reader is one run of CatchUp or Take.
type reader struct {
	store *Store
	st    *state
	tx    *sql.Tx // nil: nothing was written since the last commit
	n     int     // records in the transaction
	total int     // records in the run
	// drills had events in the transaction.
	drills map[string]bool
}

func (r *reader) all(ctx context.Context, source Source) error {
	compared := r.st.Seq == 0
	for rec, err := range source.Read(r.st.Seq) { // the newest one that is in the index comes again, for comparison
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case compared:
			err = r.take(ctx, rec)
		case rec.Seq != r.st.Seq || rec.Hash.String() != r.st.Hash:
			return errOther
		}
		if err == nil && r.n >= batch {
			err = r.commit(ctx)
		}
		if err != nil {
			return err
		}
		compared = true
	}
	if !compared {
		return errOther
	}
	return nil
}

// take makes the rows of one record.
func (r *reader) take(ctx context.Context, rec evidence.Record) error {
	e, known, err := decode(rec)
	if err != nil {
		return err
	}
	if r.tx == nil {
		if r.tx, err = r.store.write.BeginTx(ctx, nil); err != nil {
			return err
		}
	}
	r.n, r.total = r.n+1, r.total+1
	if known {
		err = r.rows(ctx, e)
	} else {
		r.st.Skipped++
	}
	r.st.Seq, r.st.Hash = rec.Seq, rec.Hash.String()
	return err
}

// rows makes the rows of a record, and lets the tallies know of it.
func (r *reader) rows(ctx context.Context, e Event) error {
	switch {
	case e.Session != nil:
		r.st.session()
	case e.Look != nil:
		r.st.look(e.Look, r.store.opt)
	case e.Hole != nil:
		r.st.hole(e.Hole)
	case e.Drill != nil:
		return r.drill(ctx, e)
	case e.Pruned != nil:
		return r.pruned(ctx, e.Pruned)
	}
	return r.row(ctx, e)
}

// row makes the row of a record that has one of its own.
func (r *reader) row(ctx context.Context, e Event) error {
	seq, body := int64(e.Record.Seq), string(e.Record.Body)
	switch {
	case e.Session != nil:
		return r.exec(ctx, "INSERT OR REPLACE INTO session VALUES (?, ?, ?)", seq, e.Session.Began, body)
	case e.Alert != nil:
		return r.exec(ctx, "INSERT OR REPLACE INTO alert VALUES (?, ?, ?, ?)", seq, e.Record.At, e.Alert.Name, body)
	case e.Clock != nil:
		return r.exec(ctx, "INSERT OR REPLACE INTO step VALUES (?, ?, ?)", seq, e.Clock.At, e.Clock.Offset)
	case e.Hole != nil:
		return r.exec(ctx, "INSERT OR REPLACE INTO hole VALUES (?, ?, ?, ?)", seq, e.Hole.From, e.Hole.To, e.Hole.Cause)
	}
	return nil
}

// commit writes the tallies that are full and, every now and then, a checkpoint.
func (r *reader) commit(ctx context.Context) error {
	if r.tx == nil {
		return nil
	}
	for _, b := range r.st.full {
		if err := r.tally(ctx, b); err != nil {
			return err
		}
	}
	if err := r.sums(ctx); err != nil {
		return err
	}
	if err := r.expire(ctx); err != nil {
		return err
	}
	save := r.n >= batch || r.st.Newest.Sub(r.store.saved) >= checkpointEvery || r.store.saved == 0
	if save {
		r.st.pack()
		text, err := json.Marshal(r.st)
		if err != nil {
			return err
		}
		if err := r.exec(ctx, "INSERT OR REPLACE INTO meta VALUES ('state', ?)", string(text)); err != nil {
			return err
		}
	}
	if err := r.tx.Commit(); err != nil {
		return err
	}
	if save {
		r.store.saved = r.st.Newest
	}
	r.tx, r.n = nil, 0
	clear(r.st.full)
	return nil
}

func (r *reader) tally(ctx context.Context, b Bucket) error {
	return r.exec(ctx, "INSERT OR REPLACE INTO tally VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		b.Span, b.Store, b.Replica, b.Side, b.Began, b.Inside, b.Outside, b.Unprovable, b.Least, b.Most, b.P50, b.P99)
}

// expire takes away, once a day of the evidence, tallies of spans that are kept no longer.
func (r *reader) expire(ctx context.Context) error {
	today := begin(r.st.Newest, Day)
	if today == r.st.Expired {
		return nil
	}
	r.st.Expired = today
	for span, keep := range map[time.Duration]time.Duration{Minute: keepMinutes, Hour: keepHours, Day: keepDays} {
		if err := r.exec(ctx, "DELETE FROM tally WHERE span = ? AND began < ?", span, today.Add(-keep)); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) exec(ctx context.Context, query string, args ...any) error {
	_, err := r.tx.ExecContext(ctx, query, args...)
	return err
}
