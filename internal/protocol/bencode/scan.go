package bencode

// Scanner finds the end of a value that arrives in pieces, which on a stream without other framing is the end of the
// message. It looks no closer than that takes; [Decode] then checks the value. The zero Scanner is ready for a value.
type Scanner struct {
	pos   int // how far the value has been looked at, always at the start of a record
	depth int
}

// End looks at data, which holds what has arrived so far from the start of the value on and which each call must repeat. It
// returns the size of the value, or 0 while more has to come. The error is a *[DecodeError]: the stream is no bencoding, or
// nests deeper than [MaxDepth].
func (s *Scanner) End(data []byte) (int, error) {
	for s.pos < len(data) {
		size, err := s.record(data[s.pos:])
		if err != "" {
			return 0, &DecodeError{Offset: s.pos, What: err}
		}
		if size == 0 || size > len(data)-s.pos {
			return 0, nil
		}
		s.pos += size
		if s.depth == 0 {
			return s.pos, nil
		}
	}
	return 0, nil
}

// record returns the size of the record that data starts with: a whole integer or string, or the mark of a list,
// dictionary or end. It is 0 if data is too short to tell.
func (s *Scanner) record(data []byte) (size int, wrong string) {
	switch mark := data[0]; {
	case mark == 'l' || mark == 'd':
		if s.depth++; s.depth > MaxDepth {
			return 0, "nested too deep"
		}
		return 1, ""
	case mark == 'e':
		if s.depth--; s.depth < 0 {
			return 0, "an end mark with nothing to end"
		}
		return 1, ""
	case mark == 'i':
		for i, b := range data[:min(len(data), maxDigits+3)] {
			if b == 'e' {
				return i + 1, ""
			}
		}
		if len(data) >= maxDigits+3 {
			return 0, "an integer without its end"
		}
		return 0, ""
	case isDigit(mark):
		return stringRecord(data)
	default:
		return 0, "neither integer, string, list nor dictionary"
	}
}

func stringRecord(data []byte) (size int, wrong string) {
	size, digits, wrong := length(string(data[:min(len(data), maxLengthDigits+1)]))
	if wrong != "" || digits == 0 {
		return 0, wrong
	}
	return digits + 1 + size, ""
}
