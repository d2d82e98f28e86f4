package mysql

import (
	"context"
	"database/sql"
)

// handshakes is how many limits the making of a connection may take: TCP, greeting, two to three turns of authentication, the session's time
// zone and the version are a round trip each.
const handshakes = 7

// attempt is the making of a connection, which may outlast the look that began it.
type attempt struct {
	done    chan struct{}
	conn    *sql.Conn // set before done is closed, as are the others
	version Version
	err     error
}

// connect makes sure that there is a connection, or says why there is none. It waits for one limit.
func (s *Sampler) connect(ctx context.Context) error {
	if s.conn != nil {
		return nil
	}
	if s.attempt == nil || s.attempt.failed() {
		s.attempt = s.begin() //nolint:contextcheck // goes on behind the look: its life is the sampler's
	}
	wait, cancel := context.WithTimeout(ctx, s.options.Limit)
	defer cancel()
	select {
	case <-s.attempt.done:
	case <-wait.Done():
		return wait.Err()
	}
	a := s.attempt
	s.attempt = nil
	if a.err != nil {
		return a.err
	}
	s.conn, s.version = a.conn, a.version
	clear(s.denied)
	s.without = 0
	return nil
}

// failed tells whether the attempt ended in vain, before the look that asks: what it says is old.
func (a *attempt) failed() bool {
	select {
	case <-a.done:
		return a.err != nil
	default:
		return false
	}
}

func (s *Sampler) begin() *attempt {
	a := &attempt{done: make(chan struct{})}
	s.ends.Go(func() {
		defer close(a.done)
		ctx, cancel := context.WithTimeout(s.life, handshakes*s.options.Limit)
		defer cancel()
		a.conn, a.version, a.err = s.dial(ctx)
	})
	return a
}

// dial connects and asks for the version.
func (s *Sampler) dial(ctx context.Context) (*sql.Conn, Version, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, Version{}, preferDeadline(ctx, err)
	}
	s.queries.Add(2) // the session's time zone, and the version
	var text string
	if err := conn.QueryRowContext(ctx, "SELECT VERSION()").Scan(&text); err != nil {
		discard(conn)
		return nil, Version{}, preferDeadline(ctx, err)
	}
	version, err := ParseVersion(text)
	if err != nil {
		discard(conn)
		return nil, Version{}, errMalformed
	}
	return conn, version, nil
}

// question bounds one question.
func (s *Sampler) question(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.options.Limit)
}
