package database

import (
	"context"
	"database/sql"
	"fmt"
	"syscall"
	"time"

	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// Server is one of a pair.
type Server struct {
	Config
	// Process is the latest one.
	Process *supervise.Process

	name    string
	program *Program
	super   *supervise.Supervisor
	root    *sql.DB
}

// Account is how a user reaches it over TCP.
func (s *Server) Account(u User) mysql.Account {
	return mysql.Account{Address: s.address(), User: string(u), Password: u.password()}
}

// AccountAt is the same through a proxy.
func (s *Server) AccountAt(u User, address string) mysql.Account {
	a := s.Account(u)
	a.Address = address
	return a
}

// Start starts it, also again, with further options for this time, and waits until it answers.
func (s *Server) Start(ctx context.Context, further ...string) error {
	c := s.Config
	c.Further = append(append([]string{}, c.Further...), further...)
	p, err := s.program.Start(ctx, s.super, s.name, c, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		return s.root.PingContext(ctx)
	})
	if err == nil {
		s.Process = p
	}
	return err
}

// Kill ends it at once, as a power failure of the process would: SIGKILL, without a word to anybody. It returns when it is gone.
func (s *Server) Kill() error {
	if err := s.Process.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-s.Process.Done()
	return nil
}

// Do executes statements as root.
func (s *Server) Do(ctx context.Context, statements ...string) error {
	for _, q := range statements {
		if _, err := s.root.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("%s: %q: %w", s.name, q, err)
		}
	}
	return nil
}

// Text asks one question as root, whose answer is one value.
func (s *Server) Text(ctx context.Context, query string) (string, error) {
	var text sql.NullString
	if err := s.root.QueryRowContext(ctx, query).Scan(&text); err != nil {
		return "", fmt.Errorf("%s: %q: %w", s.name, query, err)
	}
	return text.String, nil
}

// Number is Text for a number.
func (s *Server) Number(ctx context.Context, query string) (int64, error) {
	var n sql.NullInt64
	if err := s.root.QueryRowContext(ctx, query).Scan(&n); err != nil {
		return 0, fmt.Errorf("%s: %q: %w", s.name, query, err)
	}
	return n.Int64, nil
}

// Root is a pool of connections as root, over the socket.
func (s *Server) Root() *sql.DB { return s.root }
