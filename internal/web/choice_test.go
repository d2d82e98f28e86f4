package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestWhatNobodyHasChoosesNothing: a misspelt owner must not pass for one whose objectives are all of them.
func TestWhatNobodyHasChoosesNothing(t *testing.T) {
	t.Parallel()
	site, _ := recoverySiteOf(t, &records{})
	for query, want := range map[string]string{
		"?owner=nobody":            "Nothing has the owner “nobody”.",
		"?tier=%3Cb%3E":            "Nothing has the tier “&lt;b&gt;”.",
		"?owner=voip&tier=none":    "Nothing has the tier “none”.",
		"?owner=x&group=owner":     "Nothing has the owner “x”.",
		"?owner=voip&tier=relay":   "No objective is chosen by this.",
		"?owner=x&tier=y&sort=own": "Nothing has the owner “x”.",
	} {
		for range 2 { // the second reader gets what the first one had made
			page := site.want(http.StatusOK, http.MethodGet, "/objectives"+query, "")
			if !strings.Contains(page, want) || !strings.Contains(page, `<a href="/objectives">All objectives</a>`) {
				t.Errorf("%s: the page does not say %q, or leads nowhere", query, want)
			}
			if strings.Contains(page, "<table") || strings.Contains(page, `href="/objectives/calls"`) {
				t.Errorf("%s chooses something", query)
			}
		}
	}
	for query, want := range map[string]string{
		"?owner=nobody":                       `nothing has the owner \"nobody\"; known: keepers, media, voip`,
		"?tier=none&owner=voip":               `nothing has the tier \"none\"; known: `,
		"?owner=" + strings.Repeat("x", 4000): "…",
	} {
		text := site.want(http.StatusBadRequest, http.MethodGet, "/api/v1/overview"+query, "")
		if want != "…" && !strings.Contains(text, want) || len(text) > 1000 {
			t.Errorf("%.40s: %.1000s", query, text)
		}
	}
	site.want(http.StatusOK, http.MethodGet, "/api/v1/overview?owner=&tier=", "")
}
