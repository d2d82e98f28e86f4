package alerting_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/alerting"
	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/tooltest"
)

// writeConfig writes a configuration to a file.
func writeConfig(t *testing.T, webhook string) string {
	t.Helper()
	return writeBuilt(t, inputs(webhook), "")
}

// writeBuilt writes the configuration of some inputs to a file, with more in its global part.
func writeBuilt(t *testing.T, in alerting.Inputs, global string) string {
	t.Helper()
	data, err := config.Encode("", alerting.Build(in))
	if err != nil {
		t.Fatal(err)
	}
	data = []byte(strings.Replace(string(data), "global:\n", "global:\n"+global, 1))
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAmtoolAccepts(t *testing.T) {
	t.Parallel()
	amtool := tooltest.Find(t, "amtool")
	for _, webhook := range []string{"", "http://127.0.0.1:1/slack"} {
		file := writeConfig(t, webhook)
		if out, err := exec.CommandContext(t.Context(), amtool, "check-config", file).CombinedOutput(); err != nil {
			t.Errorf("webhook %q: %v\n%s", webhook, err, out)
		}
	}
}

func TestAmtoolRoutes(t *testing.T) {
	t.Parallel()
	amtool, file := tooltest.Find(t, "amtool"), writeConfig(t, "")
	f := func(want string, labels ...string) {
		t.Helper()
		args := append([]string{"config", "routes", "test", "--config.file=" + file}, labels...)
		out, err := exec.CommandContext(t.Context(), amtool, args...).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || want != got {
			t.Errorf("%v: want %q, got %q, %v", labels, want, got, err)
		}
	}
	f("pager", "severity=page", "alertname=KamailioDown")
	f("desk", "severity=ticket", "alertname=KamailioCapacityHigh")
	f("desk", "alertname=WithoutSeverity")
}

// hook is a Slack-format webhook that remembers what it was told.
type hook struct {
	mu       sync.Mutex
	messages []message
}

// message is the part of a Slack message that Alertmanager fills in and Discord shows.
type message struct {
	Channel     string
	Attachments []struct{ Title, Text, Color, Fallback, TitleLink string }
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var m message
	if err == nil {
		err = json.Unmarshal(bytes.ReplaceAll(body, []byte("title_link"), []byte("titlelink")), &m)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.messages = append(h.messages, m)
	_, _ = io.WriteString(w, "ok") // as Slack and Discord do; Alertmanager takes anything else for a failure
}

// titles returns the titles of all messages so far.
func (h *hook) titles() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	titles := make(map[string]int)
	for _, m := range h.messages {
		titles[m.Attachments[0].Title]++
	}
	return titles
}

// start starts a real Alertmanager with the generated configuration and returns its address.
func start(t *testing.T, webhook string) string {
	t.Helper()
	return startWith(t, writeConfig(t, webhook))
}

// startWith starts a real Alertmanager with a configuration and returns its address.
func startWith(t *testing.T, file string) string {
	t.Helper()
	binary := tooltest.Find(t, "alertmanager")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "--config.file="+file, "--web.listen-address="+address,
		"--cluster.listen-address=", "--storage.path="+t.TempDir())
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // the test's context has ended by now, so the process ends too
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("alertmanager:\n%s", &log)
		}
	})
	until(t, "Alertmanager is ready", func() bool {
		return status(t, http.MethodGet, "http://"+address+"/-/ready", nil) == http.StatusOK
	})
	return address
}

// status makes a request and returns the status of the reply, or 0 when there is none.
func status(t *testing.T, method, url string, body []byte) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Timeout: 5 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return 0
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	return resp.StatusCode
}

// until polls a condition.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("waited in vain until %s", what)
}

// fire sends alerts to Alertmanager as Prometheus does.
func fire(t *testing.T, address string, labels ...map[string]string) {
	t.Helper()
	type alert struct {
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	}
	var alerts []alert
	for _, l := range labels {
		alerts = append(alerts, alert{Labels: l, Annotations: map[string]string{
			"summary": "summary of " + l["alertname"], "description": "more of it", "runbook_url": "https://example.org/" + l["alertname"] + ".md",
			"dashboard": "/d/board", "panel": "https://grafana.example.org/d/board?viewPanel=7",
		}})
	}
	body, err := json.Marshal(alerts)
	if err != nil {
		t.Fatal(err)
	}
	if got := status(t, http.MethodPost, "http://"+address+"/api/v2/alerts", body); got != http.StatusOK {
		t.Fatalf("alertmanager: status %d", got)
	}
}

// TestRealAlertmanager shows what people are told, and what they are not told because something else explains it.
func TestRealAlertmanager(t *testing.T) {
	t.Parallel()
	h := &hook{}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	address := start(t, server.URL)
	label := func(name, severity string, more ...string) map[string]string {
		l := map[string]string{"alertname": name, "severity": severity}
		for i := 0; i < len(more); i += 2 {
			l[more[i]] = more[i+1]
		}
		return l
	}
	fire(t, address,
		label("KamailioDown", "page", "instance", "kamailio-1", "cause", "exporter"),
		label("KamailioSharedMemoryLow", "ticket", "instance", "kamailio-1"), // explained by the one above
		label("KamailioSharedMemoryLow", "ticket", "instance", "kamailio-2"),
		label("CallSetupBudgetBurn", "page", "slo", "call_setup", "burn", "page_fast"),
		label("CallSetupBudgetBurn", "page", "slo", "call_setup", "burn", "page_slow"),     // told together with the one above
		label("CallSetupBudgetBurn", "ticket", "slo", "call_setup", "burn", "ticket_fast"), // explained by the pages
		label("CallSetupBudgetBurn", "ticket", "slo", "registration", "burn", "ticket_slow"),
		label("KamailioCapacityHigh", "page"),
		label("KamailioCapacityHigh", "ticket"), // explained by the higher threshold
		label("RTPEngineDown", "page", "instance", "rtpengine-1", "cause", "daemon"),
		label("RTPEngineViewDiffers", "ticket", "instance", "rtpengine-1", "proxy", "kamailio-2", "cause", "trusted"), // because it is down
		label("AsteriskCapacityHigh", "page", "farm", "call"),
		label("AsteriskCapacityHigh", "ticket", "farm", "call"), // explained by the higher threshold
		label("AsteriskCapacityHigh", "ticket", "farm", "conference"),
		label("NodeDown", "page"),
		label("OtherTicket", "ticket"), // has no instance either, and is explained by nothing
	)
	want := map[string]int{
		"PAGE KamailioDown (1)":              1,
		"TICKET KamailioSharedMemoryLow (1)": 1,
		"PAGE CallSetupBudgetBurn (2)":       1,
		"TICKET CallSetupBudgetBurn (1)":     1,
		"PAGE KamailioCapacityHigh (1)":      1,
		"PAGE RTPEngineDown (1)":             1,
		"TICKET RTPEngineViewDiffers (1)":    1,
		"PAGE AsteriskCapacityHigh (1)":      1,
		"TICKET AsteriskCapacityHigh (1)":    1,
		"PAGE NodeDown (1)":                  1,
		"TICKET OtherTicket (1)":             1,
	}
	until(t, "all messages have come", func() bool { return len(h.titles()) >= len(want) })
	time.Sleep(1500 * time.Millisecond) // more than a group interval: what should not come must have had its chance
	if diff := cmp.Diff(want, h.titles()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.messages {
		a := m.Attachments[0]
		name := strings.Fields(a.Title)[1]
		part := fmt.Sprintf("summary of %[1]s\nmore of it\nRunbook: https://example.org/%[1]s.md\nBoard: /d/board\nPanel: https://grafana.example.org/d/board?viewPanel=7", name)
		wantText := part
		if strings.HasSuffix(a.Title, "(2)") {
			wantText = part + "\n" + part
		}
		if diff := cmp.Diff(wantText, strings.TrimSpace(a.Text)); diff != "" {
			t.Errorf("text of %q (-want +got):\n%s", a.Title, diff)
		}
		if a.Color != "#d64545" || a.Fallback != a.Title || a.TitleLink != "https://example.org/"+name+".md" {
			t.Errorf("%q: got colour %q, fallback %q, link %q", a.Title, a.Color, a.Fallback, a.TitleLink)
		}
		wantChannel := ""
		if strings.HasPrefix(a.Title, "PAGE") {
			wantChannel = "#page"
		}
		if wantChannel != m.Channel {
			t.Errorf("channel of %q: want %q, got %q", a.Title, wantChannel, m.Channel)
		}
	}
}
