package budget

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/voipbin/observability/internal/spec"
)

// boardPath is the path of boards; internal/rules has it in its annotations, and a test compares.
const boardPath = "/d/voipbin-obs-"

// Links are where more is told of an objective. What is not known is empty.
type Links struct {
	Board   string `json:"board,omitempty"`   // a path where the spec has no grafana_url
	Runbook string `json:"runbook,omitempty"` // of the alerts over its burn rates
	Rules   string `json:"rules,omitempty"`   // file of its records and alerts, from the repository's root
	Query   string `json:"query,omitempty"`   // where the server shows the records that all numbers are from
}

// PrometheusPage is the page on which a Prometheus, and Thanos as well, shows what a query finds: without credentials, which belong into no page.
func PrometheusPage(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return ""
	}
	u.User = nil
	u = u.JoinPath("graph")
	u.RawQuery = ""
	return u.String() + "?g0.expr=" + spec.QueryPlace + "&g0.tab=1"
}

// queryAt is the address of a page with a query.
func queryAt(page, query string) string {
	inJSON, _ := json.Marshal(query) // a text always has a form in JSON, in quotes
	return strings.NewReplacer(spec.QueryPlace, url.QueryEscape(query), spec.QueryInJSONPlace, url.QueryEscape(string(inJSON[1:len(inJSON)-1]))).Replace(page)
}

// Link has the objectives tell where more is told of them: boards and runbooks by the platform's addresses, records on a page that has a place
// for the query, as objectives.query_page has it. It is called before Run.
func (f *Follower) Link(p spec.Platform, page string) {
	for i := range f.promises {
		o := &f.promises[i]
		o.Links = Links{Runbook: p.RunbookURL + camel(o.Name) + "BudgetBurn.md", Rules: "rules/slo_" + o.Name + ".yaml"}
		if o.Board != "" {
			o.Links.Board = strings.TrimSuffix(p.GrafanaURL, "/") + boardPath + o.Board
		}
		if page != "" {
			o.Links.Query = queryAt(page, `{__name__=~"slo:.+",slo="`+o.Name+`"}`)
		}
	}
	f.last = f.blank(f.last.Problem, f.last.At, f.last)
}

// camel is a name as alerts have it: call_setup is CallSetup.
func camel(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		b.WriteString(strings.ToUpper(part[:min(1, len(part))]) + part[min(1, len(part)):])
	}
	return b.String()
}
