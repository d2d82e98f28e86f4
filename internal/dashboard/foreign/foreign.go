// Package foreign reads boards that other people made, of whatever version of Grafana, and says which of their panels show nothing or not what
// they say. It judges what is asked, and neither how a board looks nor who made it: package lint holds our own boards to more.
package foreign

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/dashboard/written"
	"github.com/voipbin/observability/internal/promql"
)

// Checker judges PromQL; promql.Checker is one.
type Checker interface {
	// CheckWith returns what is wrong with an expression after variables were replaced by value; others may stand in it.
	CheckWith(text string, value func(name string) (string, bool)) []promql.Problem
	// Labels returns the labels of an expression's result, nil for none or when they cannot be known.
	Labels(text string) []string
}

// Finding is one thing wrong with one board.
type Finding struct {
	// File is the board's file, Board its title, Panel the panel's; empty for the board itself.
	File, Board, Panel string
	What, Hint         string
}

// String is the finding on one line: file: board/panel: what: hint.
func (f Finding) String() string {
	place := f.Board
	if f.Panel != "" {
		place += "/" + f.Panel
	}
	parts := slices.DeleteFunc([]string{f.File, place, f.What, f.Hint}, func(s string) bool { return s == "" })
	return strings.Join(parts, ": ")
}

// Check judges one board. The error is for a file that is no board.
func Check(c Checker, file string, data []byte) ([]Finding, error) {
	b, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	j := &judge{Checker: c, board: b, file: file}
	j.variables()
	j.annotations()
	for _, p := range b.panels() {
		j.panel(p)
	}
	j.sources()
	return j.found, nil
}

// judge gathers findings about one board.
type judge struct {
	Checker
	board   *board
	file    string
	found   []Finding
	missing []source // data sources that are defined nowhere
}

// source is a data source that is not there, with the first place that asks for it and how many do.
type source struct {
	name, panel string
	count       int
}

func (j *judge) say(panel, what, hint string) {
	f := Finding{File: j.file, Board: cmp.Or(j.board.Title, j.board.UID), Panel: panel, What: what, Hint: hint}
	if !slices.Contains(j.found, f) {
		j.found = append(j.found, f)
	}
}

// panel judges what one panel asks.
func (j *judge) panel(p *panel) {
	title := cmp.Or(p.Title, fmt.Sprintf("panel %d", p.ID))
	j.source(title, p.Datasource)
	for _, t := range p.Targets {
		j.source(title, t.Datasource)
		if t.Expr == "" || !j.isPrometheus(t.Datasource, p.Datasource) {
			continue
		}
		j.expression(title, t.Expr)
		if d := promql.RateDifference(plain(t.Expr)); d != nil && !aboutChange(title) {
			j.say(title, d.What, d.Hint)
		}
		j.legend(title, t)
	}
}

// aboutChange reports whether a title says that the panel shows how fast something changes.
func aboutChange(title string) bool {
	for _, word := range []string{"rate", "per second", "per minute", "/s", "net", "change", "growth", "flow", "delta", "trend"} {
		if strings.Contains(strings.ToLower(title), word) {
			return true
		}
	}
	return false
}

// expression judges a query with the board's variables in it.
func (j *judge) expression(where, expr string) {
	text := plain(expr)
	for _, p := range j.check(text) {
		hint := p.Hint
		if unreadable([]promql.Problem{p}) || strings.Contains(p.What, "the expression") { // it names nothing by which it can be found
			hint = strings.TrimPrefix(hint+", in "+short(text), ", ")
		}
		j.say(where, p.What, hint)
	}
}

// selector judges what a variable's values come from; that a counter is read there is no mistake.
func (j *judge) selector(where, expr string) (right bool) {
	problems := slices.DeleteFunc(j.check(expr), func(p promql.Problem) bool { return p.Warning })
	for _, p := range problems {
		j.say(where, p.What, p.Hint)
	}
	return len(problems) == 0
}

// short is an expression on one line, cut where it is long.
func short(expr string) string {
	const most = 120
	line := strings.Join(strings.Fields(expr), " ")
	if len(line) > most {
		return line[:most] + "..."
	}
	return line
}

// legend judges the labels that a legend names.
func (j *judge) legend(where string, t written.Target) {
	if len(j.check(plain(t.Expr))) > 0 {
		return // it would only follow from that
	}
	labels := j.Labels(j.readable(plain(t.Expr)))
	if labels == nil {
		return
	}
	for _, m := range legendLabel.FindAllStringSubmatch(t.Legend, -1) {
		if !slices.Contains(labels, m[1]) && m[1] != "__name__" {
			hint := promql.Nearest(m[1], labels)
			if hint == "" {
				hint = "its labels are " + strings.Join(labels, ", ")
			}
			j.say(where, fmt.Sprintf("the legend names the label %q, which the result does not have", m[1]), hint)
		}
	}
}

// annotations judges what marks moments on graphs.
func (j *judge) annotations() {
	for _, a := range j.board.Annotations.List {
		name := "annotation " + a.Name
		j.source(name, a.Datasource)
		if expr := cmp.Or(a.Expr, a.Target.Expr); expr != "" && j.isPrometheus(a.Datasource, nil) {
			j.expression(name, expr)
		}
	}
}

// variables judges where choices come from.
func (j *judge) variables() {
	for _, v := range j.board.Templating.List {
		if v.Type != "query" || !j.isPrometheus(v.Datasource, nil) {
			continue
		}
		name := "variable " + v.Name
		j.source(name, v.Datasource)
		query := plain(v.Text())
		switch parts := labelValues.FindStringSubmatch(query); {
		case parts != nil && parts[1] != "":
			right := j.selector(name, parts[1])
			if labels := j.Labels(j.readable(parts[1])); right && labels != nil && !slices.Contains(labels, parts[2]) {
				j.say(name, fmt.Sprintf("%s has no label %q", parts[1], parts[2]), promql.Nearest(parts[2], labels))
			}
		case strings.HasPrefix(query, "query_result("):
			j.selector(name, strings.TrimSuffix(strings.TrimPrefix(query, "query_result("), ")"))
		}
	}
}
