package grafana

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// want compares lines.
func want(t *testing.T, got []string, err error, lines ...string) {
	t.Helper()
	if err != nil {
		t.Errorf("want no error, got %v", err)
	}
	if diff := cmp.Diff(lines, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, l := range got {
		if strings.Contains(l, token) || strings.Contains(l, "secret") {
			t.Errorf("the token is told: %s", l)
		}
	}
}

func TestPushLife(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	p := f.client(t)
	boards := []Pushed{own("a", "one"), own("b", "one")}
	got, err := p.lines(t.Context(), Order{Boards: boards, DryRun: true})
	want(t, got, err, "created our-a: in folder Ours", "created our-b: in folder Ours")
	if f.posts != 0 || len(f.folders) != 0 {
		t.Error("a dry run changed something")
	}
	got, err = p.lines(t.Context(), Order{Boards: boards})
	want(t, got, err, "created our-a: in folder Ours", "created our-b: in folder Ours")
	got, err = p.lines(t.Context(), Order{Boards: boards})
	want(t, got, err, "unchanged our-a: version 1", "unchanged our-b: version 1")
	boards[1] = own("b", "two")
	got, err = p.lines(t.Context(), Order{Boards: boards})
	want(t, got, err, "unchanged our-a: version 1", "updated our-b: from version 1, first difference at description")
	if f.posts != 3 || f.boards["our-b"].version != 2 {
		t.Errorf("want three boards saved, got %d", f.posts)
	}
	boards[0].FolderUID, boards[0].Folder = "our-other", "Other"
	got, err = p.lines(t.Context(), Order{Boards: boards})
	want(t, got, err, "updated our-a: moved to folder Other", "unchanged our-b: version 2")

	// What is not generated any more is told, and deleted when asked; what others have tagged alike stays.
	f.boards["theirs"] = &stored{tree: object{"title": "theirs", "tags": []string{"ours"}}}
	f.boards["our-looks-alike"] = &stored{tree: object{"title": "alike", "tags": []string{"other"}}}
	got, err = p.lines(t.Context(), Order{Boards: boards[:1]})
	want(t, got, err, "unchanged our-a: version 2", "orphan our-b: it is not generated any more: -prune deletes it")
	got, err = p.lines(t.Context(), Order{Boards: boards[:1], Prune: true, DryRun: true})
	want(t, got, err, "unchanged our-a: version 2", "deleted our-b")
	got, err = p.lines(t.Context(), Order{Boards: boards[:1], Prune: true})
	want(t, got, err, "unchanged our-a: version 2", "deleted our-b")
	if len(f.boards) != 3 || f.boards["our-b"] != nil {
		t.Errorf("want only our orphan deleted, left are %v", f.boards)
	}
	if len(p.slept) != 0 {
		t.Errorf("want nothing tried again, got pauses %v", p.slept)
	}
}

func TestPushLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	p := f.client(t)
	f.boards["our-a"] = &stored{tree: object{"title": "somebody's", "tags": []string{"x"}, "version": 3}, version: 3}
	f.boards["our-b"] = &stored{tree: object{"title": "b", "tags": []string{"ours"}, "version": 3}, version: 3, provisioned: true}
	wrong := own("c", "one")
	wrong.UID = "call-manager"
	got, err := p.lines(t.Context(), Order{Boards: []Pushed{own("a", "one"), own("b", "one"), wrong}, Prune: true})
	want(t, got, err, "refused our-a: somebody else's board has its uid: it lacks the tag ours",
		"refused our-b: the server has it from a file: it can only be changed there", "refused call-manager: its uid does not begin with our-")
	if f.posts != 0 {
		t.Error("something was saved")
	}
}

// Somebody saves between our reading and our writing.
func TestPushConflict(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	p := f.client(t)
	if _, err := p.lines(t.Context(), Order{Boards: []Pushed{own("a", "one")}}); err != nil {
		t.Fatal(err)
	}
	f.before = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Method == http.MethodPost {
			f.boards["our-a"].version = 9
		}
		return false
	}
	got, err := p.lines(t.Context(), Order{Boards: []Pushed{own("a", "two")}})
	want(t, got, err, "refused our-a: somebody changed it meanwhile: look at what, and push again")
}

// The answer to a save is lost after the server has stored the board; trying again finds the version moved on, and the board as it should be.
func TestPushLostAnswer(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	p := f.client(t)
	if _, err := p.lines(t.Context(), Order{Boards: []Pushed{own("a", "one")}}); err != nil {
		t.Fatal(err)
	}
	lost := 0
	f.after = func(w http.ResponseWriter) bool {
		lost++
		if lost > 1 {
			return false
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			err = conn.Close()
		}
		return err == nil
	}
	got, err := p.lines(t.Context(), Order{Boards: []Pushed{own("a", "two")}})
	want(t, got, err, "updated our-a: from version 1, first difference at description")
	if f.posts != 3 || f.boards["our-a"].version != 2 {
		t.Errorf("want one more try that changes nothing, got %d posts, version %d", f.posts, f.boards["our-a"].version)
	}
}

func TestPushReadsBack(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	p := f.client(t)
	f.alter = func(tree object) { delete(tree, "description") }
	got, err := p.lines(t.Context(), Order{Boards: []Pushed{own("a", "one")}})
	want(t, got, err, "failed our-a: read back: it differs at description")
	f.alter = func(tree object) { tree["schemaVersion"], tree["more"] = 42, "the server's own" }
	got, err = p.lines(t.Context(), Order{Boards: []Pushed{own("b", "one")}})
	want(t, got, err, "created our-b: in folder Ours", "orphan our-a: it is not generated any more: -prune deletes it")
	f.alter = nil
	f.after = func(http.ResponseWriter) bool { f.boards["our-c"].folder = ""; return false }
	got, err = p.lines(t.Context(), Order{Boards: []Pushed{own("c", "one"), own("a", "one"), own("b", "one")}})
	if err != nil || got[0] != `failed our-c: read back: it is in the folder "", want "our-folder"` {
		t.Errorf("want the folder told, got %v, %v", got, err)
	}
}

// TestErrors has Grafana's error bodies, a proxy's, and none at all.
func TestErrors(t *testing.T) {
	t.Parallel()
	page := func(w http.ResponseWriter, code int, body string) bool {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
		return true
	}
	for _, c := range []struct {
		name  string
		saved func(w http.ResponseWriter, r *http.Request, n int) bool
		want  string
		tries int
	}{
		{"name exists", func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			say(w, 412, object{"message": "A dashboard with the same name in the folder already exists", "status": "name-exists"})
			return true
		}, "failed our-a: 412 Precondition Failed: A dashboard with the same name in the folder already exists\nread back: it is not there", 1},
		{"no right", func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			say(w, 403, object{"accessErrorId": "x", "message": "You'll need additional permissions", "title": "Access denied"})
			return true
		}, "failed our-a: 403 Forbidden: You'll need additional permissions", 1},
		{"no message", func(w http.ResponseWriter, _ *http.Request, _ int) bool { say(w, 400, object{}); return true }, "failed our-a: 400 Bad Request", 1},
		{"a page", func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			return page(w, 502, "<html>secret "+token+"</html>")
		}, "failed our-a: 502 Bad Gateway, without a word of Grafana's: a proxy, perhaps", 5},
		{"nothing", func(w http.ResponseWriter, _ *http.Request, _ int) bool { return page(w, 500, "") }, "failed our-a: 500 Internal Server Error, without a word of Grafana's: a proxy, perhaps", 1},
		{"a message without end", func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			say(w, 422, object{"message": strings.Repeat("x", 5000)})
			return true
		}, "failed our-a: 422 Unprocessable Entity: " + strings.Repeat("x", 200) + "...", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			p := f.client(t)
			f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
				return strings.HasSuffix(r.URL.Path, "dashboards/db") && c.saved(w, r, n)
			}
			got, err := p.lines(t.Context(), Order{Boards: []Pushed{own("a", "one")}})
			if c.name == "name exists" {
				got[0] = strings.ReplaceAll(got[0], "; ", "\n")
			}
			want(t, got, err, c.want)
			if n := f.count("POST dashboards/db"); n != c.tries {
				t.Errorf("want %d tries, got %d", c.tries, n)
			}
		})
	}
}

func TestPatience(t *testing.T) {
	t.Parallel()
	busy := func(header string, times int) *pusher {
		f := newFake(t)
		f.before = func(w http.ResponseWriter, _ *http.Request, n int) bool {
			if n < times {
				w.Header().Set("Retry-After", header)
				say(w, 429, object{"message": "rate limited"})
			}
			return n < times
		}
		return f.client(t)
	}
	p := busy("7", 2)
	if version, err := p.Health(t.Context()); err != nil || version != "12.4.10" {
		t.Errorf("want patience to help, got %q, %v", version, err)
	}
	if diff := cmp.Diff([]time.Duration{7 * time.Second, 7 * time.Second}, p.slept); diff != "" {
		t.Errorf("pauses (-want +got): %s", diff)
	}
	p = busy("Sat, 28 Nov 2026 06:00:30 GMT", 1)
	if _, err := p.Health(t.Context()); err != nil || len(p.slept) != 1 || p.slept[0] != 30*time.Second {
		t.Errorf("want a date kept, got %v, %v", p.slept, err)
	}
	p = busy("3600", 9)
	if _, err := p.Health(t.Context()); err == nil || !strings.Contains(err.Error(), "asks to come back in 1h0m0s: 429 Too Many Requests: rate limited") {
		t.Errorf("want it told that the wait is too long, got %v", err)
	}
	p = busy("", 9)
	if _, err := p.Health(t.Context()); code(err) != 429 || len(p.slept) != 4 || p.slept[3] != 4*time.Second {
		t.Errorf("want five tries with growing pauses, got %v, %v", p.slept, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.lines(ctx, Order{Boards: []Pushed{own("a", "x")}}); !errors.Is(err, context.Canceled) {
		t.Errorf("want the end of the context told, got %v", err)
	}
}

func TestBadServers(t *testing.T) {
	t.Parallel()
	f := func(name, want string, before func(w http.ResponseWriter, r *http.Request, n int) bool) {
		t.Helper()
		s := newFake(t)
		s.before = before
		p := s.client(t)
		_, err := p.lines(t.Context(), Order{Boards: []Pushed{own("a", "x")}})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: want %q, got %v", name, want, err)
		}
	}
	f("a page", "health: the answer is not Grafana's", func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		_, _ = w.Write([]byte("<html>"))
		return true
	})
	f("not well", `the server's database is "failing"`, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		say(w, 200, object{"database": "failing"})
		return true
	})
	f("unwell", "503 Service Unavailable", func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		say(w, 503, object{"database": "failing"})
		return true
	})
	f("elsewhere", "the server leads to http://elsewhere.example/login: give the address that it is at", func(w http.ResponseWriter, r *http.Request, _ int) bool {
		http.Redirect(w, r, "http://elsewhere.example/login?token=secret", http.StatusFound)
		return true
	})
	f("cut", "the answer was cut", func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Header().Set("Content-Length", "500")
		_, _ = w.Write([]byte(`{"database"`))
		return true
	})
	f("wrong token", "the server does not accept the token: folder our-folder: 401 Unauthorized: Invalid API key", func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		r.Header.Set("Authorization", "Bearer other")
		return false
	})
	for _, address := range []string{"", "grafana", "ftp://x", "http://", "https://user:secret@x"} {
		if _, err := NewServer(Connection{URL: address}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: want it refused without its credentials, got %v", address, err)
		}
	}
}

// A server that does not answer is given up, and not waited for.
func TestSlowServer(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	f.before = func(_ http.ResponseWriter, _ *http.Request, n int) bool {
		if n == 0 {
			f.mu.Unlock()
			<-release
			f.mu.Lock()
		}
		return n == 0
	}
	s, err := NewServer(Connection{URL: f.URL + "/grafana", Token: token, Limit: 50 * time.Millisecond, Sleep: func(context.Context, time.Duration) error { return errors.New("pause") }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Health(t.Context()); err == nil || !strings.Contains(err.Error(), "pause") {
		t.Errorf("want it tried again after the limit, got %v", err)
	}
}

func TestDifference(t *testing.T) {
	t.Parallel()
	f := func(sent, stored, want string) {
		t.Helper()
		if got := difference([]byte(sent), []byte(stored)); got != want {
			t.Errorf("%s, %s: want %q, got %q", sent, stored, want, got)
		}
	}
	f(`{"a": 1, "id": 0, "version": 3, "x": null}`, `{"a": 1.0, "id": 7, "version": 4, "more": true}`, "")
	f(`{"a": {"b": [1, {"c": "x"}]}}`, `{"a": {"b": [1, {"c": "y"}]}}`, "a.b[1].c")
	f(`{"a": [1]}`, `{"a": [1, 2]}`, "a")
	f(`{"panels": [{"id": 1}]}`, `{"panels": [{"id": 2}]}`, "panels[0].id")
	f(`{"a": "1"}`, `{"a": 1}`, "a")
	f(`{"a": {}}`, `{"a": []}`, "a")
	f(`{"a": true}`, `{}`, "a")
	f(`{"a": 1}`, `[]`, "the beginning")
	f(`{`, `{}`, "the beginning")
}

func TestFolderUID(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{"SIP": "p-sip", "Recovery & more!": "p-recovery-more", "": "p-", "Ä": "p-"} {
		if got := FolderUID("p-", title); got != want {
			t.Errorf("%q: want %q, got %q", title, want, got)
		}
	}
}

// TestRealServer pushes a board to the Grafana at GRAFANA_URL with the token in the file GRAFANA_TOKEN_FILE, and takes it away again.
func TestRealServer(t *testing.T) {
	address, file := os.Getenv("GRAFANA_URL"), os.Getenv("GRAFANA_TOKEN_FILE")
	if address == "" {
		t.Skip("no GRAFANA_URL: a Grafana server cannot be had as a package")
	}
	secret, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewServer(Connection{URL: address, Token: strings.TrimSpace(string(secret)), Now: time.Now, Sleep: func(ctx context.Context, d time.Duration) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d):
			return nil
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := &pusher{Server: s}
	b := own("obsgen-test", "one")
	b.FolderUID, b.Folder = "our-obsgen-test-folder", "obsgen test"
	got, err := p.lines(t.Context(), Order{Boards: []Pushed{b}})
	if err != nil || len(got) == 0 || !strings.HasPrefix(got[0], "created ") {
		t.Errorf("want it created, got %v, %v", got, err)
	}
	got, err = p.lines(t.Context(), Order{Boards: []Pushed{b}})
	if err != nil || len(got) == 0 || !strings.HasPrefix(got[0], "unchanged ") {
		t.Errorf("want it unchanged, got %v, %v", got, err)
	}
	if err := s.Delete(t.Context(), b.UID); err != nil {
		t.Error(err)
	}
}
