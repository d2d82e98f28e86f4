// Package rabbit asks a RabbitMQ: as a customer, by a message that comes back, and as an auditor by its management interface, for all that
// would be lost with it. It refuses to touch queues that are not its own, to read without bound, and to put a queue's name, a message or a
// server's words into what it returns.
package rabbit

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// Broker is one RabbitMQ and who asks it.
type Broker struct {
	// Address is host:port of AMQP.
	Address string
	// VHost is "/" if empty.
	VHost string
	// Credentials are asked for whenever a connection is made, so that they live nowhere else. The error must not hold them.
	Credentials func(context.Context) (username, password string, err error)
	// TLS is nil for none.
	TLS *tls.Config
}

// heartbeat finds connections that are dead between probes.
const heartbeat = 10 * time.Second

// errAccount says that the credentials cannot be read.
var errAccount = errors.New("the credentials cannot be read")

// session is a connection with a queue of its own, which ends with it.
type session struct {
	raw        net.Conn
	conn       *amqp.Connection
	channel    *amqp.Channel
	queue      string
	deliveries <-chan amqp.Delivery
	cluster    string
}

// open connects and makes the queue. Grade says how far that went, whatever became of it. The library's calls know no context: the end
// of this one closes the connection under them.
func (b Broker) open(ctx context.Context, grade *rto.Grade) (_ *session, err error) {
	username, password, err := b.Credentials(ctx)
	if err != nil {
		return nil, errAccount
	}
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", b.Address)
	if err != nil {
		return nil, err
	}
	s := &session{raw: raw}
	defer context.AfterFunc(ctx, s.cut)()
	defer func() {
		if err != nil {
			s.cut()
		}
	}()
	transport := raw
	if b.TLS != nil {
		client := tls.Client(raw, b.TLS)
		if err := client.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		transport = client
	}
	s.conn, err = amqp.Open(transport, amqp.Config{
		SASL: []amqp.Authentication{&amqp.PlainAuth{Username: username, Password: password}}, Vhost: b.vhost(), Heartbeat: heartbeat,
		Properties: amqp.Table{"product": "voipbin-tracker-probe"}, ChannelMax: 4,
	})
	if err != nil {
		return nil, err
	}
	*grade = rto.Answered
	s.cluster, _ = s.conn.Properties["cluster_name"].(string)
	return s, s.furnish(grade)
}

func (b Broker) vhost() string {
	if b.VHost == "" {
		return "/"
	}
	return b.VHost
}

// furnish makes the channel and the queue: exclusive, deleted with the connection, named by the broker.
func (s *session) furnish(grade *rto.Grade) (err error) {
	if s.channel, err = s.conn.Channel(); err != nil {
		return err
	}
	if err := s.channel.Confirm(false); err != nil {
		return err
	}
	*grade = rto.Accepted
	queue, err := s.channel.QueueDeclare("", false, true, true, false, amqp.Table{"x-max-length": int32(16)})
	if err != nil {
		return err
	}
	s.queue = queue.Name
	s.deliveries, err = s.channel.Consume(queue.Name, "", true, true, false, false, nil)
	return err
}

// cut ends the connection without a word; the library's goroutines end with it.
func (s *session) cut() { _ = s.raw.Close() }

// roundTrip publishes a message, waits until the broker has it, and until it is back. Grade says how far that went.
func (s *session) roundTrip(ctx context.Context, grade *rto.Grade) error {
	defer context.AfterFunc(ctx, s.cut)()
	*grade = rto.Accepted // the connection was there
	id := rand.Text()
	confirm, err := s.channel.PublishWithDeferredConfirmWithContext(ctx, "", s.queue, true, false, amqp.Publishing{MessageId: id})
	if err != nil {
		return err
	}
	select {
	case <-confirm.Done():
	case <-ctx.Done():
		return ctx.Err()
	}
	if !confirm.Acked() {
		return errRefused
	}
	*grade = rto.Registered
	for {
		select {
		case d, ok := <-s.deliveries:
			switch {
			case !ok:
				return amqp.ErrClosed
			case d.MessageId == id: // others are of earlier probes that had no time to wait
				*grade = rto.Served
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// errRefused says that the broker did not take the message, or lost its connection before it could say so.
var errRefused = errors.New("the message was not confirmed")

// outcomeOf sorts an error.
func outcomeOf(ctx context.Context, err error) rto.Outcome {
	var exception *amqp.Error
	switch {
	case err == nil:
		return rto.OK
	case errors.Is(err, errAccount), errors.Is(err, amqp.ErrCredentials), errors.Is(err, amqp.ErrVhost), errors.Is(err, amqp.ErrSASL):
		return rto.Denied
	case ctx.Err() != nil:
		return rto.TimedOut
	case malformed(err):
		return rto.Malformed
	case errors.As(err, &exception) && exception.Server && exception.Code != amqp.ConnectionForced:
		return rto.Denied
	}
	return probe.OutcomeOf(ctx, err)
}

// malformed tells what is no AMQP from a connection that broke. The library gives both the code of a bad frame, once its reader has ended, and
// keeps of the error of the reader its text alone.
func malformed(err error) bool {
	var exception *amqp.Error
	errors.As(err, &exception)
	for _, known := range []*amqp.Error{amqp.ErrSyntax, amqp.ErrFrame, amqp.ErrFrameTooLarge, amqp.ErrUnexpectedFrame, amqp.ErrCommandInvalid} {
		if errors.Is(err, known) || exception != nil && exception.Reason == known.Error() {
			return true
		}
	}
	return false
}
