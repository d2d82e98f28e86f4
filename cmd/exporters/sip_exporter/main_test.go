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

	"github.com/emiago/sipgo/sip"
	"github.com/rogpeppe/go-internal/testscript"

	exporter "github.com/voipbin/observability/internal/exporter/sip"
	"github.com/voipbin/observability/internal/metric"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sip_exporter": main})
}

// TestScripts runs the stories in testdata/script. In them $GOOD is a SIP server that answers everything with 200 and names its
// region, $BUSY one that says 486, $SILENT one that never answers, $CHALLENGE one that never believes the credentials, $TAKEN a
// port that is in use and $PORT one that is not, and $DEPLOY the example configuration.
func TestScripts(t *testing.T) {
	t.Parallel()
	deploy, err := filepath.Abs("../../../deploy/sip/modules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{
		"GOOD": server(t, func(req *sip.Request) *sip.Response {
			res := sip.NewResponseFromRequest(req, 200, "OK", nil)
			res.AppendHeader(sip.NewHeader("X-Region", "eu-west"))
			if c := req.Contact(); c != nil {
				res.AppendHeader(c.Clone())
			}
			return res
		}),
		"BUSY":   server(t, func(req *sip.Request) *sip.Response { return sip.NewResponseFromRequest(req, 486, "Busy", nil) }),
		"SILENT": server(t, func(*sip.Request) *sip.Response { return nil }),
		"CHALLENGE": server(t, func(req *sip.Request) *sip.Response {
			res := sip.NewResponseFromRequest(req, 401, "Unauthorized", nil)
			res.AppendHeader(sip.NewHeader("WWW-Authenticate", `Digest realm="x", nonce="leaked-nonce"`))
			return res
		}),
		"TAKEN":  listen(t).Addr().String(),
		"DEPLOY": deploy,
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"get": get, "until": until, "terminate": terminate, "hangup": hangup},
	})
}

// server answers over UDP, and returns its address.
func server(t *testing.T, answer func(*sip.Request) *sip.Response) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 65535)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			m, err := sip.ParseMessage(append([]byte(nil), buf[:n]...))
			if req, ok := m.(*sip.Request); err == nil && ok && !req.IsAck() {
				if res := answer(req); res != nil {
					_, _ = conn.WriteTo([]byte(res.String()), from)
				}
			}
		}
	}()
	return conn.LocalAddr().String()
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
	poll(ts, args[0], "")
}

// until asks $PORT for a path until the answer has a text.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: until PATH TEXT")
	}
	poll(ts, args[0], args[1])
}

func poll(ts *testscript.TestScript, path, text string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		status, body, err := do(ctx, "http://"+ts.Getenv("PORT")+path)
		if err == nil && strings.Contains(body, text) {
			_, err = io.WriteString(ts.Stdout(), status+"\n"+body)
			ts.Check(err)
			return
		}
		if ctx.Err() != nil {
			ts.Fatalf("get %s: %v %s", path, err, body)
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

func terminate(ts *testscript.TestScript, _ bool, _ []string) { deliver(ts, syscall.SIGTERM) }
func hangup(ts *testscript.TestScript, _ bool, _ []string)    { deliver(ts, syscall.SIGHUP) }

// deliver sends a signal to all exporters of the story.
func deliver(ts *testscript.TestScript, s syscall.Signal) {
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(s))
	}
}

// The flags, the catalogue and the collectors speak of the same names.
func TestCollectorsAreThoseOfTheCatalogue(t *testing.T) {
	t.Parallel()
	emitted := make(map[string]bool)
	for _, f := range metric.SIP() {
		emitted[f.Collector] = true
	}
	for _, c := range exporter.Collectors() {
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
