package rabbit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/voipbin/observability/internal/peertest"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

func account(context.Context) (username, password string, err error) { return "u", "p", nil }

func target() probe.Target {
	return probe.Target{Path: "events", Vantage: "here", Want: rto.Served, Now: func() rto.Instant { return 0 }}
}

// TestProbeOfWhatIsNoBroker tells a port at which nobody listens from one that hangs, hangs up or speaks another language, and takes none of
// them for a broker that answered.
func TestProbeOfWhatIsNoBroker(t *testing.T) {
	t.Parallel()
	silent := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	says := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = io.ReadFull(c, make([]byte, 8)) // the client's protocol header comes first
			_, _ = io.WriteString(c, text)
			silent(c)
		}
	}
	f := func(title string, does func(net.Conn), patience time.Duration, outcome rto.Outcome, detail string) {
		t.Helper()
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			p, err := New(Config{Target: target(), Broker: Broker{Address: peertest.Listen(t, does), Credentials: account}})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = p.Close() }()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if r := p.Probe(ctx); r.Outcome != outcome || r.Grade != rto.NoAnswer || r.Good || r.Detail != detail {
				t.Errorf("%v, grade %v, good %v, %q; want %v, %q", r.Outcome, r.Grade, r.Good, r.Detail, outcome, detail)
			}
		})
	}
	f("it hangs", silent, 200*time.Millisecond, rto.TimedOut, "connection: no answer in time")
	f("it hangs up", func(c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 8)) }, 5*time.Second, rto.Broken, "connection: the connection broke or could not be made")
	f("it speaks HTTP", says("HTTP/1.1 400 Bad Request\r\n\r\n"), 5*time.Second, rto.Malformed, "connection: what came is no AMQP")
	f("it wants another version of AMQP", says("AMQP\x00\x00\x09\x01"), 5*time.Second, rto.Malformed, "connection: what came is no AMQP")
	f("a frame is cut off", says("\x01\x00\x00\x00\x00\x01\x00\x00"), 200*time.Millisecond, rto.TimedOut, "connection: no answer in time")
}

// TestProbeWithoutAccount tells that the account could not be read, and nothing of it.
func TestProbeWithoutAccount(t *testing.T) {
	t.Parallel()
	gone := func(context.Context) (string, string, error) { return "", "", errors.New("file /run/secret is gone") }
	p, err := New(Config{Target: target(), Broker: Broker{Address: "127.0.0.1:1", Credentials: gone}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if r := p.Probe(t.Context()); r.Outcome != rto.Denied || r.Grade != rto.NoAnswer || r.Detail != "the credentials cannot be read" {
		t.Errorf("without an account: %+v", r)
	}
}

func TestProbeConfigured(t *testing.T) {
	t.Parallel()
	f := func(c Config, want string) {
		t.Helper()
		if _, err := New(c); err == nil || err.Error() != want {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	f(Config{Target: target(), Broker: Broker{Address: "mq", Credentials: account}}, "path events: rabbitmq: want host:port as the address")
	f(Config{Target: target(), Broker: Broker{Address: "mq:5672"}}, "path events: rabbitmq: an account is needed")
	beyond := target()
	beyond.Want = rto.Served + 1
	f(Config{Target: beyond, Broker: Broker{Address: "mq:5672", Credentials: account}}, fmt.Sprintf("path events: grade %d is not to be had from this protocol: want 1 to %d", beyond.Want, rto.Served))
}

// TestOutcome tells a refusal of the broker, which is an answer, from a connection that it was forced to end, and from one that broke.
func TestOutcome(t *testing.T) {
	t.Parallel()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	f := func(ctx context.Context, err error, want rto.Outcome) {
		t.Helper()
		if got := outcomeOf(ctx, err); got != want {
			t.Errorf("%v is %v, want %v", err, got, want)
		}
	}
	well := t.Context()
	f(well, nil, rto.OK)
	f(well, amqp.ErrCredentials, rto.Denied)
	f(well, amqp.ErrVhost, rto.Denied)
	f(well, fmt.Errorf("open: %w", errAccount), rto.Denied)
	f(well, &amqp.Error{Code: amqp.ResourceLocked, Server: true}, rto.Denied)
	f(well, &amqp.Error{Code: amqp.ConnectionForced, Server: true}, rto.Broken)
	f(well, amqp.ErrClosed, rto.Broken)
	f(well, errRefused, rto.Broken)
	f(well, amqp.ErrUnexpectedFrame, rto.Malformed)
	f(well, amqp.ErrSyntax, rto.Malformed)
	f(well, os.ErrDeadlineExceeded, rto.TimedOut)
	f(over, amqp.ErrClosed, rto.TimedOut)    // the end of the context closed it
	f(over, amqp.ErrCredentials, rto.Denied) // it was told before
	f(over, errors.New(strings.Repeat("x", 9)), rto.TimedOut)
}
