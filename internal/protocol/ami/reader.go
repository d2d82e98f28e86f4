package ami

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// readBuffer is the size of a Reader's buffer: some tens of events.
const readBuffer = 16 << 10

// Reader reads messages. It takes lines that end in \r\n or in \n, and any number of empty lines between messages: Asterisk itself
// ends some in \r\n\n (asterisk/asterisk#761).
type Reader struct {
	in  *bufio.Reader
	max int
	buf []byte // the message being read; its memory is used again
}

// NewReader returns a Reader that keeps max bytes of a message, 0 being [DefaultMaxMessage].
func NewReader(r io.Reader, maxMessage int) *Reader {
	if maxMessage <= 0 {
		maxMessage = DefaultMaxMessage
	}
	return &Reader{in: bufio.NewReaderSize(r, readBuffer), max: maxMessage}
}

// Banner reads the line that Asterisk greets with and returns the version of the interface in it, such as 11.0.0. It fails with a
// *DecodeError where the peer greets otherwise: it is no Asterisk.
func (r *Reader) Banner() (version string, err error) {
	var line []byte
	for len(line) <= maxBanner {
		c, err := r.in.ReadByte()
		if err != nil {
			return "", err
		}
		if c == '\n' {
			break
		}
		line = append(line, c)
	}
	rest, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r"), []byte(bannerStart))
	if !ok || len(line) > maxBanner {
		return "", &DecodeError{What: "no greeting of an Asterisk manager"}
	}
	return string(bytes.TrimSpace(rest)), nil
}

// Read returns the next message. Of one that is longer than the Reader keeps, the rest is read and thrown away. The error is that
// of the connection; io.ErrUnexpectedEOF says that it ended within a message.
func (r *Reader) Read() (Message, error) {
	r.buf = r.buf[:0]
	truncated, bare := false, false
	for {
		start := len(r.buf)
		line, whole, err := r.line()
		if err != nil {
			if errors.Is(err, io.EOF) && (start > 0 || truncated || len(line) > 0) {
				err = io.ErrUnexpectedEOF
			}
			return Message{}, err
		}
		truncated = truncated || !whole
		switch {
		case len(line) == 0 && whole && !bare:
			if start > 0 || truncated {
				return r.message(truncated), nil
			}
			continue
		case bytes.HasSuffix(line, []byte(endOfCommand)):
			bare = false
		case start == 0:
			bare = isFollows(line)
		}
		if truncated = truncated || start+len(line)+1 > r.max; !truncated {
			r.buf = append(append(r.buf, line...), '\n')
		}
	}
}

func isFollows(line []byte) bool {
	k, v, _ := bytes.Cut(line, []byte(":"))
	return bytes.EqualFold(bytes.TrimSpace(k), []byte("Response")) && bytes.EqualFold(bytes.TrimSpace(v), []byte("Follows"))
}

// message copies the text, and lets go of a buffer that one huge message has grown.
func (r *Reader) message(truncated bool) Message {
	m := Message{text: string(r.buf), truncated: truncated}
	if cap(r.buf) > 16*readBuffer {
		r.buf = nil
	}
	return m
}

// line returns the next line without its end. It is not whole if it is longer than the buffer; then it is the line's beginning. The
// slice is good until the next call.
func (r *Reader) line() (line []byte, whole bool, err error) {
	line, err = r.in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return bytes.TrimRight(line, "\r\n"), true, err
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.in.ReadSlice('\n')
	}
	return nil, false, err
}
