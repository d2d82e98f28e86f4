package preview

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// serve serves a page and a board before a server that says what it was asked.
func serve(t *testing.T, upstream http.HandlerFunc) *httptest.Server {
	t.Helper()
	prometheus := httptest.NewServer(upstream)
	t.Cleanup(prometheus.Close)
	to, err := url.Parse(prometheus.URL)
	if err != nil {
		t.Fatal(err)
	}
	to.User = url.UserPassword("reader", "secret")
	h, err := Handler(Options{
		Page:       fstest.MapFS{"index.html": {Data: []byte("page")}, "main.js": {Data: []byte("script")}},
		Boards:     []string{write(t, "calls.json", `{"title": "Calls", "panels": [{"id": 1}]}`)},
		Prometheus: to,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestServe asks for everything that the page asks for, and for what it must not get.
func TestServe(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, strings.Join([]string{r.Method, r.URL.Path, string(body), user, password, r.Header.Get("Cookie"), r.Header.Get("Origin")}, " "))
	})
	for _, tc := range []struct {
		name, method, path, host, site, body string
		status                               int
		want                                 string
	}{
		{name: "page", path: "/", status: 200, want: "page"},
		{name: "list", path: "/boards", status: 200, want: `[{"file":"calls.json","title":"Calls"}]` + "\n"},
		{name: "board", path: "/boards/calls.json", status: 200, want: `{"title": "Calls", "panels": [{"id": 1}]}`},
		{name: "board that was not named", path: "/boards/other.json", status: 404},
		{name: "file beside the page", path: "/boards/../../../etc/passwd", status: 404},
		{name: "question", method: "POST", path: "/prometheus/api/v1/query", body: "query=up", status: 200, want: "POST /api/v1/query query=up reader secret  "},
		{name: "label's values", path: "/prometheus/api/v1/label/job/values", status: 200, want: "GET /api/v1/label/job/values  reader secret  "},
		{name: "change", method: "POST", path: "/prometheus/api/v1/admin/tsdb/delete_series", status: 403},
		{name: "end", method: "POST", path: "/prometheus/-/quit", status: 403},
		{name: "detour", path: "/prometheus/api/v1/label/a/../../../../-/quit/values", status: 403},
		{name: "other method", method: "PUT", path: "/prometheus/api/v1/query", status: 405},
		{name: "other name", path: "/boards", host: "evil.example", status: 403},
		{name: "other name that begins alike", path: "/boards", host: "localhost.evil.example:9746", status: 403},
		{name: "IPv6", path: "/boards", host: "[::1]:9746", status: 200},
		{name: "another page", path: "/boards", site: "cross-site", status: 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.method == "" {
				tc.method = http.MethodGet
			}
			r, err := http.NewRequestWithContext(t.Context(), tc.method, s.URL+tc.path, strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Cookie", "a=b")
			r.Header.Set("Origin", s.URL)
			if tc.host != "" {
				r.Host = tc.host
			}
			if tc.site != "" {
				r.Header.Set("Sec-Fetch-Site", tc.site)
			}
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
			reply, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer reply.Body.Close()
			body, err := io.ReadAll(reply.Body)
			if err != nil {
				t.Fatal(err)
			}
			if reply.StatusCode != tc.status || tc.want != "" && string(body) != tc.want {
				t.Errorf("want %d %q, got %d %q", tc.status, tc.want, reply.StatusCode, body)
			}
		})
	}
}

// TestUnreachable says that a server is not there in the API's own form, and keeps its password.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(nil)
	gone.Close()
	to, err := url.Parse(gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	to.User = url.UserPassword("reader", "secret")
	w := httptest.NewRecorder()
	proxy(to).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/query", http.NoBody))
	if body := w.Body.String(); w.Code != http.StatusBadGateway || !strings.Contains(body, `"status":"error"`) || strings.Contains(body, "secret") {
		t.Errorf("got %d %s", w.Code, body)
	}
}

// late is a question whose end is asked for only after the answer has begun, if anybody asks for it then: a server has closed it by that time.
type late struct {
	io.Reader
	answered <-chan struct{}
}

func (l late) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if n > 0 || err == nil {
		return n, nil
	}
	select {
	case <-l.answered:
		return 0, http.ErrBodyReadAfterClose
	case <-time.After(200 * time.Millisecond):
		return 0, io.EOF
	}
}

func (l late) Close() error { return nil }

// TestAnswersAreWhole: a long answer arrived in part where its question had not been read to the end when it began.
func TestAnswersAreWhole(t *testing.T) {
	t.Parallel()
	const question, size = "query=up", 4 << 20
	begun := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.PostFormValue("query"); got != "up" {
			t.Errorf("the question arrived as %q", got)
		}
		_, _ = w.Write(make([]byte, size/2))
		_ = http.NewResponseController(w).Flush()
		close(begun)
		select {
		case <-r.Context().Done(): // the fault: the connection was closed in the middle
		case <-time.After(200 * time.Millisecond):
		}
		_, _ = w.Write(make([]byte, size/2))
	}))
	defer server.Close()
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/api/v1/query", late{strings.NewReader(question), begun})
	r.ContentLength = int64(len(question))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	func() {
		defer func() { _ = recover() }() // the proxy panics with http.ErrAbortHandler on an answer that is cut
		proxy(to).ServeHTTP(w, r)
	}()
	if w.Body.Len() != size {
		t.Errorf("%d bytes of the answer arrived, want %d", w.Body.Len(), size)
	}
}

func TestLongQuestionsAreRefused(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	proxy(&url.URL{}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/v1/query", strings.NewReader(strings.Repeat("x", maxQuestion+1))))
	if w.Code != http.StatusBadRequest {
		t.Errorf("want %d, got %d", http.StatusBadRequest, w.Code)
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		boards []string
		want   string
	}{
		"no JSON":       {[]string{write(t, "a.json", "{")}, "not a board"},
		"no panels":     {[]string{write(t, "a.json", `{"title": "x"}`)}, "without panels"},
		"same name":     {[]string{write(t, "a.json", `{"panels": [1]}`), write(t, "a.json", `{"panels": [1]}`)}, "the same name"},
		"nothing there": {[]string{"nothing.json"}, "no such file"},
	} {
		if _, err := Handler(Options{Page: fstest.MapFS{}, Boards: tc.boards, Prometheus: &url.URL{}}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: want an error with %q, got %v", name, tc.want, err)
		}
	}
	if _, err := OpenPage(t.TempDir()); err == nil {
		t.Error("want an error without a page, got none")
	}
	if _, err := Find([]string{t.TempDir()}); err == nil || !strings.Contains(err.Error(), "no boards") {
		t.Errorf("got %v", err)
	}
}
