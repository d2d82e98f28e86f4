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

	"github.com/voipbin/observability/internal/exporter/rtpengine"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rtpengine_exporter": main})
}

// TestScripts runs the stories in testdata/script. In them $UDP, $TCP and $HTTP are addresses of an RTPEngine that answers as
// a recorded one did, $OLD that of one which knows no JSON, $HUNG that of one which never answers, $TAKEN a port that is in
// use and $PORT one that is not.
func TestScripts(t *testing.T) {
	t.Parallel()
	old := recorded(t, "udp", "10.5.3")
	old.RefuseJSON(true)
	variables := map[string]string{
		"UDP":   recorded(t, "udp", "26.0.1").Address().String(),
		"TCP":   recorded(t, "tcp", "26.0.1").Address().String(),
		"HTTP":  recorded(t, "http", "12.5.1").Address().String(),
		"OLD":   old.Address().String(),
		"HUNG":  ngtest.Deaf(t, "udp").String(),
		"TAKEN": listen(t).Addr().String(),
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Deadline:            time.Now().Add(time.Minute), // an exporter that does not end would be waited for
		Setup: func(env *testscript.Env) error {
			for name, value := range variables {
				env.Setenv(name, value)
			}
			env.Setenv("PORT", freePort(t))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"get": get, "terminate": terminate},
	})
}

// recorded is a server that answers as a real RTPEngine of that version did while there were calls.
func recorded(t *testing.T, network, version string) *ngtest.Server {
	t.Helper()
	folder := "../../../internal/exporter/rtpengine/testdata/rtpengine-" + version + "/calls"
	server := ngtest.Replay(t, network, folder)
	if network == "http" || version == "26.0.1" {
		server.ReplayCLI(t, folder)
	}
	return server
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func freePort(t *testing.T) string {
	t.Helper()
	l := listen(t)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// get asks $PORT for a path, waiting until something listens there. The status and the body become stdout.
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: get PATH")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		status, body, err := do(ctx, "http://"+ts.Getenv("PORT")+args[0])
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

func do(ctx context.Context, url string) (status, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
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

// terminate asks all exporters of the story to stop.
func terminate(ts *testscript.TestScript, _ bool, _ []string) {
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(syscall.SIGTERM))
	}
}

// The flags, the catalogue and the collectors speak of the same names.
func TestCollectorsAreThoseOfTheCatalogue(t *testing.T) {
	t.Parallel()
	emitted := make(map[string]bool)
	for _, f := range metric.RTPEngine() {
		emitted[f.Collector] = true
	}
	for _, c := range rtpengine.Collectors() {
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
