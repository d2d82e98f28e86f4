package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/browser/browsertest"
	"github.com/voipbin/observability/internal/rto"
)

// steps does one thing after the other and ends the test where one fails.
func steps(t *testing.T, all ...func() error) {
	t.Helper()
	for i, do := range all {
		if err := do(); err != nil {
			t.Fatalf("step %d: %v", i+1, err)
		}
	}
}

// hands are what a person has.
type hands struct {
	*browser.Page
	ctx context.Context
}

func (h hands) press(keys ...string) func() error {
	return func() error {
		for _, k := range keys {
			if err := h.Press(h.ctx, k); err != nil {
				return err
			}
		}
		return nil
	}
}

// wait is for what becomes true of a page that is there with all of its parts.
func (h hands) wait(js string) func() error {
	return func() error { return h.WaitFor(h.ctx, `document.readyState === "complete" && (`+js+`)`) }
}

func (h hands) typed(text string) func() error { return func() error { return h.Type(h.ctx, text) } }

// tabTo presses Tab until the control has the focus.
func (h hands) tabTo(js string) func() error {
	return func() error {
		ctx, stop := context.WithTimeout(h.ctx, 20*time.Second)
		defer stop()
		for {
			var there bool
			if err := h.Eval(ctx, "Boolean(document.activeElement && ("+js+"))", &there); err != nil || there {
				return err
			}
			if err := h.Press(ctx, "Tab"); err != nil {
				return err
			}
		}
	}
}

// TestByKeyboard rehearses without a mouse: skips to the contents, logs in, begins a drill, marks a step and ends it; with scripts and without.
func TestByKeyboard(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	for name, v := range map[string]browser.View{"desk": {}, "phone": {Width: phone, Height: 844, Phone: true}, "without scripts": {NoScript: true}} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.watch(-time.Minute, cutAt-time.Second)
			ctx := t.Context()
			h := hands{browsertest.Open(t, b, v), ctx}
			browsertest.Goto(ctx, t, h.Page, s.url)
			focus := "document.activeElement"
			steps(t,
				h.press("Tab"), h.wait(focus+`.className === "skip" && `+focus+`.getBoundingClientRect().left >= 0`),
				h.press("Enter"), h.wait(`location.hash === "#main" && `+focus+`.id === "main"`),
				h.press("Tab"), h.wait(focus+`.closest("main, footer")`), // the header was skipped
				h.tabTo(focus+`.id === "token"`), h.typed(aliceToken), h.press("Enter"),
				h.wait(`document.querySelector("form[action='/logout']")`),
				h.tabTo(focus+`.name === "kind"`), h.press("ArrowDown", "ArrowDown"), h.wait(focus+`.value === "full"`),
				h.tabTo(focus+`.name === "announced"`), h.press("Space"), h.wait(focus+".checked"),
				h.tabTo(focus+`.textContent === "Start"`), h.press("Enter"),
				h.wait(`location.pathname.startsWith("/drills/")`),
				h.tabTo(focus+`.getAttribute("aria-label") && `+focus+`.getAttribute("aria-label").startsWith("Begin: Alerts tell")`), h.press("Enter"),
				h.wait(`document.querySelector("tr.running")`),
			)
			ended := s.service.Drills()[0]
			if _, ok := ended.Steps["detect"]; !ok || ended.Start.Kind != rto.Full || ended.Start.Realism.Announced == nil || !*ended.Start.Realism.Announced {
				t.Errorf("taken down as %+v", ended)
			}
			steps(t, h.tabTo(focus+`.name === "text"`), h.typed("by keys"), h.press("Enter"), h.wait(`document.querySelector(".record").textContent.includes("by keys")`))
			quiet(t, h.Page, s.url)
		})
	}
}

// TestWithoutScripts shows the same without scripts.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	with := map[string]string{}
	read := func(off bool) func(context.Context, *testing.T, *browser.Page, string) {
		return func(ctx context.Context, t *testing.T, p *browser.Page, own string) {
			t.Helper()
			text, err := p.Text(ctx)
			if err != nil {
				t.Fatal(err)
			}
			page := t.Name()[strings.LastIndex(t.Name(), "/"):]
			if !off {
				with[page] = text
				return
			}
			same(t, "without scripts", with[page], strings.Replace(text, "reload for what is newer", "", 1))
			quiet(t, p, own)
		}
	}
	t.Run("with", func(t *testing.T) { shown(t.Context(), t, b, browser.View{}, read(false)) })
	t.Run("without", func(t *testing.T) { shown(t.Context(), t, b, browser.View{NoScript: true}, read(true)) })
}

// TestLive follows a drill as it goes on: what is new appears, and what somebody is doing meanwhile stays.
func TestLive(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.drill()
	ctx := t.Context()
	h := hands{browsertest.Open(t, browsertest.Start(t), browser.View{}), ctx}
	logIn(ctx, t, h.Page, s.url)
	browsertest.Goto(ctx, t, h.Page, s.url+"/drills/"+s.id)
	steps(t,
		h.wait(`document.querySelector(".big").textContent.includes("22 m 47 s")`),
		h.tabTo(`document.activeElement.name === "text"`), h.typed("half a sen"),
		func() error { // somebody else marks a step a minute later
			s.clock.Store(int64(s.at(8*time.Minute + 13*time.Second)))
			_, err := s.service.Note(ctx, rto.DrillEvent{Drill: s.id, Kind: rto.EventStepDone, Step: "promote", Author: "jae", Source: rto.ByPerson, At: rto.At(s.now()), Noted: s.now()})
			return err
		},
		h.wait(`document.querySelector(".big").textContent.includes("21 m 47 s")`),
		h.wait(`document.title.startsWith("21 m 47 s left")`),
		h.wait(`[...document.querySelectorAll(".todo strong")].some(e => e.textContent.startsWith("Point the services"))`),
		h.wait(`document.activeElement.name === "text" && document.activeElement.value === "half a sen"`),
		h.typed("tence"), h.wait(`document.activeElement.value === "half a sentence"`),
	)
	quiet(t, h.Page, s.url)
	steps(t,
		func() error { // the drill ends: its address has the report now
			_, err := s.service.Note(ctx, rto.DrillEvent{Drill: s.id, Kind: rto.EventEnded, Author: "mina", Source: rto.ByPerson, At: rto.At(s.now()), Noted: s.now()})
			return err
		},
		h.wait(`document.querySelector(".verdict")`),
	)
}

// TestLost says so when the tracker does not answer any more: an old page must not pass for a new one.
func TestLost(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.drill()
	ctx := t.Context()
	h := hands{browsertest.Open(t, browsertest.Start(t), browser.View{}), ctx}
	browsertest.Goto(ctx, t, h.Page, s.url+"/drills/"+s.id)
	steps(t, h.wait(`document.getElementById("lost").hidden`), h.wait(`document.querySelector(".big").textContent.includes("22 m 47 s")`))
	s.server.CloseClientConnections()
	_ = s.server.Listener.Close() // nobody listens any more; that it was closed is all we want
	steps(t, h.wait(`!document.getElementById("lost").hidden && document.getElementById("lost").textContent.includes("2026-03-14 03:07:12 UTC")`))
	audit(ctx, t, h.Page, pale, "contrast")
}

// TestAnotherSite has a page of another site send a form, in the browser of somebody who is logged in: it changes nothing. Both are on one host,
// so that the cookie goes along.
func TestAnotherSite(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><link rel=icon href=data:,><form method=post action="` + s.url + `/drills"><input name=kind value=full><input name=scenario value=region_loss><button id=b>win</button></form>`))
	}))
	defer evil.Close()
	ctx := t.Context()
	h := hands{browsertest.Open(t, browsertest.Start(t), browser.View{}), ctx}
	logIn(ctx, t, h.Page, s.url)
	browsertest.Goto(ctx, t, h.Page, evil.URL)
	steps(t, func() error { return h.Click(ctx, "#b") }, h.wait(`location.pathname === "/drills"`))
	// The refusal is a page without an icon, for which the browser may have asked since.
	if !slices.ContainsFunc(h.Requests(), func(r browser.Request) bool {
		return r.Method == http.MethodPost && r.URL == s.url+"/drills" && r.Status == http.StatusForbidden
	}) {
		t.Errorf("got %+v", h.Requests())
	}
	if n := len(s.service.Drills()); n != 0 {
		t.Errorf("%d drills began", n)
	}
	browsertest.Goto(ctx, t, h.Page, s.url)
	if err := h.WaitFor(ctx, `document.querySelector("form[action='/logout']")`); err != nil {
		t.Errorf("the login is gone, so that this test has proven nothing: %v", err)
	}
}
