package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestEndedSession: a form of a page whose login is over leads to a login, and that back to the page; what speaks no HTML is told in JSON as ever.
func TestEndedSession(t *testing.T) {
	t.Parallel()
	f, _ := objectivesSite(t, &records{})
	browser := []string{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8", "Content-Type", form, "Cookie", "tracker_session=ended"}
	for path, back := range map[string]string{
		"/maintenance": "/maintenance", "/maintenance/2026-03-15-1/end": "/maintenance", "/drills": "/", "/drills/x/mark": "/drills/x",
	} {
		answer, _ := f.do(http.MethodPost, path, "reason=x", browser...)
		to := answer.Header.Get("Location")
		if answer.StatusCode != http.StatusSeeOther || to != "/login?back="+url.QueryEscape(back) {
			t.Errorf("%s: %s to %q", path, answer.Status, to)
			continue
		}
		page := f.want(http.StatusOK, http.MethodGet, to, "")
		if !strings.Contains(page, "nothing was changed") || !strings.Contains(page, `name="back" value="`+back+`"`) {
			t.Errorf("%s: the page does not say why, or leads nowhere", path)
		}
	}
	if page := f.want(http.StatusUnauthorized, http.MethodPost, "/login", "token=wrong&back=/maintenance", browser...); !strings.Contains(page, `name="back" value="/maintenance"`) {
		t.Error("who mistypes a token is not led back any more")
	}
	for back, to := range map[string]string{
		"/maintenance": "/maintenance", "": "/", "https://example.com/": "/", "//example.com": "/", `/\example.com`: "/", "javascript:x": "/", "/\t/example.com": "/", "drills": "/",
	} {
		answer, _ := f.do(http.MethodPost, "/login", url.Values{"token": {aliceToken}, "back": {back}}.Encode(), browser...)
		if got := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || got != to {
			t.Errorf("a login with %q leads to %q, want %q", back, got, to)
		}
	}
	c := f.login()
	if answer, _ := f.do(http.MethodGet, "/login?back=/maintenance", "", "Cookie", c.Name+"="+c.Value); answer.Header.Get("Location") != "/maintenance" {
		t.Error("who is logged in is told otherwise")
	}
	f.want(http.StatusUnauthorized, http.MethodPost, "/api/v1/maintenance", "{}", browser...)
	f.want(http.StatusUnauthorized, http.MethodPost, "/maintenance", "", "Content-Type", form)
}
