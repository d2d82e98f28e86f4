package ng

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// errAgain says that no answer came in the time given to one attempt, or none that there was room for.
var errAgain = errors.New("no answer yet")

// firstRoom is how much of a datagram there is room for to begin with, in bytes. Most answers have less than 10 kB, and there may
// be hundreds of idle clients.
const firstRoom = 16 << 10

// datagram carries messages over UDP.
type datagram struct {
	socket
	retransmit time.Duration // the pause before the first repetition
	message    []byte
	room       []byte // for an answer
}

// exchange sends the message until its answer comes. It repeats the same cookie, so that the daemon runs the command once.
func (d *datagram) exchange(ctx context.Context, cookie string, body []byte) (answer string, err error) {
	d.message = append(append(append(d.message[:0], cookie...), ' '), body...)
	if len(d.message) > maxDatagram {
		return "", fmt.Errorf("question of %d bytes: a datagram has at most %d", len(d.message), maxDatagram)
	}
	if _, err := d.open(ctx); err != nil {
		return "", err
	}
	err = d.use(ctx, func(conn net.Conn) (err error) {
		for wait := d.retransmit; ; wait *= 2 {
			if _, err = conn.Write(d.message); err != nil {
				return writeError(ctx, err)
			}
			if answer, err = d.await(ctx, conn, cookie, wait); !errors.Is(err, errAgain) {
				return err
			}
		}
	})
	return answer, err
}

// await reads datagrams until the answer comes or wait is over. Others are answers to questions given up, or nobody's.
func (d *datagram) await(ctx context.Context, conn net.Conn, cookie string, wait time.Duration) (string, error) {
	attempt, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	deadline, _ := attempt.Deadline()
	if err := conn.SetReadDeadline(deadline); err != nil {
		return "", readError(ctx, err, 0)
	}
	if ctx.Err() != nil { // else its end finds the deadline just set, and replaces it
		return "", readError(ctx, ctx.Err(), 0)
	}
	if d.room == nil {
		d.room = make([]byte, firstRoom)
	}
	for {
		n, err := conn.Read(d.room)
		if err != nil {
			if last, _ := ctx.Deadline(); isTimeout(err) && ctx.Err() == nil && deadline.Before(last) {
				return "", errAgain
			}
			return "", readError(ctx, err, 0)
		}
		theirs, body, found := strings.Cut(string(d.room[:n]), " ")
		switch {
		case !found || theirs != cookie:
		case n == len(d.room) && n < maxDatagram: // its end may have been cut off
			d.room = make([]byte, maxDatagram)
			return "", errAgain // the daemon repeats its answer
		default:
			return body, nil
		}
	}
}
