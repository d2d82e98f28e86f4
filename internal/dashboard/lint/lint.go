// Package lint reads boards as Grafana would and says what is wrong with them: what Grafana drops in silence, what shows
// nothing or the wrong thing, what a reader cannot understand. It changes no board and asks no server.
package lint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/parallel"
	"github.com/voipbin/observability/internal/promql"
)

// Checker judges PromQL, for several goroutines at once; promql.Checker is one, and promql.Memory, as rules ask about an expression twice.
type Checker interface {
	// Check returns what is wrong with an expression, in which Grafana variables may stand.
	Check(text string) []promql.Problem
	// Labels returns the labels of an expression's result, nil for none or when they cannot be known.
	Labels(text string) []string
	// Quantity returns what an expression's values measure, false where that cannot be known.
	Quantity(text string) (promql.Quantity, bool)
}

// Config is what the boards are held to.
type Config struct {
	Checker Checker
	// UIDPrefix begins the uid of each board, and Tag is one of its tags: by them we know our own.
	UIDPrefix, Tag string
	// ScrapeInterval is how often data changes: no board refreshes faster.
	ScrapeInterval time.Duration
	// SlowJobs are the jobs that are scraped less often than that, and how often.
	SlowJobs map[string]time.Duration
	// Colours are the only ones that a panel may use.
	Colours []string
	// Schemes are the only ones that a heatmap's scale may be of, and ExemplarColour is what exemplars may have besides Colours.
	Schemes        []string
	ExemplarColour string
	// Runbooks are the addresses of all runbooks, and RunbookPrefix is what they begin with: a link below it leads to one of them. Empty
	// leaves runbooks unchecked.
	Runbooks      []string
	RunbookPrefix string
	// Exceptions are findings that are meant.
	Exceptions []Exception
}

// Every is how often what an expression reads is scraped: as often as the slowest job that it names.
func (c Config) Every(expr string) time.Duration {
	every := c.ScrapeInterval
	for job, slow := range c.SlowJobs {
		if strings.Contains(expr, fmt.Sprintf("job=%q", job)) {
			every = max(every, slow)
		}
	}
	return every
}

// Exception lets one rule pass for one panel, or for a whole board where Panel is empty.
type Exception struct {
	Board, Panel, Rule string
	// Reason says why; without one the exception does not hold.
	Reason string
}

// Source is one board as it was written.
type Source struct {
	Path string
	JSON []byte
}

// Problem is one thing wrong with one board.
type Problem struct {
	Path  string
	Board string // uid
	Panel string // title; empty for the board itself
	Rule  string
	What  string
}

// String is the problem on one line: path: panel: what (rule).
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Path)
	b.WriteString(": ")
	if p.Panel != "" {
		fmt.Fprintf(&b, "panel %q: ", p.Panel)
	}
	fmt.Fprintf(&b, "%s (%s)", p.What, p.Rule)
	return b.String()
}

// Problems is a list of problems that is an error when it holds any.
type Problems []Problem

// Error is one line a problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the list as an error, or nil when it is empty.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// Rule is one thing that boards are held to.
type Rule struct {
	// Name is lower-case words joined by hyphens.
	Name string
	// Description says what must be true, and why it matters to a reader of the board.
	Description string
	// board and panel judge; either may be nil. Rows are not judged as panels.
	board func(r *report, b *board)
	panel func(r *report, b *board, p *panel)
}

// Rules returns every rule, in the order in which they are applied.
func Rules() []Rule {
	return slices.Concat(keyRules(), boardRules(), variableRules(), linkRules(), gridRules(), panelRules(), quantityRules(), lookRules(), queryRules())
}

// readable is the name of the rule that a file which is no board breaks.
const readable = "readable"

// stale is the name of the rule that an exception breaks which nothing needs, or which gives no reason.
const stale = "exception-stale"

// Run judges boards together, so that a link from one to another can be checked.
func Run(config Config, sources []Source) Problems {
	var problems Problems
	all, errs := make([]*board, len(sources)), make([]error, len(sources))
	parallel.Each(len(sources), func(i int) { all[i], errs[i] = read(sources[i]) })
	for i, err := range errs {
		if err != nil {
			problems = append(problems, Problem{Path: sources[i].Path, Rule: readable, What: err.Error()})
		}
	}
	boards := slices.DeleteFunc(all, func(b *board) bool { return b == nil })
	rules := Rules()
	reports := make([]*report, len(boards))
	parallel.Each(len(boards), func(i int) {
		r := &report{Config: config, boards: boards, used: make([]bool, len(config.Exceptions))}
		for _, rule := range rules {
			r.apply(rule, boards[i])
		}
		reports[i] = r
	})
	used := make([]bool, len(config.Exceptions))
	for _, r := range reports {
		problems = append(problems, r.problems...)
		for i := range used {
			used[i] = used[i] || r.used[i]
		}
	}
	return append(problems, staleExceptions(config.Exceptions, used)...)
}

// report gathers what the rules find on one board.
type report struct {
	Config
	boards   []*board
	problems Problems
	used     []bool // by exception

	rule  string
	on    *board
	panel string
}

// apply runs one rule over one board and its panels.
func (r *report) apply(rule Rule, b *board) {
	r.rule, r.on, r.panel = rule.Name, b, ""
	if rule.board != nil {
		rule.board(r, b)
	}
	if rule.panel == nil {
		return
	}
	for _, p := range b.all() {
		if p.Type != rowType {
			r.panel = p.Title
			rule.panel(r, b, p)
		}
	}
}

// say notes a problem with what is being judged, unless it is meant.
func (r *report) say(format string, args ...any) {
	for i, e := range r.Exceptions {
		if e.Board == r.on.UID && e.Panel == r.panel && e.Rule == r.rule && e.Reason != "" {
			r.used[i] = true
			return
		}
	}
	r.problems = append(r.problems, Problem{
		Path: r.on.path, Board: r.on.UID, Panel: r.panel, Rule: r.rule, What: fmt.Sprintf(format, args...),
	})
}

// about says that what follows is about one panel, in a rule that judges a whole board.
func (r *report) about(p *panel) { r.panel = p.Title }

// staleExceptions reports the exceptions of which none was used.
func staleExceptions(exceptions []Exception, used []bool) Problems {
	var problems Problems
	for i, e := range exceptions {
		if !used[i] {
			problems = append(problems, Problem{
				Path: e.Board, Board: e.Board, Panel: e.Panel, Rule: stale,
				What: fmt.Sprintf("the exception from %q is not needed, or has no reason", e.Rule),
			})
		}
	}
	return problems
}
