package ng

import (
	"bytes"
	"context"
	"fmt"
	"net"

	"github.com/voipbin/observability/internal/protocol/bencode"
)

const (
	// firstRead is how much is read off a stream at a time to begin with, in bytes.
	firstRead = 16 << 10

	// maxCookie is the longest cookie that is looked for on a stream, in bytes. Ours have fewer.
	maxCookie = 256
)

// stream carries messages over TCP, in bencoding.
type stream struct {
	socket
	max     int // size of the largest message that is read, in bytes
	message []byte
	arrived []byte // read off the connection and in no message yet
}

// exchange sends the message and reads until its answer comes.
func (s *stream) exchange(ctx context.Context, cookie string, body []byte) (string, error) {
	s.message = append(append(append(s.message[:0], cookie...), ' '), body...)
	answer, stale, err := s.attempt(ctx, cookie)
	if stale {
		// The daemon had closed the kept connection, or ran the command and could not answer: it knows the cookie.
		answer, _, err = s.attempt(ctx, cookie)
	}
	return answer, err
}

// attempt tells in stale whether a kept connection turned out to be closed.
func (s *stream) attempt(ctx context.Context, cookie string) (answer string, stale bool, err error) {
	kept, err := s.open(ctx)
	if err != nil {
		return "", false, err
	}
	if !kept {
		s.arrived = s.arrived[:0]
	}
	err = s.use(ctx, func(conn net.Conn) error {
		if _, err := conn.Write(s.message); err != nil {
			stale = kept && hungUp(err)
			return writeError(ctx, err)
		}
		for {
			theirs, body, err := s.next(conn)
			if err != nil {
				stale = kept && hungUp(err) && len(s.arrived) == 0
				return s.failure(ctx, err)
			}
			if theirs == cookie {
				answer = body
				return nil
			}
		}
	})
	return answer, stale, err
}

// failure gives an error of next its type.
func (s *stream) failure(ctx context.Context, err error) error {
	if _, ok := err.(*DecodeError); ok { //nolint:errorlint // next returns it bare
		return err
	}
	return readError(ctx, err, len(s.arrived))
}

// next cuts one message off the stream.
func (s *stream) next(conn net.Conn) (cookie, body string, err error) {
	var scanner bencode.Scanner
	space := -1
	for {
		if space < 0 {
			space = bytes.IndexByte(s.arrived, ' ')
		}
		if space > maxCookie || (space < 0 && len(s.arrived) > maxCookie) {
			return "", "", &DecodeError{What: fmt.Sprintf("no cookie in the first %d bytes", maxCookie)}
		}
		if space >= 0 {
			n, err := scanner.End(s.arrived[space+1:])
			if err != nil {
				return "", "", &DecodeError{What: "no bencoding", Err: err}
			}
			if n > 0 {
				cookie, body = string(s.arrived[:space]), string(s.arrived[space+1:space+1+n])
				s.arrived = append(s.arrived[:0], s.arrived[space+1+n:]...)
				return cookie, body, nil
			}
		}
		if err := s.read(conn); err != nil {
			return "", "", err
		}
	}
}

// read adds to what has arrived.
func (s *stream) read(conn net.Conn) error {
	if len(s.arrived) > s.max {
		return &DecodeError{What: fmt.Sprintf("more than %d bytes", s.max)}
	}
	if len(s.arrived) == cap(s.arrived) {
		s.arrived = append(make([]byte, 0, max(firstRead, 2*cap(s.arrived))), s.arrived...)
	}
	n, err := conn.Read(s.arrived[len(s.arrived):cap(s.arrived)])
	s.arrived = s.arrived[:len(s.arrived)+n]
	if n > 0 {
		return nil // an error comes again with the next read
	}
	return err
}
