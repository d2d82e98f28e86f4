package ng

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/protocol/bencode"
)

// jsonParser reads JSON (RFC 8259) into values. It is here because the tokens of encoding/json take five times as long
// over a reply of 9 kB (0.9 ms, measured), and because a Value keeps order and every digit; FuzzParseJSON holds it to what
// encoding/json accepts.
type jsonParser struct {
	data string
	pos  int
}

// parseJSON reads one JSON value and nothing else. The error is a *DecodeError.
func parseJSON(data string) (bencode.Value, error) {
	p := jsonParser{data: data}
	v, err := p.value(0)
	if err != nil {
		return bencode.Value{}, err
	}
	if p.space(); p.pos < len(data) {
		return bencode.Value{}, p.errorf("%d bytes after the end", len(data)-p.pos)
	}
	return v, nil
}

// value reads a value and the space before it.
func (p *jsonParser) value(depth int) (bencode.Value, error) {
	p.space()
	if p.pos == len(p.data) {
		return bencode.Value{}, p.errorf("it ends where a value is due")
	}
	switch mark := p.data[p.pos]; mark {
	case '{', '[':
		if depth == bencode.MaxDepth {
			return bencode.Value{}, p.errorf("nested deeper than %d", bencode.MaxDepth)
		}
		p.pos++
		return p.members(mark == '{', depth+1)
	case '"':
		text, err := p.text()
		return bencode.StringOf(text), err
	default:
		return p.literal()
	}
}

// members reads what follows the mark that opens an object or array, up to and with the one that closes it.
func (p *jsonParser) members(object bool, depth int) (bencode.Value, error) {
	end := byte(']')
	if object {
		end = '}'
	}
	var members []bencode.Member
	if p.take(end) {
		return gathered(object, nil), nil
	}
	for {
		var m bencode.Member
		var err error
		if object {
			if m.Key, err = p.key(); err != nil {
				return bencode.Value{}, err
			}
		}
		if m.Value, err = p.value(depth); err != nil {
			return bencode.Value{}, err
		}
		members = append(members, m)
		if p.take(end) {
			return gathered(object, members), nil
		}
		if !p.take(',') {
			return bencode.Value{}, p.errorf("a list or object without its end")
		}
	}
}

func gathered(object bool, members []bencode.Member) bencode.Value {
	if object {
		return bencode.DictOf(members...)
	}
	items := make([]bencode.Value, len(members))
	for i, m := range members {
		items[i] = m.Value
	}
	return bencode.ListOf(items...)
}

// key reads a member's name and the colon after it.
func (p *jsonParser) key() (string, error) {
	if p.space(); p.pos == len(p.data) || p.data[p.pos] != '"' {
		return "", p.errorf("a key that is no string")
	}
	key, err := p.text()
	if err == nil && !p.take(':') {
		return "", p.errorf("a key without its colon")
	}
	return key, err
}

// text reads a string. Nearly all are plain; those that are not are left to encoding/json.
func (p *jsonParser) text() (string, error) {
	start := p.pos + 1
	plain := true
	for i := start; i < len(p.data); i++ {
		switch b := p.data[i]; {
		case b == '"':
			p.pos = i + 1
			if plain {
				return p.data[start:i], nil
			}
			return p.unquote(p.data[start-1 : p.pos])
		case b == '\\':
			plain = false
			i++ // whatever follows is escaped
		case b < ' ' || b > '~':
			plain = false
		}
	}
	return "", p.errorf("a string without its end")
}

func (p *jsonParser) unquote(quoted string) (string, error) {
	var text string
	if json.Unmarshal([]byte(quoted), &text) != nil {
		return "", p.errorf("a string with a broken escape")
	}
	return text, nil
}

// literal reads a number, a truth value or null.
func (p *jsonParser) literal() (bencode.Value, error) {
	end := p.pos
	for end < len(p.data) && strings.IndexByte(" \t\r\n,]}:\"[{", p.data[end]) < 0 {
		end++
	}
	word := p.data[p.pos:end]
	if v, ok := bencode.ParseInt(word); ok {
		p.pos = end
		return v, nil
	}
	if !json.Valid([]byte(word)) { // a fraction, an exponent, true, false, null
		return bencode.Value{}, p.errorf("neither string, number, object nor list")
	}
	p.pos = end
	return bencode.StringOf(word), nil
}

// take moves beyond a mark and the space before it, if it is there.
func (p *jsonParser) take(mark byte) bool {
	p.space()
	if p.pos == len(p.data) || p.data[p.pos] != mark {
		return false
	}
	p.pos++
	return true
}

func (p *jsonParser) space() {
	for p.pos < len(p.data) && strings.IndexByte(" \t\r\n", p.data[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *jsonParser) errorf(format string, args ...any) error {
	return &DecodeError{What: fmt.Sprintf("bad JSON at byte %d: %s", p.pos, fmt.Sprintf(format, args...))}
}
