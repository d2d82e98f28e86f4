//go:build integration

package integration

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
	"github.com/voipbin/observability/internal/rto/mysql/binlog"
)

// TestManifestOfRealLogs reads logs with everything in them that an application writes, and logs that cannot be read.
func TestManifestOfRealLogs(t *testing.T) {
	t.Parallel()
	for _, flavour := range flavours() {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			p, now := startPair(t, flavour, suiteOf(flavour)), trackerClock()
			source := sampler(t, p.Source.Account(database.Monitor), now, mysql.Options{})
			kept := source.Source(t.Context()).At
			do(t, p.Source, "INSERT INTO lab.ledger (seq, t_us) VALUES (1, 1), (2, 2), (3, 3)", "UPDATE lab.ledger SET t_us = t_us + 1 WHERE seq < 3",
				"DELETE FROM lab.ledger WHERE seq = 1", "CREATE TABLE lab.more (i INT PRIMARY KEY)", "INSERT INTO lab.more VALUES (1)", "FLUSH BINARY LOGS", "INSERT INTO lab.more VALUES (2)")
			until := source.Source(t.Context()).At
			do(t, p.Source, "INSERT INTO lab.more VALUES (3)") // after the fence: of no account
			r := binlog.Request{Account: p.Source.Account(database.Repl), Flavour: flavour, Store: "main", Kept: kept, Until: until, Stall: 3 * time.Second}
			m, err := binlog.Read(t.Context(), r)
			if err != nil || m.Transactions != 6 || m.Transactions != until.Minus(kept).Count() {
				t.Errorf("%+v, %v, want 6 transactions", m, err)
			}
			want := map[string]rto.TableLoss{
				"lab.ledger": {Table: "lab.ledger", Inserts: 3, Updates: 2, Deletes: 1}, "lab.more": {Table: "lab.more", Inserts: 2},
			}
			for _, l := range m.Tables {
				if w, ok := want[l.Table]; ok && l != w || !ok && (l.Statements != 1 || !strings.HasSuffix(l.Table, ".*")) {
					t.Errorf("%+v, want %+v", l, w)
				}
			}
			refusals(t, p, r)
		})
	}
}

// refusals asks for what cannot be had.
func refusals(t *testing.T, p *database.Pair, r binlog.Request) {
	t.Helper()
	far := r
	text := strings.Replace(r.Until.String(), ":1-", ":1-9", 1)
	if p.Program.Flavour == mysql.MariaDB {
		text = strings.Replace(r.Until.String(), "0-1-", "0-1-9", 1)
	}
	var err error
	if far.Until, err = rto.ParsePosition(text); err != nil {
		t.Fatal(err)
	}
	if m, err := binlog.Read(t.Context(), far); !errors.Is(err, binlog.ErrEndsEarly) || m.Transactions != 7 {
		t.Errorf("a log that ends before the fence: %d transactions, %v", m.Transactions, err)
	}
	stranger, wrong := r, r
	stranger.Account = p.Source.Account(database.Nobody)
	wrong.Account.Password = "hunter2"
	for name, denied := range map[string]binlog.Request{"without the right": stranger, "with a wrong password": wrong} {
		if _, err := binlog.Read(t.Context(), denied); !errors.Is(err, binlog.ErrDenied) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	do(t, p.Source, "FLUSH BINARY LOGS")
	if err := p.CaughtUp(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	do(t, p.Replica, "STOP "+p.Word())
	becomes(t, "the log is purged", func() bool { // as soon as the replica's own reader of it has gone
		do(t, p.Source, "PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY")
		_, err := binlog.Read(t.Context(), r)
		return errors.Is(err, binlog.ErrPurged)
	})
}
