//go:build integration

package integration

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/ports"
	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
	"github.com/voipbin/observability/internal/rto/probe/redis"
	"github.com/voipbin/observability/internal/rto/probe/schedule"
)

// redisSite is a Redis, or two of which the second is a replica of the first.
type redisSite struct {
	super *supervise.Supervisor
	room  *pkgtree.Room
	dir   string
}

func newRedisSite(t *testing.T) (*redisSite, *ports.Block) {
	t.Helper()
	helper, err := lab.Self()
	if err != nil {
		t.Fatal(err)
	}
	s := &redisSite{dir: t.TempDir()}
	if s.super, err = supervise.New(s.dir, helper); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.super.Close() })
	block, err := ports.Claim()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = block.Close() })
	s.room = sipRoom(t, helper, s.dir, pkgtree.Request{Name: "redis", Packages: []string{"redis-server"}})
	return s, block
}

// start starts a Redis that keeps nothing on disk.
func (s *redisSite) start(t *testing.T, port int, more ...string) *supervise.Process {
	t.Helper()
	args := append([]string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--dir", s.dir, "--requirepass", "lab-secret", "--masterauth", "lab-secret"}, more...)
	cmd, err := s.room.Command(context.WithoutCancel(t.Context()), "redis-server", args...)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.super.Start(t.Context(), supervise.Spec{Name: fmt.Sprintf("redis-%d", port), Cmd: cmd, Ready: func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return err
		}
		return conn.Close()
	}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func redisServer(port int, password string) redis.Server {
	return redis.Server{
		Address:     fmt.Sprintf("127.0.0.1:%d", port),
		Credentials: func(context.Context) (string, string, error) { return "", password, nil },
	}
}

func trackerNow() rto.Instant { return rto.InstantOf(time.Now()) }

// TestRedis takes a real Redis and a replica of it through what can become of them.
func TestRedis(t *testing.T) {
	t.Parallel()
	site, block := newRedisSite(t)
	first, release := sipPorts(t, block, 2)
	release()
	source := site.start(t, first)
	site.start(t, first+1, "--replicaof", "127.0.0.1 "+strconv.Itoa(first))

	prober := func(port int, password string, want rto.Grade) *redis.Prober {
		t.Helper()
		p, err := redis.New(redis.Config{Target: probe.Target{Path: "redis", Want: want, Now: trackerNow}, Server: redisServer(port, password)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Close() })
		return p
	}
	ask := func(p *redis.Prober) rto.ProbeResult {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return p.Probe(ctx)
	}
	expect := func(what string, r rto.ProbeResult, o rto.Outcome, g rto.Grade, good bool) {
		t.Helper()
		if r.Outcome != o || r.Grade != g || r.Good != good || strings.Contains(r.Detail, "lab-secret") {
			t.Errorf("%s: want %s, grade %d, good %v; got %+v", what, o, g, good, r)
		}
	}
	p := prober(first, "lab-secret", rto.Served)
	before := ask(p)
	expect("source", before, rto.OK, rto.Served, true)
	if len(before.Region) != 40 {
		t.Errorf("want a run_id as the identity, got %q", before.Region)
	}
	expect("replica takes no writes", ask(prober(first+1, "lab-secret", rto.Served)), rto.Denied, rto.Registered, false)
	expect("replica can be read", ask(prober(first+1, "lab-secret", rto.Registered)), rto.OK, rto.Registered, true)
	expect("wrong password", ask(prober(first, "wrong", rto.Served)), rto.Denied, rto.Answered, false)

	stock, err := redis.NewStock(redis.StockConfig{Store: "cache", Server: redisServer(first, "lab-secret"), Kinds: map[string]string{"probes": "voipbin:*"}, Now: trackerNow})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stock.Close() }()
	look := func() rto.StockSample {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return stock.Look(ctx)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		s := look()
		if behind, ok := s.AtRisk["bytes_behind"]; ok && behind == 0 {
			if s.Role != "master" || s.Facts["replicas"] != 1 || s.AtRisk["keys"] != 0 || s.AtRisk["probes"] != 0 || s.Facts["offset_bytes"] <= 0 {
				t.Errorf("want a master with a replica and no key left by probes, got %+v", s)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the replica never caught up: %+v", s)
		}
	}

	if err := source.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	expect("stopped", ask(p), rto.TimedOut, rto.NoAnswer, false)
	if s := look(); s.Outcome != rto.TimedOut || s.AtRisk != nil {
		t.Errorf("stopped: want a time-out and no number, got %+v", s)
	}
	if err := source.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	expect("goes on", ask(p), rto.OK, rto.Served, true)
	if err := source.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-source.Done()
	if r := ask(p); r.Good || r.Grade != rto.NoAnswer {
		t.Errorf("killed: %+v", r)
	}
	expect("nobody listens", ask(p), rto.Refused, rto.NoAnswer, false)
	site.start(t, first)
	after := ask(p)
	expect("started again", after, rto.OK, rto.Served, true)
	if after.Region == before.Region {
		t.Error("want another run_id after the restart")
	}
}

// TestRecoveryBracketHoldsTheTruth kills a real server and starts it again under probes of 100 ms: what Recover says of it must contain
// what was done.
func TestRecoveryBracketHoldsTheTruth(t *testing.T) {
	t.Parallel()
	const (
		interval = 100 * time.Millisecond
		timeout  = 100 * time.Millisecond
	)
	rounds := amount(3, 20)
	if n, err := strconv.Atoi(testRounds()); err == nil {
		rounds = n
	}
	site, block := newRedisSite(t)
	port, release := sipPorts(t, block, 1)
	release()
	server := site.start(t, port)
	pulse := probe.NewPulse(trackerNow)
	go pulse.Run(t.Context())
	p, err := redis.New(redis.Config{Target: probe.Target{Path: "redis", Want: rto.Served, Now: trackerNow, Held: pulse.Held}, Server: redisServer(port, "lab-secret")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	var report strings.Builder
	path := rto.Path{Name: "redis", Want: rto.Served, Interval: interval, Timeout: timeout}
	for round := range rounds {
		results, end := underProbes(t, p, interval, timeout)
		time.Sleep(5 * interval) // the state before
		from := trackerNow()
		killing := rto.Moment{Lo: from}
		if err := server.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-server.Done()
		killing.Hi = trackerNow()
		time.Sleep(time.Duration(300+137*round%400) * time.Millisecond)
		pong := firstPong(t, port)
		server = site.start(t, port)
		starting := pong()
		time.Sleep(10 * interval)
		end()
		r := rto.Recover([]rto.Path{path}, *results, from, rto.Moment{}, rto.Stability{Results: 3, Hold: 300 * time.Millisecond})
		truth := starting.Since(killing)
		if !r.Failed.Valid() || !r.Recovered.Valid() {
			t.Errorf("round %d: said %v, done %v (%+v)", round, r.RTO, truth, r)
			continue
		}
		// The truth is known to some milliseconds. Each end has to lie within what is said of it, and so has the time between them: what the test
		// itself does not know is all that they may stand out by.
		for what, c := range map[string]struct{ said, done rto.Moment }{"failure": {r.Failed, killing}, "recovery": {r.Recovered, starting}} {
			if doubt := c.done.Hi.Sub(c.done.Lo); c.done.Lo < c.said.Lo.Add(-doubt) || c.done.Hi > c.said.Hi.Add(doubt) {
				t.Errorf("round %d: the %s is said to be within %v and %v, and was between %v and %v", round, what, c.said.Lo, c.said.Hi, c.done.Lo, c.done.Hi)
			}
		}
		if doubt := truth.Width(); truth.Lo < r.RTO.Lo-doubt || truth.Hi > r.RTO.Hi+doubt {
			t.Errorf("round %d: said %v, done %v", round, r.RTO, truth)
		}
		if limit := 2*interval + 2*timeout; r.RTO.Width() > limit {
			t.Errorf("round %d: bracket %v is wider than %v", round, r.RTO, limit)
		}
		fmt.Fprintf(&report, "said %v, width %v; done %v\n", r.RTO, r.RTO.Width().Round(time.Millisecond), truth)
	}
	proof(t, "time-killed", fmt.Sprintf("a Redis that is killed and started again, probed each %v with a time limit of %v\n\n%s\nEvery one of %d brackets contains what was done, and is at most %v wide.\n", interval, timeout, &report, rounds, 2*interval+2*timeout))
}

// firstPong asks a server that is not there yet again and again. What it returns waits until it answers, and tells when it did: after the last question
// that nobody answered, and before the first answer.
func firstPong(t *testing.T, port int) func() rto.Moment {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	found := make(chan rto.Moment, 1)
	go func() {
		defer close(found)
		for m := (rto.Moment{}); ctx.Err() == nil; time.Sleep(time.Millisecond) {
			asked := trackerNow()
			if ping(ctx, port) {
				m.Hi = trackerNow()
				found <- m
				return
			}
			m.Lo = asked
		}
	}()
	return func() rto.Moment {
		defer cancel()
		m, ok := <-found
		if !ok || !m.Valid() {
			t.Fatal("it never answered, or always did")
		}
		return m
	}
}

// ping tells whether the server takes a password and answers.
func ping(ctx context.Context, port int) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return false
	}
	if _, err := conn.Write([]byte("AUTH lab-secret\r\nPING\r\n")); err != nil {
		return false
	}
	const want = "+OK\r\n+PONG\r\n"
	answer := make([]byte, len(want))
	_, err = io.ReadFull(conn, answer)
	return err == nil && string(answer) == want
}

// roundsVariable names how many rounds are made instead of three.
const roundsVariable = "RTO_ROUNDS"

func testRounds() string { return os.Getenv(roundsVariable) }

// underProbes probes until end is called; the results may be read after it.
func underProbes(t *testing.T, p probe.Prober, interval, timeout time.Duration) (results *[]rto.ProbeResult, end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	results, done := new([]rto.ProbeResult), make(chan struct{})
	runner := schedule.Runner{Now: trackerNow, Result: func(r rto.ProbeResult) { *results = append(*results, r) }}
	go func() {
		defer close(done)
		if err := runner.Run(ctx, []schedule.Job{{Path: "redis", Prober: p, Interval: interval, Timeout: timeout}}); err != nil {
			t.Error(err)
		}
	}()
	return results, func() { cancel(); <-done }
}
