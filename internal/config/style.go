package config

import (
	"bytes"
	"strings"
)

// style is how a text is written in YAML.
type style int

const (
	byLibrary style = iota // not seen at a glance
	plain
	quoted  // between single quotes
	literal // line by line
)

// plainKey reports whether a key is of small letters, digits excluded, so that it is written and sorted as it is.
func plainKey(k string) bool {
	const longest = 100 // a very long key is written otherwise
	for i := range len(k) {
		if k[i] != '_' && (k[i] < 'a' || k[i] > 'z') {
			return false
		}
	}
	return k != "" && len(k) <= longest && !word(k)
}

// text prints a text behind a key or a dash.
func (p *printer) text(s string, indent int) error {
	switch styleOf(s) {
	case plain:
		p.out.WriteString(s)
	case quoted:
		p.out.WriteByte('\'')
		p.out.WriteString(strings.ReplaceAll(s, "'", "''"))
		p.out.WriteByte('\'')
	case literal:
		p.lines(s, indent+2)
		return nil
	default:
		var alone bytes.Buffer
		if err := encodeAny(&alone, s); err != nil {
			return err
		}
		line := bytes.TrimRight(alone.Bytes(), "\n")
		if strings.ContainsRune(s, '\n') || bytes.IndexByte(line, '\n') >= 0 {
			return errUnusual // several lines depend on the indentation
		}
		p.out.Write(line)
	}
	p.out.WriteByte('\n')
	return nil
}

// lines prints a literal text.
func (p *printer) lines(s string, indent int) {
	text, ends := strings.CutSuffix(s, "\n")
	p.out.WriteByte('|')
	if s[0] == ' ' {
		p.out.WriteByte('2') // how far the text is indented cannot be told from its first line
	}
	if !ends {
		p.out.WriteByte('-')
	}
	p.out.WriteByte('\n')
	for line := range strings.Lines(text) {
		if line != "\n" {
			p.indent(indent)
		}
		p.out.WriteString(line)
	}
	p.out.WriteByte('\n')
}

// styleOf says how the library would write a text, for texts of printable ASCII that cannot be taken for anything else.
func styleOf(s string) style {
	if s == "" || s[len(s)-1] == ' ' {
		return byLibrary
	}
	mark, lines := scan(s)
	switch begin := beginningOf(s); {
	case mark == strange:
		return byLibrary
	case lines:
		return literal // nothing of several lines is taken for anything else
	case begin == unclear:
		return byLibrary
	case begin == indicator || mark == separator:
		return quoted
	}
	return plain
}

// mark is what a text has in it.
type mark int

const (
	nothing   mark = iota
	separator      // what separates keys and comments
	strange        // what is not printable, not ASCII, or a space at the end of a line
)

// scan looks for what forbids to write a text as it is, and for several lines.
func scan(s string) (found mark, lines bool) {
	for i := range len(s) {
		c := s[i]
		if c > '#' && c <= '~' && c != ':' {
			continue // most are letters, and need no more questions
		}
		switch {
		case c == '\n':
			lines = true
			if i == 0 || s[i-1] == ' ' || s[i-1] == '\n' && i == len(s)-1 {
				return strange, true
			}
		case c < ' ' || c > '~':
			return strange, lines
		case c == ':' && (i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '\n'), c == '#' && i > 0 && (s[i-1] == ' ' || s[i-1] == '\n'):
			found = separator
		}
	}
	return found, lines
}

// beginning is what the first byte of a text says about it.
type beginning int

const (
	harmless  beginning = iota
	indicator           // it would begin something else
	unclear             // it may be no text
)

// beginningOf judges a text that is not empty by its first byte.
func beginningOf(s string) beginning {
	c := s[0]
	switch {
	case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		if word(s) {
			return unclear
		}
		return harmless
	case '0' <= c && c <= '9':
		if notation(s) || span(s) {
			return harmless
		}
		return unclear
	}
	switch {
	case strings.HasPrefix(s, "../"), c == '_', c == '(', c == '/', c == '$':
		return harmless
	case strings.IndexByte("#,[]{}&*!|>'\"%@`", c) >= 0:
		return indicator
	}
	return unclear
}

// word reports whether a text is one of the words that are no text to somebody.
func word(s string) bool {
	switch len(s) {
	case 1, 2, 3, 4, 5:
	default:
		return false
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return true
	}
	return false
}

// notation reports whether a text that begins with a digit has a space in it, and is no time or number for that: of these
// only a time has one, behind a date.
func notation(s string) bool {
	return strings.IndexByte(s, ' ') > 0 && (len(s) < 5 || s[4] != '-')
}

// span reports whether a text is a duration, such as 30d or 1h30m: digits, and then a unit; or a value that is said to come
// several times, such as 1x60.
func span(s string) bool {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	if i == len(s) || strings.IndexByte("smhdwyx", s[i]) < 0 || s[0] == '0' && s[i] == 'x' {
		return false
	}
	for ; i < len(s); i++ {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'z') {
			return false
		}
	}
	return true
}
