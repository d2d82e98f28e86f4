package web

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/policy"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/whatif"
)

const apiPath = "/api/v1"

// operation describes a route of the API.
type operation struct {
	method, path string // path as gin has it, below apiPath
	summary      string
	query        []parameter
	body         any // value of the type of the body; nil without one
	answer       any // value of the type of the answer; nil where it is no JSON, or free
	statuses     []int
	change       bool // an operator's token is needed
	text         bool // errors are no JSON
}

// parameter is one of a query.
type parameter struct {
	name, about string
	values      []string // all that it may be; nil for free text
	many        bool
}

// oneObjective is the answer about one objective.
type oneObjective struct {
	At             string           `json:"at"`
	Read           string           `json:"read"`
	Problem        string           `json:"problem"`
	Objective      budget.Objective `json:"objective"`
	Policy         []policy.Change  `json:"policy,omitempty"`
	History        budget.History   `json:"history,omitempty"`
	HistoryProblem string           `json:"history_problem,omitempty"`
}

// overview is the table of objectives.
type overview struct {
	At      time.Time    `json:"at"`
	Read    time.Time    `json:"read"`
	Problem string       `json:"problem,omitempty"`
	Groups  []*lineGroup `json:"groups"`
}

// created is the answer to a drill that began.
type created struct {
	ID string `json:"id"`
}

// oneDrill is the answer about one drill.
type oneDrill struct {
	ID     string           `json:"id"`
	State  rto.State        `json:"state"`
	Start  rto.DrillStart   `json:"start"`
	Events []rto.DrillEvent `json:"events"`
}

func formats() []parameter {
	return []parameter{{name: "format", about: "Form of the report.", values: slices.Sorted(maps.Keys(contentTypes()))}}
}

// operations are all routes of the API. A test holds them to the routes, to what handlers read, and to what they answer.
func operations() []operation {
	return []operation{
		{method: http.MethodGet, path: "/openapi.json", summary: "This description.", statuses: []int{200}},
		{method: http.MethodGet, path: "/status", summary: "What is known now: exposure, paths, the drill that runs.", answer: tracker.Snapshot{}, statuses: []int{200}},
		{method: http.MethodGet, path: "/drills", summary: "All drills.", answer: []drillSummary{}, statuses: []int{200}},
		{method: http.MethodPost, path: "/drills", summary: "Begin a drill.", body: drillRequest{}, answer: created{}, statuses: []int{201, 400, 409, 413, 503}, change: true},
		{method: http.MethodGet, path: "/drills/:id", summary: "One drill with its events.", answer: oneDrill{}, statuses: []int{200, 404}},
		{method: http.MethodGet, path: "/drills/:id/report", summary: "The report of a drill.", query: formats(), statuses: []int{200, 400, 404, 503}},
		{method: http.MethodPost, path: "/drills/:id/events", summary: "Take an event of a drill down.", body: eventRequest{}, answer: rto.DrillEvent{}, statuses: []int{201, 400, 404, 409, 413, 503}, change: true},
		{method: http.MethodPost, path: "/drills/:id/steps/:step/run", summary: "Run the command of a step.", answer: rto.HookRun{}, statuses: []int{200, 400, 404}, change: true},
		{method: http.MethodPost, path: "/alerts", summary: "Alertmanager's notifications; the receiver has a token of its own.", statuses: []int{200, 400, 401, 503}, text: true},
		{method: http.MethodGet, path: "/objectives", summary: "All objectives: budgets as the last look saw them, and what is promised of recovery as it stands.", answer: Objectives{}, statuses: []int{200}},
		{method: http.MethodGet, path: "/overview", summary: "The table of the page: budgets and recovery in one, in words, chosen, ordered and grouped.", answer: overview{}, statuses: []int{200, 400, 503}, query: []parameter{
			{name: "owner", about: "Only of this owner."}, {name: "tier", about: "Only of this tier."}, {name: "sort", about: "Column to sort by.", values: columnNames()},
			{name: "dir", about: "Direction; the column's usual one without it.", values: []string{"asc", "desc"}}, {name: "group", about: "A table for each.", values: []string{"owner", "tier"}},
		}},
		{method: http.MethodGet, path: "/objectives/:name", summary: "One objective with the course of its budget, what happened meanwhile (alerts, deployments, maintenance, corrections, drills), and the steps of its policy.", answer: oneObjective{}, statuses: []int{200, 404}},
		{method: http.MethodGet, path: "/objectives/:name/whatif", summary: "The objective replayed with another promise; recomputed from tiles.", answer: whatif.Answer{}, statuses: []int{200, 400, 404, 429, 503}, query: []parameter{
			{name: "objective", about: "Percentage: 99.95."}, {name: "period", about: "Whole days: 28d."}, {name: "min_failures", about: "Failures below which no alert fires."},
			{name: "days", about: "How far back the replay goes."}, {name: "exclude", about: "Stretch without which is counted: FROM/TO in RFC 3339.", many: true},
		}},
		{method: http.MethodGet, path: "/reports", summary: "Weeks, months and quarters of which something was recorded.", answer: []periodRow{}, statuses: []int{200}},
		{method: http.MethodGet, path: "/reports/:period", summary: "The report of 2026-10, 2026-Q4 or 2026-W40.", query: formats(), statuses: []int{200, 400, 404, 503}},
		{method: http.MethodGet, path: "/maintenance", summary: "All windows in which events do not count.", answer: []windowAnswer{}, statuses: []int{200}},
		{method: http.MethodPost, path: "/maintenance", summary: "Enter a window.", body: maintenance.Request{}, answer: windowAnswer{}, statuses: []int{201, 400, 409, 413, 503}, change: true},
		{method: http.MethodPost, path: "/maintenance/:id/end", summary: "End a window now, or withdraw a correction.", body: endRequest{}, answer: windowAnswer{}, statuses: []int{200, 400, 404, 409, 413, 503}, change: true},
	}
}

// described is the OpenAPI description (3.1) of the routes that there are: a tracker that follows no objectives has none about them.
func described(version string, routes gin.RoutesInfo) map[string]any {
	there := map[string]bool{}
	for _, r := range routes {
		there[r.Method+" "+r.Path] = true
	}
	s := schemas{defs: map[string]any{}}
	paths := map[string]map[string]any{}
	for _, o := range operations() {
		if !there[o.method+" "+apiPath+o.path] {
			continue
		}
		path := pathTemplate(apiPath + o.path)
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path][strings.ToLower(o.method)] = o.described(&s)
	}
	return map[string]any{
		"openapi": "3.1.0",
		"info":    map[string]any{"title": "VoIPBIN Observability tracker", "version": version, "description": "Recovery and error budgets. Durations are nanoseconds, instants RFC 3339, shares ratios of 1. What is not known is left out, or known is false."},
		"paths":   paths,
		"components": map[string]any{
			"schemas":         s.defs,
			"securitySchemes": map[string]any{"operator": map[string]any{"type": "http", "scheme": "bearer"}},
		},
	}
}

// pathTemplate is a path as OpenAPI writes it: {id} for :id.
func pathTemplate(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

func (o operation) described(s *schemas) map[string]any {
	out := map[string]any{"summary": o.summary}
	var parameters []map[string]any
	for p := range strings.SplitSeq(o.path, "/") {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parameters = append(parameters, map[string]any{"name": name, "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
		}
	}
	for _, q := range o.query {
		parameters = append(parameters, q.described())
	}
	if parameters != nil {
		out["parameters"] = parameters
	}
	if o.body != nil {
		out["requestBody"] = map[string]any{"required": true, "content": content(s.of(o.body))}
	}
	if o.change {
		out["security"] = []map[string]any{{"operator": []string{}}}
	}
	answers := map[string]any{}
	for _, status := range o.allStatuses() {
		a := map[string]any{"description": http.StatusText(status)}
		switch {
		case status >= http.StatusBadRequest && !o.text:
			a["content"] = content(s.of(problem{}))
		case o.answer != nil:
			a["content"] = content(s.of(o.answer))
		}
		answers[strconv.Itoa(status)] = a
	}
	out["responses"] = answers
	return out
}

// allStatuses are those of the operation, and those of who may not change anything.
func (o operation) allStatuses() []int {
	if o.change {
		return append([]int{http.StatusUnauthorized, http.StatusForbidden}, o.statuses...)
	}
	return o.statuses
}

func (p parameter) described() map[string]any {
	schema := map[string]any{"type": "string"}
	if p.values != nil {
		schema["enum"] = p.values
	}
	if p.many {
		schema = map[string]any{"type": "array", "items": schema}
	}
	return map[string]any{"name": p.name, "in": "query", "description": p.about, "schema": schema}
}

func content(schema any) map[string]any {
	return map[string]any{"application/json": map[string]any{"schema": schema}}
}
