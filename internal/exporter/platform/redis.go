package platform

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/resp"
)

// The bounds of a connection to a Redis: how long it may take to open, and how long an answer.
const (
	dialWithin   = 5 * time.Second
	answerWithin = 5 * time.Second
)

// redisServer is a Redis that can be connected to.
type redisServer struct {
	address     string
	tls         *tls.Config // nil is without
	credentials exporter.Credentials
}

func newRedisServer(o Options, u *url.URL) redisServer {
	s := redisServer{address: u.Host, credentials: o.Credentials}
	if u.Scheme == "rediss" {
		s.tls = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	}
	return s
}

// errRefused does not say what Redis wrote: it may repeat what was sent.
var errRefused = errors.New("the server refuses the credentials, or wants some")

// connect connects and logs in. The server has answered when it returns without an error.
func (s redisServer) connect(ctx context.Context) (*resp.Conn, error) {
	password, err := s.credentials.Password()
	if err != nil {
		return nil, exporter.Failed(exporter.OutcomeFault, err)
	}
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	conn, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	c := resp.NewConn(conn)
	stop := context.AfterFunc(ctx, func() { _ = c.Close() }) // an answer that is waited for ends with the context
	defer stop()
	commands := [][]string{{"PING"}}
	switch {
	case password != "" && s.credentials.Username != "":
		commands = [][]string{{"AUTH", s.credentials.Username, password}, {"PING"}}
	case password != "":
		commands = [][]string{{"AUTH", password}, {"PING"}}
	}
	replies, err := c.Do(deadlineOf(ctx), commands...)
	if err == nil {
		err = refusalOf(replies)
	}
	if err != nil {
		return nil, errors.Join(protocolError(err), ignore(c.Close()))
	}
	return c, nil
}

// ignore drops the error of closing a connection that is of no use.
func ignore(error) error { return nil }

func (s redisServer) dial(ctx context.Context) (net.Conn, error) {
	if s.tls != nil {
		return (&tls.Dialer{Config: s.tls}).DialContext(ctx, "tcp", s.address)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", s.address)
}

func deadlineOf(ctx context.Context) time.Time {
	deadline, _ := ctx.Deadline()
	return deadline
}

// refusalOf is the error of a server that answers with one.
func refusalOf(replies []resp.Reply) error {
	for _, r := range replies {
		if r.Err != nil {
			return exporter.Failed(exporter.OutcomeFault, errRefused)
		}
	}
	return nil
}

// protocolError marks what is no answer of a Redis.
func protocolError(err error) error {
	if errors.Is(err, resp.ErrProtocol) {
		return exporter.Failed(exporter.OutcomeDecode, err)
	}
	return err
}
