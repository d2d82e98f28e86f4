// Package programtest tests the program of an exporter as its users run it: by stories in which it is started, asked over HTTP,
// sent signals and stopped. It is for tests only, knows no daemon, and refuses nothing by itself: it fails the test.
package programtest

import (
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// patience bounds a question, and storyTime the stories of one program: one that does not end would be waited for.
const (
	patience  = 10 * time.Second
	storyTime = time.Minute
)

// Stories runs the stories in testdata/script. In them $PORT is an address that is free, $TAKEN one that is not, and the
// variables have the values given. Beside testscript's own commands there are: get PATH and post PATH, which ask $PORT as soon as
// something listens there and make status and body the standard output; until PATH TEXT, which gets PATH until it holds TEXT; hangup and terminate, which send the signal to all
// programs in the background. The test's TestMain must have made the program a command of testscript.
func Stories(t *testing.T, variables map[string]string) {
	t.Helper()
	variables = maps.Clone(variables)
	variables["TAKEN"] = listen(t).Addr().String()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Deadline:            time.Now().Add(storyTime),
		Setup: func(env *testscript.Env) error {
			for name, value := range variables {
				env.Setenv(name, value)
			}
			env.Setenv("PORT", FreePort(t))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"until": until,
			"get":   ask(http.MethodGet), "post": ask(http.MethodPost), "hangup": send(syscall.SIGHUP), "terminate": send(syscall.SIGTERM),
		},
	})
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// FreePort returns an address of loopback at which nobody listens, host:port.
func FreePort(t testing.TB) string {
	t.Helper()
	l := listen(t)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// ask makes the command that asks $PORT for a path.
func ask(method string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: %s PATH", method)
		}
		status, body, err := Await(context.Background(), method, "http://"+ts.Getenv("PORT")+args[0])
		ts.Check(err)
		_, err = io.WriteString(ts.Stdout(), status+"\n"+body)
		ts.Check(err)
	}
}

// until is the command that gets a path from $PORT until the answer holds a text.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: until PATH TEXT")
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		status, body, err := Await(context.Background(), http.MethodGet, "http://"+ts.Getenv("PORT")+args[0])
		ts.Check(err)
		if strings.Contains(body, args[1]) {
			_, err = io.WriteString(ts.Stdout(), status+"\n"+body)
			ts.Check(err)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s does not get to %q:\n%s", args[0], args[1], body)
		}
	}
}

// send makes the command that sends a signal.
func send(s syscall.Signal) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, _ []string) {
		for _, cmd := range ts.BackgroundCmds() {
			ts.Check(cmd.Process.Signal(s))
		}
	}
}

// Await asks until somebody answers, whatever the status, for ten seconds at the most, and returns the status line and the body.
// The error is that of the last attempt.
func Await(ctx context.Context, method, url string) (status, body string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		status, body, err = do(ctx, method, url, "5")
		if err == nil || ctx.Err() != nil {
			return status, body, err
		}
		time.Sleep(10 * time.Millisecond) // it may not listen yet
	}
}

// do asks once, as a Prometheus server with a scrape timeout of so many seconds.
func do(ctx context.Context, method, url, timeout string) (status, body string, err error) {
	return question(ctx, &http.Client{Timeout: patience}, method, url, timeout)
}

// question is do by a client of its own.
func question(ctx context.Context, c *http.Client, method, url, timeout string) (status, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return "", "", err
	}
	req.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", timeout)
	resp, err := c.Do(req)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return resp.Status, string(text), err
}

// Collectors fails the test unless the collectors that a program has flags for are those of its catalogue.
func Collectors(t *testing.T, families []*metric.Family, collectors []exporter.CollectorInfo) {
	t.Helper()
	emitted := make(map[string]bool)
	for _, f := range families {
		emitted[f.Collector] = true
	}
	for _, c := range collectors {
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
