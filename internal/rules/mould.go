package rules

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/voipbin/observability/internal/parallel"
	"github.com/voipbin/observability/internal/promql"
)

// moulds remember what was found out about expressions. Those of two objectives often differ in nothing but values of
// labels, such as the name that their records carry; so each form is parsed, judged and printed once. How an expression is
// printed depends on how long it is, so values of different lengths make different forms. That each objective's own values
// exist was judged before, by its expressions in the spec. They may be used by several goroutines.
type moulds struct {
	of    func(promql.Selection) promql.Sampling
	mu    sync.RWMutex
	known map[string]*mould // by form; by the expression where that is no mould for others
}

// mould is what is known about one form of expression.
type mould struct {
	rule    string   // whose expression was the first of the form
	expr    string   // this expression
	between []string // the text in its canonical form, around the values of matchers
	samples int      // that are loaded to evaluate it once
}

func newMoulds(of func(promql.Selection) promql.Sampling) *moulds {
	return &moulds{of: of, known: make(map[string]*mould)}
}

// Expressions have seldom more values, and their forms seldom more bytes: so much needs no memory of its own.
const (
	usualValues = 24
	usualForm   = 2048
)

// cast returns the expression of a rule in its canonical form.
func (m *moulds) cast(rule, expr string) (string, error) {
	var parts, values [usualValues]string
	between, filled := matched(expr, parts[:0], values[:0])
	found, err := m.find(rule, expr, between, filled)
	if err != nil {
		return "", err
	}
	if len(found.between) == 1 {
		return found.between[0], nil
	}
	return interleave(found.between, filled), nil
}

// weigh returns how many samples the expression of a rule loads.
func (m *moulds) weigh(rule, expr string) (int, error) {
	var parts, values [usualValues]string
	between, filled := matched(expr, parts[:0], values[:0])
	found, err := m.find(rule, expr, between, filled)
	if err != nil {
		return 0, err
	}
	return found.samples, nil
}

// find returns the mould of an expression, which is made if it is not there.
func (m *moulds) find(rule, expr string, between, values []string) (*mould, error) {
	var text [usualForm]byte
	form := appendForm(text[:0], between, values)
	m.mu.RLock()
	found, ok := m.known[string(form)]
	if !ok {
		found, ok = m.known[expr]
	}
	m.mu.RUnlock()
	if ok {
		return found, nil
	}
	found, err := m.make(rule, expr, values)
	if err != nil {
		return nil, fmt.Errorf("rule %s: %w", rule, err)
	}
	key := expr
	if len(found.between) == len(values)+1 {
		key = string(form)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[key] = found
	return found, nil
}

// make prints an expression. The mould is the whole text where the printed values are not those of the expression, one by one.
func (m *moulds) make(rule, expr string, values []string) (*mould, error) {
	text, samples, err := promql.Weigh(expr, m.of)
	if err != nil {
		return nil, err
	}
	between, printed := matched(text, nil, nil)
	if !slices.Equal(values, printed) {
		between = []string{text}
	}
	return &mould{rule: rule, expr: expr, between: between, samples: samples}, nil
}

// check judges all forms, once it is known which series there are. The spec's own expressions were judged before, so that an
// error is a mistake of this package.
func (m *moulds) check(checker *promql.Checker) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := slices.SortedFunc(maps.Values(m.known), func(a, b *mould) int { return cmp.Compare(a.expr, b.expr) })
	errs := make([]error, len(all))
	parallel.Each(len(all), func(i int) {
		for _, p := range checker.Check(all[i].expr) {
			if !p.Warning {
				errs[i] = fmt.Errorf("rule %s: %s in %s", all[i].rule, p, all[i].expr)
			}
		}
	})
	return errors.Join(errs...)
}

// settle brings the expression of every rule into its canonical form.
func (m *moulds) settle(rules []Rule) error {
	for i, r := range rules {
		expr, err := m.cast(r.Record+r.Alert, r.Expr)
		if err != nil {
			return err
		}
		rules[i].Expr = expr
	}
	return nil
}

// weighGroup returns the samples that a group loads when it is evaluated once.
func (m *moulds) weighGroup(g Group) (groupCost, error) {
	cost := groupCost{interval: g.Interval}
	for _, r := range g.Rules {
		samples, err := m.weigh(r.Record+r.Alert, r.Expr)
		if err != nil {
			return groupCost{}, err
		}
		cost.samples += samples
	}
	return cost, nil
}

// matched parts an expression at the values of its label matchers, and adds to both lists. What has other quotes than double
// ones, or anything escaped, is left in one part.
func matched(expr string, between, values []string) ([]string, []string) {
	if strings.ContainsAny(expr, "'`\\#") {
		return append(between[:0], expr), values[:0]
	}
	rest, from := expr, 0
	for {
		open := strings.IndexByte(rest[from:], '"')
		if open < 0 {
			return append(between, rest), values
		}
		open += from
		size := strings.IndexByte(rest[open+1:], '"')
		if size < 0 {
			return append(between[:0], expr), values[:0]
		}
		end := open + 1 + size
		if open == 0 || rest[open-1] != '=' && rest[open-1] != '~' {
			from = end + 1 // a text that is no matcher's
			continue
		}
		between, values = append(between, rest[:open+1]), append(values, rest[open+1:end])
		rest, from = rest[end:], 1
	}
}

// interleave joins the parts of a text with the values between them.
func interleave(between, values []string) string {
	size := len(between[len(values)])
	for i, v := range values {
		size += len(between[i]) + len(v)
	}
	var text strings.Builder
	text.Grow(size)
	for i, v := range values {
		text.WriteString(between[i])
		text.WriteString(v)
	}
	text.WriteString(between[len(values)])
	return text.String()
}

// appendForm adds what two expressions have in common that are of one form.
func appendForm(form []byte, between, values []string) []byte {
	for i, v := range values {
		form = append(form, between[i]...)
		form = strconv.AppendInt(form, int64(len(v)), 10)
	}
	return append(form, between[len(values)]...)
}
