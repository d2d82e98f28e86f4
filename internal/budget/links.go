package budget

import (
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

// Link has the objectives tell where more is told of them: boards and runbooks by the platform's addresses, records on the server's own pages. It is called before Run.
func (f *Follower) Link(p spec.Platform, server string) {
	for i := range f.promises {
		o := &f.promises[i]
		o.Links = Links{Runbook: p.RunbookURL + camel(o.Name) + "BudgetBurn.md", Rules: "rules/slo_" + o.Name + ".yaml"}
		if o.Board != "" {
			o.Links.Board = strings.TrimSuffix(p.GrafanaURL, "/") + boardPath + o.Board
		}
		if u, err := url.Parse(server); err == nil {
			u.User = nil // nobody's password belongs into a page
			u = u.JoinPath("graph")
			u.RawQuery = url.Values{"g0.expr": {`{__name__=~"slo:.+",slo="` + o.Name + `"}`}, "g0.tab": {"1"}}.Encode()
			o.Links.Query = u.String()
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
