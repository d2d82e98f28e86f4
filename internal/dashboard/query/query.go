// Package query builds the PromQL of panels from catalogue entries and recorded series, and works out on the way what
// unit the result has. It writes no metric's name by hand, evaluates nothing, and leaves the judgement of labels and
// types to package promql.
package query

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

// Quantity is what the numbers of a result measure.
type Quantity struct {
	Base metric.Unit
	// PerSecond is true for a growth rate.
	PerSecond bool
}

// String is the quantity in words.
func (q Quantity) String() string {
	base := string(q.Base)
	if q.Base == metric.None {
		base = "count"
	}
	if q.PerSecond {
		return base + " per second"
	}
	return base
}

// Expr is an expression that is being built. Building goes on after a mistake; Build reports it.
type Expr struct {
	text     string
	quantity Quantity
	// binary is true when an operator stands outermost, so that the text needs parentheses as an operand.
	binary bool
	// counter is true for the plain selector of something that only grows.
	counter bool
	// exemplars is true when the series carry exemplars, as those of histograms do.
	exemplars bool
	err       error
}

// Build returns the expression in canonical form, or every mistake made on the way.
func (e Expr) Build() (string, error) {
	if e.err != nil {
		return "", e.err
	}
	text, err := promql.Format(e.text)
	if err != nil {
		return "", fmt.Errorf("expression %q: %w", e.text, err)
	}
	return text, nil
}

// Quantity returns what the result measures.
func (e Expr) Quantity() Quantity { return e.quantity }

// Exemplars reports whether the result's series carry exemplars.
func (e Expr) Exemplars() bool { return e.exemplars }

// Matcher is one condition on a label.
type Matcher struct{ label, operator, value string }

// Is asks for one value of a label.
func Is(label, value string) Matcher { return Matcher{label, "=", value} }

// Not asks for any value of a label but one.
func Not(label, value string) Matcher { return Matcher{label, "!=", value} }

// Like asks for values that match a regular expression from begin to end; a Grafana variable stands for one.
func Like(label, pattern string) Matcher { return Matcher{label, "=~", pattern} }

// Unlike asks for values that do not match a regular expression from begin to end.
func Unlike(label, pattern string) Matcher { return Matcher{label, "!~", pattern} }

// Of selects the series of a family: of a histogram, its _count.
func Of(f *metric.Family, matchers ...Matcher) Expr {
	e := Expr{quantity: Quantity{Base: f.Unit}, counter: f.Type == metric.Counter}
	name := f.Name
	if f.Type == metric.Histogram {
		name, e.quantity.Base, e.counter, e.exemplars = f.Name+"_count", metric.None, true, true
	}
	e.text = selector(name, matchers)
	return e
}

// Recorded selects the series of a recording rule. By Prometheus' convention its name ends in the operation that made
// it (level:metric:operation), so that a rate is known by it.
func Recorded(r promql.Record, matchers ...Matcher) Expr {
	operation := r.Name[strings.LastIndexByte(r.Name, ':')+1:]
	isRate := strings.HasPrefix(operation, "rate") || strings.HasPrefix(operation, "irate")
	return Expr{text: selector(r.Name, matchers), quantity: Quantity{Base: r.Unit, PerSecond: isRate}}
}

// Quantile estimates the q-quantile (0 to 1) of a histogram's values since the last step, for each group of labels.
func Quantile(q float64, f *metric.Family, by []string, matchers ...Matcher) Expr {
	e := buckets(f, matchers).aggregate("sum", append([]string{"le"}, by...))
	e.text = "histogram_quantile(" + number(q) + ", " + e.text + ")"
	e.quantity = Quantity{Base: f.Unit}
	if q < 0 || q > 1 {
		e.fail("quantile %v of %s: want 0 to 1", q, f.Name)
	}
	return e
}

// Mean is the mean of what a histogram or a summary observed since the last step, for each group of labels; without
// observations there is none.
func Mean(f *metric.Family, by []string, matchers ...Matcher) Expr {
	sum, count := observed(f, "_sum", matchers), observed(f, "_count", matchers)
	e := sum.Rate().Sum(by...).join("/", count.Rate().Sum(by...).Where(">", 0), "")
	e.quantity = Quantity{Base: f.Unit}
	return e
}

// UpTo is the share of what a histogram observed since the last step that was not above one of its bounds, for each group
// of labels; without observations there is none.
func UpTo(bound float64, f *metric.Family, by []string, matchers ...Matcher) Expr {
	part := selectBuckets(f, append([]Matcher{Is("le", number(bound))}, matchers...))
	part.counter = true
	if !slices.Contains(f.Buckets, bound) {
		part.fail("%v is no bound of %s", bound, f.Name)
	}
	return part.Rate().Sum(by...).Over(observed(f, "_count", matchers).Rate().Sum(by...).Where(">", 0))
}

// observed selects the sums or the counts of a histogram or a summary.
func observed(f *metric.Family, suffix string, matchers []Matcher) Expr {
	e := Expr{text: selector(f.Name+suffix, matchers), counter: true}
	if f.Type != metric.Histogram && f.Type != metric.Summary {
		e.fail("%s: want a histogram or a summary, got a %s", f.Name, f.Type)
	}
	return e
}

// Spread returns how much each bucket of a histogram grew since the last step, for a heatmap.
func Spread(f *metric.Family, matchers ...Matcher) Expr {
	e := selectBuckets(f, matchers)
	e.text = "sum by (le) (increase(" + e.text + "[$__rate_interval]))"
	return e
}

func buckets(f *metric.Family, matchers []Matcher) Expr {
	e := selectBuckets(f, matchers)
	e.text = "rate(" + e.text + "[$__rate_interval])"
	return e
}

func selectBuckets(f *metric.Family, matchers []Matcher) Expr {
	e := Expr{text: selector(f.Name+"_bucket", matchers), exemplars: true}
	if f.Type != metric.Histogram {
		e.fail("%s: want a histogram, got a %s", f.Name, f.Type)
	}
	return e
}

// selector writes name{matchers}.
func selector(name string, matchers []Matcher) string {
	if len(matchers) == 0 {
		return name
	}
	parts := make([]string, len(matchers))
	for i, m := range matchers {
		parts[i] = m.label + m.operator + strconv.Quote(m.value)
	}
	return name + "{" + strings.Join(parts, ",") + "}"
}

// fail notes a mistake.
func (e *Expr) fail(format string, args ...any) {
	e.err = errors.Join(e.err, fmt.Errorf(format, args...))
}

// number prints a number as briefly as it can be.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
