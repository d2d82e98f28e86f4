// Package peer says of the other end of a connection where it is, what broke the connection, and what it answered, in words that may be logged.
// It opens no connection and knows no wire.
package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"unicode"
)

// Split is [net.SplitHostPort] for an address that may lack the port, which is 0 then. An IPv6 address without a port may lack its brackets as
// well. The error tells what would do instead; example is an address that would.
func Split(s, example string) (host string, port uint16, err error) {
	given := ""
	host = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	if net.ParseIP(host) == nil && strings.Contains(s, ":") {
		if host, given, err = net.SplitHostPort(s); err != nil {
			return "", 0, errors.New("want host:port, with an IPv6 address in brackets")
		}
	}
	if host == "" || host == "*" || strings.ContainsAny(host, "/ ?#[]") {
		return "", 0, fmt.Errorf("want a host, as in %s", example)
	}
	if given == "" {
		return host, 0, nil
	}
	n, err := strconv.ParseUint(given, 10, 16)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("port %q: want 1 to 65535", given)
	}
	return host, uint16(n), nil
}

// Join is host:port, with an IPv6 address in brackets.
func Join(host string, port uint16) string { return net.JoinHostPort(host, strconv.Itoa(int(port))) }

// Cause returns what err means for the connection, without the addresses and operations that the messages around it name already; nil if err is
// not about the connection. Where ctx has ended, that is the cause: [net.ErrClosed] if it was ended with that,
// context.Canceled, or context.DeadlineExceeded, which stands for the socket's own deadline as well.
func Cause(ctx context.Context, err error) error {
	var timeout net.Error
	var op *net.OpError
	var call *os.SyscallError
	switch {
	case errors.Is(context.Cause(ctx), net.ErrClosed):
		return net.ErrClosed
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return context.DeadlineExceeded
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	case errors.As(err, &call):
		return call.Err
	case errors.As(err, &op):
		return op.Err
	default:
		return nil
	}
}

// maxText is how much of a peer's text is kept, in bytes.
const maxText = 256

// Printable makes a peer's text fit for a message: what does not print becomes a question mark, and it ends before the rune that would make it
// longer than 256 bytes.
func Printable(text string) string {
	var out strings.Builder
	for _, r := range strings.TrimSpace(text) {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			r = '?'
		}
		if out.Len()+len(string(r)) > maxText {
			break
		}
		out.WriteRune(r)
	}
	return out.String()
}
