package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	example = "../../deploy/tracker/tracker.yaml"
	specs   = "../../spec"
)

// runTracker runs the program and returns its exit code, standard output and standard error.
func runTracker(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	var stdout, stderr strings.Builder
	code := run(t.Context(), args, &stdout, &stderr, time.Now)
	return code, stdout.String(), stderr.String()
}

// The example in deploy/ is accepted with the spec of this repository.
func TestTheExampleIsRight(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := runTracker(t, "serve", "--config.file="+example, "--spec="+specs, "--config.check")
	if want := example + " is right: 1 stores, 2 stocks, 4 paths\n"; code != exitOK || stdout != want || stderr != "" {
		t.Errorf("want %q, got %d, %q, %q", want, code, stdout, stderr)
	}
}

// What is wrong with it is one line with its place.
func TestMistakesInTheExample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	f := func(old, changed, want string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "tracker.yaml")
		if !strings.Contains(string(text), old) {
			t.Fatalf("the example has no %q", old)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, changed, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := runTracker(t, "serve", "--config.file="+file, "--spec="+specs, "--config.check")
		if code != exitFailure || !strings.Contains(stderr, want) || !strings.Contains(stderr, file+":") {
			t.Errorf("want %q, got %d, %q", want, code, stderr)
		}
	}
	f("vantage: tracker-dr", "vantage: tracker-x", `the spec has no tracker "tracker-x"`)
	f("{name: dr, address", "{name: other, address", `replica "dr" of store "mysql" is not watched`)
	f("timeout: 500ms", "timeout: 5s", "a look may take longer than the time to the next")
	f("extension: echo, ", "", "nobody to call")
	f("promote: {command", "demote: {command", `the plan has no step "demote"`)
}

func TestMistakesInTheCommandLine(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"serve"}, {"drill", "mark", "dns", "over"}, {"report"}, {"unknown"}} {
		if code, _, stderr := runTracker(t, args...); code != exitUsage || !strings.HasSuffix(stderr, "see tracker --help\n") {
			t.Errorf("%v: want exit %d and a hint, got %d, %q", args, exitUsage, code, stderr)
		}
	}
}

// The health check of a container says whether somebody answers.
func TestHealth(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	address := server.Listener.Addr().String()
	if code, _, stderr := runTracker(t, "health", "--web.listen-address="+address); code != exitOK || stderr != "" {
		t.Errorf("%d, %q", code, stderr)
	}
	server.Close()
	if code, _, stderr := runTracker(t, "health", "--web.listen-address="+address); code != exitFailure || !strings.Contains(stderr, "connection refused") {
		t.Errorf("%d, %q", code, stderr)
	}
}
