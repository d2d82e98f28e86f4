// Package browsertest gives tests a real Chromium. It refuses to skip a test for want of one.
package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/lab/chromium"
)

// Start starts a Chromium that ends with the test: this host's, or one unpacked below .lab, which takes minutes the first time and is what
// `make setup` does. The test fails if there is none to be had.
func Start(t *testing.T) *browser.Browser {
	t.Helper()
	program := Program(t)
	b, err := browser.Start(t.Context(), browser.Options{Path: program.Path, Env: program.Env})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// Program obtains the Chromium that Start starts.
func Program(t *testing.T) *chromium.Program {
	t.Helper()
	program, err := chromium.Obtain(t.Context(), os.Getenv, filepath.Join(repository(t), ".lab", "trees"), func(s string) { t.Log(s) })
	if err != nil {
		t.Fatalf("no Chromium for this test: %v: install chromium, or set %s, or run `make setup` where there is a network", err, chromium.Variable)
	}
	return program
}

// Open opens a page of a test's browser that is closed with the test.
func Open(t *testing.T, b *browser.Browser, v browser.View) *browser.Page {
	t.Helper()
	p, err := b.Page(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Goto shows an address, or ends the test.
func Goto(ctx context.Context, t *testing.T, p *browser.Page, url string) {
	t.Helper()
	if err := p.Goto(ctx, url); err != nil {
		t.Fatal(err)
	}
}

// repository is the folder with go.mod, above that of the test.
func repository(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
