package query

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
)

// Rate returns the growth per second of a counter, over the interval that Grafana chooses so that no scrape is missed.
func (e Expr) Rate() Expr { return e.growth("rate", true) }

// Increase returns the growth of a counter over that same interval.
func (e Expr) Increase() Expr { return e.growth("increase", false) }

func (e Expr) growth(function string, perSecond bool) Expr {
	if !e.counter {
		e.fail("%s of %s: not a counter as scraped", function, e.text)
	}
	e.text = function + "(" + e.text + "[$__rate_interval])"
	e.quantity.PerSecond = perSecond
	e.counter = false
	return e
}

// Sum adds up each group of labels; without any, everything.
func (e Expr) Sum(by ...string) Expr { return e.aggregate("sum", by) }

// Max returns the largest of each group.
func (e Expr) Max(by ...string) Expr { return e.aggregate("max", by) }

// Min returns the smallest of each group.
func (e Expr) Min(by ...string) Expr { return e.aggregate("min", by) }

// Count returns how many series each group has.
func (e Expr) Count(by ...string) Expr {
	e = e.aggregate("count", by)
	e.quantity = Quantity{}
	return e
}

func (e Expr) aggregate(operator string, by []string) Expr {
	if e.counter && operator != "count" {
		e.fail("%s of %s: a counter is rated first", operator, e.text)
	}
	clause := ""
	if len(by) > 0 {
		clause = " by (" + strings.Join(by, ", ") + ") "
	}
	e.text, e.binary, e.counter = operator+clause+"("+e.text+")", false, false
	return e
}

// MaxWithout returns the largest of the series that differ only in the given labels.
func (e Expr) MaxWithout(labels ...string) Expr {
	e.text, e.binary = "max without ("+strings.Join(labels, ", ")+") ("+e.text+")", false
	return e
}

// Top keeps the k largest series.
func (e Expr) Top(k int) Expr {
	e.text, e.binary = "topk("+strconv.Itoa(k)+", "+e.text+")", false
	return e
}

// Bottom keeps the k smallest series.
func (e Expr) Bottom(k int) Expr {
	e.text, e.binary = "bottomk("+strconv.Itoa(k)+", "+e.text+")", false
	return e
}

// AtEnd returns what each series is at the end of the graph: one number for the whole of it, by which the same series are kept from its beginning
// to its end. It is of a selector alone: of anything else it does not parse.
func (e Expr) AtEnd() Expr {
	e.text += " @ end()"
	return e
}

// Over divides by d, series by series, or, where labels are given, by the one series of d that agrees in them. The
// quantities must be the same; the result is a ratio.
func (e Expr) Over(d Expr, on ...string) Expr {
	out := e.join("/", d, matching(on, " group_left ()"))
	if e.quantity != d.quantity {
		out.fail("%s / %s: %s divided by %s is no ratio", e.text, d.text, e.quantity, d.quantity)
	}
	out.quantity = Quantity{Base: metric.Ratio}
	return out
}

// Each divides a growth by the growth of what it is a part of, series by series: seconds by requests are seconds a request.
// Where there was none of the latter, there is no quotient.
func (e Expr) Each(d Expr) Expr {
	out := e.join("/", d.Where(">", 0), "")
	if !e.quantity.PerSecond || d.quantity != (Quantity{PerSecond: true}) {
		out.fail("%s / %s: %s divided by %s is no share of an event", e.text, d.text, e.quantity, d.quantity)
	}
	out.quantity = Quantity{Base: e.quantity.Base}
	return out
}

// Plus adds d, series by series.
func (e Expr) Plus(d Expr) Expr { return e.same("+", d) }

// Minus subtracts d, series by series.
func (e Expr) Minus(d Expr) Expr { return e.same("-", d) }

// Or adds the series of d that e does not have.
func (e Expr) Or(d Expr) Expr { return e.same("or", d) }

// OnlyWith keeps the series that agree with some series of d in the given labels.
func (e Expr) OnlyWith(d Expr, on ...string) Expr {
	out := e.join("and", d, matching(on, ""))
	out.counter = false
	return out
}

// Where keeps the series whose value compares as told, for example Where("==", 0).
func (e Expr) Where(operator string, value float64) Expr {
	return e.join(operator, Expr{text: number(value)}, "")
}

// As keeps the series and gives each the value v: e tells which there are, v what that means.
func (e Expr) As(v float64) Expr {
	out := e.Times(0).join("+", Expr{text: number(v)}, "")
	out.quantity = Quantity{}
	return out
}

// Times multiplies by a number without a unit.
func (e Expr) Times(factor float64) Expr { return e.join("*", Expr{text: number(factor)}, "") }

// Per divides by a number of the same quantity and gives a ratio: calls by the calls that a node is sized for.
func (e Expr) Per(whole float64) Expr {
	out := e.join("/", Expr{text: number(whole)}, "")
	if e.quantity.PerSecond || e.quantity.Base == metric.Ratio {
		out.fail("%s / %s: a %s by a number is no ratio", e.text, number(whole), e.quantity)
	}
	out.quantity = Quantity{Base: metric.Ratio}
	return out
}

// In says in which quantity the chosen series are, where a family has series of several and so states none: requests in cores are seconds a
// second, in bytes they are bytes.
func (e Expr) In(q Quantity) Expr {
	if e.quantity != (Quantity{}) {
		e.fail("%s: is in %s and cannot be in %s", e.text, e.quantity, q)
	}
	e.quantity = q
	return e
}

// Age returns how long ago a moment was, in seconds; the family holds seconds since 1970.
func Age(e Expr) Expr {
	out := Expr{text: "time()", quantity: Quantity{Base: metric.Seconds}}
	return out.same("-", e)
}

// Until returns how long it is to a moment, in seconds, negative when it has passed; the family holds seconds since 1970.
func Until(e Expr) Expr {
	return e.same("-", Expr{text: "time()", quantity: Quantity{Base: metric.Seconds}})
}

// Within keeps the moments that were no longer ago than told; the family holds seconds since 1970.
func Within(e Expr, ago time.Duration) Expr {
	return e.join(">", Expr{text: "time() - " + number(ago.Seconds()), binary: true}, "")
}

// same joins two expressions of one quantity.
func (e Expr) same(operator string, d Expr) Expr {
	out := e.join(operator, d, "")
	if e.quantity != d.quantity {
		out.fail("%s %s %s: %s and %s do not mix", e.text, operator, d.text, e.quantity, d.quantity)
	}
	return out
}

// join writes e, operator, clause, d. The result has e's quantity.
func (e Expr) join(operator string, d Expr, clause string) Expr {
	out := e
	out.text = e.operand() + " " + operator + clause + " " + d.operand()
	out.binary, out.counter = true, false
	out.exemplars = e.exemplars || d.exemplars
	out.err = errors.Join(e.err, d.err)
	return out
}

func (e Expr) operand() string {
	if e.binary {
		return "(" + e.text + ")"
	}
	return e.text
}

// matching writes the clause that joins series by labels.
func matching(on []string, grouping string) string {
	if len(on) == 0 {
		return ""
	}
	return " on (" + strings.Join(on, ", ") + ")" + grouping
}
