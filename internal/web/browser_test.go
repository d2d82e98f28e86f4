package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/browser/browsertest"
)

// The windows that people have: a phone held upright, and a desk's.
const (
	phone = 390
	desk  = 1280
)

// shown are the pages to look at, by name: the overview, a drill that runs, both as somebody sees them who may act, and reports.
func shown(ctx context.Context, t *testing.T, b *browser.Browser, v browser.View, each func(context.Context, *testing.T, *browser.Page, string)) {
	t.Helper()
	calm, burning, early := newScene(t), newScene(t), newScene(t)
	calm.watch(-5*time.Minute, cutAt-time.Second)
	burning.drill()
	early.begin()
	early.watch(-5*time.Minute, 80*time.Second)
	budgets := recoverySite(t)
	for _, body := range []string{window, `{"objectives":["calls","media"],"until_ended":true,"reason":"the switch is replaced","zone":"Asia/Seoul"}`,
		`{"objectives":["media"],"from":"2026-03-12T02:00","to":"2026-03-12T03:00","correction":true,"reason":"a test of ours that nobody had announced"}`} {
		budgets.want(http.StatusCreated, http.MethodPost, "/api/v1/maintenance", body, asAlice...)
	}
	reports := http.NewServeMux()
	for name, text := range goldenReports(t) {
		reports.HandleFunc("/"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(text)
		})
	}
	reports.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server := httptest.NewServer(reports)
	t.Cleanup(server.Close)
	for name, page := range map[string]struct {
		own, path string
		login     bool
	}{
		"overview":        {own: calm.url, path: "/"},
		"overview, login": {own: calm.url, path: "/", login: true},
		"drill":           {own: burning.url, path: "/drills/" + burning.id},
		"drill, login":    {own: burning.url, path: "/drills/" + burning.id, login: true},
		"drill, early":    {own: early.url, path: "/drills/" + early.id, login: true},
		"drill, overview": {own: burning.url, path: "/"},
		"objectives":      {own: budgets.URL, path: "/objectives"},
		"objective":       {own: budgets.URL, path: "/objectives/calls"},
		"what if":         {own: budgets.URL, path: "/objectives/calls/whatif?objective=99.95&exclude=2026-03-01T02:00:00Z/2026-03-01T04:00:00Z"},
		"reports":         {own: budgets.URL, path: "/reports"},
		"report of month": {own: budgets.URL, path: "/reports/2026-10"},
		"running month":   {own: budgets.URL, path: "/reports/2026-11"},
		"maintenance":     {own: budgets.URL, path: "/maintenance", login: true},
		"pass":            {own: server.URL, path: "/pass.html"},
		"fail":            {own: server.URL, path: "/fail.html"},
		"not proven":      {own: server.URL, path: "/not-proven.html"},
		"example":         {own: server.URL, path: "/recovery-drill.html"},
	} {
		t.Run(name, func(t *testing.T) {
			p := browsertest.Open(t, b, v)
			if page.login {
				logIn(ctx, t, p, page.own)
			}
			browsertest.Goto(ctx, t, p, page.own+page.path)
			each(ctx, t, p, page.own)
			if dir := os.Getenv("WEB_PICTURES"); dir != "" { // to look at what a test complains of
				picture(ctx, t, p, filepath.Join(dir, strings.NewReplacer("/", "-", " ", "_", ",", "").Replace(t.Name())+".png"))
			}
		})
	}
}

func picture(ctx context.Context, t *testing.T, p *browser.Page, file string) {
	t.Helper()
	data, err := p.Screenshot(ctx, true)
	if err == nil {
		err = os.WriteFile(file, data, 0o644)
	}
	if err != nil {
		t.Error(err)
	}
}

// logIn logs in by keys.
func logIn(ctx context.Context, t *testing.T, p *browser.Page, url string) {
	t.Helper()
	browsertest.Goto(ctx, t, p, url)
	if err := p.Eval(ctx, `document.getElementById("token").focus()`, nil); err != nil {
		t.Fatal(err)
	}
	for _, do := range []func() error{
		func() error { return p.Type(ctx, aliceToken) },
		func() error { return p.Press(ctx, "Enter") },
		func() error { return p.WaitFor(ctx, `document.querySelector("form[action='/logout']")`) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPages looks at every page as people do.
func TestPages(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	for name, v := range map[string]browser.View{
		"phone":      {Width: phone, Height: 844, Phone: true},
		"phone dark": {Width: phone, Height: 844, Phone: true, Dark: true},
		"desk":       {Width: desk, Height: 800},
		"desk dark":  {Width: desk, Height: 800, Dark: true},
	} {
		t.Run(name, func(t *testing.T) {
			shown(t.Context(), t, b, v, func(ctx context.Context, t *testing.T, p *browser.Page, own string) {
				fits(ctx, t, p, v.Width)
				audit(ctx, t, p, pale, "contrast")
				keyboard(ctx, t, p)
				quiet(t, p, own)
			})
		})
	}
}
