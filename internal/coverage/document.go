package coverage

import (
	"fmt"
	"strings"
)

// most is how many names a cell of the document shows; the others are counted, and "obsgen coverage -format json" has them all.
const most = 4

// Markdown is the document of the report; header is its first line, as a comment.
func (r Report) Markdown(header string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s -->\n\n# What watches what was promised\n\n", header)
	fmt.Fprintf(&b, "The published deployment architecture states %d facts (`spec/inventory.yaml`). %d are covered: a rule and a panel are about them, and an "+
		"objective where they are one. %d end in a reason why not, %d are open.\n\n", r.Rows, r.Covered, r.Excused, r.Open)
	fmt.Fprintf(&b, "Names are followed into what is generated, so that a fact that loses its rule or panel is open again; `obsgen coverage` fails when fewer than "+
		"%d are covered or excused. Metrics and panels are those of the rules; `obsgen coverage -format json` has all of them.\n", r.Floor)
	for _, s := range r.Sections {
		fmt.Fprintf(&b, "\n## %s. %s\n\n| # | Fact | In the spec | State | Rules | Metrics | Panels | Objectives |\n|---|---|---|---|---|---|---|---|\n", s.ID, s.Title)
		for _, row := range s.Rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", row.ID, cell(row.Title), code(row.Spec, len(row.Spec)), row.state(),
				code(row.Rules, most), code(row.Metrics, most), plain(row.Panels, most), code(row.SLOs, most))
		}
	}
	return []byte(b.String())
}

// state is how far a row is watched, and what it lacks.
func (r Row) state() string {
	switch r.State {
	case Excused:
		return cell(r.Reason)
	case Open:
		return "**open**: no " + strings.Join(r.Missing, ", no ")
	}
	return "covered"
}

// code lists names as code, at most a number of them.
func code(names []string, limit int) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "`" + n + "`"
	}
	return plain(quoted, limit)
}

// plain lists texts, at most a number of them.
func plain(texts []string, limit int) string {
	if len(texts) <= limit {
		return cell(strings.Join(texts, ", "))
	}
	return cell(strings.Join(texts[:limit], ", ")) + fmt.Sprintf(" and %d more", len(texts)-limit)
}

// cell is a text for a cell of a table.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(s) }
