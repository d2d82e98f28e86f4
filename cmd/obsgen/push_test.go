package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// grafanaServer keeps boards and folders in memory; the client's own tests have its errors.
func grafanaServer(t *testing.T) string {
	t.Helper()
	var mu sync.Mutex
	boards, folders := map[string]map[string]any{}, map[string]string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		say := func(code int, body any) {
			w.WriteHeader(code)
			_ = json.NewEncoder(w).Encode(body) // the client may be gone
		}
		var in map[string]any
		_ = json.NewDecoder(r.Body).Decode(&in) // most requests have no body
		name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		switch {
		case r.Header.Get("Authorization") != "Bearer glsa_secret":
			say(401, map[string]any{"message": "Invalid API key"})
		case name == "health":
			say(200, map[string]any{"database": "ok", "version": "12.4.10"})
		case name == "folders" && r.Method == http.MethodGet:
			list := []any{}
			for uid, title := range folders {
				list = append(list, map[string]any{"uid": uid, "title": title})
			}
			say(200, list)
		case name == "folders":
			folders[in["uid"].(string)] = in["title"].(string)
			say(200, in)
		case strings.Contains(r.URL.Path, "/folders/"):
			if _, ok := folders[name]; !ok {
				say(404, map[string]any{"message": "folder not found"})
				return
			}
			say(200, map[string]any{"uid": name})
		case name == "search":
			list := []any{}
			for uid, b := range boards {
				board := b["dashboard"].(map[string]any)
				list = append(list, map[string]any{"uid": uid, "title": board["title"], "tags": board["tags"]})
			}
			say(200, list)
		case name == "db":
			board := in["dashboard"].(map[string]any)
			board["version"] = board["version"].(float64) + 1
			boards[board["uid"].(string)] = map[string]any{"dashboard": board, "meta": map[string]any{"folderUid": in["folderUid"]}}
			say(200, map[string]any{"status": "success"})
		case boards[name] == nil:
			say(404, map[string]any{"message": "Dashboard not found"})
		case r.Method == http.MethodDelete:
			delete(boards, name)
			say(200, map[string]any{})
		default:
			say(200, boards[name])
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestPush pushes the repository's own boards, and then fewer of them.
func TestPush(t *testing.T) {
	t.Parallel()
	url, dir := grafanaServer(t), t.TempDir()
	tokenFile, boards := filepath.Join(dir, "token"), filepath.Join(dir, "boards")
	if err := os.CopyFS(boards, os.DirFS(filepath.Join("..", "..", "dashboards"))); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(tokenFile, "glsa_secret\n")
	f := func(code int, stdout, stderr string, args ...string) {
		t.Helper()
		var out, errs strings.Builder
		got := run(t.Context(), append([]string{"push", "-grafana", url, "-token-file", tokenFile, "-boards", boards}, args...), func(string) string { return "" }, nil, &out, &errs)
		if got != code || !strings.Contains(out.String(), stdout) || !strings.Contains(errs.String(), stderr) || strings.Contains(out.String()+errs.String(), "glsa_secret") {
			t.Errorf("%v: want %d, %q and %q without the token, got %d:\n%s%s", args, code, stdout, stderr, got, out.String(), errs.String())
		}
	}
	f(0, `would be created voipbin-obs-kamailio "VoIPBIN / Kamailio": in folder VoIPBIN SIP`, " created\n", "-dry-run")
	f(0, `created   voipbin-obs-kamailio "VoIPBIN / Kamailio": in folder VoIPBIN SIP`, " created\n")
	f(0, `unchanged voipbin-obs-kamailio "VoIPBIN / Kamailio": version 1`, " unchanged\n")
	f(0, `updated   voipbin-obs-kamailio "VoIPBIN / Kamailio": moved to folder Scratch`, " updated\n", "-folder", "Scratch")
	f(0, "unchanged voipbin-obs-kamailio", " unchanged\n", "-folder", "Scratch")
	if err := os.Remove(filepath.Join(boards, "kamailio.json")); err != nil {
		t.Fatal(err)
	}
	f(0, "orphan    voipbin-obs-kamailio", ", 1 orphan\n", "-folder", "Scratch")
	f(0, "would be deleted voipbin-obs-kamailio", ", 1 deleted\n", "-folder", "Scratch", "-prune", "-dry-run")
	f(0, "deleted   voipbin-obs-kamailio", ", 1 deleted\n", "-folder", "Scratch", "-prune")
	write(filepath.Join(boards, "other.json"), `{"uid": "call-manager", "tags": []}`)
	f(1, "", "other.json: not a board of ours: ")
	write(filepath.Join(boards, "other.json"), `[`)
	f(1, "", "other.json: not a board: ")
	write(tokenFile, "glsa_other")
	if err := os.Remove(filepath.Join(boards, "other.json")); err != nil {
		t.Fatal(err)
	}
	f(1, "", "obsgen: grafana: health: 401 Unauthorized: Invalid API key\n")
	f(1, "", "there is no board", "-boards", dir)
	f(1, "", "token file", "-token-file", filepath.Join(dir, "none"))
	f(2, "", "push: -grafana is missing", "-grafana", "")
	f(2, "", "push: -token-file is missing", "-token-file", "")
	f(1, "", "has credentials in it", "-grafana", "https://user:secret@example.com")
}
