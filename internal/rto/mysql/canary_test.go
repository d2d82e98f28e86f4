package mysql

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	protocol "github.com/go-mysql-org/go-mysql/mysql"

	"github.com/voipbin/observability/internal/rto"
)

// canaryTable is a server's canary table, and what goes wrong with it.
type canaryTable struct {
	mu      sync.Mutex
	made    bool
	rows    map[string]bool // "vantage session seq"
	asked   map[string]int  // statements by their first word
	deleted string          // the last DELETE
	// trouble has the server do something else than it should with statements that begin with a word.
	trouble map[string]func(conn net.Conn) error
	// forgets is a server that acknowledges and keeps nothing.
	forgets bool
}

var (
	insertedRow = regexp.MustCompile(`^INSERT INTO canary\.voipbin_canary \(vantage, session, seq, at_ns\) VALUES \('([^']*)', (\d+), (\d+), \d+\)$`)
	soughtRow   = regexp.MustCompile(`^SELECT @@GLOBAL\.server_uuid, COUNT\(\*\) FROM canary\.voipbin_canary WHERE vantage = '([^']*)' AND session = (\d+) AND seq = (\d+)$`)
	listedRows  = regexp.MustCompile(`^SELECT seq FROM canary\.voipbin_canary WHERE vantage = '([^']*)' AND session = (\d+)$`)
)

// startCanaryTable starts a server with nothing but the table's place.
func startCanaryTable(t *testing.T) (*canaryTable, Account) {
	t.Helper()
	c := &canaryTable{rows: map[string]bool{}, asked: map[string]int{}, trouble: map[string]func(net.Conn) error{}}
	f := newFake(t, "8.0.36")
	f.further = c.answer
	return c, f.start(t)
}

func (c *canaryTable) answer(conn net.Conn, query string, binary bool) (*protocol.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	verb, _, _ := strings.Cut(query, " ")
	c.asked[verb]++
	if trouble := c.trouble[verb]; trouble != nil {
		if err := trouble(conn); err != nil {
			return nil, err
		}
	}
	if verb == "CREATE" {
		c.made = true
		return &protocol.Result{}, nil
	}
	if !c.made {
		return nil, protocol.NewDefaultError(protocol.ER_NO_SUCH_TABLE, "canary", "voipbin_canary")
	}
	if verb == "DELETE" {
		c.deleted = query
		return &protocol.Result{}, nil
	}
	return c.row(query, binary)
}

// row writes or reads rows.
func (c *canaryTable) row(query string, binary bool) (*protocol.Result, error) {
	if m := insertedRow.FindStringSubmatch(query); m != nil {
		c.rows[strings.Join(m[1:], " ")] = !c.forgets
		return &protocol.Result{AffectedRows: 1}, nil
	}
	if m := soughtRow.FindStringSubmatch(query); m != nil {
		found := 0
		if c.rows[strings.Join(m[1:], " ")] {
			found = 1
		}
		return table([]string{"server", "n"}, [][]any{{uuid, found}}, binary)
	}
	if m := listedRows.FindStringSubmatch(query); m != nil {
		rows := [][]any{}
		for key, there := range c.rows {
			if own, found := strings.CutPrefix(key, strings.Join(m[1:], " ")+" "); found && there {
				seq, _ := strconv.Atoi(own) // digits, by insertedRow
				rows = append(rows, []any{seq})
			}
		}
		return table([]string{"seq"}, rows, binary)
	}
	return nil, protocol.NewDefaultError(protocol.ER_PARSE_ERROR, "You have an error in your SQL syntax", query, 1)
}

// meet has something happen at statements of a verb; nil for nothing.
func (c *canaryTable) meet(verb string, trouble func(net.Conn) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trouble[verb] = trouble
}

// count is how often a verb was asked for.
func (c *canaryTable) count(verb string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[verb]
}

// refusal is a server that says no, with words of its own.
func refusal(code uint16) func(net.Conn) error {
	return func(net.Conn) error { return protocol.NewError(code, "the secret words of a server") }
}

// cut is a server that dies with the statement.
func cut(conn net.Conn) error { return conn.Close() }

func newCanary(t *testing.T, a Account) *Canary {
	t.Helper()
	began := time.Now()
	c, err := NewCanary(a, func() rto.Instant { return rto.InstantOf(began).Add(time.Since(began)) }, CanaryOptions{Store: "main", Vantage: "tracker-dr", Limit: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// wants compares a write with what it should have been.
func wants(t *testing.T, what string, w Written, seq int64, outcome rto.Outcome, uncertain, readBack bool) {
	t.Helper()
	if w.Seq != seq || w.Outcome != outcome || w.Uncertain != uncertain || w.ReadBack != readBack || w.Recv < w.Send {
		t.Errorf("%s: %+v, want number %d, %s, uncertain %t, read back %t", what, w, seq, outcome, uncertain, readBack)
	}
}

// TestCanaryOfManyAtOnce: writes have numbers of their own and each is read back, whoever asks for them at the same time.
func TestCanaryOfManyAtOnce(t *testing.T) {
	t.Parallel()
	_, a := startCanaryTable(t)
	c := newCanary(t, a)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				if w := c.Write(t.Context()); w.Outcome != rto.OK || !w.ReadBack || w.Server != uuid {
					t.Errorf("%+v", w)
				}
			}
		})
	}
	all.Wait()
	n, err := c.Compare(t.Context(), a, rto.InstantOf(time.Now()))
	if err != nil || n.Acknowledged != 20 || n.Lost != 0 || n.Uncertain != 0 || n.OldestLost.Valid() {
		t.Errorf("%+v, %v", n, err)
	}
}

// TestCanaryMeetsTrouble: what the server acknowledged, what it refused and what nobody knows are three things.
func TestCanaryMeetsTrouble(t *testing.T) {
	t.Parallel()
	server, a := startCanaryTable(t)
	c := newCanary(t, a)
	ctx := t.Context()

	server.meet("CREATE", refusal(protocol.ER_TABLEACCESS_DENIED_ERROR))
	wants(t, "no table, and none may be made", c.Write(ctx), 1, rto.Malformed, false, false)
	server.meet("CREATE", nil)
	wants(t, "the table may be made after all", c.Write(ctx), 2, rto.OK, false, true)
	if n := server.count("CREATE"); n != 2 {
		t.Errorf("the table was made %d times, want once more after a refusal", n)
	}
	server.meet("INSERT", refusal(protocol.ER_OPTION_PREVENTS_STATEMENT))
	wants(t, "the server is read-only", c.Write(ctx), 3, rto.Denied, false, false)
	server.meet("INSERT", cut)
	wants(t, "the server dies with the write", c.Write(ctx), 4, rto.Broken, true, false)
	server.meet("INSERT", refusal(protocol.ER_SERVER_SHUTDOWN))
	wants(t, "the server shuts down, and may have written", c.Write(ctx), 5, rto.Broken, true, false)
	server.meet("INSERT", nil)
	server.meet("SELECT", cut)
	wants(t, "the answer to the write came, reading back did not", c.Write(ctx), 6, rto.OK, false, false)
	server.meet("SELECT", nil)
	wants(t, "all is well, by a connection of its own", c.Write(ctx), 7, rto.OK, false, true)
	server.mu.Lock()
	server.forgets = true
	server.mu.Unlock()
	wants(t, "the server acknowledges and forgets", c.Write(ctx), 8, rto.OK, false, false)

	n, err := c.Compare(ctx, a, rto.InstantOf(time.Now()))
	if err != nil || n.Store != "main" || n.Acknowledged != 4 || n.Lost != 1 || n.Uncertain != 2 || !n.OldestLost.Valid() {
		t.Errorf("%+v, %v, want 4 acknowledged (2, 6, 7, 8), 1 lost (8), 2 uncertain (4, 5)", n, err)
	}
	server.meet("SELECT", refusal(protocol.ER_TABLEACCESS_DENIED_ERROR))
	if _, err := c.Compare(ctx, a, 0); err == nil || err.Error() != "canary: the survivor was not read: denied" {
		t.Errorf("a survivor that refuses to be read: %v", err)
	}
}

// TestCanaryIsNotAnswered: a write that hangs is uncertain when its time is over, and no connection is no write.
func TestCanaryIsNotAnswered(t *testing.T) {
	t.Parallel()
	server, a := startCanaryTable(t)
	c := newCanary(t, a)
	wants(t, "before", c.Write(t.Context()), 1, rto.OK, false, true)
	c.sampler.options.Limit = 50 * time.Millisecond
	release := make(chan struct{})
	server.meet("INSERT", func(net.Conn) error { <-release; return nil })
	wants(t, "the server hangs", c.Write(t.Context()), 2, rto.TimedOut, true, false)
	close(release)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	nobody := newCanary(t, Account{Address: l.Addr().String(), User: "tracker", Password: fakePassword})
	wants(t, "nobody listens", nobody.Write(t.Context()), 0, rto.Refused, false, false)
	if len(nobody.writes) != 0 {
		t.Errorf("what was never sent is remembered: %+v", nobody.writes)
	}
}

// TestCanaryCleansUp: old rows go every so many writes, and only this tracker's.
func TestCanaryCleansUp(t *testing.T) {
	t.Parallel()
	server, a := startCanaryTable(t)
	c := newCanary(t, a)
	c.seq = cleanEvery - 2
	c.Write(t.Context())
	if n := server.count("DELETE"); n != 0 {
		t.Errorf("cleaned %d times before it was due", n)
	}
	w := c.Write(t.Context())
	c.Write(t.Context())
	want := fmt.Sprintf("DELETE FROM canary.voipbin_canary WHERE vantage = 'tracker-dr' AND at_ns < %d", int64(w.Send.Add(-keepFor)))
	if server.count("DELETE") != 1 || server.deleted != want {
		t.Errorf("cleaned %d times, by %q, want %q", server.count("DELETE"), server.deleted, want)
	}
	server.meet("DELETE", refusal(protocol.ER_TABLEACCESS_DENIED_ERROR))
	c.seq = 2*cleanEvery - 1
	wants(t, "cleaning is refused", c.Write(t.Context()), 2*cleanEvery, rto.OK, false, true)
}

// TestCanaryForgetsTheOldest: memory is bounded, and what is forgotten is the oldest.
func TestCanaryForgetsTheOldest(t *testing.T) {
	t.Parallel()
	var c Canary
	for i := range remembered + 1 {
		c.remember(Written{Seq: int64(i)})
	}
	if got := len(c.writes); got > remembered || c.writes[got-1].Seq != remembered || c.writes[0].Seq != remembered/10 {
		t.Errorf("%d writes are remembered, from %d to %d", got, c.writes[0].Seq, c.writes[got-1].Seq)
	}
}

func TestCanaryOptions(t *testing.T) {
	t.Parallel()
	now := func() rto.Instant { return 1 }
	good := Account{Address: "127.0.0.1:3306", User: "tracker", Password: fakePassword}
	for what, test := range map[string]struct {
		account Account
		options CanaryOptions
		want    string
	}{
		"a table with a statement in it": {good, CanaryOptions{Vantage: "v", Table: "canary.x; DROP TABLE y"}, `canary table "canary.x; DROP TABLE y": want schema.table of letters, digits and underscores`},
		"a table without a schema":       {good, CanaryOptions{Vantage: "v", Table: "x"}, `canary table "x": want schema.table of letters, digits and underscores`},
		"no vantage":                     {good, CanaryOptions{}, errVantage.Error()},
		"a vantage of 65 bytes":          {good, CanaryOptions{Vantage: strings.Repeat("v", 65)}, errVantage.Error()},
		"no user":                        {Account{Address: "127.0.0.1:3306"}, CanaryOptions{Vantage: "v"}, "server 127.0.0.1:3306: no user"},
	} {
		if _, err := NewCanary(test.account, now, test.options); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", what, err, test.want)
		}
	}
	c, err := NewCanary(good, now, CanaryOptions{Vantage: strings.Repeat("v", 64)})
	if err != nil || c.options.Table != DefaultCanaryTable {
		t.Errorf("%+v, %v", c, err)
	}
	_ = c.Close()
	if _, err := c.Compare(t.Context(), Account{Address: "nowhere", User: "x"}, 0); err == nil || !strings.Contains(err.Error(), "want host:port") {
		t.Errorf("a survivor that cannot be an address: %v", err)
	}
}

// TestCanariesAreCounted: only what was sent before the failure counts, and of that what a survivor would still have.
func TestCanariesAreCounted(t *testing.T) {
	t.Parallel()
	const failure = rto.Instant(10 * time.Hour)
	at := func(seq int64, before time.Duration, uncertain bool) Written {
		sent := failure.Add(-before)
		return Written{Seq: seq, Send: sent, Recv: sent.Add(time.Millisecond), Uncertain: uncertain}
	}
	writes := []Written{
		at(1, keepFor/2+1, false), // its row may be deleted: nothing follows of its absence
		at(2, keepFor/2, false),   // the oldest that counts
		at(3, time.Minute, false),
		at(4, time.Second, false),
		at(5, time.Millisecond, true), // nobody knows
		at(6, 0, false),               // sent at the very moment
		at(7, -1, false),              // went to the survivor itself
	}
	for what, test := range map[string]struct {
		has  []int64
		want rto.Canaries
	}{
		"nothing is lost":       {[]int64{2, 3, 4, 6}, rto.Canaries{Store: "main", Acknowledged: 4, Uncertain: 1}},
		"the newest are lost":   {[]int64{2, 3}, rto.Canaries{Store: "main", Acknowledged: 4, Uncertain: 1, Lost: 2, OldestLost: rto.Moment{Lo: writes[3].Send, Hi: writes[3].Recv}}},
		"one between is lost":   {[]int64{2, 4, 6}, rto.Canaries{Store: "main", Acknowledged: 4, Uncertain: 1, Lost: 1, OldestLost: rto.Moment{Lo: writes[2].Send, Hi: writes[2].Recv}}},
		"all are lost":          {[]int64{7}, rto.Canaries{Store: "main", Acknowledged: 4, Uncertain: 1, Lost: 4, OldestLost: rto.Moment{Lo: writes[1].Send, Hi: writes[1].Recv}}},
		"an uncertain one came": {[]int64{2, 3, 4, 5, 6}, rto.Canaries{Store: "main", Acknowledged: 4, Uncertain: 1}},
	} {
		has := map[int64]bool{}
		for _, seq := range test.has {
			has[seq] = true
		}
		if got := compare("main", writes, has, failure); got != test.want {
			t.Errorf("%s: %+v, want %+v", what, got, test.want)
		}
	}
}
