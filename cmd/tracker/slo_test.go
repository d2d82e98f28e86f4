package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget"
)

// objective is one whose budget is consumed by a share; below 0 nothing of it is known.
func objective(name, owner string, consumed float64) budget.Objective {
	o := budget.Objective{State: budget.Fine}
	o.Name, o.Owner, o.Promise.Tier, o.Text, o.Period = name, owner, "proxy", "99.9%", 30*24*time.Hour
	if consumed < 0 {
		o.State = budget.NoData
		return o
	}
	o.Consumed = budget.Reading{Value: consumed, Known: true}
	o.Remaining = budget.Reading{Value: 1 - consumed, Known: true}
	if consumed >= 1 {
		o.State, o.Policy = budget.Exhausted, "stop releases"
	}
	return o
}

func TestSLOCommands(t *testing.T) {
	t.Parallel()
	s := budget.Snapshot{Objectives: []budget.Objective{objective("calls", "voip", 0.25), objective("media", "media", 1.5), objective("mail", "mail", -1)}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/objectives" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(s)
	}))
	t.Cleanup(server.Close)
	for name, c := range map[string]struct {
		args      string
		code      int
		out, errs string
	}{
		"the worst comes first":        {"list", 0, "media", ""},
		"what is not known":            {"list --slo=mail", 0, "not known", ""},
		"as JSON":                      {"list --format=json --owner=voip", 0, `"name": "calls"`, ""},
		"budget is left":               {"gate --slo=calls", 0, "open: 1 objectives", ""},
		"budget is spent":              {"gate --owner=media", 1, "", "media: 150 % of its budget is consumed: stop releases"},
		"nobody knows":                 {"gate --slo=mail", 1, "", "mail: its budget is not known (no data)"},
		"nobody knows, and may":        {"gate --slo=mail --allow-unknown", 0, "open", ""},
		"a gate that closes before":    {"gate --slo=calls --consumed=0.2", 1, "", "calls: 25 % of its budget is consumed"},
		"a misspelt objective":         {"gate --slo=cals", 1, "", `there is no objective "cals"`},
		"an owner of none":             {"gate --owner=nobody", 1, "", "no objective is chosen"},
		"one of the chosen is spent":   {"gate", 1, "", "media: 150 %"},
		"a command line without sense": {"gate --slow=calls", 2, "", "unknown long flag"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs strings.Builder
			args := append([]string{"slo"}, strings.Fields(c.args)...)
			code := run(t.Context(), append(args, "--url="+server.URL), &out, &errs, time.Now)
			if code != c.code || !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.errs) {
				t.Errorf("exit code %d, output %q, errors %q", code, out.String(), errs.String())
			}
		})
	}
}
