package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
)

const (
	aliceToken = "alice-has-a-long-token"
	audToken   = "auditors-have-another-one"
)

// journal takes everything, or refuses.
type journal struct {
	mu  sync.Mutex
	err error
}

func (j *journal) Append(context.Context, rto.RecordKind, rto.Instant, any) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

func (j *journal) fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.err = err
}

// reporter knows every drill.
type reporter struct{}

func (reporter) Report(_ context.Context, drill, format string) ([]byte, error) {
	if strings.HasPrefix(drill, "none") {
		return nil, web.ErrNotFound
	}
	if drill == "unreadable" {
		return nil, errors.New("input/output error")
	}
	return []byte(format + " of " + drill), nil
}

// fixture is a site on a server of its own.
type fixture struct {
	*httptest.Server
	t       *testing.T
	service *tracker.Service
	journal *journal
	log     *lockedBuffer
	skip    atomic.Int64 // how far the clock was set forward, in nanoseconds
	answers *lockedBuffer
	// standing is the clock of a site whose time stands still.
	standing *atomic.Int64
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (f *fixture) now() rto.Instant {
	return rto.InstantOf(time.Now()).Add(time.Duration(f.skip.Load()))
}

func newSite(t *testing.T) *fixture { return newSiteOf(t, func(*tracker.Options, *web.Options) {}) }

// newSiteOf is newSite with something changed.
func newSiteOf(t *testing.T, change func(*tracker.Options, *web.Options)) *fixture {
	t.Helper()
	f := &fixture{t: t, journal: &journal{}, log: &lockedBuffer{}, answers: &lockedBuffer{}}
	logger := slog.New(slog.NewTextHandler(f.log, nil))
	var r spec.Recovery
	r.Scenarios = []spec.RecoveryScenario{{Scenario: rto.Scenario{Name: "region_loss", Title: `<script>alert("title")</script>`, RTO: 30 * time.Minute, RPO: 5 * time.Minute}}}
	r.Plan = rto.Plan{Name: "failover", Scenario: "region_loss", Steps: []rto.Step{{ID: "promote", Title: "Promote", Phase: rto.Promote, Owner: "database", Budget: time.Minute}}}
	watched := tracker.Options{Vantage: "tracker-dr", Recovery: r, Journal: f.journal, Now: f.now, Logger: logger}
	shown := web.Options{
		Reports: reporter{}, Now: f.now, Logger: logger,
		Operators: []web.Operator{{Name: "alice", Token: aliceToken}, {Name: "auditor", Token: audToken, ReadOnly: true}},
	}
	change(&watched, &shown)
	service, err := tracker.New(watched)
	if err != nil {
		t.Fatal(err)
	}
	f.service, shown.Service = service, service
	handler, err := web.New(shown)
	if err != nil {
		t.Fatal(err)
	}
	f.Server = httptest.NewServer(handler)
	t.Cleanup(func() {
		f.Close()
		for _, secret := range []string{aliceToken, audToken} {
			if strings.Contains(f.log.String(), secret) || strings.Contains(f.answers.String(), secret) {
				t.Error("a token stands in the log or in an answer")
			}
		}
	})
	return f
}

// do sends a request; header is name, value, name, value.
func (f *fixture) do(method, path, body string, header ...string) (*http.Response, string) {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), method, f.URL+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r) // follows no redirect
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	_, _ = f.answers.Write(text) // it takes everything
	for name, values := range answer.Header {
		_, _ = f.answers.Write([]byte(name + strings.Join(values, " ")))
	}
	return answer, string(text)
}

func (f *fixture) want(status int, method, path, body string, header ...string) string {
	f.t.Helper()
	answer, text := f.do(method, path, body, header...)
	if answer.StatusCode != status {
		f.t.Errorf("%s %s %.100s: %s, want %d: %.300s", method, path, body, answer.Status, status, text)
	}
	return text
}

var asAlice = []string{"Authorization", "Bearer " + aliceToken}

const startBody = `{"kind":"full","scenario":"region_loss"}`

func (f *fixture) begin() string {
	f.t.Helper()
	var started struct{ ID string }
	if err := json.Unmarshal([]byte(f.want(http.StatusCreated, http.MethodPost, "/api/v1/drills", startBody, asAlice...)), &started); err != nil {
		f.t.Fatal(err)
	}
	return started.ID
}

// TestWhoMayChange lets nobody change anything without the token of an operator who may.
func TestWhoMayChange(t *testing.T) {
	t.Parallel()
	f := newSite(t)
	for _, path := range []string{"/api/v1/drills", "/api/v1/drills/x/events", "/api/v1/drills/x/steps/promote/run", "/drills", "/drills/x/mark", "/drills/x/steps/promote/run"} {
		f.want(http.StatusUnauthorized, http.MethodPost, path, startBody)
		f.want(http.StatusUnauthorized, http.MethodPost, path, startBody, "Authorization", "Bearer wrong")
		f.want(http.StatusUnauthorized, http.MethodPost, path, startBody, "Authorization", "Bearer ")
		f.want(http.StatusUnauthorized, http.MethodPost, path, startBody, "Authorization", "Basic "+aliceToken)
		f.want(http.StatusUnauthorized, http.MethodPost, path, startBody, "Cookie", "tracker_session=")
		f.want(http.StatusForbidden, http.MethodPost, path, startBody, "Authorization", "Bearer "+audToken)
	}
	if len(f.service.Drills()) != 0 {
		t.Error("a drill began")
	}
	f.begin()
	if d := f.service.Drills(); len(d) != 1 || d[0].Events[0].Author != "alice" {
		t.Errorf("got %+v", d)
	}
}

// login returns the session's cookie.
func (f *fixture) login() *http.Cookie {
	f.t.Helper()
	answer, text := f.do(http.MethodPost, "/login", url.Values{"token": {aliceToken}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if answer.StatusCode != http.StatusSeeOther || len(answer.Cookies()) != 1 {
		f.t.Fatalf("login: %s %.200s", answer.Status, text)
	}
	return answer.Cookies()[0]
}

const form = "application/x-www-form-urlencoded"

// TestSession logs in and out, and forgets a login after its time.
func TestSession(t *testing.T) {
	t.Parallel()
	f := newSite(t)
	f.want(http.StatusUnauthorized, http.MethodPost, "/login", "token=wrong", "Content-Type", form)
	f.want(http.StatusUnauthorized, http.MethodPost, "/login", "", "Content-Type", form)
	c := f.login()
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure || len(c.Value) < 26 {
		t.Errorf("cookie %+v", c)
	}
	session := []string{"Cookie", c.Name + "=" + c.Value, "Content-Type", form}
	f.want(http.StatusSeeOther, http.MethodPost, "/drills", "kind=full&scenario=region_loss", session...)
	id := f.service.Drills()[0].ID
	f.want(http.StatusSeeOther, http.MethodPost, "/drills/"+id+"/mark", "kind=step_begun&step=promote", session...)
	f.want(http.StatusSeeOther, http.MethodPost, "/drills/"+id+"/mark", "kind=joined&text=scribe", session...)
	f.want(http.StatusConflict, http.MethodPost, "/drills/"+id+"/mark", "kind=step_begun&step=none", session...)
	f.want(http.StatusConflict, http.MethodPost, "/drills", "kind=full&scenario=region_loss", session...)

	f.skip.Store(int64(13 * time.Hour))
	f.want(http.StatusUnauthorized, http.MethodPost, "/drills/"+id+"/mark", "kind=note&text=x", session...)
	c = f.login()
	session[1] = c.Name + "=" + c.Value
	f.want(http.StatusSeeOther, http.MethodPost, "/drills/"+id+"/mark", "kind=note&text=x", session...)
	f.want(http.StatusSeeOther, http.MethodPost, "/logout", "", session...)
	f.want(http.StatusUnauthorized, http.MethodPost, "/drills/"+id+"/mark", "kind=note&text=x", session...)
}

// TestOtherSites change nothing through the browser of somebody who is logged in.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	f := newSite(t)
	c := f.login()
	for _, from := range [][]string{{"Origin", "https://elsewhere.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "null"}} {
		header := append([]string{"Cookie", c.Name + "=" + c.Value, "Content-Type", form}, from...)
		for _, path := range []string{"/drills", "/login", "/logout", "/api/v1/drills"} {
			f.want(http.StatusForbidden, http.MethodPost, path, "kind=full&scenario=region_loss", header...)
		}
	}
	if len(f.service.Drills()) != 0 {
		t.Error("a drill began")
	}
	f.want(http.StatusSeeOther, http.MethodPost, "/drills", "kind=full&scenario=region_loss",
		"Cookie", c.Name+"="+c.Value, "Content-Type", form, "Origin", f.URL, "Sec-Fetch-Site", "same-origin")
}

// TestBadRequests says what is wrong, and changes nothing.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	f := newSite(t)
	for body, status := range map[string]int{
		``:                    400,
		`{`:                   400,
		`[]`:                  400,
		`{"kind":1}`:          400,
		startBody + startBody: 400,
		`{"kind":"full","scenario":"region_loss","scpoe":"x"}`:                                   400,
		`{"kind":"full","scenario":"none"}`:                                                      400,
		`{"kind":"great","scenario":"region_loss"}`:                                              409,
		`{"kind":"full","scenario":"region_loss","scope":"` + strings.Repeat("x", 5<<10) + `"}`:  400,
		`{"kind":"full","scenario":"region_loss","scope":"` + strings.Repeat("x", 65<<10) + `"}`: 413,
	} {
		var p struct{ Error string }
		text := f.want(status, http.MethodPost, "/api/v1/drills", body, asAlice...)
		if err := json.Unmarshal([]byte(text), &p); err != nil || p.Error == "" {
			t.Errorf("%.60s: no error in %.200s", body, text)
		}
	}
	if len(f.service.Drills()) != 0 {
		t.Error("a drill began")
	}
	id := f.begin()
	future := time.Now().Add(time.Hour).Format(time.RFC3339)
	for body, status := range map[string]int{
		`{"kind":"promoted"}`:                   400,
		`{"kind":"started"}`:                    400,
		`{"kind":"hook"}`:                       400,
		`{"kind":"note","at":"yesterday"}`:      400,
		`{"kind":"note","at":"` + future + `"}`: 409,
		`{"kind":"step_done","step":"none"}`:    409,
		`{"kind":"joined"}`:                     409,
		`{"kind":"note","author":"bob"}`:        400,
		`{"kind":"failback"}`:                   409,
		`{"kind":"joined","joined":{"name":"` + strings.Repeat("x", 300) + `","role":"x"}}`: 400,
	} {
		f.want(status, http.MethodPost, "/api/v1/drills/"+id+"/events", body, asAlice...)
	}
	f.want(http.StatusConflict, http.MethodPost, "/api/v1/drills", startBody, asAlice...)
	f.want(http.StatusNotFound, http.MethodPost, "/api/v1/drills/none/events", `{"kind":"note"}`, asAlice...)
	f.want(http.StatusBadRequest, http.MethodPost, "/api/v1/drills/"+id+"/steps/promote/run", "", asAlice...)
	f.want(http.StatusMethodNotAllowed, http.MethodDelete, "/api/v1/drills/"+id, "", asAlice...)
	f.want(http.StatusNotFound, http.MethodGet, "/api/v1/drills/none", "")
	f.want(http.StatusNotFound, http.MethodGet, "/drills/none", "")
	if d, err := f.service.Drill(id); err != nil || len(d.Events) != 1 {
		t.Errorf("%v, %d events", err, len(d.Events))
	}
}

// TestHostileText stands on pages as text, whoever wrote it.
func TestHostileText(t *testing.T) {
	t.Parallel()
	f := newSite(t)
	id := f.begin()
	hostile := `"><img src=x onerror=alert(1)><script>alert(2)</script>{{.}}`
	body, err := json.Marshal(map[string]string{"kind": "note", "text": hostile})
	if err != nil {
		t.Fatal(err)
	}
	f.want(http.StatusCreated, http.MethodPost, "/api/v1/drills/"+id+"/events", string(body), asAlice...)
	c := f.login()
	for _, path := range []string{"/", "/drills/" + id, "/drills/" + url.PathEscape(hostile)} {
		answer, text := f.do(http.MethodGet, path, "", "Cookie", c.Name+"="+c.Value)
		if strings.Contains(text, "<script>alert") || strings.Contains(text, "<img") {
			t.Errorf("%s has what an attacker wrote", path)
		}
		csp := answer.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script-src 'self' 'unsafe-inline'") || answer.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, answer.Header)
		}
	}
	if text := f.want(http.StatusOK, http.MethodGet, "/drills/"+id, ""); !strings.Contains(text, "&lt;script&gt;alert(2)") {
		t.Error("the note is not on the page")
	}
}

// TestReports come in three formats.
func TestReports(t *testing.T) {
	t.Parallel()
	f := newSite(t)
	for format, kind := range map[string]string{"html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8", "json": "application/json"} {
		answer, text := f.do(http.MethodGet, "/api/v1/drills/d/report?format="+format, "")
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != kind || text != format+" of d" {
			t.Errorf("%s: %s %s %s", format, answer.Status, answer.Header.Get("Content-Type"), text)
		}
	}
	f.want(http.StatusBadRequest, http.MethodGet, "/api/v1/drills/d/report?format=pdf", "")
	f.want(http.StatusNotFound, http.MethodGet, "/api/v1/drills/none/report", "")
	id := f.begin()
	f.want(http.StatusCreated, http.MethodPost, "/api/v1/drills/"+id+"/events", `{"kind":"ended"}`, asAlice...)
	if text := f.want(http.StatusOK, http.MethodGet, "/drills/"+id, ""); text != "html of "+id {
		t.Errorf("a drill that is over shows %.100s", text)
	}
}

// TestNews tells an open page that something was noted, and ends with the page.
func TestNews(t *testing.T) {
	t.Parallel()
	f := newSite(t)
	id := f.begin()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL+"/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // only read
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("type %s", got)
	}
	// The stream may begin to wait after the first note: news are told until one arrives.
	go func() {
		for ctx.Err() == nil {
			_, _ = f.service.Note(ctx, rto.DrillEvent{Drill: id, Kind: rto.EventNote, Source: rto.ByPerson}) // one of them is heard
			time.Sleep(time.Millisecond)
		}
	}()
	line, err := bufio.NewReader(answer.Body).ReadString('\n')
	cancel()
	if err != nil || line != "data: news\n" {
		t.Errorf("%q, %v", line, err)
	}
}

// TestReady follows the evidence; what was not written is not acknowledged, and why stands in the log alone.
func TestReady(t *testing.T) {
	t.Parallel()
	f := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	if err := f.service.Begin(ctx, rto.Session{}, 0); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.service.Run(ctx)
	}()
	defer func() {
		cancel()
		<-done
	}()
	f.want(http.StatusOK, http.MethodGet, "/-/healthy", "")
	f.want(http.StatusOK, http.MethodGet, "/-/ready", "")
	f.journal.fail(errors.New("disk /dev/sdz is full"))
	f.becomes(http.StatusServiceUnavailable)
	if text := f.want(http.StatusServiceUnavailable, http.MethodPost, "/api/v1/drills", startBody, asAlice...); strings.Contains(text, "sdz") {
		t.Errorf("the cause is told to everybody: %s", text)
	}
	if text := f.want(http.StatusOK, http.MethodGet, "/", ""); !strings.Contains(text, "Evidence cannot be written") {
		t.Error("the page does not say so")
	}
	f.want(http.StatusOK, http.MethodGet, "/-/healthy", "")
	f.journal.fail(nil)
	f.becomes(http.StatusOK)
	if !strings.Contains(f.log.String(), "sdz") {
		t.Error("the log has no cause")
	}
}

func (f *fixture) becomes(status int) {
	f.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		answer, _ := f.do(http.MethodGet, "/-/ready", "")
		if answer.StatusCode == status {
			return
		}
		if time.Now().After(end) {
			f.t.Fatalf("ready stays %s", answer.Status)
		}
	}
}
