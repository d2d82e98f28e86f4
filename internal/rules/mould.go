package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/promql"
)

// moulds remember what was found out about expressions. Those of two objectives often differ in nothing but the name that
// their records carry; so each form is parsed, judged and printed once. How an expression is printed depends on how
// long it is, so names of different lengths are different forms.
type moulds struct {
	checker *promql.Checker
	of      func(promql.Selection) promql.Sampling
	known   map[string]mould
}

// mould is what is known about one form of expression.
type mould struct {
	text    string // in its canonical form, with owner in place of the objective's label
	samples int    // that are loaded to evaluate it once
}

// owner stands in place of the matcher of an objective's own name. No expression can contain it.
const owner = "\x00"

func newMoulds(checker *promql.Checker, of func(promql.Selection) promql.Sampling) *moulds {
	return &moulds{checker: checker, of: of, known: make(map[string]mould)}
}

// cast returns an expression of an objective, or of none, in its canonical form, and how many samples it loads. The spec's
// own expressions were judged before, so that an error is a mistake of this package.
func (m *moulds) cast(expr, objective string) (string, int, error) {
	own := ""
	form := "0" + expr
	if objective != "" {
		own = "slo=" + strconv.Quote(objective)
		form = strconv.Itoa(len(own)) + strings.ReplaceAll(expr, own, owner)
	}
	found, ok := m.known[form]
	if !ok {
		made, err := m.make(expr, own)
		if err != nil {
			return "", 0, err
		}
		found = made
		m.known[form] = made
	}
	if own == "" {
		return found.text, found.samples, nil
	}
	return strings.ReplaceAll(found.text, owner, own), found.samples, nil
}

// make judges and prints an expression.
func (m *moulds) make(expr, own string) (mould, error) {
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
	if own != "" {
		text = strings.ReplaceAll(text, own, owner)
	}
	return mould{text: text, samples: samples}, nil
}
