package mysql

import (
	"bufio"
	"errors"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	protocol "github.com/go-mysql-org/go-mysql/mysql"
	mysqlserver "github.com/go-mysql-org/go-mysql/server"

	"github.com/voipbin/observability/internal/peertest"
)

// fakePassword is of the only account of a fake.
const fakePassword = "hunter2"

// fake answers as a MySQL server of one version does by its manual: over the wire, with the statements and variables that this version has and no
// other, to an account that may do some things and no others. It is no proof that a server does so; it is what can be held against a version
// that was not run.
type fake struct {
	version Version
	text    string
	// variables are global; columns and status are what the version calls replication's status, a row for each channel.
	variables map[string]string
	columns   []string
	status    []map[string]string
	// queued and applied are performance_schema's original commit times.
	queued, applied string
	// client and schema are the rights REPLICATION CLIENT, and SELECT on performance_schema's tables of replication.
	client, schema bool
	// unprepared is a server that has as many prepared statements as it may.
	unprepared bool
	// further answers statements about a canary's table; nil for a server that has none.
	further func(conn net.Conn, query string, binary bool) (*protocol.Result, error)

	mu    sync.Mutex
	wrong []string // statements that this version does not have
}

// newFake reads the fixture of a version.
func newFake(t *testing.T, version string) *fake {
	t.Helper()
	v, err := ParseVersion(version)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{version: v, text: version, client: true, schema: true, queued: "2026-11-28 04:00:09.500000", applied: "2026-11-28 04:00:08.250000"}
	rows, _ := readFixture(t, "mysql-"+version+".variables")
	f.variables = rows[0]
	f.status, f.columns = readFixture(t, "mysql-"+version+".status")
	return f
}

// readFixture reads rows of "name: value" between lines of dashes; NULL is left out, and \n is a line's end.
func readFixture(t *testing.T, name string) (rows []map[string]string, columns []string) {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows = []map[string]string{{}}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		column, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.ReplaceAll(strings.TrimPrefix(value, " "), `\n`, "\n")
		row := rows[len(rows)-1]
		switch {
		case strings.HasPrefix(column, "#"):
			continue
		case column == "---":
			rows = append(rows, map[string]string{})
			continue
		case value != "NULL":
			row[column] = value
		}
		if len(rows) == 1 {
			columns = append(columns, column)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows, columns
}

// start serves until the test ends.
func (f *fake) start(t *testing.T) Account {
	t.Helper()
	s := mysqlserver.NewServer(f.text, protocol.DEFAULT_COLLATION_ID, protocol.AUTH_NATIVE_PASSWORD, nil, nil)
	t.Cleanup(func() { // runs when nobody is served any more
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.wrong) > 0 {
			t.Errorf("MySQL %s was asked what it does not have: %q", f.text, f.wrong)
		}
	})
	return Account{Address: peertest.Listen(t, func(c net.Conn) { f.serve(s, c) }), User: "tracker", Password: fakePassword}
}

func (f *fake) serve(s *mysqlserver.Server, c net.Conn) {
	conn, err := s.NewConn(c, "tracker", fakePassword, &fakeSession{f, c})
	for err == nil && !conn.Closed() {
		err = conn.HandleCommand()
	}
}

// fakeSession is the fake as one connection sees it.
type fakeSession struct {
	*fake
	conn net.Conn
}

func (f *fakeSession) UseDB(string) error { return nil }

func (f *fakeSession) HandleFieldList(string, string) ([]*protocol.Field, error) {
	return nil, errors.New("not asked for")
}

func (f *fakeSession) HandleOtherCommand(byte, []byte) error { return errors.New("not asked for") }

func (f *fakeSession) HandleStmtPrepare(query string) (params, columns int, context any, err error) {
	if f.unprepared {
		return 0, 0, nil, protocol.NewDefaultError(protocol.ER_MAX_PREPARED_STMT_COUNT_REACHED, 16382)
	}
	return 0, strings.Count(query, ",") + 1, nil, nil
}

func (f *fakeSession) HandleStmtClose(any) error { return nil }

func (f *fakeSession) HandleStmtExecute(_ any, query string, _ []any) (*protocol.Result, error) {
	return f.answer(f.conn, query, true)
}

func (f *fakeSession) HandleQuery(query string) (*protocol.Result, error) {
	return f.answer(f.conn, query, false)
}

// answer answers a statement.
func (f *fake) answer(conn net.Conn, query string, binary bool) (*protocol.Result, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.further != nil && strings.Contains(query, "canary"):
		return f.further(conn, query, binary)
	case query == "SELECT VERSION()":
		return table([]string{"VERSION()"}, [][]any{{f.text}}, binary)
	case strings.HasPrefix(query, "SET time_zone"):
		return &protocol.Result{}, nil
	case strings.HasPrefix(query, "SELECT @@GLOBAL."):
		return f.selected(strings.TrimPrefix(query, "SELECT "), binary)
	case strings.HasPrefix(query, "SHOW GLOBAL VARIABLES WHERE"):
		return f.shown(query, binary)
	case query == f.statusStatement():
		return f.replication(binary)
	case query == stampsQuery:
		return f.stamps(binary)
	}
	f.wrong = append(f.wrong, query)
	return nil, protocol.NewDefaultError(protocol.ER_PARSE_ERROR, "You have an error in your SQL syntax", query, 1)
}

// statusStatement is the one that gives the fixture's columns: SHOW SLAVE STATUS before 8.0.22, which 8.4 no longer has.
func (f *fake) statusStatement() string {
	if slices.Contains(f.columns, "Slave_IO_Running") {
		return "SHOW SLAVE STATUS"
	}
	return "SHOW REPLICA STATUS"
}

func (f *fake) replication(binary bool) (*protocol.Result, error) {
	if !f.client {
		return nil, protocol.NewDefaultError(protocol.ER_SPECIFIC_ACCESS_DENIED_ERROR, "SUPER, REPLICATION CLIENT")
	}
	var rows [][]any
	for _, row := range f.status {
		var values []any
		for _, c := range f.columns {
			if v, ok := row[c]; ok {
				values = append(values, v)
			} else {
				values = append(values, nil)
			}
		}
		rows = append(rows, values)
	}
	return table(f.columns, rows, binary)
}

func (f *fake) stamps(binary bool) (*protocol.Result, error) {
	if !f.schema {
		return nil, protocol.NewDefaultError(protocol.ER_TABLEACCESS_DENIED_ERROR, "SELECT", "tracker", "localhost", "replication_connection_status")
	}
	return table([]string{"queued", "applied"}, [][]any{{f.queued, f.applied}}, binary)
}

// shown are the variables that a list names.
func (f *fake) shown(query string, binary bool) (*protocol.Result, error) {
	var rows [][]any
	for _, name := range slices.Sorted(maps.Keys(f.variables)) {
		if strings.Contains(query, "'"+name+"'") {
			rows = append(rows, []any{name, f.variables[name]})
		}
	}
	return table([]string{"Variable_name", "Value"}, rows, binary)
}

// selected evaluates a list of global variables, constants, comparisons and the clock.
func (f *fake) selected(list string, binary bool) (*protocol.Result, error) {
	var names []string
	var values []any
	for item := range strings.SplitSeq(list, ", ") {
		value, err := f.value(item)
		if err != nil {
			return nil, err
		}
		names, values = append(names, item), append(values, value)
	}
	return table(names, [][]any{values}, binary)
}

func (f *fake) value(item string) (any, error) {
	if name, want, compares := strings.Cut(item, " = "); compares {
		is, err := f.value(name)
		if is == strings.Trim(want, "'") {
			return "1", err
		}
		return "0", err
	}
	switch item {
	case "UTC_TIMESTAMP(6)":
		return time.Now().UTC().Format("2006-01-02 15:04:05.000000"), nil
	case "1":
		return item, nil
	case "''":
		return "", nil
	}
	name := strings.TrimPrefix(item, "@@GLOBAL.")
	value, known := f.variables[name]
	switch {
	case !known:
		f.wrong = append(f.wrong, item)
		return nil, protocol.NewDefaultError(protocol.ER_UNKNOWN_SYSTEM_VARIABLE, name)
	case value == "ON" && name == "read_only":
		return "1", nil // a boolean variable is a number in a SELECT and a word in SHOW
	case value == "OFF" && name == "read_only":
		return "0", nil
	}
	return value, nil
}

func table(columns []string, rows [][]any, binary bool) (*protocol.Result, error) {
	for _, row := range rows {
		for i, v := range row {
			if v == "" {
				row[i] = []byte{} // the library takes an empty text for NULL
			}
		}
	}
	r, err := protocol.BuildSimpleResultset(columns, rows, binary)
	return protocol.NewResult(r), err
}
