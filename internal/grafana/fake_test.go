package grafana

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const token = "glsa_secret:with-a-colon"

// stored is a board of the fake server.
type stored struct {
	tree        object
	version     int
	folder      string
	provisioned bool
}

// fake is a Grafana server in memory, with the answers and error bodies of Grafana 11 and 12.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	boards  map[string]*stored
	folders map[string]string // title by uid
	posts   int
	calls   []string
	// before may answer a request itself; it is told how many there were before.
	before func(w http.ResponseWriter, r *http.Request, n int) bool
	// alter changes a board on its way into the store.
	alter func(object)
	// after may spoil the answer to a board that was saved.
	after func(w http.ResponseWriter) bool
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{boards: map[string]*stored{}, folders: map[string]string{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func say(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := strings.TrimPrefix(r.URL.Path, "/grafana/api/")
	n := len(f.calls)
	f.calls = append(f.calls, r.Method+" "+at)
	if f.before != nil && f.before(w, r, n) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+token && at != "health" {
		say(w, 401, object{"message": "Invalid API key", "traceID": ""})
		return
	}
	switch {
	case at == "health":
		say(w, 200, object{"database": "ok", "version": "12.4.10", "commit": "x"})
	case at == "folders" && r.Method == http.MethodGet:
		out := []object{}
		for uid, title := range f.folders {
			out = append(out, object{"uid": uid, "title": title})
		}
		say(w, 200, out)
	case at == "folders":
		var in struct{ UID, Title string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		if _, there := f.folders[in.UID]; there {
			say(w, 412, object{"message": "a folder with that uid already exists", "status": "version-mismatch"})
			return
		}
		f.folders[in.UID] = in.Title
		say(w, 200, object{"uid": in.UID, "title": in.Title})
	case strings.HasPrefix(at, "folders/"):
		title, there := f.folders[strings.TrimPrefix(at, "folders/")]
		if !there {
			say(w, 404, object{"message": "folder not found", "status": "not-found"})
			return
		}
		say(w, 200, object{"uid": strings.TrimPrefix(at, "folders/"), "title": title})
	case at == "search":
		out := []object{}
		for uid, b := range f.boards {
			out = append(out, object{"uid": uid, "title": b.tree["title"], "tags": b.tree["tags"]})
		}
		say(w, 200, out)
	case at == "dashboards/db":
		f.save(w, r)
	case strings.HasPrefix(at, "dashboards/uid/"):
		f.board(w, r, strings.TrimPrefix(at, "dashboards/uid/"))
	default:
		say(w, 404, object{"message": "Not found"})
	}
}

func (f *fake) board(w http.ResponseWriter, r *http.Request, uid string) {
	b := f.boards[uid]
	switch {
	case b == nil:
		say(w, 404, object{"message": "Dashboard not found"})
	case r.Method == http.MethodDelete:
		delete(f.boards, uid)
		say(w, 200, object{"message": "Dashboard deleted"})
	default:
		say(w, 200, object{"dashboard": b.tree, "meta": object{"folderUid": b.folder, "provisioned": b.provisioned}})
	}
}

func (f *fake) save(w http.ResponseWriter, r *http.Request) {
	f.posts++
	var in struct {
		Dashboard object `json:"dashboard"`
		FolderUID string `json:"folderUid"`
		Message   string `json:"message"`
		Overwrite bool   `json:"overwrite"`
	}
	dec := json.NewDecoder(r.Body)
	dec.UseNumber()
	if err := dec.Decode(&in); err != nil {
		say(w, 400, object{"message": "bad request data"})
		return
	}
	uid, _ := in.Dashboard["uid"].(string)
	version, _ := in.Dashboard["version"].(json.Number)
	was := f.boards[uid]
	_, there := f.folders[in.FolderUID]
	switch {
	case fmt.Sprint(in.Dashboard["id"]) != "0" || in.Overwrite || in.Message == "":
		say(w, 500, object{"message": "the fake wants id 0, no overwrite, and a message"})
		return
	case !there:
		say(w, 404, object{"message": "folder not found"})
		return
	case was != nil && version.String() != fmt.Sprint(was.version):
		say(w, 412, object{"message": "The dashboard has been changed by someone else", "status": "version-mismatch"})
		return
	}
	next := &stored{tree: in.Dashboard, version: 1, folder: in.FolderUID}
	if was != nil {
		next.version = was.version + 1
	}
	next.tree["id"], next.tree["version"] = 77, next.version
	if f.alter != nil {
		f.alter(next.tree)
	}
	f.boards[uid] = next
	if f.after == nil || !f.after(w) {
		say(w, 200, object{"uid": uid, "status": "success", "version": next.version})
	}
}

// pusher is a client of a fake, and the pauses that it made.
type pusher struct {
	*Server
	slept []time.Duration
}

func (f *fake) client(t *testing.T) *pusher {
	t.Helper()
	p := &pusher{}
	var err error
	p.Server, err = NewServer(Connection{
		URL: f.URL + "/grafana", Token: token, Limit: 2 * time.Second,
		Sleep: func(ctx context.Context, d time.Duration) error { p.slept = append(p.slept, d); return ctx.Err() },
		Now:   func() time.Time { return time.Date(2026, 11, 28, 6, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// own is a board of ours.
func own(name, description string) Pushed {
	uid := "our-" + name
	raw, _ := json.Marshal(object{ // it can always be
		"uid": uid, "title": name, "description": description, "tags": []string{"ours"}, "schemaVersion": 41, "panels": []object{{"id": 1, "options": object{"x": 0.5}}},
	})
	return Pushed{UID: uid, Title: name, Folder: "Ours", FolderUID: "our-folder", JSON: raw}
}

// push returns a line for each board.
func (p *pusher) lines(ctx context.Context, o Order) ([]string, error) {
	var lines []string
	o.UIDPrefix, o.Tag, o.Message = "our-", "ours", "test"
	err := Push(ctx, p.Server, o, func(r Result) {
		lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s %s: %s", r.Verdict, r.UID, r.Detail), ": "))
	})
	return lines, err
}

// count is how often the fake was called so.
func (f *fake) count(call string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(f.calls), func(c string) bool { return c != call }))
}
