//go:build integration

package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/browser/browsertest"
	"github.com/voipbin/observability/internal/tracker"
)

// viewer looks at pages as a person at a desk and one with a phone do.
type viewer struct {
	dir   string
	views map[string]browser.View
	pages map[string]*browser.Page
}

// newViewer opens the windows, so that they are there when there is something to see.
func newViewer(t *testing.T) *viewer {
	t.Helper()
	v := &viewer{dir: os.Getenv("PICTURES"), pages: map[string]*browser.Page{}, views: map[string]browser.View{
		"":       {Width: 1280, Height: 1060, Scale: 1.5},
		"-dark":  {Width: 1280, Height: 1060, Scale: 1.5, Dark: true},
		"-phone": {Width: 390, Height: 844, Scale: 2, Phone: true, Dark: true},
	}}
	if v.dir == "" { // nobody wants pictures: one window will do, and takes less from the drill
		v.dir = t.TempDir()
		delete(v.views, "")
		delete(v.views, "-dark")
	}
	b := browsertest.Start(t)
	for name, view := range v.views {
		v.pages[name] = browsertest.Open(t, b, view)
	}
	return v
}

// live looks at the tracker's page while a drill goes on: from the moment at which its first steps are done.
func (v *viewer) live(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	ctx, stop := context.WithTimeout(ctx, 5*time.Minute)
	defer stop()
	id, err := runningDrill(ctx, url)
	if err != nil {
		t.Error(err)
		return
	}
	seen := make(chan error, len(v.pages))
	for name, p := range v.pages {
		go func() {
			if err := p.Goto(ctx, url+"/drills/"+id); err != nil {
				seen <- err
				return
			}
			if err := p.WaitFor(ctx, `document.querySelector(".since") && document.querySelectorAll("tr.done").length >= 2`); err != nil {
				seen <- err
				return
			}
			seen <- v.take(ctx, p, "recovery-live"+name, v.views[name].Width, false)
		}()
	}
	for range v.pages {
		if err := <-seen; err != nil {
			t.Error(err)
		}
	}
	for name, p := range v.pages {
		blameless(t, p, url, name)
		if err := p.Goto(ctx, "about:blank"); err != nil { // a window that follows the drill takes time from it
			t.Error(err)
		}
	}
}

// runningDrill waits for a drill and returns its name.
func runningDrill(ctx context.Context, url string) (string, error) {
	for {
		var s tracker.Snapshot
		err := askJSON(ctx, url+"/api/v1/status", &s)
		if err == nil && s.Running != nil {
			return s.Running.ID, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("no drill runs: %w: %w", context.Cause(ctx), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func askJSON(ctx context.Context, url string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return json.NewDecoder(answer.Body).Decode(into)
}

// report looks at a report.
func (v *viewer) report(ctx context.Context, t *testing.T, file string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/favicon.ico" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		http.ServeFile(w, r, file)
	}))
	defer s.Close()
	for name, p := range v.pages {
		browsertest.Goto(ctx, t, p, s.URL+"/drill")
		if err := v.take(ctx, p, "recovery-report"+name, v.views[name].Width, false); err != nil {
			t.Error(err)
		}
	}
}

// take takes a picture of a page that fits its window.
func (v *viewer) take(ctx context.Context, p *browser.Page, name string, width int, full bool) error {
	picture, err := p.Screenshot(ctx, full)
	if err != nil {
		return err
	}
	var wide int
	if err := p.Eval(ctx, "document.scrollingElement.scrollWidth", &wide); err != nil {
		return err
	}
	if wide > width {
		return fmt.Errorf("%s: the page is %d wide, its window %d", name, wide, width)
	}
	if err := os.MkdirAll(v.dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(v.dir, name+".png"), picture, 0o644)
}

// blameless wants no complaint, and no request to another host.
func blameless(t *testing.T, p *browser.Page, own, name string) {
	t.Helper()
	for _, m := range p.Console() {
		if !strings.Contains(m.Text, "net::ERR_") { // the drill stops its tracker while the page is open
			t.Errorf("%s: the console has %s: %s", name, m.Level, m.Text)
		}
	}
	for _, r := range p.Requests() {
		if !strings.HasPrefix(r.URL, own+"/") && !strings.HasPrefix(r.URL, "data:") {
			t.Errorf("%s: it asked for %s", name, r.URL)
		}
	}
}
