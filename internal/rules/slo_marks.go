package rules

import (
	"strings"

	"github.com/voipbin/observability/internal/spec"
)

// words are what differs between two objectives of one shape: by their places below, and from firstValue on the values of labels.
type words []string

const (
	wordName = iota
	wordCamel
	wordTitle
	wordOwner
	wordDescription
	wordDashboard
	firstValue

	// mostWords is how many marks there are; objectives with more are made as a whole.
	mostWords = 30
)

// wordsOf are the words of an objective but for values of labels.
func wordsOf(s spec.SLO) words {
	return words{s.Name, camel(s.Name), titleOf(s), s.Owner, strings.TrimSuffix(s.Description, "."), s.Dashboard}
}

// A mark stands for a word while a pattern is made. It is a letter, a rune of its own that is seldom written, and so many more as make it as
// long as the word: how an expression is printed depends on its length. The objective's name has a small letter before the rune, which the names of
// alerts turn into a large one.
const (
	firstMark    = '\u07ca' // letters of N'Ko: all print as themselves in quotes
	lastMark     = firstMark + mostWords
	shortestMark = 3
)

// mark returns the mark of a word of a length, at least of shortestMark.
func mark(word, length int) string {
	begin := "q"
	if word == wordCamel {
		begin, word = "Q", wordName
	}
	return begin + string(rune(firstMark+word)) + strings.Repeat("q", max(length-shortestMark, 0))
}

// marked reports whether a text has a rune of marks in it.
func marked(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= firstMark && r <= lastMark }) >= 0
}

// inMarks is an objective of the same shape with marks in the place of its words, and the marks.
func inMarks(s spec.SLO, w words) (spec.SLO, words) {
	marks := make(words, len(w))
	for i, v := range w {
		marks[i] = mark(i, len(v))
	}
	marks[wordCamel] = mark(wordCamel, len(w[wordName])) // what becomes of the marked name
	for _, e := range []*spec.Expr{&s.SLI.Errors, &s.SLI.Good, &s.SLI.Total, &s.SLI.Metric} {
		between, own := matched(e.Text, nil, nil)
		for i, v := range own {
			if v == w[wordName] {
				own[i] = marks[wordName]
			} else if at := indexFrom(w, firstValue, v); at >= 0 {
				own[i] = marks[at]
			}
		}
		*e = spec.Expr{Text: interleave(between, own)}
	}
	s.Name, s.Title, s.Owner = marks[wordName], marks[wordTitle], marks[wordOwner]
	if s.Description != "" {
		s.Description = marks[wordDescription]
	}
	if s.Dashboard != "" {
		s.Dashboard = marks[wordDashboard]
	}
	return s, marks
}

// indexFrom is where a word stands from a place on, or -1.
func indexFrom(w words, from int, v string) int {
	for i := from; i < len(w); i++ {
		if w[i] == v {
			return i
		}
	}
	return -1
}

// castText is a text that was parted at its marks.
type castText struct {
	between []string
	which   []int // the words between
}

// part parts a text at its marks.
func (marks words) part(text string) castText {
	var c castText
	from := 0
	for at, r := range text {
		if r < firstMark || r > lastMark || at == 0 {
			continue
		}
		word := int(r - firstMark)
		if word == wordName && text[at-1] == 'Q' {
			word = wordCamel
		}
		c.between, c.which = append(c.between, text[from:at-1]), append(c.which, word)
		from = at - 1 + len(marks[word])
	}
	c.between = append(c.between, text[from:])
	return c
}

// with is the text with words in the place of the marks.
func (c castText) with(w words) string {
	if len(c.which) == 0 {
		return c.between[0]
	}
	var room [usualValues]string
	values := room[:0]
	for _, word := range c.which {
		values = append(values, w[word])
	}
	return interleave(c.between, values)
}
