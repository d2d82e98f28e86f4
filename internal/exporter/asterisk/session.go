package asterisk

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

const (
	// connectWithin bounds one attempt to connect, log in and make ready. A login takes under a millisecond (measured, 22.10).
	connectWithin = 10 * time.Second
	// shortestPause and longestPause bound the time between two attempts. A scrape that finds no connection does not wait for it to
	// pass, unless Asterisk refused the login: that may be logged, and get this host banned.
	shortestPause = 500 * time.Millisecond
	longestPause  = 15 * time.Second
	// lookEvery is the time between two looks at the connection, and lookWithin how long one may take.
	lookEvery  = 15 * time.Second
	lookWithin = 10 * time.Second
	// patience is how many looks in a row may fail before the connection is given up. An Asterisk that was stopped for less than
	// these goes on where it was, and no event is lost.
	patience = 4
	// bootPatience is how long a new connection waits for FullyBooted. One that gets none belongs to a user who may not read class
	// system, or to an Asterisk that takes longer than any known.
	bootPatience = time.Minute
)

var (
	errBooting     = errors.New("asterisk is still loading modules")
	errUnreachable = errors.New("asterisk cannot be reached")
)

// dialer connects and logs in.
type dialer func(ctx context.Context, onEvent func(ami.Message)) (*ami.Conn, error)

// session keeps up the connection to one Asterisk.
type session struct {
	dial   dialer
	names  []string // events wanted
	counts *counts
	logger *slog.Logger
	now    func() time.Time
	gap    *gap

	attempts  *emit.CounterVec
	connected emit.Collector

	wake  chan struct{} // ends a pause between attempts
	ended chan struct{} // closed when nothing runs any more

	mu      sync.Mutex
	stop    context.CancelFunc // nil before the first scrape
	closed  bool
	trying  bool
	conn    *ami.Conn // nil while there is none
	since   time.Time // of conn
	err     error     // why there is none
	changed chan struct{}
	ping    time.Duration // of the scrape under way
}

func newSession(dial dialer, names []string, c *counts, logger *slog.Logger, now func() time.Time) *session {
	s := &session{
		dial: dial, names: names, counts: c, logger: logger, now: now, gap: newGap(c, now),
		attempts: emit.NewCounterVec(metric.AsteriskAMIAttempts, 0),
		wake:     make(chan struct{}, 1), ended: make(chan struct{}), changed: make(chan struct{}),
	}
	s.connected = emit.NewGaugeFunc(metric.AsteriskAMIConnected, func() float64 {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.conn == nil {
			return 0
		}
		return 1
	})
	return s
}

func (s *session) events() []emit.Collector {
	return append(s.gap.events(), s.attempts, s.connected)
}

// check begins a scrape: it waits for a connection and asks for a sign of life.
func (s *session) check(ctx context.Context) error {
	s.start(ctx)
	s.gap.account()
	conn, err := s.connection(ctx)
	if err != nil {
		return outcome(err)
	}
	begin := s.now()
	if _, err := conn.Do(ctx, ami.NewAction("Ping")); err != nil {
		return outcome(err)
	}
	s.mu.Lock()
	s.ping = s.now().Sub(begin)
	s.mu.Unlock()
	return nil
}

// start begins to keep up the connection, once. It goes on when the scrape is over.
func (s *session) start(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil || s.closed {
		return
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.trying = true
	go s.keep(ctx)
}

// close ends everything and waits for it.
func (s *session) close() {
	s.mu.Lock()
	s.closed, s.err = true, ami.ErrClosed
	stop := s.stop
	s.mu.Unlock()
	if stop != nil {
		stop()
		<-s.ended
	}
}

// keep connects again and again until ctx ends.
func (s *session) keep(ctx context.Context) {
	defer close(s.ended)
	pause := shortestPause
	for ctx.Err() == nil {
		conn, err := s.attempt(ctx)
		s.settle(conn, err)
		if err == nil {
			pause = shortestPause
			s.watch(ctx, conn)
			s.lost(ctx, conn)
		}
		s.rest(ctx, pause)
		pause = min(2*pause, longestPause)
	}
	s.settle(nil, ami.ErrClosed)
}

// attempt makes one connection that is ready for use.
func (s *session) attempt(ctx context.Context) (*ami.Conn, error) {
	s.mu.Lock()
	s.trying = true
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	conn, err := s.dial(ctx, s.take)
	if err == nil {
		if err = s.ready(ctx, conn); err == nil {
			s.attempts.Add(1, "ok")
			return conn, nil
		}
		conn.Close()
	}
	result := "failed"
	if errors.Is(err, ami.ErrAuthentication) {
		result = "refused"
	}
	s.attempts.Add(1, result)
	return nil, err
}

// ready sets the filter, and finds out what a gap has cost.
func (s *session) ready(ctx context.Context, conn *ami.Conn) error {
	if err := conn.Filter(ctx, s.names...); err != nil && !refusedBy(err) {
		return err // a user who may not filter gets more events than are used
	}
	return s.gap.end(ctx, conn)
}

// take counts an event. One that nobody thought of costs itself and not the process: it comes on a goroutine of the connection, where
// nobody else would catch its panic.
func (s *session) take(m ami.Message) {
	defer func() {
		if v := recover(); v != nil {
			s.logger.Error("event not counted", "event", m.Event(), "panic", v, "stack", string(debug.Stack()))
		}
	}()
	s.counts.take(m)
}

func refusedBy(err error) bool {
	var refusal *ami.Refusal
	return errors.As(err, &refusal)
}

// settle tells everybody who waits how an attempt ended.
func (s *session) settle(conn *ami.Conn, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn, s.err, s.trying = conn, err, false
	if conn != nil {
		s.since = s.now()
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// watch looks at the connection from time to time and returns when it has ended.
func (s *session) watch(ctx context.Context, conn *ami.Conn) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	failed := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-conn.Done():
			return
		case <-tick.C:
		}
		failed++
		if s.look(ctx, conn) {
			failed = 0
		}
		if failed == patience {
			return
		}
	}
}

// look tells whether Asterisk answers.
func (s *session) look(ctx context.Context, conn *ami.Conn) bool {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	return s.gap.read(ctx, conn) == nil
}

// lost closes a connection and begins the gap.
func (s *session) lost(ctx context.Context, conn *ami.Conn) {
	err := conn.Err()
	conn.Close()
	s.settle(nil, errors.Join(errUnreachable, err))
	if ctx.Err() == nil {
		s.gap.begin()
		s.logger.Warn("manager connection ended", "err", err)
	}
}

// rest waits until it is time for the next attempt, or somebody asks for one.
func (s *session) rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.wake:
	}
}

// connection returns the connection, waiting for an attempt that is under way. If there is none it asks for one, once.
func (s *session) connection(ctx context.Context) (*ami.Conn, error) {
	asked := false
	for {
		s.mu.Lock()
		conn, err, trying, changed := s.conn, s.err, s.trying, s.changed
		s.mu.Unlock()
		switch {
		case conn != nil:
			return conn, nil
		case trying:
			asked = true // how that ends is the answer
		case asked, errors.Is(err, ami.ErrAuthentication), errors.Is(err, ami.ErrClosed):
			return nil, err
		default:
			asked = true
			select {
			case s.wake <- struct{}{}:
			default: // asked already
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, &ami.TransportError{Op: "wait", Err: context.Cause(ctx)}
		}
	}
}

// do puts a question of a collector.
func (s *session) do(ctx context.Context, a ami.Action) (ami.Answer, error) {
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn == nil {
		return ami.Answer{}, errUnreachable
	}
	answer, err := conn.Do(ctx, a)
	return answer, outcome(err)
}

// ask is do for an action that a module provides: it is not put before the modules are loaded, because an answer "unknown" would then
// mean nothing.
func (s *session) ask(ctx context.Context, a ami.Action) (ami.Answer, error) {
	if err := s.usable(); err != nil {
		return ami.Answer{}, err
	}
	return s.do(ctx, a)
}

// usable says whether Asterisk has loaded its modules, as far as one can know.
func (s *session) usable() error {
	if booted, known := s.booted(); known && !booted {
		return exporter.Failed(exporter.OutcomeFault, errBooting)
	}
	return nil
}

// booted says whether Asterisk has loaded its modules, and whether that is known.
func (s *session) booted() (booted, known bool) {
	s.mu.Lock()
	conn, since := s.conn, s.since
	s.mu.Unlock()
	if conn == nil {
		return false, false
	}
	select {
	case <-conn.Booted():
		return true, true
	default:
		return false, s.now().Sub(since) < bootPatience
	}
}

// boot is what Asterisk said when it was fully booted.
func (s *session) boot() (m ami.Message, version string) {
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn == nil {
		return ami.Message{}, ""
	}
	select {
	case <-conn.Booted():
		return conn.Boot(), conn.Version()
	default:
		return ami.Message{}, conn.Version()
	}
}

// outcome gives an error of the client the mark that it means for a collector.
func outcome(err error) error {
	var refusal *ami.Refusal
	var decode *ami.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return refusalOutcome(refusal)
	case errors.As(err, &decode), errors.Is(err, ami.ErrTooLarge):
		return exporter.Failed(exporter.OutcomeDecode, err)
	case errors.Is(err, ami.ErrAuthentication):
		return exporter.Failed(exporter.OutcomeFault, err)
	}
	return err
}

func refusalOutcome(r *ami.Refusal) error {
	switch r.Reason {
	case ami.Unknown:
		return exporter.Absent(r)
	case ami.Empty:
		return exporter.Empty(r)
	}
	return exporter.Failed(exporter.OutcomeFault, r)
}
