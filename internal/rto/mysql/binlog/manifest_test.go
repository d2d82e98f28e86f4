package binlog

import (
	"encoding/hex"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	upstream "github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
)

const uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562"

func position(t testing.TB, text string) rto.Position {
	t.Helper()
	p, err := rto.ParsePosition(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// event wraps a body as it comes from the wire.
func event(kind replication.EventType, body replication.Event) *replication.BinlogEvent {
	return &replication.BinlogEvent{Header: &replication.EventHeader{EventType: kind, Timestamp: 1000}, Event: body}
}

// gtid begins a transaction of MySQL that was committed at a microsecond.
func gtid(t testing.TB, number int64, us uint64, tag string) *replication.BinlogEvent {
	t.Helper()
	sid, err := hex.DecodeString(strings.ReplaceAll(uuid, "-", ""))
	if err != nil {
		t.Fatal(err)
	}
	e := replication.GTIDEvent{SID: sid, GNO: number, Tag: tag, OriginalCommitTimestamp: us}
	if tag != "" {
		return event(replication.GTID_TAGGED_LOG_EVENT, &replication.GtidTaggedLogEvent{GTIDEvent: e})
	}
	return event(replication.GTID_EVENT, &e)
}

// domain begins a transaction of MariaDB.
func domain(number uint64, flags byte) *replication.BinlogEvent {
	return event(replication.MARIADB_GTID_EVENT, &replication.MariadbGTIDEvent{GTID: upstream.MariadbGTID{DomainID: 0, ServerID: 1, SequenceNumber: number}, Flags: flags})
}

func query(text string) *replication.BinlogEvent {
	return event(replication.QUERY_EVENT, &replication.QueryEvent{Schema: []byte("app"), Query: []byte(text)})
}

func changed(kind replication.EventType, table string, n int) *replication.BinlogEvent {
	return event(kind, &replication.RowsEvent{Table: &replication.TableMapEvent{Schema: []byte("app"), Table: []byte(table)}, Rows: make([][]any, n)})
}

func xid() *replication.BinlogEvent { return event(replication.XID_EVENT, &replication.XIDEvent{}) }

// read shows events to a tally until it has all it wants, and returns how many it took.
func read(tl *tally, events ...*replication.BinlogEvent) int {
	for i, e := range events {
		if tl.done() {
			return i
		}
		tl.read(e)
	}
	return len(events)
}

func TestTally(t *testing.T) {
	t.Parallel()
	tl := newTally(mysql.MySQL, position(t, uuid+":1-5"), position(t, uuid+":1-9:11,"+uuid+":batch:1"))
	events := []*replication.BinlogEvent{
		gtid(t, 5, 1, ""), query("BEGIN"), changed(replication.WRITE_ROWS_EVENTv2, "call", 99), xid(), // the survivor has it
		gtid(t, 6, 2_000_000, ""), query("BEGIN"), changed(replication.WRITE_ROWS_EVENTv2, "call", 2), changed(replication.UPDATE_ROWS_EVENTv2, "call", 6), xid(),
		gtid(t, 7, 1_500_000, ""), query("CREATE TABLE x (i INT)"), // committed earlier, written later
		gtid(t, 8, 3_000_000, ""), event(replication.TRANSACTION_PAYLOAD_EVENT, &replication.TransactionPayloadEvent{Events: []*replication.BinlogEvent{query("BEGIN"), changed(replication.DELETE_ROWS_EVENTv2, "user", 3), xid()}}),
		gtid(t, 9, 4_000_000, ""), query("BEGIN"), query("SAVEPOINT a"), query("UPDATE a SET b = 1"), query("UPDATE c SET d = 1"), query("COMMIT"),
		gtid(t, 10, 9_000_000, ""), query("BEGIN"), changed(replication.WRITE_ROWS_EVENTv2, "call", 99), xid(), // not of the position noted
		gtid(t, 1, 5_000_000, "batch"), query("BEGIN"), changed(replication.WRITE_ROWS_EVENTv2, "call", 1), xid(),
		gtid(t, 11, 6_000_000, ""), query("BEGIN"), changed(replication.WRITE_ROWS_EVENTv2, "call", 1), xid(),
		gtid(t, 12, 7_000_000, ""), // after the fence: not looked at
	}
	if n := read(tl, events...); n != len(events)-1 {
		t.Errorf("took %d of %d events: want all but the last", n, len(events))
	}
	var m rto.Manifest
	tl.into(&m)
	want := []rto.TableLoss{{Table: "app.*", Statements: 3}, {Table: "app.call", Inserts: 4, Updates: 3}, {Table: "app.user", Deletes: 3}}
	if len(m.Tables) != len(want) {
		t.Fatalf("tables %+v, want %+v", m.Tables, want)
	}
	for i := range want {
		if m.Tables[i] != want[i] {
			t.Errorf("table %+v, want %+v", m.Tables[i], want[i])
		}
	}
	if m.Transactions != 6 || m.Oldest != rto.Instant(1500*time.Millisecond) || m.Newest != rto.Instant(6*time.Second) {
		t.Errorf("%d transactions from %v to %v", m.Transactions, m.Oldest, m.Newest)
	}
}

func TestTallyOfMariaDB(t *testing.T) {
	t.Parallel()
	tl := newTally(mysql.MariaDB, position(t, "0-1-5"), position(t, "0-1-9"))
	events := []*replication.BinlogEvent{
		domain(6, replication.BINLOG_MARIADB_FL_STANDALONE), query("CREATE TABLE x (i INT)"),
		domain(7, 0), query("INSERT INTO a VALUES (1)"), query("INSERT INTO a VALUES (2)"), query("COMMIT"),
		domain(9, 0), changed(replication.MARIADB_WRITE_ROWS_COMPRESSED_EVENT_V1, "call", 2), // numbers may have gaps
	}
	if n := read(tl, events...); n != len(events) || tl.done() {
		t.Errorf("took %d of %d events, done %v: the last transaction has not ended", n, len(events), tl.done())
	}
	tl.read(xid())
	var m rto.Manifest
	tl.into(&m)
	if !tl.done() || m.Transactions != 3 || m.Oldest != rto.Instant(1000*time.Second) {
		t.Errorf("done %v, %+v", tl.done(), m)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	account := mysql.Account{Address: address, User: "repl", Password: "hunter2"}
	for name, c := range map[string]struct {
		r    Request
		want error // nil is no error at all
		text string
	}{
		"no fence":       {Request{Account: account, Flavour: mysql.MySQL, Kept: position(t, uuid+":1-5")}, nil, "no position was noted"},
		"another branch": {Request{Account: account, Flavour: mysql.MariaDB, Kept: position(t, "0-2-5"), Until: position(t, "0-1-5")}, ErrDiverged, "history"},
		"nobody there":   {Request{Account: account, Flavour: mysql.MySQL, Kept: position(t, uuid+":1-5"), Until: position(t, uuid+":1-6")}, ErrTransport, "connection"},
		"no address":     {Request{Account: mysql.Account{Address: "x"}, Flavour: mysql.MySQL, Kept: position(t, uuid+":1-5"), Until: position(t, uuid+":1-6")}, nil, "host:port"},
	} {
		m, err := Read(t.Context(), c.r)
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
		if m.Transactions != 0 || m.Resolution != 0 {
			t.Errorf("%s: a manifest came with the error: %+v", name, m)
		}
	}
	m, err := Read(t.Context(), Request{Account: account, Flavour: mysql.MySQL, Kept: position(t, uuid+":1-6"), Until: position(t, uuid+":1-6")})
	if err != nil || m.Transactions != 0 || m.Resolution != time.Microsecond {
		t.Errorf("nothing was lost, but %+v, %v", m, err)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	for code, want := range map[uint16]error{1236: ErrPurged, 1789: ErrPurged, 1227: ErrDenied, 1045: ErrDenied, 9999: ErrTransport} {
		err := explain(&upstream.MyError{Code: code, Message: "secret of the server"})
		if !errors.Is(err, want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%d: %v, want %v", code, err, want)
		}
	}
}
