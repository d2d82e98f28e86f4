package mysql

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/voipbin/observability/internal/peertest"
	"github.com/voipbin/observability/internal/rto"
)

const (
	uuid  = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
	other = "4e11fa47-71ca-11e1-9e33-c80aa9429562"
)

func position(t testing.TB, text string) rto.Position {
	t.Helper()
	p, err := rto.ParsePosition(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"9.7.4-2": "mysql 9.7.4", "8.0.36": "mysql 8.0.36", "8.0.36-28": "mysql 8.0.36", "8.4.0-commercial": "mysql 8.4.0",
		"10.11.19-MariaDB-0+deb12u1-log": "mariadb 10.11.19", "5.5.5-10.11.2-MariaDB": "mariadb 10.11.2", "11.8.9-MariaDB-ubu2404": "mariadb 11.8.9",
	} {
		if v, err := ParseVersion(text); err != nil || v.String() != want {
			t.Errorf("%q is %v, %v, want %s", text, v, err, want)
		}
	}
	for _, text := range []string{"", "9", "9.7", "a.b.c", "9.7.x-2"} {
		if v, err := ParseVersion(text); err == nil {
			t.Errorf("%q was read as %v", text, v)
		}
	}
	if got := (Version{}).String(); got != "unknown" {
		t.Errorf("the zero version is %q", got)
	}
}

func TestStatusQueryByVersion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"8.0.21": "SHOW SLAVE STATUS", "8.0.22": "SHOW REPLICA STATUS", "8.4.3": "SHOW REPLICA STATUS", "9.7.4-2": "SHOW REPLICA STATUS",
		"5.7.44": "SHOW SLAVE STATUS", "10.11.2-MariaDB": "SHOW ALL SLAVES STATUS",
	} {
		v, err := ParseVersion(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.statusQuery(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// Of 8.0 and 8.4 no server could be run: their columns are those of the reference manuals, "SHOW REPLICA STATUS Statement"; 9.7's and
// MariaDB's are as servers of the laboratory answered.
func TestReadStatus(t *testing.T) {
	t.Parallel()
	replica := func(retrieved, behind string) map[string]string {
		row := map[string]string{"Replica_IO_Running": "Yes", "Replica_SQL_Running": "Yes", "Retrieved_Gtid_Set": retrieved, "Seconds_Behind_Source": behind, "Last_IO_Errno": "0", "Last_SQL_Errno": "0"}
		if behind == "" {
			delete(row, "Seconds_Behind_Source") // NULL
		}
		return row
	}
	mariadb := func(receiving, applying, at string) map[string]string {
		return map[string]string{"Slave_IO_Running": receiving, "Slave_SQL_Running": applying, "Gtid_IO_Pos": at, "Seconds_Behind_Master": "0", "Last_IO_Errno": "2003", "Last_SQL_Errno": "0"}
	}
	old := map[string]string{"Slave_IO_Running": "Connecting", "Slave_SQL_Running": "Yes", "Retrieved_Gtid_Set": uuid + ":1-9", "Seconds_Behind_Master": "7", "Last_IO_Errno": "0", "Last_SQL_Errno": "1062"}
	for name, c := range map[string]struct {
		version, applied string
		rows             []map[string]string
		received, behind string
		threads          string
	}{
		"9.7, relay log ahead":                        {"9.7.4-2", uuid + ":1-5", []map[string]string{replica(uuid+":4-9", "3")}, uuid + ":1-9", "3", "Yes Yes 0"},
		"8.0.21, old words":                           {"8.0.21", uuid + ":1-5", []map[string]string{old}, uuid + ":1-9", "7", "Connecting Yes 1062"},
		"8.4, relay log emptied by a restart":         {"8.4.3", uuid + ":1-5", []map[string]string{replica("", "")}, uuid + ":1-5", "", "Yes Yes 0"},
		"two channels: one that says NULL hides both": {"9.7.4", uuid + ":1-5", []map[string]string{replica(uuid+":1-9", "0"), replica(other+":1-2", "")}, uuid + ":1-9," + other + ":1-2", "", "Yes Yes 0"},
		"two channels: the later counts":              {"9.7.4", uuid + ":1-5", []map[string]string{replica(uuid+":1-9", "0"), replica(other+":1-2", "5")}, uuid + ":1-9," + other + ":1-2", "5", "Yes Yes 0"},
		"no channel: it has received what it has":     {"9.7.4", uuid + ":1-5", nil, uuid + ":1-5", "", ""},
		"MariaDB":                  {"10.11.19-MariaDB", "0-1-5", []map[string]string{mariadb("Connecting", "Yes", "0-1-9")}, "0-1-9", "0", "Connecting Yes 2003"},
		"MariaDB, applier stopped": {"10.11.19-MariaDB", "0-1-5", []map[string]string{mariadb("Yes", "No", "0-1-9")}, "0-1-9", "0", "Yes No 2003"},
		"MariaDB, both stopped: the relay log is lost": {"10.11.19-MariaDB", "0-1-5", []map[string]string{mariadb("No", "No", "0-1-9")}, "0-1-5", "0", "No No 2003"},
	} {
		v, err := ParseVersion(c.version)
		if err != nil {
			t.Fatal(err)
		}
		s, out := &Sampler{version: v}, rto.ReplicaSample{}
		if err := s.readStatus(c.rows, position(t, c.applied), &out); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		behind, threads := said(out)
		if out.Received.String() != c.received || !out.ReceivedKnown || behind != c.behind || threads != c.threads {
			t.Errorf("%s: received %v, behind %q, threads %q", name, out.Received, behind, threads)
		}
	}
	s, out := &Sampler{version: Version{Flavour: MySQL, Major: 9}}, rto.ReplicaSample{}
	if err := s.readStatus([]map[string]string{replica("nonsense", "0")}, rto.Position{}, &out); !errors.Is(err, errMalformed) {
		t.Errorf("nonsense was read: %v", err)
	}
}

// said is what a replica says of itself; empty is nothing.
func said(r rto.ReplicaSample) (behind, threads string) {
	if b := r.Estimates.SecondsBehind; b != nil {
		behind = fmt.Sprint(*b)
	}
	if th := r.Threads; th != nil {
		threads = fmt.Sprintf("%s %s %d", th.Receiving, th.Applying, th.LastError)
	}
	return behind, threads
}

func TestAges(t *testing.T) {
	t.Parallel()
	now := rto.InstantOf(time.Date(2026, 11, 28, 4, 0, 10, 0, time.UTC))
	queued, applied := ages(map[string]string{"queued": "2026-11-28 04:00:08.500000", "applied": "0000-00-00 00:00:00.000000"}, now)
	if queued == nil || *queued != 1.5 || applied != nil {
		t.Errorf("queued %v, applied %v: want 1.5 and nothing, for a zero date says nothing", queued, applied)
	}
	if queued, applied := ages(map[string]string{"queued": "soon"}, now); queued != nil || applied != nil {
		t.Errorf("nonsense has an age: %v, %v", queued, applied)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	said := func(n uint16) error {
		return &driver.MySQLError{Number: n, Message: "secret of the server"}
	}
	for want, errs := range map[rto.Outcome][]error{
		rto.OK:        {nil},
		rto.TimedOut:  {context.DeadlineExceeded, fmt.Errorf("x: %w", os.ErrDeadlineExceeded), said(3024), said(1969)},
		rto.Refused:   {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, os.ErrNotExist},
		rto.Denied:    {said(1045), said(1227), said(1142), said(1290)},
		rto.Broken:    {driver.ErrInvalidConn, io.ErrUnexpectedEOF, said(1040), said(1053), context.Canceled},
		rto.Malformed: {errMalformed, said(1064), said(1193)},
		rto.Unfit:     {errUnfit},
	} {
		for _, err := range errs {
			if got := outcomeOf(err); got != want {
				t.Errorf("%v is %s, want %s", err, got, want)
			}
		}
	}
	for _, err := range []error{said(1045), errUnfit} {
		if !keepsConnection(err) {
			t.Errorf("%v ends the connection", err)
		}
	}
	for _, err := range []error{said(1053), context.DeadlineExceeded, driver.ErrInvalidConn} {
		if keepsConnection(err) {
			t.Errorf("%v leaves a connection on which an old answer may be under way", err)
		}
	}
}

func TestAccountKeepsItsPassword(t *testing.T) {
	t.Parallel()
	a := Account{Address: "127.0.0.1:1", User: "monitor", Password: "hunter2"}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("looked", "account", a)
	for _, text := range []string{fmt.Sprint(a), fmt.Sprintf("%v %+v", a, a), log.String()} {
		if strings.Contains(text, "hunter2") || !strings.Contains(text, "monitor") {
			t.Errorf("%s", text)
		}
	}
	for _, bad := range []Account{{Address: "nowhere", User: "u", Password: "hunter2"}, {Address: "127.0.0.1:1", Password: "hunter2"}} {
		if _, err := New(bad, clock, Options{}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := New(a, clock, Options{Heartbeat: "x; DROP TABLE y"}); err == nil {
		t.Error("a statement is taken for a table")
	}
}

func clock() rto.Instant { return rto.InstantOf(time.Now()) }

// TestLooksAtWhatIsNoServer looks at peers that hang, hang up, talk nonsense, or are not there: each look ends within the limit, says how, and
// leaves nothing behind.
func TestLooksAtWhatIsNoServer(t *testing.T) {
	before := runtime.NumGoroutine()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := gone.Addr().String()
	_ = gone.Close()
	const limit = 100 * time.Millisecond
	for name, c := range map[string]struct {
		address string
		want    rto.Outcome
	}{
		"nobody listens": {nobody, rto.Refused},
		"no socket":      {"/nowhere/s.sock", rto.Refused},
		"it hangs":       {peertest.Listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), rto.TimedOut},
		"it hangs up":    {peertest.Listen(t, func(net.Conn) {}), rto.Broken},
		"it is no MySQL": {peertest.Listen(t, func(c net.Conn) {
			_, _ = c.Write([]byte("SSH-2.0-OpenSSH_9.2\r\n"))
			_, _ = bufio.NewReader(c).ReadByte()
		}), rto.Broken},
	} {
		s, err := New(Account{Address: c.address, User: "u", Password: "p"}, clock, Options{Store: "main", Name: "r", Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			source, replica := s.Source(t.Context()), s.Replica(t.Context())
			if name != "it is no MySQL" && (source.Outcome != c.want || replica.Outcome != c.want) {
				t.Errorf("%s: %s and %s, want %s", name, source.Outcome, replica.Outcome, c.want)
			}
			if source.Outcome == rto.OK || !source.At.Empty() || source.Recv < source.Send || source.Clock != nil || replica.ReceivedKnown || replica.Threads != nil || replica.Replica != "r" {
				t.Errorf("%s: something is known: %+v, %+v", name, source, replica)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before+16 && time.Now().Before(deadline) { // the peers' own and the test's
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before+16 {
		t.Errorf("%d goroutines before, %d after", before, n)
	}
}
