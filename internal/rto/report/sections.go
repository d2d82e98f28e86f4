package report

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

func storeSection(r Report) section {
	t := table{Head: []string{"Store", "System", "Proven by", "Standing gap", "Statement"}, Empty: "No coverage was stated."}
	stock := table{Title: "Held at the failure by stores that are not replicated", Head: []string{"Store", "Node", "What", "Count", "Oldest", "Seen before T0", "Evidence"}, Empty: "No stock was read."}
	for _, s := range r.Stores {
		t.Rows = append(t.Rows, []cell{text(s.Store), text(s.System), text(s.Proven), text(yes(s.Gap)), text(s.Statement)})
		for _, k := range s.Stocks {
			oldest := number("not known")
			if k.OldestAge != nil {
				oldest = number(span(secondsOf(*k.OldestAge)))
			}
			stock.Rows = append(stock.Rows, []cell{
				text(s.Store), text(k.Node), text(strings.ReplaceAll(k.Kind, "_", " ")), number(strconv.FormatFloat(k.Count, 'f', -1, 64)), oldest, number(span(k.Before)), code(k.Ref),
			})
		}
	}
	return section{
		ID: "stores", Title: "Every store", Tables: []table{t, stock},
		Lead: "A gap is a store that cannot meet the objective by its design. It stands in every report until the design changes.",
	}
}

func alertSection(r Report) section {
	expected := table{
		Title: "Expected", Empty: "No alert was expected by the plan.",
		Head: []string{"Alert", "Outcome", "Active", "Fired", "Received", "After T0", "Cost of for", "Cost of group_wait", "Evidence"},
	}
	for _, a := range r.Alerts.Expected {
		expected.Rows = append(expected.Rows, []cell{
			text(strings.TrimSpace(a.Name + " " + labels(a.Labels))), text(a.Outcome), number(showInstant(a.Active)), number(showInstant(a.Fired)), number(showInstant(a.Received)),
			took(a.After), cost(a.ForCost, a.Configured), cost(a.GroupCost, 0), refs(a.Refs),
		})
	}
	others := table{Title: "Fired, not expected or muted", Head: []string{"Alert", "Labels", "Fired", "Received", "Resolved"}, Empty: "None."}
	for _, a := range r.Alerts.Others {
		others.Rows = append(others.Rows, []cell{text(a.Name), text(labels(a.Labels)), number(showInstant(a.Fired)), heard(a), number(showInstant(a.Resolved))})
	}
	lead := "No notification reached anybody."
	if n := r.Alerts.Notified; n.Valid() {
		lead = "The first notification that a person could see was of " + r.Alerts.NotifiedBy + " at " + showMoment(n) + ". The costs are seconds of the recovery time."
	}
	return section{ID: "alerts", Title: "Alert audit", Lead: lead, Tables: []table{expected, others}}
}

// heard is when a notification arrived, or why none did.
func heard(a AlertLine) cell {
	if a.Received == 0 && a.Muted {
		return text("muted")
	}
	return number(showInstant(a.Received))
}

// cost shows a measured cost, else what is configured.
func cost(measured *time.Duration, configured time.Duration) cell {
	switch {
	case measured != nil:
		return number(span(*measured))
	case configured > 0:
		return number(span(configured) + " as configured")
	default:
		return number("not known")
	}
}

func probeSection(r Report) section {
	t := table{Head: []string{"Path", "From", "Wanted", "Before", "During", "After", "Good but from elsewhere"}, Empty: "Nothing was probed."}
	for _, p := range r.Probes {
		want := "L" + strconv.Itoa(int(p.Want))
		if p.Region != "" {
			want += " from " + p.Region
		}
		t.Rows = append(t.Rows, []cell{text(p.Path), text(p.Vantage), text(want), text(showCell(p.Before)), text(showCell(p.During)), text(showCell(p.After)), count(p.Elsewhere)})
	}
	return section{
		ID: "probes", Title: "Probe matrix", Tables: []table{t},
		Lead: "Good results of all, the grades that were reached, and who answered. L1 answered, L2 answered well, L3 read or wrote state, L4 served: an answer is not yet service.",
	}
}

func showCell(c ProbeCell) string {
	if c.Results == 0 {
		return "no result"
	}
	var grades, regions []string
	for g, n := range c.Grades {
		if n > 0 {
			grades = append(grades, fmt.Sprintf("L%d×%d", g, n))
		}
	}
	for _, g := range c.Regions {
		regions = append(regions, fmt.Sprintf("%s×%d", g.Name, g.Results))
	}
	s := fmt.Sprintf("%d of %d good; %s", c.Good, c.Results, strings.Join(grades, " "))
	if len(regions) > 0 {
		s += "; " + strings.Join(regions, " ")
	}
	return s
}

func peopleSection(r Report) section {
	i := r.Identity
	what := table{Title: "Identity", Rows: [][]cell{
		fact("Drill", code(r.Drill)),
		fact("Kind and state", text(string(i.Kind)+", "+string(i.State))),
		fact("Scenario", text(strings.Trim(i.Scenario.Name+": "+i.Scenario.Title, ": "))),
		fact("Plan", text(strings.TrimSpace(i.Plan+" "+i.PlanVersion))),
		fact("Plan SHA-256", code(cmp.Or(i.PlanSHA256, "not fixed"))),
		fact("Tool", text(cmp.Or(i.ToolVersion, "not stated"))),
		fact("From and to", text(cmp.Or(i.From, "–")+" → "+cmp.Or(i.To, "–"))),
		fact("Store and survivor", text(cmp.Or(i.Store, "–")+" → "+cmp.Or(i.Replica, "–"))),
		fact("Began", number(showDay(i.Began))),
		fact("Ended", number(showDay(i.Ended))),
		fact("Failed back", number(showDay(i.FailedBack))),
		fact("Started by", text(i.StartedBy)),
		fact("Scope", text(cmp.Or(i.Scope, "not stated"))),
		fact("Excluded", text(cmp.Or(strings.Join(i.Excluded, "; "), "nothing stated"))),
	}}
	realism := table{Title: "Realism"}
	for _, q := range r.Realism {
		realism.Rows = append(realism.Rows, fact(q.Question, text(q.Answer)))
	}
	people := table{Title: "Participants", Head: []string{"Name", "Role", "Joined", "After T0", "Evidence"}, Empty: "Nobody was taken down."}
	for _, p := range r.People {
		people.Rows = append(people.Rows, []cell{text(p.Name), text(p.Role), number(showMoment(p.Joined)), since(r, p.Joined), refs(p.Refs)})
	}
	approvals := table{Title: "Approvals", Head: []string{"At", "By", "What", "Evidence"}, Empty: "None on record."}
	for _, a := range r.Approvals {
		approvals.Rows = append(approvals.Rows, []cell{number(showMoment(a.At)), text(a.Author), text(a.Text), refs(a.Refs)})
	}
	return section{ID: "setting", Title: "Setting and people", Tables: []table{what, realism, people, approvals}}
}

func followSection(r Report) section {
	deviations := table{Title: "Deviations from the plan", Head: []string{"At", "What", "By", "Evidence"}, Empty: "None."}
	for _, d := range r.Deviations {
		deviations.Rows = append(deviations.Rows, []cell{number(showMoment(d.At)), text(d.Text), text(cmp.Or(d.Author, d.Source)), refs(d.Refs)})
	}
	findings := table{Title: "Findings", Head: []string{"Finding", "Title", "Owner", "Due", "Measured by", "State", "From"}, Empty: "None."}
	for _, f := range r.Findings {
		due := "no date"
		if f.Due != 0 {
			due = f.Due.Time().Format("2006-01-02")
		}
		findings.Rows = append(findings.Rows, []cell{text(f.ID), text(f.Title), text(cmp.Or(f.Owner, "nobody")), number(due), text(f.Measure), text(f.State), text(f.From)})
	}
	findings.Note = "A finding is closed by a later measurement only, never by a statement."
	trend := table{Title: "Phases in earlier drills", Empty: "No earlier drill was given."}
	if len(r.Comparison) > 0 {
		trend.Head = []string{"Phase", "This drill"}
		for _, s := range r.Earlier {
			trend.Head = append(trend.Head, s.Drill)
		}
		trend.Head = append(trend.Head, "p50", "p90")
		for _, c := range r.Comparison {
			trend.Rows = append(trend.Rows, trendRow(r, c))
		}
	}
	return section{ID: "findings", Title: "Deviations, findings, comparison", Tables: []table{deviations, findings, trend}}
}

func trendRow(r Report, c PhaseTrend) []cell {
	row := []cell{text(string(c.Phase)), took(c.Now)}
	for _, s := range r.Earlier {
		shown := number("–")
		for _, e := range c.Earlier {
			if e.Drill == s.Drill {
				shown = took(e.Took)
			}
		}
		row = append(row, shown)
	}
	for _, q := range []*time.Duration{c.P50, c.P90} {
		if q == nil {
			row = append(row, number("–"))
			continue
		}
		row = append(row, number(span(*q)))
	}
	return row
}

func clockSection(r Report) section {
	servers := table{Title: "Servers' clocks less the tracker's", Head: []string{"Server", "From", "Samples", "Least", "Median", "Most", "Error at most"}, Empty: "No server's clock was read."}
	for _, s := range r.Clocks.Servers {
		servers.Rows = append(servers.Rows, []cell{code(s.Server), text(s.Vantage), count(s.Samples), number(span(s.Min)), number(span(s.Median)), number(span(s.Max)), number(span(s.MaxError))})
	}
	steps := table{Title: "Steps of the wall clock", Head: []string{"At", "From", "Offset", "Evidence"}, Empty: "None."}
	for _, s := range r.Clocks.Steps {
		steps.Rows = append(steps.Rows, []cell{number(showInstant(s.At)), text(s.Vantage), number(span(s.Offset)), code(s.Ref)})
	}
	steps.Note = "Durations here do not follow the wall clock, so a step changes none of them."
	holes := table{Title: "Time that nobody looked", Head: []string{"From", "To", "Length", "What", "Cause", "Critical part", "Evidence"}, Empty: "None."}
	for _, h := range r.Holes {
		what := h.What
		if h.Vantage != "" {
			what += " at " + h.Vantage
		}
		holes.Rows = append(holes.Rows, []cell{number(showInstant(h.From)), number(showInstant(h.To)), number(span(h.Took)), text(what), text(h.Cause), number(span(h.Critical)), code(h.Ref)})
	}
	tables := []table{servers, steps, holes}
	if len(r.Clocks.Between) > 0 {
		between := table{Title: "Vantage points' clocks against each other", Head: []string{"One", "Other", "Other less one", "Error", "By server"}}
		for _, b := range r.Clocks.Between {
			between.Rows = append(between.Rows, []cell{text(b.One), text(b.Other), number(span(b.Offset)), number(span(b.Error)), code(b.By)})
		}
		tables = append(tables, between)
	}
	return section{
		ID: "clocks", Title: "Clocks and unprovable time", Tables: tables,
		Lead: "Of the time from the failure to the end of verification " + span(r.Unprovable) + " cannot be vouched for.",
	}
}

func controlSection(r Report) section {
	t := table{Head: []string{"Standard", "Control", "Asks for", "State", "Evidence shows", "Missing", "Records"}}
	for _, c := range r.Controls {
		state := "not shown"
		if c.Shown {
			state = "shown"
		}
		t.Rows = append(t.Rows, []cell{text(c.Standard), text(c.Control), text(c.Asks), text(state), text(cmp.Or(c.Shows, "–")), text(cmp.Or(c.Missing, "–")), refs(c.Refs)})
	}
	return section{ID: "controls", Title: "Control map", Tables: []table{t}, Lead: "What these records show of what assessors ask for. The wording is ours; the standard's own text decides."}
}

func evidenceSection(r Report) section {
	e := r.Evidence
	chains := table{Title: "Logs", Head: []string{"Vantage point", "Records", "First", "Last", "Hash of the first", "Hash of the last", "SHA-256 of all"}, Empty: "None."}
	for _, c := range e.Chains {
		chains.Rows = append(chains.Rows, []cell{
			text(cmp.Or(c.Vantage, "–")), count(c.Records), number("#" + strconv.FormatUint(c.First, 10)), number("#" + strconv.FormatUint(c.Last, 10)), code(c.FirstHash), code(c.LastHash), code(c.SHA256),
		})
	}
	named := table{Title: "Records other than looks", Head: []string{"Record", "At", "Kind", "What", "Hash"}, Empty: "None."}
	for _, n := range e.Named {
		named.Rows = append(named.Rows, []cell{code(n.Ref), number(showInstant(n.At)), text(string(n.Kind)), text(strings.ReplaceAll(n.What, "_", " ")), code(n.Hash)})
	}
	sessions := table{Title: "Trackers", Head: []string{"Vantage point", "Version", "Began", "Boot", "Configuration SHA-256", "Evidence"}, Empty: "No session is among the records."}
	for _, s := range r.Clocks.Sessions {
		sessions.Rows = append(sessions.Rows, []cell{text(s.Vantage), text(s.Version), number(showDay(rto.At(s.Began))), code(s.BootID), code(s.ConfigSHA256), code(s.Ref)})
	}
	return section{
		ID: "evidence", Title: "Evidence", Tables: []table{chains, sessions, named},
		Lead: fmt.Sprintf("%d records with %d looks at the source, %d at replicas, %d at stocks, and %d probe results.", e.Records, e.Samples.Source, e.Samples.Replica, e.Samples.Stock, e.Samples.Probe),
	}
}
