package bencode

import (
	"fmt"
	"strconv"
)

// Append appends v to dst. The error says that v or something in it is of kind [Invalid], or that it nests deeper than
// [MaxDepth].
func Append(dst []byte, v Value) ([]byte, error) { return appendValue(dst, v, 0) }

func appendValue(dst []byte, v Value, depth int) ([]byte, error) {
	switch v.kind {
	case Int:
		return append(append(append(dst, 'i'), v.text...), 'e'), nil
	case String:
		return appendString(dst, v.text), nil
	case List, Dict:
		return appendList(dst, v, depth+1)
	default:
		return dst, fmt.Errorf("%s value: bencoding cannot carry it", v.kind)
	}
}

func appendList(dst []byte, v Value, depth int) ([]byte, error) {
	if depth > MaxDepth {
		return dst, fmt.Errorf("nested deeper than %d", MaxDepth)
	}
	mark := byte('l')
	if v.kind == Dict {
		mark = 'd'
	}
	dst = append(dst, mark)
	for i, m := range v.list {
		if v.kind == Dict {
			dst = appendString(dst, m.Key)
		}
		var err error
		if dst, err = appendValue(dst, m.Value, depth); err != nil {
			return dst, fmt.Errorf("member %d %q: %w", i+1, m.Key, err)
		}
	}
	return append(dst, 'e'), nil
}

func appendString(dst []byte, s string) []byte {
	dst = strconv.AppendInt(dst, int64(len(s)), 10)
	return append(append(dst, ':'), s...)
}
