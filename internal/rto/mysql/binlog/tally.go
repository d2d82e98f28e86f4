package binlog

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// statementsOf is the table name under which statements of a database are counted whose table the log does not tell.
const statementsOf = ".*"

// tally counts what it is shown of a log.
type tally struct {
	flavour        mysql.Flavour
	kept, until    rto.Position
	covered        rto.Position // kept, and what was read
	transactions   uint64
	oldest, newest rto.Instant
	tables         map[string]*rto.TableLoss
	// inside says that the events which follow are of a lost transaction, open that one has begun and not ended, bracketed that it ends
	// with a commit: a definition is a transaction of one statement.
	inside, open, bracketed bool
}

func newTally(flavour mysql.Flavour, kept, until rto.Position) *tally {
	return &tally{flavour: flavour, kept: kept, until: until, covered: kept, tables: map[string]*rto.TableLoss{}}
}

// done tells whether everything up to the fence was read, the last transaction to its end.
func (t *tally) done() bool { return !t.open && t.covered.Contains(t.until) }

// end notes that the transaction under way has ended.
func (t *tally) end() { t.open, t.inside, t.bracketed = false, false, false }

// read takes one event.
func (t *tally) read(e *replication.BinlogEvent) {
	switch body := e.Event.(type) {
	case *replication.GTIDEvent:
		t.begin(gtidOf(body), body.OriginalCommitTime())
	case *replication.GtidTaggedLogEvent:
		t.begin(gtidOf(&body.GTIDEvent), body.OriginalCommitTime())
	case *replication.MariadbGTIDEvent:
		t.begin(body.GTID.String(), time.Unix(int64(e.Header.Timestamp), 0))
		t.bracketed = !body.IsStandalone() // there is no BEGIN in MariaDB's log
	case *replication.TransactionPayloadEvent: // compressed: the whole transaction
		for _, inner := range body.Events {
			t.read(inner)
		}
		t.end()
	case *replication.RowsEvent:
		t.rows(e.Header.EventType, body)
	case *replication.QueryEvent:
		t.query(body)
	case *replication.XIDEvent:
		t.end()
	default:
		if e.Header.EventType == replication.XA_PREPARE_LOG_EVENT {
			t.end()
		}
	}
}

func gtidOf(e *replication.GTIDEvent) string {
	s := hex.EncodeToString(e.SID)
	if len(s) != 32 {
		return ""
	}
	uuid := s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
	if e.Tag != "" {
		uuid += ":" + e.Tag
	}
	return fmt.Sprintf("%s:%d", uuid, e.GNO)
}

// begin takes the start of a transaction. One that the survivor has, or that came after the fence, is passed over.
func (t *tally) begin(gtid string, committed time.Time) {
	t.end()
	p, err := rto.ParsePosition(gtid)
	if err != nil || p.Empty() {
		return // anonymous: it has no place in either position
	}
	t.open = true
	if t.kept.Contains(p) || !t.until.Contains(p) {
		return
	}
	t.inside, t.covered = true, t.covered.Union(p)
	t.transactions++
	if committed.Unix() <= 0 {
		return // MySQL before 8.0.1 writes none
	}
	at := rto.InstantOf(committed)
	if t.oldest == 0 || at < t.oldest {
		t.oldest = at
	}
	t.newest = max(t.newest, at)
}

func (t *tally) table(name string) *rto.TableLoss {
	l, ok := t.tables[name]
	if !ok {
		l = &rto.TableLoss{Table: name}
		t.tables[name] = l
	}
	return l
}

// rows counts rows; of an update the log holds each row twice, before and after.
func (t *tally) rows(kind replication.EventType, e *replication.RowsEvent) {
	if !t.inside || e.Table == nil {
		return
	}
	l, n := t.table(string(e.Table.Schema)+"."+string(e.Table.Table)), uint64(len(e.Rows))
	switch kind {
	case replication.WRITE_ROWS_EVENTv0, replication.WRITE_ROWS_EVENTv1, replication.WRITE_ROWS_EVENTv2, replication.MARIADB_WRITE_ROWS_COMPRESSED_EVENT_V1:
		l.Inserts += n
	case replication.DELETE_ROWS_EVENTv0, replication.DELETE_ROWS_EVENTv1, replication.DELETE_ROWS_EVENTv2, replication.MARIADB_DELETE_ROWS_COMPRESSED_EVENT_V1:
		l.Deletes += n
	default:
		l.Updates += n / 2
	}
}

// query takes a statement: the brackets of a transaction, a definition, or a change whose rows the log does not tell.
func (t *tally) query(e *replication.QueryEvent) {
	text := string(e.Query)
	switch {
	case text == "BEGIN" || hasWord(text, "XA START"):
		t.bracketed = true
		return
	case hasWord(text, "SAVEPOINT") || hasWord(text, "XA END"):
		return
	case text == "COMMIT" || text == "ROLLBACK":
		t.end()
		return
	}
	if t.inside {
		t.table(string(e.Schema)+statementsOf).Statements++
	}
	if !t.bracketed {
		t.end()
	}
}

func hasWord(text, word string) bool { return len(text) >= len(word) && text[:len(word)] == word }

// into puts the counts into the manifest, tables in order of their names.
func (t *tally) into(m *rto.Manifest) {
	m.Transactions, m.Oldest, m.Newest = t.transactions, t.oldest, t.newest
	for _, l := range t.tables {
		m.Tables = append(m.Tables, *l)
	}
	slices.SortFunc(m.Tables, func(a, b rto.TableLoss) int { return cmp.Compare(a.Table, b.Table) })
}
