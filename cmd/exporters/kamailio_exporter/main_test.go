package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/voipbin/observability/internal/exporter/kamailio"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kamailio_exporter": main})
}

// TestScripts runs the stories in testdata/script. In them $KAMAILIO is the address of a Kamailio that answers as a
// recorded one did, $HUNG that of one which never answers, $TAKEN a port that is in use and $PORT one that is not.
func TestScripts(t *testing.T) {
	t.Parallel()
	well, hung := recorded(t, "6.1.5"), binrpctest.Deaf(t, "unix")
	taken := listen(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Deadline:            time.Now().Add(time.Minute), // an exporter that does not end would be waited for
		Setup: func(env *testscript.Env) error {
			env.Setenv("KAMAILIO", well)
			env.Setenv("HUNG", hung.String())
			env.Setenv("TAKEN", taken.Addr().String())
			env.Setenv("PORT", freePort(t))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"get": get, "post": post, "hangup": hangup, "terminate": terminate},
	})
}

// recorded is the address of a server that answers as a real Kamailio of that version did.
func recorded(t testing.TB, version string) string {
	t.Helper()
	return binrpctest.Replay(t, "unix", "../../../internal/exporter/kamailio/testdata/kamailio-"+version).Address().String()
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func freePort(t testing.TB) string {
	t.Helper()
	l := listen(t)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// get asks $PORT for a path, waiting until something listens there. The status and the body become stdout.
func get(ts *testscript.TestScript, neg bool, args []string) { request(ts, neg, http.MethodGet, args) }

func post(ts *testscript.TestScript, neg bool, args []string) {
	request(ts, neg, http.MethodPost, args)
}

func request(ts *testscript.TestScript, neg bool, method string, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: get PATH")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		status, body, err := do(ctx, method, "http://"+ts.Getenv("PORT")+args[0])
		if err == nil {
			_, err = io.WriteString(ts.Stdout(), status+"\n"+body)
			ts.Check(err)
			return
		}
		if ctx.Err() != nil {
			ts.Fatalf("get %s: %v", args[0], err)
		}
		time.Sleep(10 * time.Millisecond) // it may not listen yet
	}
}

func do(ctx context.Context, method, url string) (status, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return "", "", err
	}
	req.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "5")
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	return resp.Status, string(data), err
}

func hangup(ts *testscript.TestScript, _ bool, _ []string) { signalAll(ts, syscall.SIGHUP) }

func terminate(ts *testscript.TestScript, _ bool, _ []string) { signalAll(ts, syscall.SIGTERM) }

func signalAll(ts *testscript.TestScript, s syscall.Signal) {
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(s))
	}
}

// The flags, the catalogue and the collectors speak of the same names.
func TestCollectorsAreThoseOfTheCatalogue(t *testing.T) {
	t.Parallel()
	emitted := make(map[string]bool)
	for _, f := range metric.Kamailio() {
		emitted[f.Collector] = true
	}
	for _, c := range kamailio.Collectors() {
		if !emitted[c.Name] {
			t.Errorf("collector %s has no family in the catalogue", c.Name)
		}
		delete(emitted, c.Name)
	}
	delete(emitted, "") // the kit's
	for name := range emitted {
		t.Errorf("the catalogue's collector %s does not exist", name)
	}
}
