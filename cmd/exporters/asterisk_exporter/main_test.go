package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/voipbin/observability/internal/exporter/asterisk"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami/amitest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"asterisk_exporter": main})
}

// TestScripts runs the stories in testdata/script. In them $TCP is the address of an Asterisk that answers as a recorded one did, $HUNG
// that of one which never answers, $TAKEN a port that is in use and $PORT one that is not.
func TestScripts(t *testing.T) {
	t.Parallel()
	hung := listen(t) // the kernel takes connections, and nobody reads
	variables := map[string]string{
		"TCP":   recorded(t).Address().String(),
		"HUNG":  "tcp://" + hung.Addr().String(),
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

// recorded is a server that answers as a real Asterisk did while there were calls.
func recorded(t *testing.T) *amitest.Server {
	t.Helper()
	server := amitest.Start(t)
	files, err := filepath.Glob("../../../internal/exporter/asterisk/testdata/asterisk-22.10.1/calls/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, file := range files {
		server.Handle(strings.TrimSuffix(filepath.Base(file), ".txt"), amitest.Recorded(t, file))
	}
	server.Handle("PJSIPShowEndpoint", amitest.Recorded(t, filepath.Join(filepath.Dir(files[0]), "PJSIPShowEndpoint.dead.txt")))
	loaded := amitest.Recorded(t, filepath.Join(filepath.Dir(files[0]), "ModuleCheck.res_pjsip.txt"))
	server.Handle("ModuleCheck", func(w amitest.Writer, r amitest.Request) {
		if r.Message.Get("Module") != "res_pjsip" {
			amitest.Refuse("Module not loaded")(w, r)
			return
		}
		loaded(w, r)
	})
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
	for _, f := range metric.Asterisk() {
		emitted[f.Collector] = true
	}
	for _, c := range asterisk.Collectors() {
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
