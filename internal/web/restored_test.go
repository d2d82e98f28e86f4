package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/browser/browsertest"
)

// TestRestored: who may act says on the page of which time a copy is that data were brought back from, by keys, with scripts and without; it stands in the record.
func TestRestored(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	for name, v := range map[string]browser.View{"with scripts": {}, "without": {NoScript: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.drill()
			ctx := t.Context()
			h := hands{browsertest.Open(t, b, v), ctx}
			browsertest.Goto(ctx, t, h.Page, s.url+"/drills/"+s.id)
			steps(t, h.wait(`document.querySelector(".record") && !document.getElementById("restored")`)) // nobody is logged in
			logIn(ctx, t, h.Page, s.url)
			browsertest.Goto(ctx, t, h.Page, s.url+"/drills/"+s.id)
			steps(t,
				h.tabTo(`document.activeElement.name === "point"`), h.typed("2026-03-14T02:58"), h.press("Enter"),
				h.wait(`[...document.querySelectorAll(".record tr")].some(e => ["restored", "mina", "as of 2026-03-14 02:58:00 UTC"].every(w => e.textContent.includes(w)))`),
			)
			quiet(t, h.Page, s.url)
			d := s.service.Drills()[0]
			if want := time.Date(2026, 3, 14, 2, 58, 0, 0, time.UTC); d.Restored == nil || !d.Restored.Point.Time().Equal(want) || d.Restored.Store != "" {
				t.Errorf("taken down as %+v", d.Restored)
			}
		})
	}
}

// TestRestoredIsRefused where it names no time, or one that is still to come.
func TestRestoredIsRefused(t *testing.T) {
	t.Parallel()
	f := newSite(t)
	id, c := f.begin(), f.login()
	session := []string{"Cookie", c.Name + "=" + c.Value, "Content-Type", form}
	for body, want := range map[string]string{
		"":                             "is no time",
		"point=yesterday":              "&#34;yesterday&#34; is no time",
		"point=2199-01-01T00:00":       "names no point in time before it",
		"point=2026-01-01&store=mysql": "is no time",
		"point=2020-01-01T00:00&store=" + strings.Repeat("x", 300): "a text of 300 bytes",
	} {
		if page := f.want(http.StatusConflict, http.MethodPost, "/drills/"+id+"/mark", "kind=restored&"+body, session...); !strings.Contains(page, want) {
			t.Errorf("%q does not say %q", body, want)
		}
	}
	f.want(http.StatusUnauthorized, http.MethodPost, "/drills/"+id+"/mark", "kind=restored&point=2020-01-01T00:00", "Content-Type", form)
	f.want(http.StatusSeeOther, http.MethodPost, "/drills/"+id+"/mark", "kind=restored&store=mysql&point=2020-01-01T02:00:00%2B02:00", session...)
	if d := f.service.Drills()[0]; d.Restored == nil || d.Restored.Store != "mysql" || !d.Restored.Point.Time().Equal(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("taken down as %+v", d.Restored)
	}
}
