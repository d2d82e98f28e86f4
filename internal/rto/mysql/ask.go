package mysql

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// spareAfter is for how many looks.
const spareAfter = 30

// errHeartbeat refuses a name that could not be written into a query as it is.
var errHeartbeat = errors.New("heartbeat table: want schema.table of letters, digits and underscores")

var tableNamed = regexp.MustCompile(`^[A-Za-z0-9_]+\.[A-Za-z0-9_]+$`)

func tableName(text string) bool { return tableNamed.MatchString(text) }

// clockEvery is after how many looks the server's clock is asked again. Nothing is proven by it, it drifts by some tens of microseconds a second,
// and asking costs a source a twelfth of the whole look.
const clockEvery = 10

// identity is what every server tells everybody.
type identity struct {
	send, recv rto.Instant
	at, log    rto.Position
	readOnly   bool
	server     string
	clock      *rto.ClockOffset // nil if it was not asked
}

// identify asks for the position, read_only, the server's name and now and then its clock. Send must be set. The clock's reading is bracketed by
// this one round trip (Cristian 1989).
func (s *Sampler) identify(ctx context.Context, replica bool, id *identity) error {
	var a answer
	ctx, cancel := s.question(ctx)
	defer cancel()
	s.prepareIdentity(ctx, replica)
	send := s.now()
	s.queries.Add(1)
	err := s.queryIdentity(ctx, s.version.identityQuery(replica, s.clockIn == 0)).Scan(s.version.identityTargets(&a, replica, s.clockIn == 0)...)
	recv := s.now()
	if err != nil {
		return preferDeadline(ctx, err)
	}
	position, err := rto.ParsePosition(a.at)
	written, logErr := rto.ParsePosition(a.log)
	switch {
	case err != nil || logErr != nil:
		return errMalformed
	case !replica && !on(a.fit.String):
		return errUnfit
	}
	if s.clockIn--; s.clockIn < 0 {
		stamp, ok := parseStamp(a.clock)
		if !ok {
			return errMalformed
		}
		half := recv.Sub(send) / 2
		id.clock = &rto.ClockOffset{Offset: rto.InstantOf(stamp).Sub(send.Add(half)), Error: half + time.Microsecond}
		s.clockIn = clockEvery - 1
	}
	id.readOnly = on(a.readOnly.String)
	id.at, id.log, id.server = position, written, a.server
	return nil
}

// queryIdentity asks by a prepared statement if there is one, and else by text.
func (s *Sampler) queryIdentity(ctx context.Context, text string) *sql.Row {
	if statement := s.prepared[text]; statement != nil {
		return statement.QueryRowContext(ctx)
	}
	return s.conn.QueryRowContext(ctx, text)
}

// prepareIdentity prepares the two statements of looks once for the connection, so that the server parses nothing at a look. One that prepares
// nothing, for it has as many statements as it may (max_prepared_stmt_count), is not asked again.
func (s *Sampler) prepareIdentity(ctx context.Context, replica bool) {
	for _, clock := range []bool{true, false} {
		text := s.version.identityQuery(replica, clock)
		if s.prepared[text] != nil || s.unprepared {
			continue
		}
		s.queries.Add(1)
		statement, err := s.conn.PrepareContext(ctx, text)
		if err != nil {
			s.unprepared = true
			continue
		}
		s.prepared[text] = statement
	}
}

// on reads a switch: servers differ in whether they say 1 or a word.
func on(text string) bool { return text != "" && text != "0" && !strings.EqualFold(text, "OFF") }

// rows asks for rows of named columns; a column that is NULL is left out. Column names are the answer's own.
func (s *Sampler) rows(ctx context.Context, query string) ([]map[string]string, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	s.queries.Add(1)
	answer, err := s.conn.QueryContext(ctx, query)
	if err != nil {
		return nil, preferDeadline(ctx, err)
	}
	defer func() { _ = answer.Close() }() // what was read was read
	all, err := readRows(answer)
	if err != nil {
		return nil, preferDeadline(ctx, err)
	}
	return all, nil
}

func readRows(answer *sql.Rows) ([]map[string]string, error) {
	columns, err := answer.Columns()
	if err != nil {
		return nil, err
	}
	values := make([]sql.NullString, len(columns))
	targets := make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	var all []map[string]string
	for answer.Next() {
		if err := answer.Scan(targets...); err != nil {
			return nil, err
		}
		row := make(map[string]string, len(columns))
		for i, c := range columns {
			if values[i].Valid {
				row[c] = values[i].String
			}
		}
		all = append(all, row)
	}
	return all, answer.Err()
}

// optional asks a question whose answer is not vital: a refusal is remembered and no error. Any other failure is an error.
func (s *Sampler) optional(ctx context.Context, query string) ([]map[string]string, bool, error) {
	if s.denied[query] {
		return nil, false, nil
	}
	all, err := s.rows(ctx, query)
	if err != nil && keepsConnection(err) {
		s.denied[query] = true
		return nil, false, nil
	}
	return all, err == nil, err
}

// spare asks an optional question that is left alone for a while after it ran out of time, which costs the connection.
func (s *Sampler) spare(ctx context.Context, query string) ([]map[string]string, bool, error) {
	if left := s.blocked[query]; left > 0 {
		s.blocked[query] = left - 1
		return nil, false, nil
	}
	all, ok, err := s.optional(ctx, query)
	if err != nil {
		s.blocked[query] = spareAfter
	}
	return all, ok, err
}

// parseStamp reads a timestamp as text; false for none and for the zero date, which means "never".
func parseStamp(text string) (time.Time, bool) {
	if text == "" || strings.HasPrefix(text, "0000") {
		return time.Time{}, false
	}
	t, err := time.Parse("2006-01-02 15:04:05.999999", text)
	return t, err == nil
}

// discard closes a connection and keeps it out of the pool.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return sqldriver.ErrBadConn }) // closes the driver's connection without another word to the server
	_ = conn.Close()                                              // says that it is closed already
}
