package ng

import (
	"encoding/json"
	"fmt"

	"github.com/voipbin/observability/internal/protocol/bencode"
)

// appendJSON writes a value in JSON. The error says that it is of a kind that JSON cannot carry, or nests too deep.
func appendJSON(dst []byte, v bencode.Value, depth int) ([]byte, error) {
	switch v.Kind() {
	case bencode.Int:
		return append(dst, v.Text()...), nil
	case bencode.String:
		return appendText(dst, v.Text())
	case bencode.List, bencode.Dict:
		return appendMembers(dst, v, depth+1)
	default:
		return dst, fmt.Errorf("%s value: JSON cannot carry it", v.Kind())
	}
}

func appendMembers(dst []byte, v bencode.Value, depth int) ([]byte, error) {
	if depth > bencode.MaxDepth {
		return dst, fmt.Errorf("nested deeper than %d", bencode.MaxDepth)
	}
	marks := "[]"
	if v.Kind() == bencode.Dict {
		marks = "{}"
	}
	dst = append(dst, marks[0])
	for i, m := range v.Members() {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if v.Kind() == bencode.Dict {
			if dst, err = appendText(dst, m.Key); err != nil {
				return dst, err
			}
			dst = append(dst, ':')
		}
		if dst, err = appendJSON(dst, m.Value, depth); err != nil {
			return dst, fmt.Errorf("member %d %q: %w", i+1, m.Key, err)
		}
	}
	return append(dst, marks[1]), nil
}

func appendText(dst []byte, s string) ([]byte, error) {
	text, err := json.Marshal(s)
	return append(dst, text...), err
}
