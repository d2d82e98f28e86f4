// Package resp speaks RESP2, the protocol of Redis, as a client: commands in a pipeline, and their replies. It refuses replies beyond its
// bounds, follows no redirection, and keeps no text of a reply in its errors but a Redis error's first word.
package resp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// The bounds of a reply: a longer string, a larger array or deeper nesting is an error. A key can be 512 MB long; one beyond the bound
// ends the connection.
const (
	MaxString = 1 << 20
	MaxArray  = 1 << 16
	maxDepth  = 4
)

// Error is a Redis error reply, of which only the first word is kept, such as NOAUTH or ERR: the rest may hold what was sent.
type Error string

// Error is the first word with its sender.
func (e Error) Error() string { return "Redis answered " + string(e) }

// ErrProtocol is wrapped by errors about replies that are none.
var ErrProtocol = errors.New("not a reply of Redis")

// Reply is one reply: Text of a simple or bulk string, Number of an integer, or Items of an array. Null is a null string or array. Err is
// an error reply; it may be inside an array.
type Reply struct {
	Text   string
	Number int64
	Items  []Reply
	Null   bool
	Err    error
}

// Conn is a connection. It is for one goroutine.
type Conn struct {
	conn   net.Conn
	reader *bufio.Reader
}

// NewConn speaks over a connection, which it closes on Close.
func NewConn(conn net.Conn) *Conn { return &Conn{conn: conn, reader: bufio.NewReader(conn)} }

// Close ends the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// Do sends commands at once and reads a reply for each. The deadline holds for all of it. After an error the connection is of no use: its
// next reply may be of another command. Error replies are no such error, they are in the replies.
func (c *Conn) Do(deadline time.Time, commands ...[]string) ([]Reply, error) {
	if err := c.conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	var out []byte
	for _, command := range commands {
		out = appendCommand(out, command)
	}
	if _, err := c.conn.Write(out); err != nil {
		return nil, err
	}
	replies := make([]Reply, len(commands))
	for i := range replies {
		var err error
		if replies[i], err = read(c.reader, 0); err != nil {
			return nil, err
		}
	}
	return replies, nil
}

func appendCommand(b []byte, words []string) []byte {
	b = append(strconv.AppendInt(append(b, '*'), int64(len(words)), 10), '\r', '\n')
	for _, w := range words {
		b = append(strconv.AppendInt(append(b, '$'), int64(len(w)), 10), '\r', '\n')
		b = append(append(b, w...), '\r', '\n')
	}
	return b
}

// read reads one reply.
func read(r *bufio.Reader, depth int) (Reply, error) {
	line, err := readLine(r)
	if err != nil {
		return Reply{}, err
	}
	kind, rest := line[0], line[1:]
	switch kind {
	case '+':
		return Reply{Text: rest}, nil
	case '-':
		word, _, _ := strings.Cut(rest, " ")
		return Reply{Err: Error(word)}, nil
	}
	n, err := strconv.ParseInt(rest, 10, 64)
	if err != nil {
		return Reply{}, fmt.Errorf("%w: a number was due", ErrProtocol)
	}
	switch kind {
	case ':':
		return Reply{Number: n}, nil
	case '$':
		return readString(r, n)
	case '*':
		return readArray(r, n, depth)
	}
	return Reply{}, fmt.Errorf("%w: unknown type", ErrProtocol)
}

// readLine reads a line without its end. It is at least one byte long.
func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", fmt.Errorf("%w: line too long", ErrProtocol)
	}
	if err != nil {
		return "", unexpected(err)
	}
	if len(line) < 3 || line[len(line)-2] != '\r' {
		return "", fmt.Errorf("%w: line without an end", ErrProtocol)
	}
	return string(line[:len(line)-2]), nil
}

func readString(r *bufio.Reader, n int64) (Reply, error) {
	switch {
	case n == -1:
		return Reply{Null: true}, nil
	case n < 0 || n > MaxString:
		return Reply{}, fmt.Errorf("%w: string of %d bytes, at most %d", ErrProtocol, n, MaxString)
	}
	b := make([]byte, n+2)
	if _, err := io.ReadFull(r, b); err != nil {
		return Reply{}, unexpected(err)
	}
	if b[n] != '\r' || b[n+1] != '\n' {
		return Reply{}, fmt.Errorf("%w: string without an end", ErrProtocol)
	}
	return Reply{Text: string(b[:n])}, nil
}

func readArray(r *bufio.Reader, n int64, depth int) (Reply, error) {
	switch {
	case n == -1:
		return Reply{Null: true}, nil
	case n < 0 || n > MaxArray:
		return Reply{}, fmt.Errorf("%w: array of %d, at most %d", ErrProtocol, n, MaxArray)
	case depth >= maxDepth:
		return Reply{}, fmt.Errorf("%w: nested too deep", ErrProtocol)
	}
	var items []Reply // grows as they come: a number alone must not cost memory
	for range n {
		item, err := read(r, depth+1)
		if err != nil {
			return Reply{}, err
		}
		items = append(items, item)
	}
	return Reply{Items: items}, nil
}

// unexpected tells an end in the middle of a reply from an orderly one, which there is none of.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
