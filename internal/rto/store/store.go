// Package store indexes the evidence of recoveries in SQLite, so that drills, alerts, findings and years of the virtual drill are found by
// time. It refuses to be the truth: every row follows from the evidence log, and a file that is lost, broken or of another form is made
// anew from it. It refuses as well to give an unbounded answer.
package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"slices"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
)

// Source is the evidence: an *evidence.Log, or an evidence.Dir.
type Source interface {
	Read(seq uint64) iter.Seq2[evidence.Record, error]
	Since(at int64) (uint64, error)
}

// Options of Open. The zero value works. A change of what rows follow from (objectives, interval, limits) makes the index anew.
type Options struct {
	// Objective is the RPO that the virtual drill is judged by; default five minutes. Objectives has those of single stores.
	Objective  time.Duration
	Objectives map[string]time.Duration
	// Interval is that of the samplers; default one second. A look older than 1.5 of it does not count as seeing.
	Interval time.Duration
	// Gap is the longest time between two looks that still counts as looking; default five intervals. Longer ones are unprovable time.
	Gap time.Duration
	// Judge gives the verdict on a drill that has ended, from the evidence. It is asked again when a later event, a manifest say, may change
	// it. Nil: drills have no verdict here.
	Judge func(context.Context, Drill) (rto.Verdict, error) `json:"-"`
}

func (o Options) defaults() Options {
	if o.Objective <= 0 {
		o.Objective = 5 * time.Minute
	}
	if o.Interval <= 0 {
		o.Interval = time.Second
	}
	if o.Gap <= 0 {
		o.Gap = 5 * o.Interval
	}
	return o
}

func (o Options) objective(store string) time.Duration {
	if d, ok := o.Objectives[store]; ok {
		return d
	}
	return o.Objective
}

// form is raised with each change of the tables, or of how rows follow from evidence.
const form = 1

// Store is the index. Its methods may be called at the same time; there is one writer.
type Store struct {
	opt   Options
	read  *sql.DB
	write *sql.DB
	// rebuilt says why Open began with an empty index; empty if the file was good.
	rebuilt string

	mu sync.Mutex // held by the one who catches up
	// saved is the newest look at the last checkpoint.
	saved rto.Instant
	// st is what the rows to come follow from besides the evidence after the checkpoint; nil: to be loaded.
	st *state
}

// Open opens the index in a file. One that is missing, broken or of another form is made anew, empty: CatchUp then reads all evidence.
func Open(ctx context.Context, file string, opt Options) (*Store, error) {
	s, why, err := open(ctx, file, opt.defaults())
	if err != nil {
		return nil, err
	}
	if why == "" {
		return s, nil
	}
	if err := errors.Join(s.Close(), remove(file)); err != nil {
		return nil, err
	}
	s, again, err := open(ctx, file, opt.defaults())
	if err != nil {
		return nil, err
	}
	if again != "" {
		return nil, errors.Join(fmt.Errorf("%s: %s, and so is a new one", file, again), s.Close())
	}
	s.rebuilt = why
	return s, nil
}

// Rebuilt says why Open began with an empty index: missing, broken, or of another form; empty if it did not.
func (s *Store) Rebuilt() string { return s.rebuilt }

// Close closes the index. What was not checkpointed is read from the evidence again.
func (s *Store) Close() error { return errors.Join(s.read.Close(), s.write.Close()) }

// open tells in why what is wrong with a file that can be replaced.
func open(ctx context.Context, file string, opt Options) (s *Store, why string, err error) {
	_, err = os.Stat(file)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return nil, "", err
	}
	s = &Store{opt: opt}
	if s.write, err = connect(file, "_txlock=immediate", "_pragma=journal_mode(WAL)", "_pragma=synchronous(NORMAL)"); err != nil {
		return nil, "", err
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = connect(file, "_pragma=query_only(1)"); err != nil {
		return nil, "", errors.Join(err, s.write.Close())
	}
	s.read.SetMaxOpenConns(4)
	if missing {
		if err := s.create(ctx); err != nil {
			return nil, "", errors.Join(err, s.Close())
		}
		s.rebuilt = "the file was missing"
		return s, "", nil
	}
	if why, err = s.check(ctx); err != nil {
		return nil, "", errors.Join(fmt.Errorf("%s: %w", file, err), s.Close())
	}
	return s, why, nil
}

func connect(file string, query ...string) (*sql.DB, error) {
	dsn := (&url.URL{Scheme: "file", OmitHost: true, Path: file}).String() + "?_pragma=busy_timeout(5000)"
	for _, q := range query {
		dsn += "&" + q
	}
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// check tells what is wrong with the file; empty if nothing is. An error says that it cannot be told: a file that is locked, or may not be
// read, is not replaced.
func (s *Store) check(ctx context.Context) (string, error) {
	var said, made string
	err := s.write.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said)
	if is(err, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) || err == nil && said != "ok" {
		return "the file is broken", nil
	}
	if err != nil {
		return "", err
	}
	err = s.write.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'made'").Scan(&made)
	switch {
	case errors.Is(err, sql.ErrNoRows), is(err, sqlite3.SQLITE_ERROR): // no such table
		return "the file is no index", nil
	case err != nil:
		return "", err
	case made != s.opt.made():
		return "the file was made by another version or with other objectives", nil
	}
	return "", nil
}

// is tells whether an error is one of SQLite's result codes (https://sqlite.org/rescode.html).
func is(err error, codes ...int) bool {
	var of *sqlite.Error
	return errors.As(err, &of) && slices.Contains(codes, of.Code()&0xff) // the rest of the code is detail
}

// made is what rows depend on besides the evidence.
func (o Options) made() string {
	o.Judge = nil
	b, _ := json.Marshal(struct { // nothing in it can fail
		Form int
		Options
	}{form, o})
	return string(b)
}

func (s *Store) create(ctx context.Context) error {
	if _, err := s.write.ExecContext(ctx, schema); err != nil {
		return err
	}
	_, err := s.write.ExecContext(ctx, "INSERT INTO meta VALUES ('made', ?)", s.opt.made())
	return err
}

// remove takes the file away with its log and shared memory.
func remove(file string) error {
	for _, ending := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(file + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
