//go:build integration

package chromium_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/lab/chromium"
)

// TestRealPackages draws a page with a Chromium that is not installed, as on a machine that has none.
func TestRealPackages(t *testing.T) {
	program, err := chromium.Obtain(t.Context(), func(string) string { return "" }, "../../../.lab/trees", func(s string) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	t.Log(program.Origin)
	b, err := browser.Start(t.Context(), browser.Options{Path: program.Path, Env: program.Env})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><p style="font-family:Inter">hello`))
	}))
	defer s.Close()
	p, err := b.Page(t.Context(), browser.View{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Goto(t.Context(), s.URL); err != nil {
		t.Fatal(err)
	}
	if text, err := p.Text(t.Context()); err != nil || !strings.Contains(text, "hello") {
		t.Errorf("text %q, %v", text, err)
	}
	if picture, err := p.Screenshot(t.Context(), false); err != nil || len(picture) < 1000 {
		t.Errorf("a picture of %d bytes, %v", len(picture), err)
	}
}
