package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/browser/browsertest"
	"github.com/voipbin/observability/internal/budget/maintenance"
)

// shelf is the journal and the past of a book: it takes everything, or refuses.
type shelf struct{ err error }

func (s *shelf) Append(context.Context, string, time.Time, any) error { return s.err }

func (s *shelf) Counted(_ context.Context, objective string, _ maintenance.Span) (maintenance.Effect, error) {
	return maintenance.Effect{Objective: objective, Errors: 12, Events: 4000}, s.err
}

// newBook is a book of the objectives calls and media whose clock stands still.
func newBook(s *shelf, at time.Time) *maintenance.Book {
	return maintenance.New(maintenance.Options{Objectives: []string{"calls", "media"}, Journal: s, Past: s, Now: func() time.Time { return at }})
}

const window = `{"objectives":["calls"],"from":"2026-03-15T02:00","to":"2026-03-15T04:00","zone":"Europe/Berlin","rule":"FREQ=WEEKLY;BYDAY=SU","reason":"<b>cables</b>"}`

func TestMaintenanceAPI(t *testing.T) {
	t.Parallel()
	site, _ := objectivesSite(t, &records{})
	const path = "/api/v1/maintenance"
	site.want(http.StatusUnauthorized, http.MethodPost, path, window)
	site.want(http.StatusForbidden, http.MethodPost, path, window, "Authorization", "Bearer "+audToken)
	site.want(http.StatusUnauthorized, http.MethodPost, path+"/2026-03-15-1/end", "{}")
	var added struct{ ID, Author, State string }
	if err := json.Unmarshal([]byte(site.want(http.StatusCreated, http.MethodPost, path, window, asAlice...)), &added); err != nil {
		t.Fatal(err)
	}
	if added.ID != "2026-03-15-1" || added.Author != "alice" || added.State != "planned" {
		t.Errorf("%+v", added)
	}
	if again := site.want(http.StatusCreated, http.MethodPost, path, window, asAlice...); !strings.Contains(again, `"overlaps":["2026-03-15-1"]`) {
		t.Errorf("it is not told what overlaps: %s", again)
	}
	if list := site.want(http.StatusOK, http.MethodGet, path, ""); !strings.Contains(list, `"2026-03-15-2"`) || !strings.Contains(list, `"next":{"from":"2026-03-15T01:00:00Z"`) {
		t.Errorf("%s", list)
	}
	for body, status := range map[string]int{
		`{"objectives":["cals"],"to":"2026-03-15T02:00","reason":"x"}`:                            http.StatusConflict,
		`{"objectives":["calls"],"from":"2026-03-01T02:00","to":"2026-03-01T03:00","reason":"x"}`: http.StatusConflict,
		`{"objective":["calls"]}`: http.StatusBadRequest,
		`{`:                       http.StatusBadRequest,
		`{"reason":"` + strings.Repeat("x", 70<<10) + `"}`:      http.StatusRequestEntityTooLarge,
		`{"objectives":["calls"],"to":"tomorrow","reason":"x"}`: http.StatusConflict,
	} {
		if text := site.want(status, http.MethodPost, path, body, asAlice...); !strings.Contains(text, `"error"`) {
			t.Errorf("%.60s: %s", body, text)
		}
	}
	site.want(http.StatusOK, http.MethodPost, path+"/2026-03-15-1/end", `{"reason":"moved"}`, asAlice...)
	site.want(http.StatusConflict, http.MethodPost, path+"/2026-03-15-1/end", `{}`, asAlice...)
	site.want(http.StatusNotFound, http.MethodPost, path+"/none/end", `{}`, asAlice...)
}

// TestMaintenanceIsNotAcknowledged where it could not be written.
func TestMaintenanceIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	site, _ := objectivesSiteOf(t, &records{}, s)
	s.err = errors.New("no space left on device")
	if text := site.want(http.StatusServiceUnavailable, http.MethodPost, "/api/v1/maintenance", window, asAlice...); !strings.Contains(text, "nothing was acknowledged") {
		t.Errorf("%s", text)
	}
	if page := site.want(http.StatusServiceUnavailable, http.MethodPost, "/maintenance", url.Values{"objectives": {"calls"}, "to": {"2026-03-20T02:00"}, "reason": {"x"}}.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer "+aliceToken); !strings.Contains(page, "nothing was acknowledged") || !strings.Contains(page, `value="2026-03-20T02:00"`) {
		t.Errorf("the page does not say so, or forgot what was typed")
	}
	if list := site.want(http.StatusOK, http.MethodGet, "/api/v1/maintenance", ""); strings.TrimSpace(list) != "[]" {
		t.Errorf("%s", list)
	}
}

// TestCorrectionBesideTheNumber: the recorded number stays, and the corrected one stands beside it.
func TestCorrectionBesideTheNumber(t *testing.T) {
	t.Parallel()
	site, f := objectivesSite(t, &records{})
	site.want(http.StatusCreated, http.MethodPost, "/api/v1/maintenance", `{"objectives":["calls"],"from":"2026-03-13T02:00","to":"2026-03-13T04:00","correction":true,"reason":"a test of ours"}`, asAlice...)
	f.Look(t.Context())
	page := site.want(http.StatusOK, http.MethodGet, "/objectives/calls", "")
	for _, want := range []string{"81.2 %", "1 correction of time that is over: without 12 errors of 4\u202f000 events 82.2 % of the budget would be left, and 99.9822 % achieved", "corrected afterwards: a test of ours", "a test of ours"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if all := site.want(http.StatusOK, http.MethodGet, "/objectives", ""); !strings.Contains(all, "corrected</small>") || !strings.Contains(all, "81.2 %") {
		t.Error("the overview does not show both numbers")
	}
	if text := site.want(http.StatusOK, http.MethodGet, "/api/v1/objectives/calls", ""); !strings.Contains(text, "corrected afterwards: a test of ours") {
		t.Error("the API does not tell of the correction")
	}
}

// TestMaintenanceByKeyboard fills the form in without a mouse, with scripts and without: what is refused says why and keeps what was typed, what is taken is
// listed with its author and reason, and who enters a window is told which others it overlaps. Who only reads has no form.
func TestMaintenanceByKeyboard(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	for name, v := range map[string]browser.View{"with scripts": {}, "without": {NoScript: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, _ := objectivesSite(t, &records{})
			ctx := t.Context()
			h := hands{browsertest.Open(t, b, v), ctx}
			browsertest.Goto(ctx, t, h.Page, site.URL+"/maintenance")
			steps(t, h.wait(`!document.querySelector("form[action='/maintenance']")`)) // nobody is logged in
			logIn(ctx, t, h.Page, site.URL)
			browsertest.Goto(ctx, t, h.Page, site.URL+"/maintenance?slo=calls")
			h.refused(t, "yesterday", "is no time")
			h.refused(t, "2026-03-14T02:00", "the window ends -1h0m0s after it begins") // it begins now, at three
			h.refused(t, "", "it is not clear when the window ends")
			steps(t, h.typedInto("from", "2026-03-10T02:00"))
			h.refused(t, "2026-03-10T04:00", "the window is over: what is recorded cannot be changed; enter it as a correction")
			steps(t, h.typedInto("from", ""), h.typedInto("to", "2026-03-14T05:00"), h.press("Enter"),
				h.wait(`document.querySelector("[role=alert]:not([hidden])")?.textContent === "2026-03-14-1 is entered."`),
				h.wait(`[...document.querySelectorAll("td")].some(e => e.textContent === "active")`),
				h.wait(`["alice", "new cables", "calls", "2026-03-14-1"].every(w => document.querySelector("tbody tr").textContent.includes(w))`),
				h.tabTo(`document.activeElement.name === "objectives"`), h.press("ArrowDown", "ArrowUp"), h.wait(`document.activeElement.value === "calls"`),
				h.tabTo(`document.activeElement.name === "reason"`), h.typed("the switch"), h.tabTo(`document.activeElement.name === "until_ended"`), h.press("Space"), h.press("Enter"),
				h.wait(`document.querySelector("[role=alert]:not([hidden])")?.textContent.includes("2026-03-14-2 is entered. It overlaps 2026-03-14-1")`),
				h.wait(`document.querySelectorAll("tbody tr").length === 2`),
				h.tabTo(`document.activeElement.getAttribute("aria-label") === "End 2026-03-14-1"`), h.press("Enter"),
				h.wait(`[...document.querySelectorAll("td")].some(e => e.textContent === "over")`),
			)
			if all := site.want(http.StatusOK, http.MethodGet, "/api/v1/maintenance", ""); strings.Count(all, `"author":"alice"`) != 2 || strings.Count(all, `"ended_by":"alice"`) != 1 {
				t.Errorf("taken down as %s", all)
			}
			for _, m := range h.Console() {
				if !strings.Contains(m.Text, "409") { // a refusal is a status, which Chromium tells on its console
					t.Errorf("the console has %s: %s", m.Level, m.Text)
				}
			}
		})
	}
}

// typedInto writes over what stands in a field.
func (h hands) typedInto(name, text string) func() error {
	return func() error {
		err := errors.Join(h.tabTo(`document.activeElement.name === "`+name+`"`)(), h.Eval(h.ctx, `document.activeElement.select()`, nil)) // as Ctrl-A does
		if err != nil || text != "" {
			return errors.Join(err, h.Type(h.ctx, text))
		}
		return h.Press(h.ctx, "Delete")
	}
}

// refused enters a window until a time, and wants to be told what is wrong, beside what was typed.
func (h hands) refused(t *testing.T, to, why string) {
	t.Helper()
	steps(t, h.typedInto("to", to), h.typedInto("reason", "new cables"), h.press("Enter"),
		h.wait(`document.querySelector("[role=alert]:not([hidden])")?.textContent.includes("`+why+`")`),
		h.wait(`document.querySelector("[name=reason]").value === "new cables" && document.querySelector("[name=to]").value === "`+to+`" && document.querySelector("[name=objectives]").value === "calls"`))
}
