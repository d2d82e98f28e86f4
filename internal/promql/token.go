package promql

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
)

// The parser keeps no place for a single label; the functions below find it by reading the tokens again, so that a
// caret can stand under the very word.

// tokens reads the tokens of text[at.Start:at.End], with places in the whole text.
func (r *run) tokens(at posrange.PositionRange) []parser.Item {
	lexer := parser.Lex(r.text[at.Start:at.End])
	var items []parser.Item
	for {
		var item parser.Item
		lexer.NextItem(&item)
		if item.Typ == parser.EOF || item.Typ == parser.ERROR {
			return items
		}
		item.Pos += at.Start
		items = append(items, item)
	}
}

// token returns where a word first stands as a token in a range, quoted or not, or the whole range when it does not.
func (r *run) token(at posrange.PositionRange, word string) posrange.PositionRange {
	for _, item := range r.tokens(at) {
		if item.Val == word || len(item.Val) == len(word)+2 && item.Val[1:len(item.Val)-1] == word {
			return item.PositionRange()
		}
	}
	return at
}

// clauseLabel returns where a label stands in the list that follows one of the keywords, outside any parentheses of the
// range; the whole range when it does not.
func (r *run) clauseLabel(at posrange.PositionRange, label string, keywords ...parser.ItemType) posrange.PositionRange {
	depth, inClause := 0, false
	for _, item := range r.tokens(at) {
		switch {
		case item.Typ == parser.LEFT_PAREN:
			depth++
		case item.Typ == parser.RIGHT_PAREN:
			depth--
			inClause = inClause && depth > 0
		case depth == 0 && slices.Contains(keywords, item.Typ):
			inClause = true
		case depth == 1 && inClause && item.Val == label:
			return item.PositionRange()
		}
	}
	return at
}

// between returns the range from the end of one expression to the begin of the next: the operator and its modifiers.
func between(left, right parser.Expr) posrange.PositionRange {
	start, end := left.PositionRange().End, right.PositionRange().Start
	return posrange.PositionRange{Start: start, End: max(start, end)}
}
