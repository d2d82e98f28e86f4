package promql

import (
	"fmt"
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
)

// Record is a series that a recording rule makes.
type Record struct {
	Name string
	Help string
	Unit metric.Unit
	// Labels are all labels of the series; unlike for a scraped family, no target label comes on top.
	Labels []metric.Label
}

// Options says what Checker may take for given.
type Options struct {
	// TargetLabels are the labels that the scrape configuration adds to every series, besides job and instance.
	TargetLabels []string
	// Observed are families that no table declares. One of a name that the catalogue has adds its labels to those declared.
	Observed []Observed
	// Anchored is true when the server knows the anchored modifier: Prometheus 3.16, or 3.7 with its feature flag.
	Anchored bool
}

// Observed is a family that was seen, on a server or in an exposition, rather than declared.
type Observed struct {
	Family *metric.Family
	// Open is true when it may have labels beyond those of the family, as when only its name was seen.
	Open bool
	// Possible are labels that it may have besides, though none was seen.
	Possible []string
}

// Checker knows every series that exists and judges expressions by them.
type Checker struct {
	catalogue    *metric.Catalogue
	records      map[string]*Record
	observed     *metric.Catalogue
	seen         map[string]Observed
	names        []string // of families and records, for hints
	targetLabels []string
	anchored     bool
}

// NewChecker returns a checker for what the catalogue and the records name. A record hides a family of the same name.
func NewChecker(catalogue *metric.Catalogue, records []Record, opts Options) *Checker {
	c := &Checker{
		catalogue:    catalogue,
		records:      make(map[string]*Record, len(records)),
		seen:         make(map[string]Observed, len(opts.Observed)),
		names:        catalogue.Names(),
		targetLabels: append(metric.TargetLabels(), opts.TargetLabels...),
		anchored:     opts.Anchored,
	}
	for i := range records {
		c.records[records[i].Name] = &records[i]
		c.names = append(c.names, records[i].Name)
	}
	families := make([]*metric.Family, 0, len(opts.Observed))
	for _, o := range opts.Observed {
		families = append(families, o.Family)
		c.seen[o.Family.Name] = o
		c.names = append(c.names, o.Family.Name)
	}
	c.observed = metric.NewCatalogue(families)
	return c
}

// Check returns what is wrong with an expression, ordered by place. Variables such as $__rate_interval and $instance may
// stand in it; nothing is said about the names and values they stand for.
func (c *Checker) Check(text string) []Problem {
	ex := expandPlaceholders(text)
	problems, _ := c.check(ex.Text)
	return ex.restore(text, problems)
}

// CheckWith is Check after variables were replaced by value, as Expand does it.
func (c *Checker) CheckWith(text string, value func(name string) (string, bool)) []Problem {
	problems, _ := c.JudgeWith(text, value)
	return problems
}

// JudgeWith is CheckWith, and says what Labels says of the expression with the variables replaced.
func (c *Checker) JudgeWith(text string, value func(name string) (string, bool)) ([]Problem, []string) {
	outer := Expand(text, value)
	inner := expandPlaceholders(outer.Text)
	problems, v := c.check(inner.Text)
	labels := labelsOf(problems, v)
	return outer.restore(text, inner.restore(outer.Text, problems)), labels
}

// Labels returns the names of the labels that the result of an expression can carry. It is nil when they cannot be
// known, as for ALERTS, which carries the labels of every alert.
func (c *Checker) Labels(text string) []string {
	return labelsOf(c.check(expandPlaceholders(text).Text))
}

// Values returns every value that a label of a series can have, or nil when that is not known.
func (c *Checker) Values(series, label string) []string {
	v, _ := (&run{Checker: c}).series(series)
	return v.labels[label].values
}

// Closed reports whether the values of a label are known of any series. Of others nothing is said but how they compare with each other.
func (c *Checker) Closed(label string) bool {
	known := func(l metric.Label) bool { return l.Name == label && l.Values != nil }
	for _, r := range c.records {
		if slices.ContainsFunc(r.Labels, known) {
			return true
		}
	}
	return slices.ContainsFunc(c.catalogue.Names(), func(name string) bool {
		f, _ := c.catalogue.Lookup(name)
		return slices.ContainsFunc(f.Labels, known)
	})
}

// Counts names what a series counts: of a histogram, buckets and count are about the same observations, so that the histogram is named.
func (c *Checker) Counts(series string) string {
	if f, suffix, ok := c.catalogue.Resolve(series); ok && f.Type == metric.Histogram && suffix != "_sum" {
		return f.Name
	}
	return series
}

// labelsOf is what Labels says of an expression that was judged.
func labelsOf(problems []Problem, v vector) []string {
	if v.open || len(problems) > 0 && !problems[0].Warning {
		return nil
	}
	return v.labelNames()
}

// check judges an expression without variables.
func (c *Checker) check(text string) ([]Problem, vector) {
	expr, err := parse(text)
	if err != nil {
		return syntaxProblems(text, err), vector{open: true}
	}
	r := &run{Checker: c, text: text}
	v := r.expr(expr)
	r.levelUse(v, expr)
	return tidy(r.problems), v
}

// run is the check of one expression.
type run struct {
	*Checker
	text     string
	problems []Problem
}

// report adds an error at a range of the text.
func (r *run) report(at posrange.PositionRange, hint, format string, args ...any) {
	r.problems = append(r.problems, Problem{Start: int(at.Start), End: int(at.End), What: fmt.Sprintf(format, args...), Hint: hint})
}

// warn adds a warning at a range of the text.
func (r *run) warn(at posrange.PositionRange, hint, format string, args ...any) {
	r.report(at, hint, format, args...)
	r.problems[len(r.problems)-1].Warning = true
}

// expr judges an expression and returns what is known about its result.
func (r *run) expr(e parser.Expr) vector {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return r.expr(e.Expr)
	case *parser.UnaryExpr:
		v := r.expr(e.Expr)
		r.levelUse(v, e.Expr)
		return v.as(level)
	case *parser.VectorSelector:
		return r.selector(e)
	case *parser.MatrixSelector:
		return r.expr(e.VectorSelector)
	case *parser.SubqueryExpr:
		return r.expr(e.Expr)
	case *parser.AggregateExpr:
		return r.aggregate(e)
	case *parser.Call:
		return r.call(e)
	case *parser.BinaryExpr:
		return r.binary(e)
	}
	return vector{kind: scalar}
}

// levelUse warns when a raw counter is used for its level: that is a total since the daemon's start, which falls to zero
// when it restarts.
func (r *run) levelUse(v vector, e parser.Expr) {
	if v.kind == counter {
		r.warn(e.PositionRange(), "wrap it in rate() or increase()", "counter %q is read as a level", v.family)
	}
}

// unknownLabel reports a label that a vector does not have.
func (r *run) unknownLabel(at posrange.PositionRange, label string, v vector) {
	names := slices.DeleteFunc(v.labelNames(), func(n string) bool { return v.labels[n].unsaid })
	hint := diag.DidYouMean(label, names)
	if hint == "" && len(names) == 0 {
		hint = "no label is left"
	} else if hint == "" {
		hint = "labels are " + quoteList(names)
	}
	r.report(at, hint, "%s has no label %q", v.describe(), label)
}
