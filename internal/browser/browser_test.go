package browser_test

import (
	"bytes"
	"context"
	"errors"
	"image/png"
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

// site serves pages by path.
func site(t *testing.T, pages map[string]string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if to, ok := strings.CutPrefix(text, "-> "); ok {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><html lang=en><title>t</title><link rel=icon href=data:,>" + text))
	}))
	t.Cleanup(s.Close)
	return s
}

// TestPage drives pages as tests of ours do.
func TestPage(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	s := site(t, map[string]string{
		"/":      `<p>hello <span hidden>unseen</span></p><input id=a><button id=b onclick="document.title=document.getElementById('a').value">b</button>`,
		"/late":  `<p id=p>no</p><script>setTimeout(() => { p.textContent = "yes" }, 50)</script><noscript>plain</noscript>`,
		"/bad":   `<script>console.warn("careful", 7); console.log("all is well"); console.error({a: 1}); setTimeout(() => { nothing.there }, 0)</script><img src=/gone>`,
		"/moved": "-> /",
		"/away":  `<img src="http://example.invalid/x.png"><img src="http://192.0.2.1.nip.invalid/">`,
		"/dark":  `<meta name=viewport content="width=device-width"><style>body{background:#fff} @media (prefers-color-scheme: dark) {body{background:#000}}</style><div style="height:1200px;width:10px">`,
	})
	for name, test := range map[string]func(context.Context, *testing.T){
		"text and html": func(ctx context.Context, t *testing.T) {
			p := browsertest.Open(t, b, browser.View{})
			browsertest.Goto(ctx, t, p, s.URL)
			text, err := p.Text(ctx)
			if err != nil || !strings.Contains(text, "hello") || strings.Contains(text, "unseen") {
				t.Errorf("text %q, %v", text, err)
			}
			if html, err := p.HTML(ctx); err != nil || !strings.Contains(html, "unseen") {
				t.Errorf("html %q, %v", html, err)
			}
		},
		"keys": func(ctx context.Context, t *testing.T) {
			p := browsertest.Open(t, b, browser.View{})
			browsertest.Goto(ctx, t, p, s.URL)
			for _, press := range []func() error{
				func() error { return p.Press(ctx, "Tab") },
				func() error { return p.Type(ctx, "xy") },
				func() error { return p.Press(ctx, "+") },
				func() error { return p.Press(ctx, "Tab") },
				func() error { return p.Press(ctx, "Enter") },
				func() error { return p.WaitFor(ctx, `document.title === "xy+"`) },
				func() error { return p.Press(ctx, "Shift+Tab") },
				func() error { return p.WaitFor(ctx, `document.activeElement.id === "a"`) },
				func() error { return p.Click(ctx, "#b") },
				func() error { return p.WaitFor(ctx, `document.activeElement.id === "b"`) },
			} {
				if err := press(); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.Press(ctx, "Hyper+Tab"); err == nil || !strings.Contains(err.Error(), "no such key") {
				t.Errorf("got %v", err)
			}
		},
		"values and promises": func(ctx context.Context, t *testing.T) {
			p := browsertest.Open(t, b, browser.View{})
			browsertest.Goto(ctx, t, p, s.URL)
			var got struct{ N int }
			if err := p.Eval(ctx, `new Promise(r => setTimeout(() => r({n: 42}), 10))`, &got); err != nil || got.N != 42 {
				t.Errorf("%+v, %v", got, err)
			}
			if err := p.Eval(ctx, `Promise.reject(new Error("why"))`, nil); err == nil || !strings.Contains(err.Error(), "why") {
				t.Errorf("a rejected promise: %v", err)
			}
			if err := p.Eval(ctx, `)`, nil); err == nil {
				t.Error("a slip of syntax is no error")
			}
		},
		"waits": func(ctx context.Context, t *testing.T) {
			p := browsertest.Open(t, b, browser.View{})
			browsertest.Goto(ctx, t, p, s.URL+"/late")
			if err := p.WaitFor(ctx, `document.getElementById("p").textContent === "yes"`); err != nil {
				t.Error(err)
			}
			short, stop := context.WithTimeout(ctx, 100*time.Millisecond)
			defer stop()
			if err := p.WaitFor(short, "false"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if err := p.Eval(ctx, "1", nil); err != nil {
				t.Errorf("after a wait that failed: %v", err)
			}
		},
		"without scripts": func(ctx context.Context, t *testing.T) {
			p := browsertest.Open(t, b, browser.View{NoScript: true})
			browsertest.Goto(ctx, t, p, s.URL+"/late")
			if text, err := p.Text(ctx); err != nil || !strings.Contains(text, "plain") || strings.Contains(text, "yes") {
				t.Errorf("%q, %v", text, err)
			}
		},
		"complaints": func(ctx context.Context, t *testing.T) {
			p := browsertest.Open(t, b, browser.View{})
			browsertest.Goto(ctx, t, p, s.URL+"/bad")
			waitComplaints(ctx, t, p, "careful 7", "Object", "nothing is not defined", "404")
			for _, m := range p.Console() {
				if strings.Contains(m.Text, "all is well") {
					t.Errorf("%+v is no complaint", m)
				}
			}
		},
		"requests": func(ctx context.Context, t *testing.T) {
			p := browsertest.Open(t, b, browser.View{})
			browsertest.Goto(ctx, t, p, s.URL+"/moved")
			got := p.Requests()
			if len(got) < 2 || got[0].URL != s.URL+"/moved" || got[0].Status != http.StatusFound || got[1].URL != s.URL+"/" || got[1].Status != http.StatusOK {
				t.Errorf("got %+v", got)
			}
		},
		"no other host": func(ctx context.Context, t *testing.T) {
			p := browsertest.Open(t, b, browser.View{})
			browsertest.Goto(ctx, t, p, s.URL+"/away")
			failed := 0
			for _, r := range p.Requests() {
				if strings.Contains(r.URL, ".invalid/") && r.Failed != "" && r.Status == 0 {
					failed++
				}
			}
			if failed != 2 {
				t.Errorf("got %+v", p.Requests())
			}
		},
		"pictures": func(ctx context.Context, t *testing.T) {
			p := browsertest.Open(t, b, browser.View{Width: 390, Height: 844, Scale: 2, Dark: true, Phone: true})
			browsertest.Goto(ctx, t, p, s.URL+"/dark")
			checkPicture(ctx, t, p, false, 780, 844*2)
			checkPicture(ctx, t, p, true, 780, 2400)
		},
		"strangers": func(ctx context.Context, t *testing.T) {
			first, second := browsertest.Open(t, b, browser.View{}), browsertest.Open(t, b, browser.View{})
			browsertest.Goto(ctx, t, first, s.URL)
			browsertest.Goto(ctx, t, second, s.URL)
			var cookie string
			if err := errors.Join(first.Eval(ctx, `document.cookie = "a=b"`, nil), second.Eval(ctx, `document.cookie`, &cookie)); err != nil || cookie != "" {
				t.Errorf("a page sees another's cookie %q, %v", cookie, err)
			}
		},
		"nobody there": func(ctx context.Context, t *testing.T) {
			p := browsertest.Open(t, b, browser.View{})
			gone := httptest.NewServer(nil)
			gone.Close()
			if err := p.Goto(ctx, gone.URL); err == nil || !strings.Contains(err.Error(), gone.URL) {
				t.Errorf("got %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { test(t.Context(), t) })
	}
}

// TestHungServer gives up with the context, and the page can be used afterwards.
func TestHungServer(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hung" {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	}))
	defer s.Close()
	defer close(release)
	p := browsertest.Open(t, browsertest.Start(t), browser.View{})
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	if err := p.Goto(ctx, s.URL+"/hung"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	browsertest.Goto(t.Context(), t, p, s.URL)
}

func waitComplaints(ctx context.Context, t *testing.T, p *browser.Page, want ...string) {
	t.Helper()
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	for {
		var all []string
		for _, m := range p.Console() {
			all = append(all, m.Level+" "+m.Text)
		}
		missing := ""
		for _, w := range want {
			if !strings.Contains(strings.Join(all, "\n"), w) {
				missing = w
			}
		}
		if missing == "" {
			return
		}
		if err := p.Eval(ctx, "new Promise(r => setTimeout(r, 20))", nil); err != nil {
			t.Fatalf("%q is missing from %q: %v", missing, all, err)
		}
	}
}

func checkPicture(ctx context.Context, t *testing.T, p *browser.Page, full bool, width, least int) {
	t.Helper()
	data, err := p.Screenshot(ctx, full)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	size := picture.Bounds().Size()
	if r, g, bl, _ := picture.At(size.X/2, size.Y/2).RGBA(); r+g+bl != 0 {
		t.Error("it is not dark")
	}
	if size.X != width || size.Y < least {
		t.Errorf("full %v: %v, want %d by %d at least", full, size, width, least)
	}
}

// marked lists the processes with a mark in their environment, zombies not.
func marked(t *testing.T, mark string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range files {
		if env, err := os.ReadFile(f); err == nil && strings.Contains(string(env), mark) {
			found = append(found, f)
		}
	}
	return found
}

// TestNothingIsLeft ends a browser in the midst of its work: no process, no file.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	program := browsertest.Program(t)
	mark := "BROWSER_TEST_MARK=" + filepath.Base(t.TempDir()) + time.Now().Format("150405.000000000")
	b, err := browser.Start(t.Context(), browser.Options{Path: program.Path, Env: append(program.Env, mark)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Page(t.Context(), browser.View{})
	if err != nil {
		t.Fatal(err)
	}
	busy := make(chan error, 1)
	go func() { busy <- p.Eval(t.Context(), `(() => { for (;;) {} })()`, nil) }()
	if n := len(marked(t, mark)); n < 2 {
		t.Fatalf("%d processes are marked: the test sees nothing", n)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := <-busy; err == nil {
		t.Error("what was under way ended well")
	}
	if left := marked(t, mark); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if err := b.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if _, err := b.Page(t.Context(), browser.View{}); err == nil {
		t.Error("a closed browser opens a page")
	}
}

// TestStartFails says what went wrong, and within the context's time.
func TestStartFails(t *testing.T) {
	t.Parallel()
	script := func(text string) string {
		file := filepath.Join(t.TempDir(), "chromium")
		if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for name, test := range map[string]struct{ path, want string }{
		"nothing named": {"", "no program is named"},
		"not there":     {"/nowhere/chromium", "no such file"},
		"dies":          {script("echo no usable sandbox >&2; exit 1"), "no usable sandbox"},
		"hangs":         {script("exec sleep 600"), "deadline"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
			defer stop()
			b, err := browser.Start(ctx, browser.Options{Path: test.path})
			if err == nil {
				t.Fatal(errors.Join(errors.New("it started"), b.Close()))
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want %q", err, test.want)
			}
		})
	}
}
