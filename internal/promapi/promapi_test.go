package promapi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// serve is a server that gives one answer on one path, and 404 on all others, and a client for it.
func serve(t *testing.T, path, answer string) *Client {
	t.Helper()
	return serveWith(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, answer)
	})
}

func serveWith(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := New(s.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestQuery(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 500_000_000)
	tests := map[string]struct {
		data string
		want []Sample
	}{
		"vector": {
			`{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[1700000000.5,"1"]},` +
				`{"metric":{},"value":[1700000000.5,"NaN"]}]}`,
			[]Sample{{Labels{"__name__": "up", "job": "a"}, Point{at, 1}}, {Labels{}, Point{at, math.NaN()}}},
		},
		"empty":  {`{"resultType":"vector","result":[]}`, []Sample{}},
		"scalar": {`{"resultType":"scalar","result":[1700000000.5,"2.5"]}`, []Sample{{Labels{}, Point{at, 2.5}}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, "/api/v1/query", `{"status":"success","data":`+tt.data+`}`)
			got, err := c.Query(t.Context(), "up", time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("samples (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQueryAsksForTheTime(t *testing.T) {
	t.Parallel()
	var asked string
	c := serveWith(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.FormValue("query") + " at " + r.FormValue("time")
		fmt.Fprint(w, `{"status":"success","data":{"resultType":"vector","result":[]}}`)
	})
	if _, err := c.Query(t.Context(), "sum(up)", time.Unix(1700000000, 0)); err != nil {
		t.Fatal(err)
	}
	if want := "sum(up) at 1700000000"; asked != want {
		t.Errorf("want the server asked for %q, got %q", want, asked)
	}
}

func TestRange(t *testing.T) {
	t.Parallel()
	c := serve(t, "/api/v1/query_range", `{"status":"success","data":{"resultType":"matrix","result":[`+
		`{"metric":{"job":"a"},"values":[[1700000000,"1"],[1700000015,"2"]]}]}}`)
	start := time.Unix(1700000000, 0)
	got, err := c.Range(t.Context(), "up", start, start.Add(15*time.Second), 15*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	want := []Series{{Labels{"job": "a"}, []Point{{start, 1}, {start.Add(15 * time.Second), 2}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}

func TestQueryErrors(t *testing.T) {
	t.Parallel()
	many := strings.Repeat(`{"metric":{},"value":[1,"1"]},`, maxSeries) + `{"metric":{},"value":[1,"1"]}`
	tests := map[string]struct {
		status int
		body   string
		want   string
	}{
		"the server explains": {
			http.StatusBadRequest, `{"status":"error","errorType":"bad_data","error":"parse error: unexpected end of input"}`,
			`query "sum(": bad_data: parse error: unexpected end of input`,
		},
		"not an API":     {http.StatusOK, `<html>`, `query "sum(": `},
		"another type":   {http.StatusOK, `{"status":"success","data":{"resultType":"matrix","result":[]}}`, "want a vector or a scalar, got a matrix"},
		"too many":       {http.StatusOK, `{"status":"success","data":{"resultType":"vector","result":[` + many + `]}}`, ErrTooLarge.Error()},
		"without an end": {http.StatusOK, `{"status":"` + strings.Repeat("x", maxBody), ErrTooLarge.Error()},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serveWith(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			})
			_, err := c.Query(t.Context(), "sum(", time.Time{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("want an error with %q, got %v", tt.want, err)
			}
		})
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	c := serve(t, "/api/v1/targets", `{"status":"success","data":{"activeTargets":[{"discoveredLabels":{},"labels":{"job":"kamailio",`+
		`"instance":"kamailio-1"},"scrapePool":"kamailio","scrapeUrl":"http://127.0.0.1:1/metrics","lastError":"connection refused",`+
		`"lastScrape":"2023-11-14T22:13:20Z","lastScrapeDuration":0.25,"health":"down"}],"droppedTargets":[]}}`)
	got, err := c.Targets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Target{{
		Job: "kamailio", Instance: "kamailio-1", URL: "http://127.0.0.1:1/metrics", Problem: "connection refused",
		Scraped: time.Unix(1700000000, 0), Took: 250 * time.Millisecond,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	c := serve(t, "/api/v1/alerts", `{"status":"success","data":{"alerts":[{"activeAt":"2023-11-14T22:13:20Z","annotations":{"summary":"s"},`+
		`"labels":{"alertname":"KamailioDown","severity":"page"},"state":"firing","value":"1e+00"}]}}`)
	got, err := c.Alerts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Alert{{
		Name: "KamailioDown", State: "firing", Labels: Labels{"alertname": "KamailioDown", "severity": "page"},
		Annotations: map[string]string{"summary": "s"}, Since: time.Unix(1700000000, 0),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	if err := serve(t, "/-/ready", "").Ready(t.Context()); err != nil {
		t.Errorf("want ready, got %v", err)
	}
	err := serve(t, "/elsewhere", "").Ready(t.Context())
	if want := "prometheus is not ready: 404 Not Found"; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}

func TestContextEndsACall(t *testing.T) {
	t.Parallel()
	c := serveWith(t, func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // only after the body does the server see that the client is gone
		<-r.Context().Done()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Query(ctx, "up", time.Time{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want a deadline error, got %v", err)
	}
}

func TestNewRefusesNonsense(t *testing.T) {
	t.Parallel()
	if _, err := New("http://127.0.0.1:port"); err == nil {
		t.Error("want an error for an address that is none, got nil")
	}
}

// TestOpen: credentials come from files, and stand in no error.
func TestOpen(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "reader" || password != "hush" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(s.Close)
	folder := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write("password", "hush")
	good := write("good.yaml", "basic_auth: {username: reader, password_file: password}")
	c, err := Open(s.URL, good)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Ready(t.Context()); err != nil {
		t.Errorf("with credentials: %v", err)
	}
	if c, err := Open(s.URL, ""); err != nil || c.Ready(t.Context()) == nil {
		t.Errorf("without credentials the server answers, or the address is refused: %v", err)
	}
	if _, err := Open(s.URL, filepath.Join(folder, "none.yaml")); err == nil {
		t.Error("a file that is not there is taken")
	}
	if _, err := Open(s.URL, write("bad.yaml", "basic_auth: hush")); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("a file of another form: %v", err)
	}
}

// TestRangeThatCannotBeUsed refuses what is no course of series, and more of them than anybody looks at.
func TestRangeThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	ask := func(data string) error {
		at := time.Unix(1700000000, 0)
		_, err := serve(t, "/api/v1/query_range", `{"status":"success","data":`+data+`}`).Range(t.Context(), "up", at, at.Add(time.Minute), time.Second)
		return err
	}
	if err := ask(`{"resultType":"vector","result":[]}`); err == nil || !strings.Contains(err.Error(), "want a matrix, got a vector") {
		t.Errorf("a vector: %v", err)
	}
	const one = `{"metric":{},"values":[]}`
	if err := ask(`{"resultType":"matrix","result":[` + one + strings.Repeat(","+one, maxSeries) + `]}`); !errors.Is(err, ErrTooLarge) {
		t.Errorf("want %v, got %v", ErrTooLarge, err)
	}
	if err := ask(`{"resultType":"matrix","result":[`); err == nil {
		t.Error("an answer that is cut was taken")
	}
}
