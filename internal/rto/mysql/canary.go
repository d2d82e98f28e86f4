package mysql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// The bounds of what a canary leaves behind: rows older than keepFor are deleted every cleanEvery writes, and at most remembered writes are
// remembered, one a second for a day.
const (
	keepFor    = time.Hour
	cleanEvery = 600
	remembered = 86_400
)

// DefaultCanaryTable is where canary writes go if nothing else is said.
const DefaultCanaryTable = "canary.voipbin_canary"

// errVantage refuses a vantage point's name that does not fit the table.
var errVantage = errors.New("canary: the vantage point needs a name of at most 64 bytes")

// CanaryOptions are what a canary needs besides the account.
type CanaryOptions struct {
	Store string
	// Vantage tells the rows of several trackers apart.
	Vantage string
	// Table is "schema.table"; empty means DefaultCanaryTable. It is made if the account may; else it has to be there.
	Table string
	// Limit bounds each question; 0 means DefaultLimit.
	Limit time.Duration
}

// Written is one canary write.
type Written struct {
	Seq        int64
	Send, Recv rto.Instant
	Outcome    rto.Outcome
	// Server is who took it, and ReadBack whether the row was found there afterwards.
	Server   string
	ReadBack bool
	// Uncertain says that the write was sent and nothing came back: the server may have it or not.
	Uncertain bool
}

// Canary makes the tracker's own acknowledged writes, so that after a failover it can be said which of them were lost, whatever positions
// say. It is safe for concurrent use.
type Canary struct {
	options CanaryOptions
	sampler *Sampler
	session rto.Instant // tells the rows of this run from those of earlier ones

	mu     sync.Mutex // one write at a time
	made   bool       // the table is there, or it is not ours to make
	seq    int64
	writes []Written // those acknowledged and those uncertain, oldest first
}

// NewCanary has not connected yet. The error is of the account or the options.
func NewCanary(a Account, now func() rto.Instant, o CanaryOptions) (*Canary, error) {
	if o.Table == "" {
		o.Table = DefaultCanaryTable
	}
	if !tableName(o.Table) {
		return nil, fmt.Errorf("canary table %q: want schema.table of letters, digits and underscores", o.Table)
	}
	if o.Vantage == "" || len(o.Vantage) > 64 {
		return nil, errVantage
	}
	s, err := New(a, now, Options{Store: o.Store, Limit: o.Limit})
	if err != nil {
		return nil, err
	}
	return &Canary{options: o, sampler: s, session: now()}, nil
}

// Close ends the connection; the rows stay.
func (c *Canary) Close() error { return c.sampler.Close() }

// Write writes one row, reads it back, and says who took it.
func (c *Canary) Write(ctx context.Context) Written {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sampler.mu.Lock()
	defer c.sampler.mu.Unlock()
	w := Written{Send: c.sampler.now()}
	err := c.sampler.connect(ctx)
	if err == nil {
		err = c.write(ctx, &w)
	}
	if w.Recv == 0 {
		w.Recv = c.sampler.now()
	}
	if w.Outcome == "" {
		w.Outcome = outcomeOf(err)
	}
	if err != nil && !keepsConnection(err) {
		c.sampler.drop()
	}
	if w.Uncertain || w.Outcome == rto.OK {
		c.remember(w)
	}
	return w
}

// write makes the table if need be, writes, and reads back. A write that the server answered counts as acknowledged whatever comes after.
func (c *Canary) write(ctx context.Context, w *Written) error {
	if !c.made {
		err := c.exec(ctx, "CREATE TABLE IF NOT EXISTS "+c.options.Table+
			" (vantage VARCHAR(64) NOT NULL, session BIGINT NOT NULL, seq BIGINT NOT NULL, at_ns BIGINT NOT NULL, PRIMARY KEY (vantage, session, seq), KEY (at_ns)) ENGINE=InnoDB")
		if err != nil && !keepsConnection(err) {
			return err
		}
		c.made = true
	}
	c.seq++
	w.Seq, w.Send = c.seq, c.sampler.now()
	err := c.exec(ctx, "INSERT INTO "+c.options.Table+" (vantage, session, seq, at_ns) VALUES (?, ?, ?, ?)", c.options.Vantage, int64(c.session), w.Seq, int64(w.Send))
	w.Recv = c.sampler.now()
	if err != nil {
		w.Uncertain = !keepsConnection(err)
		c.made = c.made && w.Uncertain // the server refused: its table may be gone
		return err
	}
	w.Outcome = rto.OK
	if err := c.readBack(ctx, w); err != nil {
		return err
	}
	if c.seq%cleanEvery == 0 {
		return c.exec(ctx, "DELETE FROM "+c.options.Table+" WHERE vantage = ? AND at_ns < ?", c.options.Vantage, int64(w.Send.Add(-keepFor)))
	}
	return nil
}

func (c *Canary) exec(ctx context.Context, query string, args ...any) error {
	ctx, cancel := c.sampler.question(ctx)
	defer cancel()
	c.sampler.queries.Add(1)
	_, err := c.sampler.conn.ExecContext(ctx, query, args...)
	return preferDeadline(ctx, err)
}

func (c *Canary) readBack(ctx context.Context, w *Written) error {
	name := "@@GLOBAL.server_uuid"
	if c.sampler.version.Flavour == MariaDB {
		name = "@@GLOBAL.server_id"
	}
	ctx, cancel := c.sampler.question(ctx)
	defer cancel()
	c.sampler.queries.Add(1)
	var found int
	err := c.sampler.conn.QueryRowContext(ctx, "SELECT "+name+", COUNT(*) FROM "+c.options.Table+" WHERE vantage = ? AND session = ? AND seq = ?",
		c.options.Vantage, int64(c.session), w.Seq).Scan(&w.Server, &found)
	w.ReadBack = err == nil && found == 1
	return preferDeadline(ctx, err)
}

// remember keeps a write for the comparison.
func (c *Canary) remember(w Written) {
	if len(c.writes) >= remembered {
		c.writes = slices.Delete(c.writes, 0, remembered/10)
	}
	c.writes = append(c.writes, w)
}

// Compare asks a survivor which of the writes sent up to a moment it has. The moment is that of the failure: what was written later went to
// the survivor itself. Only writes of the half hour before it count, for rows older than an hour are deleted.
func (c *Canary) Compare(ctx context.Context, survivor Account, until rto.Instant) (rto.Canaries, error) {
	c.mu.Lock()
	writes := slices.Clone(c.writes)
	c.mu.Unlock()
	s, err := New(survivor, c.sampler.now, Options{Limit: c.options.Limit})
	if err != nil {
		return rto.Canaries{}, err
	}
	defer func() { _ = s.Close() }()
	has, err := c.rowsOf(ctx, s)
	if err != nil {
		return rto.Canaries{}, fmt.Errorf("canary: the survivor was not read: %s", outcomeOf(err))
	}
	return compare(c.options.Store, writes, has, until), nil
}

// rowsOf reads the numbers of this run's rows.
func (c *Canary) rowsOf(ctx context.Context, s *Sampler) (map[int64]bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	answer, err := s.conn.QueryContext(ctx, "SELECT seq FROM "+c.options.Table+" WHERE vantage = ? AND session = ?", c.options.Vantage, int64(c.session))
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Close() }()
	has := map[int64]bool{}
	for answer.Next() {
		var seq int64
		if err := answer.Scan(&seq); err != nil {
			return nil, err
		}
		has[seq] = true
	}
	return has, answer.Err()
}

// compare counts. Rows close to the time at which they are deleted are left out.
func compare(store string, writes []Written, has map[int64]bool, until rto.Instant) rto.Canaries {
	n := rto.Canaries{Store: store}
	for _, w := range writes {
		switch {
		case w.Send > until || until.Sub(w.Send) > keepFor/2:
		case w.Uncertain:
			n.Uncertain++
		default:
			n.Acknowledged++
			if has[w.Seq] {
				continue
			}
			n.Lost++
			if !n.OldestLost.Valid() {
				n.OldestLost = rto.Moment{Lo: w.Send, Hi: w.Recv}
			}
		}
	}
	return n
}
