package mysql

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// askAgain is after how many looks what was denied is asked again, on a new connection: rights that somebody gave meanwhile do not hold for
// one that is there already (MySQL manual, "When Privilege Changes Take Effect").
const askAgain = 300

// Options are what a sampler needs besides the account; the zero value works.
type Options struct {
	// Store and Name go into the samples: the name is the replica's.
	Store, Name string
	// Channel is the replication channel (MySQL) or connection name (MariaDB) to look at; empty means all there are, together.
	Channel string
	// Limit bounds each question of a look, and the wait for a connection; 0 means DefaultLimit. The look ends with the first that runs out.
	Limit time.Duration
	// Heartbeat is a table "schema.table" with a column t_us, microseconds since the epoch by the tracker's or the writer's clock: the
	// newest row counts. Empty means that there is none.
	Heartbeat string
	// Bare leaves out estimates, by which nothing is proven and which cost up to two further questions a look.
	Bare bool
}

// Sampler looks at one server over one connection, which it makes anew when it broke. A look at a server that is dead or hangs lasts one
// limit; making the connection, which takes some six round trips, goes on behind it for as many limits, so that a far server comes into
// sight as well. It is safe for concurrent use; looks then wait for each other.
type Sampler struct {
	db      *sql.DB
	now     func() rto.Instant
	options Options
	queries atomic.Uint64

	life context.Context //nolint:containedctx // of attempts to connect, which outlive the look that began them; ended by Close
	end  context.CancelFunc
	ends sync.WaitGroup

	mu      sync.Mutex // one look at a time
	conn    *sql.Conn  // nil while there is none
	attempt *attempt   // to make one; nil while there is none
	version Version
	// prepared are the statements of this connection; unprepared says that the server prepares none.
	prepared   map[string]*sql.Stmt
	unprepared bool
	clockIn    int             // looks until the server's clock is asked
	denied     map[string]bool // questions that this connection's account may not ask
	without    int             // looks since the first of them was denied
	blocked    map[string]int  // looks until a question that ran out of time is asked again
}

// New is a sampler that has not connected yet. The error is of the account or the options.
func New(a Account, now func() rto.Instant, o Options) (*Sampler, error) {
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	if o.Heartbeat != "" && !tableName(o.Heartbeat) {
		return nil, errHeartbeat
	}
	c, err := a.config(handshakes * o.Limit)
	if err != nil {
		return nil, err
	}
	db, err := open(c, 1)
	if err != nil {
		return nil, err
	}
	s := &Sampler{db: db, now: now, options: o, denied: map[string]bool{}, prepared: map[string]*sql.Stmt{}, blocked: map[string]int{}}
	s.life, s.end = context.WithCancel(context.Background())
	return s, nil
}

// Close ends the connection, and the attempt to make one. The sampler cannot be used any more.
func (s *Sampler) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	s.ends.Wait()
	if s.attempt != nil && s.attempt.conn != nil {
		discard(s.attempt.conn)
	}
	s.drop()
	return s.db.Close()
}

// Queries counts the questions asked, those of setting up connections included.
func (s *Sampler) Queries() uint64 { return s.queries.Load() }

// Version is what the server said it was when it was last connected to; the zero Version before.
func (s *Sampler) Version() Version {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Source looks at the server as the one that takes the writes.
func (s *Sampler) Source(ctx context.Context) rto.SourceSample {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := rto.SourceSample{Store: s.options.Store}
	id, outcome := s.look(ctx, false, nil)
	out.Send, out.Recv, out.Outcome = id.send, id.recv, outcome
	if outcome == rto.OK {
		out.Server, out.At, out.ReadOnly, out.Clock = id.server, id.at, id.readOnly, id.clock
	}
	return out
}

// Replica looks at the server as one that would survive. Where its position could be read and what comes after it could not, the position
// counts: a table that somebody locked must not blind the tracker.
func (s *Sampler) Replica(ctx context.Context) rto.ReplicaSample {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := rto.ReplicaSample{Store: s.options.Store, Replica: s.options.Name}
	id, outcome := s.look(ctx, true, func(ctx context.Context, id identity) error { return s.replication(ctx, id, &out) })
	if outcome != rto.OK {
		return rto.ReplicaSample{Store: out.Store, Replica: out.Replica, Send: id.send, Recv: id.recv, Outcome: outcome}
	}
	out.Send, out.Recv, out.Outcome = id.send, id.recv, outcome
	out.Server, out.Applied, out.Log, out.ReadOnly, out.Clock = id.server, id.at, id.log, id.readOnly, id.clock
	return out
}

// look connects if need be and asks who the server is and where it stands, and then what more there is. Send and recv of the identity are
// those of the whole look, without the connecting.
func (s *Sampler) look(ctx context.Context, replica bool, more func(context.Context, identity) error) (identity, rto.Outcome) {
	id := identity{send: s.now()}
	if len(s.denied) > 0 {
		s.without++
	}
	if s.without >= askAgain {
		s.drop()
	}
	if err := s.connect(ctx); err != nil {
		id.recv = s.now()
		return id, outcomeOf(err)
	}
	id.send = s.now()
	err := s.identify(ctx, replica, &id)
	known := err == nil
	if known && more != nil {
		err = more(ctx, id)
	}
	id.recv = s.now()
	if err != nil && !keepsConnection(err) {
		s.drop()
	}
	outcome := outcomeOf(err)
	if known && (outcome == rto.TimedOut || outcome == rto.Broken) {
		outcome = rto.OK
	}
	return id, outcome
}

// drop closes the connection for good: after a time limit its answer may still be under way and would be taken for the next one's.
func (s *Sampler) drop() {
	if s.conn != nil {
		discard(s.conn)
		s.conn = nil
	}
	clear(s.prepared) // they ended with it
	s.unprepared, s.clockIn = false, 0
}

// preferDeadline gives the deadline as the reason where it had passed: the driver then reports the connection that it closed.
func preferDeadline(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
