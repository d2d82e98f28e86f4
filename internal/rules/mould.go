package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/promql"
)

// moulds remember what was found out about expressions. Those of two objectives often differ in nothing but values of
// labels, such as the name that their records carry; so each form is parsed, judged and printed once. How an expression is
// printed depends on how long it is, so values of different lengths make different forms. That each objective's own values
// exist was judged before, by its expressions in the spec.
type moulds struct {
	checker *promql.Checker
	of      func(promql.Selection) promql.Sampling
	known   map[string]mould
}

// mould is what is known about one form of expression.
type mould struct {
	between []string // the text in its canonical form, around the values of matchers
	samples int      // that are loaded to evaluate it once
}

func newMoulds(checker *promql.Checker, of func(promql.Selection) promql.Sampling) *moulds {
	return &moulds{checker: checker, of: of, known: make(map[string]mould)}
}

// cast returns an expression in its canonical form, and how many samples it loads. The spec's own expressions were judged
// before, so that an error is a mistake of this package.
func (m *moulds) cast(expr string) (string, int, error) {
	between, values := matched(expr)
	form := formOf(between, values)
	found, ok := m.known[form]
	if !ok {
		var err error
		found, err = m.make(expr, values)
		if err != nil {
			return "", 0, err
		}
		if len(found.between) == len(values)+1 {
			m.known[form] = found
		}
	}
	if len(found.between) == 1 {
		return found.between[0], found.samples, nil
	}
	var text strings.Builder
	text.WriteString(found.between[0])
	for i, v := range values {
		text.WriteString(v)
		text.WriteString(found.between[i+1])
	}
	return text.String(), found.samples, nil
}

// make judges and prints an expression. The mould is the whole text where the printed values are not those of the
// expression, one by one.
func (m *moulds) make(expr string, values []string) (mould, error) {
	for _, p := range m.checker.Check(expr) {
		if !p.Warning {
			return mould{}, fmt.Errorf("%s in %s", p, expr)
		}
	}
	text, err := promql.Format(expr)
	if err != nil {
		return mould{}, err
	}
	samples, err := promql.Samples(text, m.of)
	if err != nil {
		return mould{}, err
	}
	between, printed := matched(text)
	if !slices.Equal(values, printed) {
		between = []string{text}
	}
	return mould{between: between, samples: samples}, nil
}

// matched parts an expression at the values of its label matchers. What has other quotes than double ones, or anything
// escaped, is left in one part.
func matched(expr string) (between, values []string) {
	if strings.ContainsAny(expr, "'`\\#") {
		return []string{expr}, nil
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
			return []string{expr}, nil
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

// formOf is what two expressions have in common that are of one form.
func formOf(between, values []string) string {
	var form strings.Builder
	for i, v := range values {
		form.WriteString(between[i])
		form.WriteString(strconv.Itoa(len(v)))
	}
	form.WriteString(between[len(values)])
	return form.String()
}
