//go:build integration

package integration

import (
	"context"
	"database/sql"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// write is one write of the application: when it was sent, and when it was acknowledged, 0 if it never was.
type write struct {
	seq         int64
	sent, acked rto.Instant
}

// writers are the application: they write rows and remember what was acknowledged, which is the truth that everything is measured by.
type writers struct {
	t    *testing.T
	now  func() rto.Instant
	db   *sql.DB
	stop context.CancelFunc
	ends sync.WaitGroup
	// offset is the number of rows that were there before.
	offset int

	mu     sync.Mutex
	writes []write // by number
}

// newWriters connects to the source; rows are numbered from 1.
func newWriters(t *testing.T, p *database.Pair, now func() rto.Instant, n int) *writers {
	t.Helper()
	db, err := mysql.Open(p.Source.Account(database.Writer), n)
	if err != nil {
		t.Fatal(err)
	}
	w := &writers{t: t, now: now, db: db}
	t.Cleanup(func() {
		w.halt()
		_ = db.Close()
	})
	return w
}

// run lets n writers write at the given pace each, 0 for flat out, until halt.
func (w *writers) run(n int, pace time.Duration) {
	ctx, cancel := context.WithCancel(w.t.Context())
	w.stop = cancel
	for range n {
		w.ends.Go(func() {
			for ctx.Err() == nil {
				w.one(ctx)
				if pace > 0 {
					select {
					case <-time.After(pace):
					case <-ctx.Done():
					}
				}
			}
		})
	}
}

// one writes a row. One that fails may have been committed: it is uncertain.
func (w *writers) one(ctx context.Context) {
	w.mu.Lock()
	sent := w.now()
	i := len(w.writes)
	w.writes = append(w.writes, write{seq: int64(w.offset + i + 1), sent: sent})
	w.mu.Unlock()
	_, err := w.db.ExecContext(context.WithoutCancel(ctx), "INSERT INTO lab.ledger (seq, t_us) VALUES (?, ?)", w.offset+i+1, int64(sent)/1000)
	if err == nil {
		acked := w.now()
		w.mu.Lock()
		w.writes[i].acked = acked
		w.mu.Unlock()
	}
	if err != nil {
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// halt ends the writers and waits for their last answers.
func (w *writers) halt() {
	if w.stop != nil {
		w.stop()
		w.ends.Wait()
	}
}

// all is every write so far.
func (w *writers) all() []write {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]write(nil), w.writes...)
}

// truth is the age, at a moment, of the oldest write that had been acknowledged by then and is not among the first `have`, and the age of the
// oldest that had been sent by then, which a look at the source may see before its client does; 0 if there is none. It holds for one
// writer, whose rows come in order.
func (w *writers) truth(at rto.Instant, have int64) (acked, sent time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.writes) - 1; i >= 0; i-- {
		one := w.writes[i]
		if one.seq <= have {
			break
		}
		if one.acked != 0 && one.acked <= at {
			acked = at.Sub(one.acked)
		}
		if one.sent <= at {
			sent = at.Sub(one.sent)
		}
	}
	return acked, sent
}

// rows are the numbers of the rows that a server has.
func rows(t *testing.T, s *database.Server) map[int64]bool {
	t.Helper()
	found, err := s.Root().QueryContext(t.Context(), "SELECT seq FROM lab.ledger")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	all := map[int64]bool{}
	for found.Next() {
		var seq int64
		if err := found.Scan(&seq); err != nil {
			t.Fatal(err)
		}
		all[seq] = true
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
