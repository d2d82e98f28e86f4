package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/peertest"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// fake is a Redis that answers each command as a test wants it.
type fake struct {
	answers map[string]string // by command, as it goes over the wire; "" never answers, hangUp ends the connection
	mu      sync.Mutex
	kept    string // what SET wrote last
	deleted int
}

const (
	hangUp = "hang up"
	well   = "$71\r\nrun_id:8f3a\r\nrole:master\r\nconnected_slaves:0\r\nmaster_repl_offset:1000\r\n\r\n"
)

// start listens on a free port of loopback and ends with the test.
func (f *fake) start(t *testing.T) string {
	t.Helper()
	return peertest.Listen(t, f.serve)
}

func (f *fake) serve(conn net.Conn) {
	in := bufio.NewReader(conn)
	for {
		words, err := command(in)
		if err != nil {
			return
		}
		answer := f.answer(words)
		if answer == hangUp {
			return
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return
		}
	}
}

// answer is the scripted one, or that of a Redis that is well.
func (f *fake) answer(words []string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := strings.ToUpper(words[0])
	if name == "SET" {
		f.kept = words[2]
	}
	if name == "DEL" {
		f.deleted++
	}
	if scripted, ok := f.answers[name]; ok {
		return scripted
	}
	switch name {
	case "INFO":
		return well
	case "SET":
		return "+OK\r\n"
	case "GET":
		return fmt.Sprintf("$%d\r\n%s\r\n", len(f.kept), f.kept)
	case "DEL":
		return ":1\r\n"
	}
	return "-ERR unknown command\r\n"
}

// command reads one command.
func command(in *bufio.Reader) ([]string, error) {
	var n int
	if _, err := fmt.Fscanf(in, "*%d\r\n", &n); err != nil {
		return nil, err
	}
	words := make([]string, n)
	for i := range words {
		var size int
		if _, err := fmt.Fscanf(in, "$%d\r\n", &size); err != nil {
			return nil, err
		}
		word := make([]byte, size+2)
		if _, err := io.ReadFull(in, word); err != nil {
			return nil, err
		}
		words[i] = string(word[:size])
	}
	return words, nil
}

// TestProbe holds the grade of a Redis to what it has shown, however it misbehaves: a drill's verdict is made of these. What it says is in no
// detail, since it may be data.
func TestProbe(t *testing.T) {
	t.Parallel()
	f := func(title string, answers map[string]string, outcome rto.Outcome, grade rto.Grade, detail string, deleted int) {
		t.Helper()
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			server := &fake{answers: answers}
			p, err := New(Config{Target: probe.Target{Path: "cache", Vantage: "here", Want: rto.Served, Now: func() rto.Instant { return 0 }}, Server: Server{Address: server.start(t)}})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = p.Close() }()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			if outcome == rto.TimedOut {
				cancel()
				ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
			}
			defer cancel()
			r := p.Probe(ctx)
			if r.Outcome != outcome || r.Grade != grade || r.Detail != detail || r.Good != (outcome == rto.OK && grade == rto.Served) {
				t.Errorf("%v, grade %v, good %v, %q; want %v, grade %v, %q", r.Outcome, r.Grade, r.Good, r.Detail, outcome, grade, detail)
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			if server.deleted != deleted {
				t.Errorf("its key was deleted %d times, want %d", server.deleted, deleted)
			}
		})
	}
	f("all is well", nil, rto.OK, rto.Served, "", 1)
	f("it wants a password", map[string]string{"INFO": "-NOAUTH Authentication required.\r\n"}, rto.Denied, rto.Answered, "question who it is: the account was refused", 0)
	f("it loads", map[string]string{"INFO": "-LOADING Redis is loading the dataset in memory\r\n"}, rto.Denied, rto.Answered, "question who it is: it still loads its data", 0)
	f("it may be asked but not written", map[string]string{"SET": "-READONLY You can't write against a read only replica.\r\n", "GET": "$-1\r\n"}, rto.Denied, rto.Registered, "write: it is a replica that takes no writes", 0)
	f("it is full", map[string]string{"SET": "-OOM command not allowed when used memory > 'maxmemory'.\r\n", "GET": "$-1\r\n"}, rto.Denied, rto.Registered, "write: it takes no writes", 0)
	f("it refuses with data", map[string]string{"INFO": "-secret +4915112345\r\n"}, rto.Denied, rto.Answered, "question who it is: it refused", 0)
	f("what was written is gone", map[string]string{"GET": "$-1\r\n"}, rto.OK, rto.Registered, "what was written is not there", 0)
	f("another's value comes back", map[string]string{"GET": "$5\r\nother\r\n"}, rto.OK, rto.Registered, "what was written is not there", 0)
	f("it cannot read", map[string]string{"GET": "-MASTERDOWN Link with MASTER is down\r\n"}, rto.Denied, rto.Accepted, "read: it has lost its master", 0)
	f("it speaks HTTP", map[string]string{"INFO": "HTTP/1.1 400 Bad Request\r\n\r\n"}, rto.Malformed, rto.NoAnswer, "question who it is: what came is no Redis", 0)
	f("it hangs", map[string]string{"INFO": ""}, rto.TimedOut, rto.NoAnswer, "question who it is: no answer in time", 0)
	f("it hangs after the write", map[string]string{"GET": ""}, rto.TimedOut, rto.Accepted, "read: no answer in time", 0)
	f("it hangs up", map[string]string{"INFO": hangUp}, rto.Broken, rto.NoAnswer, "question who it is: the connection broke or could not be made", 0)
	f("an answer is cut off", map[string]string{"INFO": "$500\r\nrun_id:8f3a\r\n" + ""}, rto.TimedOut, rto.NoAnswer, "question who it is: no answer in time", 0)
	f("its key cannot be deleted", map[string]string{"DEL": "-NOPERM this user has no permissions\r\n"}, rto.Denied, rto.Served, "removal: the account was refused", 1)
}

// TestProbeConfigured refuses what cannot be asked, before a drill depends on it.
func TestProbeConfigured(t *testing.T) {
	t.Parallel()
	now := func() rto.Instant { return 0 }
	f := func(c Config, want string) {
		t.Helper()
		if _, err := New(c); err == nil || err.Error() != want {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	f(Config{Target: probe.Target{Path: "cache", Want: rto.Served, Now: now}, Server: Server{Address: "cache"}}, "path cache: redis: want host:port as the address")
	f(Config{Target: probe.Target{Path: "cache", Want: rto.Served, Now: now, Region: "us-east1"}, Server: Server{Address: "cache:6379"}}, "path cache: a region is wanted, but no key names it")
	f(Config{Target: probe.Target{Path: "cache", Want: rto.Served}, Server: Server{Address: "cache:6379"}}, "path cache: a probe needs a clock")
	f(Config{Target: probe.Target{Want: rto.Served, Now: now}, Server: Server{Address: "cache:6379"}}, "a probe needs the name of its path")
}

// TestProbeWithoutAccount tells that the account could not be read, and nothing of it.
func TestProbeWithoutAccount(t *testing.T) {
	t.Parallel()
	server := &fake{}
	p, err := New(Config{
		Target: probe.Target{Path: "cache", Want: rto.Served, Now: func() rto.Instant { return 0 }},
		Server: Server{Address: server.start(t), Credentials: func(context.Context) (string, string, error) { return "", "", errors.New("file is gone") }},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if r := p.Probe(t.Context()); r.Good || r.Grade != rto.NoAnswer || strings.Contains(r.Detail, "file") {
		t.Errorf("without an account: %+v", r)
	}
}
