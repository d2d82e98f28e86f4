// Package preview shows boards in a browser without a Grafana: it serves a page that draws them, the boards, and the part of a Prometheus'
// API that they ask, all from one address. It refuses to let through anything that changes a server, or requests that another page made.
package preview

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Port is where the page is served if nothing else is asked for.
const Port = 9746

// Options say what is shown.
type Options struct {
	// Page is the folder that preview/build.mjs writes.
	Page fs.FS
	// Boards are the files to show, by path; they are read anew for each request, so that a change is seen by loading the page again.
	Boards []string
	// Prometheus is the base address of a server with Prometheus' API; user and password in it are sent as basic authentication.
	Prometheus *url.URL
}

// ErrNoPage is wrapped by OpenPage when the page is not there.
var ErrNoPage = errors.New("the page that draws boards is not built")

// OpenPage opens the folder of the built page.
func OpenPage(dir string) (fs.FS, error) {
	if _, err := os.Stat(filepath.Join(dir, "main.js")); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPage, err)
	}
	return os.DirFS(dir), nil
}

// Find returns the boards that the arguments name: files, or folders with files that end in .json.
func Find(args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			out = append(out, arg)
			continue
		}
		found, err := filepath.Glob(filepath.Join(arg, "*.json"))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: no boards: want files that end in .json", arg)
		}
		out = append(out, found...)
	}
	return out, nil
}

// Handler serves what o says.
func Handler(o Options) (http.Handler, error) {
	boards, err := titled(o.Boards)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(o.Page))
	mux.HandleFunc("GET /boards", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(boards) // who asked is gone, if anything
	})
	for _, b := range boards {
		mux.HandleFunc("GET /boards/"+b.File, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			http.ServeFile(w, r, b.path)
		})
	}
	questions := http.StripPrefix("/prometheus", proxy(o.Prometheus))
	mux.Handle("GET /prometheus/", questions)
	mux.Handle("POST /prometheus/", questions)
	return local(mux), nil
}

// listed is a board as the page lists it.
type listed struct {
	File  string `json:"file"`
	Title string `json:"title"`
	path  string
}

// titled reads the boards' titles. The end of a path names a board in addresses, so that two of the same name are refused.
func titled(paths []string) ([]listed, error) {
	var out []listed
	by := map[string]string{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var board struct {
			Title  string            `json:"title"`
			Panels []json.RawMessage `json:"panels"`
		}
		if err := json.Unmarshal(data, &board); err != nil {
			return nil, fmt.Errorf("%s: not a board: %w", path, err)
		}
		if len(board.Panels) == 0 {
			return nil, fmt.Errorf("%s: a board without panels: is it a classic board, as Grafana exports it?", path)
		}
		file := url.PathEscape(filepath.Base(path))
		if other, taken := by[file]; taken {
			return nil, fmt.Errorf("%s and %s have the same name", other, path)
		}
		by[file] = path
		out = append(out, listed{File: file, Title: board.Title, path: path})
	}
	return out, nil
}

// readings are the parts of the API that boards ask; none changes anything.
var readings = regexp.MustCompile(`^/api/v1/(query|query_range|query_exemplars|series|labels|metadata|label/[^/]+/values)$`)

// idleTimeout is how long a connection to Prometheus is kept for the next question: less than the five minutes after which Prometheus ends it.
const idleTimeout = time.Minute

// maxQuestion is the number of bytes that a question may have: a long query has some thousand.
const maxQuestion = 1 << 20

// proxy passes on questions, and nothing that the browser adds of its own. A question is read whole before it is passed on: the transport reads
// once more after its last byte, the server closes it when the answer begins, and the answer was cut where both met (golang/go issue 40747).
func proxy(to *url.URL) http.Handler {
	forward := &httputil.ReverseProxy{
		// Connections of its own: those of http.DefaultTransport are whoever's in the process closes them, in the middle of an answer as was seen.
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: idleTimeout},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = to.Host
			for name := range r.Out.Header {
				switch name {
				case "Accept", "Accept-Encoding", "Content-Type", "Content-Length":
				default:
					delete(r.Out.Header, name)
				}
			}
			if password, ok := to.User.Password(); ok {
				r.Out.SetBasicAuth(to.User.Username(), password)
			}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadGateway)
			_ = json.NewEncoder(w).Encode(map[string]string{"status": "error", "error": reach(to, err)})
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !readings.MatchString(r.URL.Path) {
			http.Error(w, "only questions are passed on", http.StatusForbidden)
			return
		}
		question, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuestion))
		if err != nil {
			http.Error(w, "the question cannot be read, or is too long", http.StatusBadRequest)
			return
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(question)), int64(len(question))
		forward.ServeHTTP(w, r)
	})
}

// reach says that a server cannot be reached, without the password that its address may hold.
func reach(to *url.URL, err error) string {
	var netErr *net.OpError
	if errors.As(err, &netErr) {
		err = netErr
	}
	return fmt.Sprintf("no answer of %s: %v", to.Redacted(), err)
}

// local refuses requests that came by another name than this host's, as those do that a page elsewhere makes after it has changed what its
// own name resolves to; and it says who may show and call this page: nobody else.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		ip := net.ParseIP(strings.Trim(host, "[]"))
		if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this is for the browser of this host alone", http.StatusForbidden)
			return
		}
		if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
			http.Error(w, "another page may not ask this", http.StatusForbidden)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("X-Frame-Options", "DENY")
		next.ServeHTTP(w, r)
	})
}
