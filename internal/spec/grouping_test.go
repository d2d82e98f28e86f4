package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/spec"
)

// groupedSLOs are an objective of three groups, of which one has its own figures, and a journey through two.
const groupedSLOs = `slos:
  - name: api
    title: API
    owner: voip
    tier: services
    objective: 99.9%
    period: 30d
    grouping:
      by: service
      values:
        - Call-Manager
        - {value: conference, objective: 99.5%, traffic: {peak_per_hour: 900, trough_per_hour: 30}, min_failures: 3, owner: media, exclusions: [{from: 2026-01-31T22:00:00Z, to: 2026-01-31T23:00:00Z, reason: move}]}
        - "5060"
    sli:
      errors: sum(increase(errors_total{service="$service",code=~"5.."}[$window]))
      total: |
        sum(
          increase(calls_total{service="$service"}[$window])
        ) + sum(increase(more_total{code="1", service="$service"}[$window]))
    traffic: {peak_per_hour: 40000, trough_per_hour: 4000}
    min_failures: 20
  - name: journey
    title: Journey
    owner: voip
    tier: journey
    objective: 99%
    period: 30d
    sli: {all_of: [api_conference, api_5060]}
`

// grouped loads a spec with them.
func grouped(t *testing.T) *spec.Spec {
	t.Helper()
	folder := good(t)
	folder["slos.yaml"] = &fstest.MapFile{Data: []byte(groupedSLOs)}
	s, problems := spec.Load(folder, "spec")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return s
}

// Each group is an objective like any other, with what it states itself and else what all share.
func TestGroupsAreObjectives(t *testing.T) {
	t.Parallel()
	s := grouped(t)
	if got, want := len(s.SLOs), 4; got != want {
		t.Fatalf("want %d objectives, got %d", want, got)
	}
	type figures struct {
		Name, Title, Value, Owner, Objective, Errors string
		Ratio, Peak, Trough                          float64
		MinFailures, Exclusions                      int
	}
	f := func(i int, want figures) {
		t.Helper()
		o := s.SLOs[i]
		got := figures{o.Name, o.Title, o.Group.Value, o.Owner, o.ObjectiveText, o.SLI.Errors.Text, o.Objective, o.Traffic.PeakPerHour, o.Traffic.TroughPerHour, o.MinFailures, len(o.Exclusions)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", o.Name, diff)
		}
		if g := o.Group.Of; g == nil || g.Name != "api" || g.Label != "service" || strings.Join(g.Values, ",") != "Call-Manager,conference,5060" || g.SLI.Errors.Text != `sum(increase(errors_total{service="$service",code=~"5.."}[$window]))` {
			t.Errorf("%s is of %+v", o.Name, g)
		}
		if !o.Called("api") || !o.Called(want.Name) || o.Called("journey") {
			t.Errorf("%s is called otherwise", o.Name)
		}
	}
	errors := func(value string) string {
		return `sum(increase(errors_total{service="` + value + `",code=~"5.."}[$window]))`
	}
	f(0, figures{"api_call_manager", "API: Call-Manager", "Call-Manager", "voip", "99.9", errors("Call-Manager"), 0.999, 40000, 4000, 20, 0})
	f(1, figures{"api_conference", "API: conference", "conference", "media", "99.5", errors("conference"), 0.995, 900, 30, 3, 1})
	f(2, figures{"api_5060", "API: 5060", "5060", "voip", "99.9", errors("5060"), 0.999, 40000, 4000, 20, 0})
	if want := "sum(\n  increase(calls_total{service=\"conference\"}[$window])\n) + sum(increase(more_total{code=\"1\", service=\"conference\"}[$window]))"; s.SLOs[1].SLI.Total.Text != want {
		t.Errorf("want %s, got %s", want, s.SLOs[1].SLI.Total.Text)
	}
	if s.SLOs[1].Pos.Line != 12 || s.SLOs[0].Pos != s.SLOs[2].Pos || s.SLOs[0].Pos.Line != 2 {
		t.Errorf("a group with figures of its own stands where it states them, the others where the objective does: %v", []any{s.SLOs[0].Pos, s.SLOs[1].Pos, s.SLOs[2].Pos})
	}
	if o := s.SLOs[3]; o.Traffic.PeakPerHour != 900 || o.Group.Of != nil || s.Grouping("journey") != nil {
		t.Errorf("a journey through groups: %+v", o)
	}
	if got := strings.Join(spec.Names(s.SLOs), " "); got != "api api_call_manager api_conference api_5060 journey" {
		t.Errorf("names: %s", got)
	}
}

// What is wrong with an expression is shown where it was written, whatever the length of the value: the value in the list, the rest in the expression.
func TestCaretsInGroups(t *testing.T) {
	t.Parallel()
	s := grouped(t)
	f := func(e spec.Expr, part string, wantLine, wantCol, wantWidth int) {
		t.Helper()
		start := strings.Index(e.Text, part)
		if start < 0 {
			t.Fatalf("no %s in %s", part, e.Text)
		}
		p := e.Problem(start, start+len(part), "", "")
		if p.Pos.Line != wantLine || p.Pos.Col != wantCol || p.Width != wantWidth {
			t.Errorf("%s: want %d:%d width %d, got %v width %d", part, wantLine, wantCol, wantWidth, p.Pos, p.Width)
		}
	}
	conference, long := s.SLOs[1].SLI, s.SLOs[0].SLI
	f(conference.Errors, "errors_total", 15, 28, 12)
	f(conference.Errors, "conference", 12, 19, 10)
	f(conference.Errors, "code", 15, 60, 4)
	f(conference.Errors, `service="conference"`, 15, 41, len(`service="$service"`))
	f(long.Errors, "Call-Manager", 11, 11, 12)
	f(long.Errors, "code", 15, 60, 4)
	f(conference.Total, "increase(calls", 18, 11, 14)
	f(conference.Total, "[$window])\n", 18, 51, 10)
	f(conference.Total, "more_total", 19, 26, 10)
	f(conference.Total, `",`, 19, 44, 2)
	f(s.SLOs[2].SLI.Total, "5060", 13, 12, 4)
}

// TestGroupsOfProfiles: a profile measures all groups otherwise, or one, and is without all of them, or one.
func TestGroupsOfProfiles(t *testing.T) {
	t.Parallel()
	folder := whole(t)
	folder["slos.yaml"] = &fstest.MapFile{Data: []byte(groupedSLOs)}
	base, err := os.ReadFile(filepath.Join("testdata", "whole", "profile.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	load := func(more string) (*spec.Spec, string) {
		folder["profiles/seed.yaml"] = &fstest.MapFile{Data: []byte(string(base) + more)}
		s, problems := spec.Load(folder, "spec")
		return s, printed(problems)
	}
	totals := func(s *spec.Spec) (list []string) {
		for _, o := range s.SLOs {
			list = append(list, o.Name+" "+o.SLI.Total.Text)
		}
		return list
	}
	const journey = "journey "
	all := "sli: {errors: 'sum(increase(a{service=\"$service\"}[$window]))', total: 'sum(increase(b{service=\"$service\"}[$window]))'}"
	f := func(more string, want ...string) {
		t.Helper()
		s, problems := load(more)
		if problems != "" {
			t.Fatal(problems)
		}
		if diff := cmp.Diff(want, totals(s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", more, diff)
		}
	}
	one := "{name: api_conference, sli: {errors: 'sum(increase(c[$window]))', total: 'sum(increase(d{service=\"$service\"}[$window]))'}}"
	b := func(value string) string { return `sum(increase(b{service="` + value + `"}[$window]))` }
	f("objectives:\n  - {name: api, "+all+"}\n", "api_call_manager "+b("Call-Manager"), "api_conference "+b("conference"), "api_5060 "+b("5060"), journey)
	own := `sum(increase(d{service="conference"}[$window]))`
	f("objectives:\n  - "+one+"\n  - {name: api, "+all+"}\n", "api_call_manager "+b("Call-Manager"), "api_conference "+own, "api_5060 "+b("5060"), journey)
	s, _ := load("objectives:\n  - " + one + "\n  - {name: api, " + all + "}\n")
	if g := s.Grouping("api"); g == nil || g.SLI.Total.Text != b("$service") || s.SLOs[0].Group.Of != s.SLOs[1].Group.Of {
		t.Errorf("what no group has is looked for in %+v", g)
	}
	f("without_objectives: [journey, api]\n")
	s, _ = load("without_objectives: [journey, api_conference]\n")
	if g := s.Grouping("api"); len(s.SLOs) != 2 || g == nil || len(g.Values) != 3 {
		t.Errorf("without a group it is known all the same: %+v", g)
	}
	for more, want := range map[string]string{
		"without_objectives: [api]\n":            `without_objectives[0]: "api" is a part of objective "journey": be without that one as well`,
		"without_objectives: [api_conference]\n": `without_objectives[0]: "api_conference" is a part of objective "journey": be without that one as well`,
		"objectives:\n  - {name: api, sli: {errors: 'sum(increase(a[$window]))', total: 'sum(increase(b{service=\"$service\"}[$window]))'}}\n": "the expression does not use $service: it would count the events of all groups in each: ask for service=\"$service\"",
		"objectives:\n  - {name: api_5060, sli: {errors: 'sum(increase(a{x=\"$y\"}[$window]))', total: 'sum(increase(b[$window]))'}}\n":        "$y stands for nothing in a grouping by service: $service and $window stand for something",
		"objectives:\n  - {name: api_506, sli: {errors: 'sum(increase(a[$window]))', total: 'sum(increase(b[$window]))'}}\n":                   `objectives[0].name: there is no objective "api_506": did you mean "api_5060"?`,
	} {
		if _, problems := load(more); !strings.HasSuffix(problems, want) || strings.Count(problems, "\n") > 0 {
			t.Errorf("%s: want %s, got %s", more, want, problems)
		}
	}
}

// What is no name behind a dollar sign is no variable: patterns have it at their ends.
func TestVariables(t *testing.T) {
	t.Parallel()
	folder := good(t)
	f := func(condition, want string) {
		t.Helper()
		text := strings.Replace(groupedSLOs, `code=~"5.."`, condition, 1)
		folder["slos.yaml"] = &fstest.MapFile{Data: []byte(text)}
		_, problems := spec.Load(folder, "spec")
		_, what, _ := strings.Cut(printed(problems), ": ")
		if what != want {
			t.Errorf("%s: want %q, got %q", condition, want, what)
		}
	}
	f(`code=~"^5..$"`, "")
	f(`code=~"(5..$|9$1|$)"`, "")
	f(`code=~"${window",x="$"`, "")
	f(`code="${code}"`, "${code} stands for nothing in a grouping by service: $service and $window stand for something")
	f(`code="$code2"`, "$code2 stands for nothing in a grouping by service: $service and $window stand for something")
	f(`bin_service="$service"`, `$service stands outside of service="$service": write just that condition: what no group has is found by another one in its place`)
}
