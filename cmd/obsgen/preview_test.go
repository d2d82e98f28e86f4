package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPreviewRefuses says in one line what is missing or wrong, and serves nothing.
func TestPreviewRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	board, page := filepath.Join(dir, "a.json"), filepath.Join(dir, "page")
	for path, text := range map[string]string{board: `{"title": "A", "panels": [{}]}`, filepath.Join(page, "main.js"): "", filepath.Join(dir, "b.json"): "{"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-page", "nowhere", board}, exitFailure, `run "make page"`},
		{[]string{"-page", page, filepath.Join(dir, "none.json")}, exitFailure, "no such file"},
		{[]string{"-page", page, dir}, exitFailure, "not a board"},
		{[]string{"-page", page, "-prometheus", "somewhere", board}, exitUsage, "is no address"},
		{[]string{"-page", page, "-from", "2026-01-12T09:00:00Z", board}, exitUsage, "-from without -to"},
		{[]string{"-page", page, "-port", "-1", board}, exitFailure, "another -port"},
	} {
		var said strings.Builder
		code := run(t.Context(), append([]string{"preview"}, tc.args...), noEnv, nil, io.Discard, &said)
		if code != tc.code || !strings.Contains(said.String(), tc.want) {
			t.Errorf("%v: want exit code %d and %q, got %d and %q", tc.args, tc.code, tc.want, code, said.String())
		}
	}
}
