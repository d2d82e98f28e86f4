package promapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPartialAnswers: an answer that misses what a store has is none; remarks about an expression take nothing from it.
func TestPartialAnswers(t *testing.T) {
	t.Parallel()
	for warnings, partial := range map[string]bool{
		``: false, `,"warnings":[]`: false, `,"infos":["PromQL info: metric might not be a counter"]`: false,
		`,"warnings":["PromQL warning: encountered a mix of histograms and floats"]`:                          false,
		`,"warnings":["receive series from Addr: 127.0.0.1:10901: rpc error: code = Unavailable"]`:            true,
		`,"warnings":["PromQL warning: bucket label", "remote_read: remote server returned HTTP status 500"]`: true,
	} {
		c := serveWith(t, func(w http.ResponseWriter, r *http.Request) {
			kind := "vector"
			if strings.HasSuffix(r.URL.Path, "_range") {
				kind = "matrix"
			}
			fmt.Fprintf(w, `{"status":"success","data":{"resultType":%q,"result":[]}%s}`, kind, warnings)
		})
		_, err := c.Query(t.Context(), "up", time.Time{})
		_, rangeErr := c.Range(t.Context(), "up", time.Unix(0, 0), time.Unix(60, 0), time.Minute)
		if errors.Is(err, ErrPartial) != partial || errors.Is(rangeErr, ErrPartial) != partial || !partial && errors.Join(err, rangeErr) != nil {
			t.Errorf("%s: %v, %v", warnings, err, rangeErr)
		}
	}
}

// TestWholeAnswersAreWanted: servers that leave out what they cannot reach are told not to, whichever way they are asked.
func TestWholeAnswersAreWanted(t *testing.T) {
	t.Parallel()
	asked := map[string]string{}
	c := serveWith(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "_range") {
			w.WriteHeader(http.StatusMethodNotAllowed) // it is asked by GET then
			return
		}
		asked[r.URL.Path] = r.FormValue("query") + " " + r.FormValue("partial_response") + " " + r.FormValue("deny_partial_response")
		fmt.Fprint(w, `{"status":"error","errorType":"execution","error":"no"}`)
	})
	_, _ = c.Query(t.Context(), "up", time.Time{})
	_, _ = c.Range(t.Context(), "up", time.Unix(0, 0), time.Unix(60, 0), time.Minute)
	for _, path := range []string{"/api/v1/query", "/api/v1/query_range"} {
		if asked[path] != "up false 1" {
			t.Errorf("%s was asked %q", path, asked[path])
		}
	}
}

// TestTenant: the header by which Mimir knows whose data are asked for comes from the file, and its prefix from the address.
func TestTenant(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Scope-OrgID") != "voip" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, "no org id")
			return
		}
		if r.URL.Path != "/prometheus/api/v1/query" {
			t.Errorf("asked at %s", r.URL.Path)
		}
		fmt.Fprint(w, `{"status":"success","data":{"resultType":"vector","result":[]}}`)
	}))
	t.Cleanup(s.Close)
	file := filepath.Join(t.TempDir(), "mimir.yml")
	if err := os.WriteFile(file, []byte("http_headers:\n  X-Scope-OrgID:\n    values: [voip]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for config, refused := range map[string]bool{"": true, file: false} {
		c, err := Open(s.URL+"/prometheus", config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Query(t.Context(), "up", time.Time{}); (err != nil) != refused {
			t.Errorf("with %q: %v", config, err)
		}
	}
}
