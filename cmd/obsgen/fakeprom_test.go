package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// answer is what the fake server of a script says to a request.
type answer struct{ path, query, data string }

// serve starts a server that answers as Prometheus does, from a file of lines "PATH QUERY => DATA"; the query is a part of the
// real one, in which spaces count. What no line is about has no data. In data, STEPS stands for the times of a range query,
// each with the value that precedes it: "STEPS(1)". The server's address is in $PROMETHEUS: serve FILE.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serve FILE")
	}
	var answers []answer
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		asked, data, found := strings.Cut(strings.TrimSpace(line), " => ")
		path, query, _ := strings.Cut(asked, " ")
		if !found {
			ts.Fatalf("%s: %q has no =>", args[0], line)
		}
		answers = append(answers, answer{path, query, data})
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		empty := map[string]string{"/api/v1/query": `{"resultType":"vector","result":[]}`, "/api/v1/query_range": `{"resultType":"matrix","result":[]}`, "/api/v1/targets": `{"activeTargets":[]}`}
		data, known := empty[r.URL.Path]
		for _, a := range answers {
			if a.path == r.URL.Path && strings.Contains(r.FormValue("query"), a.query) {
				data, known = a.data, true
				break
			}
		}
		if !known {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		text, err := timed(data, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, `{"status":"success","data":%s}`, text)
	}))
	ts.Defer(s.Close)
	ts.Setenv("PROMETHEUS", s.URL)
}

// timed fills in the times of a range query.
func timed(data string, r *http.Request) (string, error) {
	for {
		before, rest, found := strings.Cut(data, "STEPS(")
		if !found {
			return data, nil
		}
		value, after, _ := strings.Cut(rest, ")")
		var times [3]float64
		for i, name := range []string{"start", "end", "step"} {
			var err error
			if times[i], err = strconv.ParseFloat(r.FormValue(name), 64); err != nil {
				return "", err
			}
		}
		var points [][2]any
		for t := times[0]; t <= times[1]; t += times[2] {
			v := value
			if value == "rising" {
				v = strconv.FormatFloat(t-times[0], 'f', 0, 64)
			}
			points = append(points, [2]any{t, v})
		}
		text, err := json.Marshal(points)
		if err != nil {
			return "", err
		}
		data = before + string(text) + after
	}
}

// ago sets a variable to a time so long ago: ago NAME 4h.
func ago(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: ago NAME DURATION")
	}
	d, err := time.ParseDuration(args[1])
	ts.Check(err)
	ts.Setenv(args[0], time.Now().UTC().Add(-d).Truncate(time.Hour).Format(time.RFC3339))
}
