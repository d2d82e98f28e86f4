package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// database writes a database (https://go.dev/doc/security/vuln/database) with one report, about a function of a module.
func database(t *testing.T, module, pkg, symbol string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"index/db.json":      `{"modified":"2026-01-01T00:00:00Z"}`,
		"index/modules.json": `[{"path":"` + module + `","vulns":[{"id":"GO-2026-0001","modified":"2026-01-01T00:00:00Z"}]}]`,
		"index/vulns.json":   `[{"id":"GO-2026-0001","modified":"2026-01-01T00:00:00Z"}]`,
		"ID/GO-2026-0001.json": `{"schema_version":"1.3.1","id":"GO-2026-0001","modified":"2026-01-01T00:00:00Z","published":"2026-01-01T00:00:00Z",
			"database_specific":{"url":"https://pkg.go.dev/vuln/GO-2026-0001"},"summary":"made up for a test","details":"made up","affected":[{"package":{"name":"` + module + `","ecosystem":"Go"},
			"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}],"ecosystem_specific":{"imports":[{"path":"` + pkg + `","symbols":["` + symbol + `"]}]}}]}`,
	} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return "file://" + folder
}

// self is a program to scan: this one.
func self(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

func try(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	if code := run(t.Context(), args, &out, &errs); code != want {
		t.Errorf("%v: want exit code %d, got %d: %s%s", args, want, code, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

func TestFound(t *testing.T) {
	t.Parallel()
	if out, _ := try(t, 1, "-db", database(t, "golang.org/x/vuln", "golang.org/x/vuln/scan", "Command"), self(t)); !strings.Contains(out, "GO-2026-0001") {
		t.Errorf("%q", out)
	}
}

func TestNothingFound(t *testing.T) {
	t.Parallel()
	if out, _ := try(t, 0, "-db", database(t, "example.org/other", "example.org/other", "Do"), self(t)); !strings.Contains(out, "no known vulnerability") {
		t.Errorf("%q", out)
	}
}

// TestNoDatabase: what is not known is no failure, and is not said to be good.
func TestNoDatabase(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead { // by which the scanner sees that it is a database
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer gone.Close()
	out, errs := try(t, 0, "-db", gone.URL, self(t))
	if !strings.HasPrefix(errs, "NOT CHECKED: ") || out != "" {
		t.Errorf("%q, %q", out, errs)
	}
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	try(t, 2)
	try(t, 1, "-db", database(t, "example.org/other", "example.org/other", "Do"), "main.go")
}
