package web_test

import (
	"cmp"
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/browser"
	"github.com/voipbin/observability/internal/browser/browsertest"
	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
)

// recoverySite follows objectives, a store with a replica, and a scenario that nobody rehearsed.
func recoverySite(t *testing.T) *fixture {
	t.Helper()
	site, _ := recoverySiteOf(t, &records{})
	return site
}

// recoverySiteOf is recoverySite with the records of its budgets.
func recoverySiteOf(t *testing.T, r *records) (*fixture, *budget.Follower) {
	t.Helper()
	site, f := objectivesSiteWith(t, r, &shelf{}, func(watched *tracker.Options, _ *web.Options) {
		watched.Recovery.Owner, watched.Recovery.Stores = "keepers", []spec.Store{{Name: "mysql", System: "mysql", Replica: "dr"}}
		watched.Stores = []tracker.StoreWatch{{Name: "mysql", Server: "primary", Replicas: map[string]tracker.Replica{"dr": nil}}}
	})
	site.service.SetTraps([]tracker.Trap{{Store: "mysql", Server: "dr", Name: "retry_count", State: tracker.TrapSet}})
	return site, f
}

// rowsIn are the titles of a page's table, from top to bottom.
func rowsIn(page string) string {
	var all []string
	for _, m := range regexp.MustCompile(`<th scope="row"><a href="[^"]*">([^<]*)<`).FindAllStringSubmatch(page, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return strings.Join(all, ", ")
}

// TestRecoveryInTheTable: what is promised of recovery stands among the budgets on the page, and in the API, chosen and grouped alike.
func TestRecoveryInTheTable(t *testing.T) {
	t.Parallel()
	site := recoverySite(t)
	const recovery = `Readiness of mysql, dr, Loss of mysql, dr promoted at once, Loss of mysql, dr drained first, Recovery: <script>alert("title")</script>`
	page := site.want(http.StatusOK, http.MethodGet, "/objectives", "")
	if got := rowsIn(page); !strings.HasPrefix(got, "Readiness of mysql, dr, <b>Media</b>, ") || strings.Count(page, "<table") != 1 {
		t.Errorf("the rows are %s", got)
	}
	for _, want := range []string{"not proven", "no budget", "does not apply", "never rehearsed", "set: retry count", ">keepers<", `<option>recovery</option>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, query := range []string{"?tier=recovery", "?owner=keepers"} {
		if got := rowsIn(site.want(http.StatusOK, http.MethodGet, "/objectives"+query, "")); got != recovery {
			t.Errorf("%s chooses %s", query, got)
		}
	}
	var answer struct {
		Groups []struct {
			Name  string
			Lines []web.Line
		}
	}
	if err := json.Unmarshal([]byte(site.want(http.StatusOK, http.MethodGet, "/api/v1/overview?group=tier&sort=tier", "")), &answer); err != nil {
		t.Fatal(err)
	}
	if g := answer.Groups; len(g) != 3 || g[0].Name != "proxy" || g[1].Name != "recovery" || len(g[1].Lines) != 4 || g[1].Lines[0].Left != "no budget" || g[0].Lines[0].Left != "81.2 %" {
		t.Errorf("%+v", g)
	}
	var all web.Objectives
	if err := json.Unmarshal([]byte(site.want(http.StatusOK, http.MethodGet, "/api/v1/objectives", "")), &all); err != nil || len(all.Recovery) != 4 || len(all.Objectives) != 2 {
		t.Errorf("%+v: %v", all, err)
	}
}

// TestColumnHeads: each head is a link that sorts by its column, and the other way round when it is followed again; what was chosen stays chosen.
func TestColumnHeads(t *testing.T) {
	t.Parallel()
	site := recoverySite(t)
	headOf := func(page, text string) (link, sorted string) {
		t.Helper()
		m := regexp.MustCompile(`<th scope="col"(?: class="bar")?(?: aria-sort="(\w+)")?><a href="([^"]*)">` + text + `\W`).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("no head %q", text)
		}
		return html.UnescapeString(m[2]), m[1]
	}
	get := func(path string) string {
		t.Helper()
		return site.want(http.StatusOK, http.MethodGet, path, "")
	}
	page := get("/objectives?owner=voip&group=tier")
	if _, sorted := headOf(page, "State"); sorted != "ascending" || strings.Count(page, "aria-sort") != 1 {
		t.Errorf("the state is sorted %q", sorted)
	}
	for text, first := range map[string]string{"Objective": "ascending", "Achieved": "ascending", "Budget left": "ascending", "That is": "ascending", "Burn, last hour": "descending", "Spent": "ascending", "Owner": "ascending", "Tier": "ascending"} {
		link, _ := headOf(page, text)
		once := get(link)
		again, sorted := headOf(once, text)
		if sorted != first || strings.Count(once, "aria-sort") != 1 {
			t.Errorf("%s is sorted %q first", text, sorted)
		}
		twice := get(again)
		if _, sorted := headOf(twice, text); sorted == first || sorted == "" {
			t.Errorf("%s stays %q", text, sorted)
		}
		for _, p := range []string{once, twice} {
			if rowsIn(p) != "Calls" || !strings.Contains(p, "<h2>proxy</h2>") {
				t.Errorf("sorting by %s loses what was chosen", text)
			}
		}
	}
	if up, down := rowsIn(get("/objectives?sort=left")), rowsIn(get("/objectives?sort=left&dir=desc")); !strings.HasPrefix(up, "<b>Media</b>, Calls, R") || !strings.HasPrefix(down, "Calls, <b>Media</b>, R") {
		t.Errorf("%s\n%s", up, down)
	}
}

// TestSortingByKeyboard, without scripts, on a desk and on a phone.
func TestSortingByKeyboard(t *testing.T) {
	t.Parallel()
	site, ctx, b := recoverySite(t), t.Context(), browsertest.Start(t)
	for name, v := range map[string]browser.View{"desk": {NoScript: true}, "phone": {Width: phone, Height: 844, Phone: true, NoScript: true}} {
		t.Run(name, func(t *testing.T) {
			h := hands{browsertest.Open(t, b, v), ctx}
			browsertest.Goto(ctx, t, h.Page, site.URL+"/objectives?tier=proxy")
			burn := `document.activeElement.textContent.startsWith("Burn")`
			sorted := func(how string) func() error {
				return h.wait(`document.querySelector("th[aria-sort=` + how + `] a")?.textContent.startsWith("Burn") && location.search.includes("tier=proxy")`)
			}
			steps(t, h.tabTo(burn), h.press("Enter"), sorted("descending"), h.tabTo(burn), h.press("Enter"), sorted("ascending"))
			fits(ctx, t, h.Page, cmp.Or(v.Width, desk))
			quiet(t, h.Page, site.URL)
		})
	}
}
