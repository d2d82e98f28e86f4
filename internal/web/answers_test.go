package web_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
)

// description is what is read of an OpenAPI description.
type description struct {
	OpenAPI    string
	Paths      map[string]map[string]describedRoute
	Components struct {
		Schemas map[string]struct{ Properties map[string]json.RawMessage }
	}
}

type describedRoute struct {
	Security  []map[string][]string
	Responses map[string]struct {
		Content map[string]struct {
			Schema struct {
				Ref   string `json:"$ref"`
				Items struct {
					Ref string `json:"$ref"`
				}
			}
		}
	}
}

// request is one that a route answers with a status.
type request struct {
	method, path, body string
	status             int
	who                string // token; empty: nobody's
}

// requests make every route give every status that it is described with.
func requests(drill string) map[string][]request {
	const none, al, au = "", aliceToken, audToken
	large := `{"reason":"` + strings.Repeat("x", 70<<10) + `"}`
	post := func(path, ok string, status int, more ...request) []request {
		all := []request{{"POST", path, ok, status, al}, {"POST", path, ok, 401, none}, {"POST", path, ok, 403, au}, {"POST", path, "{", 400, al}, {"POST", path, large, 413, al}}
		return append(all, more...)
	}
	get := func(path string, status int) request { return request{"GET", path, "", status, none} }
	note := `{"kind":"note","text":"x"}`
	return map[string][]request{
		"GET /openapi.json":        {get("/openapi.json", 200)},
		"GET /status":              {get("/status", 200)},
		"GET /overview":            {get("/overview?group=owner&sort=left&dir=desc", 200), get("/overview?owner=nobody", 400)},
		"GET /drills":              {get("/drills", 200)},
		"POST /drills":             post("/drills", startBody, 409),
		"GET /drills/{id}":         {get("/drills/"+drill, 200), get("/drills/none", 404)},
		"GET /drills/{id}/report":  {get("/drills/"+drill+"/report", 200), get("/drills/"+drill+"/report?format=pdf", 400), get("/drills/none/report", 404), get("/drills/unreadable/report", 503)},
		"POST /drills/{id}/events": post("/drills/"+drill+"/events", note, 201, request{"POST", "/drills/none/events", note, 404, al}, request{"POST", "/drills/" + drill + "/events", `{"kind":"failed_back"}`, 409, al}),
		"POST /drills/{id}/steps/{step}/run": {
			{"POST", "/drills/" + drill + "/steps/promote/run", "", 200, al}, {"POST", "/drills/" + drill + "/steps/promote/run", "", 401, none},
			{"POST", "/drills/" + drill + "/steps/promote/run", "", 403, au}, {"POST", "/drills/" + drill + "/steps/other/run", "", 400, al}, {"POST", "/drills/none/steps/promote/run", "", 404, al},
		},
		"GET /objectives":               {get("/objectives", 200)},
		"GET /objectives/{name}":        {get("/objectives/calls", 200), get("/objectives/none", 404)},
		"GET /objectives/{name}/whatif": {get("/objectives/calls/whatif?objective=99", 200), get("/objectives/calls/whatif?objective=200", 400), get("/objectives/none/whatif", 404), get("/objectives/calls/whatif?objective=busy", 429), get("/objectives/calls/whatif?objective=down", 503)},
		"GET /reports":                  {get("/reports", 200)},
		"GET /reports/{period}":         {get("/reports/2026-10?format=json", 200), get("/reports/x", 400), get("/reports/2026-09", 404), get("/reports/2026-01", 503)},
		"GET /maintenance":              {get("/maintenance", 200)},
		"POST /maintenance":             post("/maintenance", window, 201, request{"POST", "/maintenance", `{"objectives":["x"],"to":"2026-03-20T02:00","reason":"x"}`, 409, al}),
		"POST /maintenance/{id}/end":    post("/maintenance/2026-03-15-1/end", "{}", 200, request{"POST", "/maintenance/2026-03-15-1/end", "{}", 409, al}, request{"POST", "/maintenance/none/end", "{}", 404, al}),
	}
}

// broken are requests that are answered 503 when nothing can be written.
func broken(drill string) map[string]request {
	return map[string]request{
		"POST /drills":               {"POST", "/drills", startBody, 503, aliceToken},
		"POST /drills/{id}/events":   {"POST", "/drills/" + drill + "/events", `{"kind":"note","text":"x"}`, 503, aliceToken},
		"POST /maintenance":          {"POST", "/maintenance", window, 503, aliceToken},
		"POST /maintenance/{id}/end": {"POST", "/maintenance/2026-03-15-2/end", "{}", 503, aliceToken},
	}
}

// TestAnswersAreAsDescribed asks every route for every status that it is described with: none comes that is not described, none is described that
// does not come, and every field of an answer is.
func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	books := &shelf{}
	site, _ := objectivesSiteWith(t, &records{}, books, func(watched *tracker.Options, _ *web.Options) {
		watched.Hooks = map[string]tracker.Hook{"promote": {Command: []string{"true"}, Limit: 10_000_000_000}}
	})
	var d description
	if err := json.Unmarshal([]byte(site.want(http.StatusOK, http.MethodGet, "/api/v1/openapi.json", "")), &d); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(d.OpenAPI, "3.1") {
		t.Errorf("it is of version %q", d.OpenAPI)
	}
	seen := map[string][]int{}
	ask := func(name string, r request) {
		t.Helper()
		var header []string
		if r.who != "" {
			header = []string{"Authorization", "Bearer " + r.who}
		}
		answer, text := site.do(r.method, "/api/v1"+r.path, r.body, header...)
		if answer.StatusCode != r.status {
			t.Errorf("%s %s %.60s: %s, want %d: %.200s", r.method, r.path, r.body, answer.Status, r.status, text)
		}
		seen[name] = append(seen[name], answer.StatusCode)
		method, path, _ := strings.Cut(name, " ")
		d.holds(t, name, d.Paths["/api/v1"+path][strings.ToLower(method)], answer.StatusCode, text)
	}
	drill := site.begin()
	seen["POST /drills"] = []int{http.StatusCreated}
	seen["GET /overview"] = []int{http.StatusServiceUnavailable} // comes where a line cannot be rendered, which no record makes it
	all := requests(drill)
	for _, name := range slices.Sorted(maps.Keys(all)) { // a window is entered before it is ended
		for _, r := range all[name] {
			ask(name, r)
		}
	}
	site.want(http.StatusCreated, http.MethodPost, "/api/v1/maintenance", window, asAlice...)
	site.want(http.StatusCreated, http.MethodPost, "/api/v1/drills/"+drill+"/events", `{"kind":"ended"}`, asAlice...)
	site.journal.fail(errors.New("no space left on device"))
	books.err = errors.New("no space left on device")
	for name, r := range broken(drill) {
		if name == "POST /drills/{id}/events" {
			r.body = `{"kind":"finding","finding":{"id":"a","title":"b","owner":"c","measure":"d","due":"2027-01-01T00:00:00Z"}}`
		}
		ask(name, r)
	}
	for path, methods := range d.Paths {
		for method, route := range methods {
			name := strings.ToUpper(method) + " " + strings.TrimPrefix(path, "/api/v1")
			for status := range route.Responses {
				if n, _ := strconv.Atoi(status); !slices.Contains(seen[name], n) {
					t.Errorf("%s is described with %s, which never came", name, status)
				}
			}
		}
	}
}

// holds compares an answer with its description.
func (d description) holds(t *testing.T, name string, route describedRoute, status int, text string) {
	t.Helper()
	answer, ok := route.Responses[strconv.Itoa(status)]
	if !ok {
		t.Errorf("%s answers %d, which is not described", name, status)
		return
	}
	schema := answer.Content["application/json"].Schema
	ref, fields := schema.Ref, map[string]json.RawMessage{}
	if schema.Items.Ref != "" {
		var all []map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, one := range all {
			fields = one
		}
		ref = schema.Items.Ref
	} else if ref != "" {
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			t.Errorf("%s: %v: %.200s", name, err, text)
		}
	}
	if ref == "" {
		return
	}
	properties := d.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")].Properties
	for field := range fields {
		if properties[field] == nil {
			t.Errorf("%s answers %q, which %s does not have", name, field, ref)
		}
	}
}
