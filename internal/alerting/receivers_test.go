package alerting_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/alerting"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tooltest"
)

// secret writes a secret to a file and returns its path.
func secret(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// post is what a service was sent.
type post struct {
	path, authorization string
	body                map[string]any
}

// service remembers what it was sent.
type service struct {
	mu    sync.Mutex
	posts []post
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := post{path: r.URL.Path, authorization: r.Header.Get("Authorization")}
	data, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(data, &p.body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts = append(s.posts, p)
	if r.URL.Path == "/slack" {
		_, _ = io.WriteString(w, "ok")
		return
	}
	w.WriteHeader(http.StatusAccepted) // as PagerDuty does
	_, _ = io.WriteString(w, `{"status":"success"}`)
}

// at returns what was sent to a path.
func (s *service) at(path string) []post {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []post
	for _, p := range s.posts {
		if p.path == path {
			list = append(list, p)
		}
	}
	return list
}

// full is a spec with every kind of receiver but mail, whose secrets stand in files.
func full(t *testing.T, server string) spec.Alerts {
	t.Helper()
	a := alerts()
	a.Receivers = []spec.Receiver{
		{Name: "pager", PagerDutyKeyFile: secret(t, "0123456789abcdef0123456789abcdef")},
		{Name: "desk", SlackURLFile: secret(t, server+"/slack"), OpsgenieKeyFile: secret(t, "opsgenie-key")},
		{Name: "tracker", Webhook: spec.Webhook{URL: server + "/tracker", TokenFile: secret(t, "token-of-the-tracker")}},
		{Name: "deadman", Webhook: spec.Webhook{URLFile: secret(t, server+"/deadman")}},
	}
	a.Routes.Copies, a.Routes.Watchdog, a.Routes.WatchdogRepeat = []string{"tracker"}, "deadman", time.Second
	return a
}

// TestRealReceivers shows what services are sent by a real Alertmanager that has every secret from a file.
func TestRealReceivers(t *testing.T) {
	t.Parallel()
	s := &service{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	in := inputs("")
	in.Alerts = full(t, server.URL)
	global := "  pagerduty_url: " + server.URL + "/pagerduty\n  opsgenie_api_url: " + server.URL + "/opsgenie/\n"
	address := startWith(t, writeBuilt(t, in, global))
	fire(t, address,
		map[string]string{"alertname": "Watchdog", "severity": "none"},
		map[string]string{"alertname": "KamailioDown", "severity": "page", "instance": "kamailio-1"},
		map[string]string{"alertname": "KamailioCapacityHigh", "severity": "ticket"},
	)
	const opsgenie = "/opsgenie/v2/alerts"
	until(t, "every service has heard", func() bool {
		return len(s.at("/deadman")) >= 3 && len(s.at("/pagerduty")) > 0 && len(s.at("/tracker")) > 0 && len(s.at("/slack")) > 0 && len(s.at(opsgenie)) > 0
	})
	pd := s.at("/pagerduty")[0].body
	payload, _ := pd["payload"].(map[string]any)
	got := map[string]any{
		"key": pd["routing_key"], "severity": payload["severity"], "summary": payload["summary"], "links": pd["links"],
		"tracker": s.at("/tracker")[0].authorization, "opsgenie": s.at(opsgenie)[0].authorization, "priority": s.at(opsgenie)[0].body["priority"],
	}
	want := map[string]any{
		"key": "0123456789abcdef0123456789abcdef", "severity": "critical", "summary": "PAGE KamailioDown (1)", "tracker": "Bearer token-of-the-tracker",
		"opsgenie": "GenieKey opsgenie-key", "priority": "P3",
		"links": []any{ // a board that is only a path is none
			map[string]any{"href": "https://example.org/KamailioDown.md", "text": "Runbook"},
			map[string]any{"href": "https://grafana.example.org/d/board?viewPanel=7", "text": "Panel"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, p := range s.at("/tracker") {
		for _, a := range p.body["alerts"].([]any) {
			if name := a.(map[string]any)["labels"].(map[string]any)["alertname"]; name != "KamailioDown" {
				t.Errorf("the tracker was told of %v: it gets pages only", name)
			}
		}
	}
	if n := len(s.at("/slack")); n != 1 {
		t.Errorf("the desk was told %d times, want once", n)
	}
}

// TestWatchdogIsNeverResolved shows that the dead man's switch hears nothing but that all is well: the service behind it takes any message for
// that.
func TestWatchdogIsNeverResolved(t *testing.T) {
	t.Parallel()
	in := inputs("")
	in.Alerts = full(t, "http://127.0.0.1:1")
	for _, r := range alerting.Build(in).Receivers {
		for _, w := range r.Webhook {
			if got, want := w.SendResolved, r.Name != "deadman"; got != want {
				t.Errorf("%s: send_resolved: want %v, got %v", r.Name, want, got)
			}
		}
	}
}

// TestMail renders the message that is mailed, with the data that amtool makes up for a template.
func TestMail(t *testing.T) {
	t.Parallel()
	amtool := tooltest.Find(t, "amtool")
	in := inputs("")
	in.Alerts.Receivers[0] = spec.Receiver{Name: "pager", Email: spec.Email{
		To: []string{"a@example.org", "b@example.org"}, From: "c@example.org", Smarthost: "mx.example.org:587", Username: "u", PasswordFile: "/run/secrets/mail",
	}}
	if out, err := exec.CommandContext(t.Context(), amtool, "check-config", writeBuilt(t, in, "")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	mail := alerting.Build(in).Receivers[0].Email[0]
	if mail.To != "a@example.org, b@example.org" || mail.AuthPasswordFile != "/run/secrets/mail" {
		t.Errorf("got to %q, password file %q", mail.To, mail.AuthPasswordFile)
	}
	data := filepath.Join(t.TempDir(), "data.json")
	const alert = `{"receiver": "pager", "status": "firing", "externalURL": "http://am.example.org",
 "commonLabels": {"alertname": "KamailioDown", "severity": "page"}, "commonAnnotations": {},
 "alerts": [{"status": "firing", "labels": {}, "annotations": {"summary": "a < b", "description": "more", "runbook_url": "https://example.org/r",
  "dashboard": "/d/board", "panel": "https://grafana.example.org/d/board?viewPanel=7&a=b"}}]}`
	if err := os.WriteFile(data, []byte(alert), 0o644); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "none.tmpl")
	if err := os.WriteFile(empty, []byte(`{{ define "none" }}{{ end }}`), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), amtool, "template", "render", "--template.glob="+empty, "--template.type=html", "--template.data="+data, "--template.text="+mail.HTML).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"<h2>PAGE KamailioDown (1)</h2>", "<strong>a &lt; b</strong>", `<a href="https://example.org/r">Runbook</a>`, "Board: /d/board ",
		`<a href="https://grafana.example.org/d/board?viewPanel=7&amp;a=b">Panel</a>`, `<a href="http://am.example.org">Alertmanager</a>`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("want %s in it, got\n%s", want, out)
		}
	}
}

// TestNoSecretIsInline shows that a configuration holds no key, password or address that a file should hold.
func TestNoSecretIsInline(t *testing.T) {
	t.Parallel()
	in := inputs("")
	in.Alerts = full(t, "http://127.0.0.1:1")
	text, err := os.ReadFile(writeBuilt(t, in, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{"0123456789abcdef", "opsgenie-key", "token-of-the-tracker", "/deadman\n", "/slack\n"} {
		if strings.Contains(string(text), hidden) {
			t.Errorf("%q stands in the configuration", hidden)
		}
	}
}
