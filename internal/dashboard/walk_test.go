package dashboard_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/preview"
)

// walk does with the page that obsgen preview serves what somebody does who sees it for the first time: chooses a node, moves and widens the time, changes
// the look, asks anew. All of it is in the address afterwards, and every query asks for what was chosen.
func (s *studio) walk(t *testing.T) {
	page, err := preview.OpenPage(s.page)
	if err != nil {
		t.Fatal(err)
	}
	handler, err := preview.Handler(preview.Options{Page: page, Boards: []string{filepath.Join(repository, "dashboards", "hosts.json")}, Prometheus: s.prometheus})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	tab, err := s.browser.Page(t.Context(), browser.View{Width: 1600, Height: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer tab.Close()
	from, to := s.played.From.UnixMilli(), s.played.To.UnixMilli()
	do := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	settled := func(what, condition string) {
		t.Helper()
		do(what, tab.WaitFor(t.Context(), condition))
		var findings []preview.Finding
		do(what, tab.Eval(t.Context(), "window.preview.findings()", &findings))
	}
	address := func() url.Values {
		t.Helper()
		var search string
		do("address", tab.Eval(t.Context(), "location.search", &search))
		values, err := url.ParseQuery(strings.TrimPrefix(search, "?"))
		do("address", err)
		return values
	}
	do("open", tab.Goto(t.Context(), fmt.Sprintf("%s/?board=hosts.json&refresh=&from=%d&to=%d", server.URL, from, to)))
	settled("open", "document.getElementById('variable-instance')")

	before := len(tab.Requests())
	do("choose", tab.Click(t.Context(), "#variable-instance"))
	do("choose", tab.Type(t.Context(), "kamailio-1"))
	do("choose", tab.Press(t.Context(), "Enter"))
	settled("choose", "location.search.includes('var-instance=kamailio-1')")
	if after := len(tab.Requests()); after <= before {
		t.Errorf("want the queries asked anew for the chosen node, got none of %d", after)
	}
	do("zoom", tab.Click(t.Context(), `button[aria-label="Zoom out time range"]`))
	settled("zoom", fmt.Sprintf("!location.search.includes('from=%d')", from))
	wide := address()
	if wide.Get("var-instance") != "kamailio-1" || wide.Get("from") >= fmt.Sprint(from) {
		t.Errorf("want a wider time for the same node, got %v", wide)
	}
	do("move", tab.Click(t.Context(), `button[aria-label="Move time range backwards"]`))
	settled("move", fmt.Sprintf("!location.search.includes('to=%s')", wide.Get("to")))

	var dark, light string
	const ground = "document.body.style.background"
	do("look", tab.Eval(t.Context(), ground, &dark))
	do("look", tab.Eval(t.Context(), "[...document.querySelectorAll('button')].find((b) => b.textContent === 'Light').click()", nil))
	settled("look", "location.search.includes('theme=light')")
	do("look", tab.Eval(t.Context(), ground, &light))
	if dark == light {
		t.Errorf("want another ground in the light theme, got %q twice", dark)
	}
	before = len(tab.Requests())
	do("refresh", tab.Click(t.Context(), `[data-testid="data-testid RefreshPicker run button"]`))
	settled("refresh", "true")
	if after := len(tab.Requests()); after <= before {
		t.Errorf("want everything asked again, got %d requests after %d", after, before)
	}
}
