package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// Finding is a finding with what became of it.
type Finding struct {
	rto.Finding
	Drill  string      `json:"drill"`
	Opened rto.Instant `json:"opened"`
	Closed rto.Instant `json:"closed,omitempty"` // 0: it is open
	Seq    uint64      `json:"seq"`
}

// Findings lists findings, those due first at the top; open: only those that no later measurement has closed.
func (s *Store) Findings(ctx context.Context, open bool, limit int) ([]Finding, error) {
	return query(ctx, s, "SELECT id, drill, title, owner, due, measure, opened, closed, closed_by, seq FROM finding WHERE NOT ? OR closed IS NULL "+
		"ORDER BY due IS NULL, due, id", limit, scanFinding, open)
}

func scanFinding(rows *sql.Rows) (Finding, error) {
	var f Finding
	var due, closed sql.NullInt64
	err := rows.Scan(&f.ID, &f.Drill, &f.Title, &f.Owner, &due, &f.Measure, &f.Opened, &closed, &f.ClosedBy, &f.Seq)
	f.Due, f.Closed = rto.Instant(due.Int64), rto.Instant(closed.Int64)
	return f, err
}

// Alert is one sighting of an alert.
type Alert struct {
	Seq uint64      `json:"seq"`
	At  rto.Instant `json:"at"` // of the record
	rto.AlertSeen
}

// Alerts lists what was seen of alerts in a range, in order.
func (s *Store) Alerts(ctx context.Context, in Range, limit int) ([]Alert, error) {
	return query(ctx, s, "SELECT seq, at, body FROM alert WHERE at >= ? AND at < ? ORDER BY at, seq", limit, func(rows *sql.Rows) (Alert, error) {
		var a Alert
		var body string
		err := rows.Scan(&a.Seq, &a.At, &body)
		if err == nil {
			err = json.Unmarshal([]byte(body), &a.AlertSeen)
		}
		return a, err
	}, in.From, in.To)
}

// Hole is time in which the tracker did not look.
type Hole struct {
	Seq uint64 `json:"seq"`
	rto.Hole
}

// Holes lists the holes that touch a range, in order.
func (s *Store) Holes(ctx context.Context, in Range, limit int) ([]Hole, error) {
	return query(ctx, s, "SELECT seq, began, ended, cause FROM hole WHERE ended > ? AND began < ? ORDER BY began, seq", limit, func(rows *sql.Rows) (Hole, error) {
		var h Hole
		err := rows.Scan(&h.Seq, &h.From, &h.To, &h.Cause)
		return h, err
	}, in.From, in.To)
}

// ClockSteps lists the steps of the wall clock in a range, in order.
func (s *Store) ClockSteps(ctx context.Context, in Range, limit int) ([]rto.ClockStep, error) {
	return query(ctx, s, "SELECT at, offset FROM step WHERE at >= ? AND at < ? ORDER BY at, seq", limit, func(rows *sql.Rows) (rto.ClockStep, error) {
		var c rto.ClockStep
		err := rows.Scan(&c.At, &c.Offset)
		return c, err
	}, in.From, in.To)
}

// Session is one run of the tracker.
type Session struct {
	Seq uint64 `json:"seq"`
	rto.Session
}

// Sessions lists the newest runs of the tracker, newest first.
func (s *Store) Sessions(ctx context.Context, limit int) ([]Session, error) {
	return query(ctx, s, "SELECT seq, body FROM session ORDER BY seq DESC", limit, func(rows *sql.Rows) (Session, error) {
		var one Session
		var body string
		err := rows.Scan(&one.Seq, &body)
		if err == nil {
			err = json.Unmarshal([]byte(body), &one.Session)
		}
		return one, err
	})
}

// AllSeries lists the virtual drills that there are tallies of.
func (s *Store) AllSeries(ctx context.Context) ([]Series, error) {
	return query(ctx, s, "SELECT DISTINCT store, replica, side FROM tally ORDER BY store, replica, side", maxRows, func(rows *sql.Rows) (Series, error) {
		var one Series
		err := rows.Scan(&one.Store, &one.Replica, &one.Side)
		return one, err
	})
}

// SpanFor is the shortest span of tallies that covers a range with at most limit buckets, and is still kept from its begin on, as seen
// from now.
func SpanFor(in Range, now rto.Instant, limit int) time.Duration {
	for _, k := range []struct{ span, keep time.Duration }{{Minute, keepMinutes}, {Hour, keepHours}} {
		if now.Sub(in.From) <= k.keep && in.To.Sub(in.From) <= time.Duration(bounded(limit))*k.span {
			return k.span
		}
	}
	return Day
}

// History lists the tallies of a series by one span (Minute, Hour, Day) that begin in a range, in order. Minutes are kept for 30 days, hours for a
// year, days for ten; the newest bucket of hours and days grows with each minute.
func (s *Store) History(ctx context.Context, of Series, span time.Duration, in Range, limit int) ([]Bucket, error) {
	return query(ctx, s, "SELECT began, inside, outside, unprovable, least, most, p50, p99 FROM tally WHERE span = ? AND store = ? AND replica = ? AND side = ? "+
		"AND began >= ? AND began < ? ORDER BY began", limit, func(rows *sql.Rows) (Bucket, error) {
		b := Bucket{Series: of, Span: span}
		err := rows.Scan(&b.Began, &b.Inside, &b.Outside, &b.Unprovable, &b.Least, &b.Most, &b.P50, &b.P99)
		return b, err
	}, span, of.Store, of.Replica, of.Side, in.From, in.To)
}

// Total adds up the tallies of a series by one span that begin in a range: with Minute exact for the last 30 days, with Day for calendar months
// of UTC.
func (s *Store) Total(ctx context.Context, of Series, span time.Duration, in Range) (rto.Tally, error) {
	var t rto.Tally
	err := s.read.QueryRowContext(ctx, "SELECT COALESCE(SUM(inside), 0), COALESCE(SUM(outside), 0), COALESCE(SUM(unprovable), 0) FROM tally WHERE span = ? "+
		"AND store = ? AND replica = ? AND side = ? AND began >= ? AND began < ?", span, of.Store, of.Replica, of.Side, in.From, in.To).
		Scan(&t.Inside, &t.Outside, &t.Unprovable)
	return t, err
}
