package dns

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// payload is the size of UDP answers that is asked for: larger ones are fragmented, and fragments get lost (RFC 9715).
const payload = 1232

// again is after what time a question over UDP is sent once more, because a lost packet is no outage.
const again = 500 * time.Millisecond

// errGarbage says that something came which is no answer to the question.
var errGarbage = errors.New("no DNS answer")

// question is what is asked of one server.
type question struct {
	name   string
	code   uint16
	dnssec bool
}

// ask asks one server: over UDP with EDNS; without EDNS where the server does not know it (RFC 6891, 7); over TCP where the answer was
// cut (RFC 7766, 5).
func ask(ctx context.Context, s Server, q question) (*dns.Msg, error) {
	network, edns := "udp", true
	if s.TCP {
		network = "tcp"
	}
	for {
		res, err := exchange(ctx, network, s, q.message(s, edns))
		switch {
		case err != nil:
			return nil, err
		case edns && !q.dnssec && lacksEDNS(res):
			edns = false
		case res.Truncated && network == "udp":
			network = "tcp"
		default:
			return res, nil
		}
	}
}

func lacksEDNS(res *dns.Msg) bool {
	return res.IsEdns0() == nil && (res.Rcode == dns.RcodeFormatError || res.Rcode == dns.RcodeNotImplemented)
}

func (q question) message(s Server, edns bool) *dns.Msg {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(q.name), q.code)
	m.RecursionDesired = !s.Authoritative
	m.AuthenticatedData = q.dnssec // asks for the flag in the answer (RFC 6840, 5.7)
	if edns {
		m.SetEdns0(payload, q.dnssec)
	}
	return m
}

// exchange sends one question and waits for its answer until the deadline of ctx. Over UDP anything else is passed over: an answer that
// was late, or one that somebody made up.
func exchange(ctx context.Context, network string, s Server, m *dns.Msg) (*dns.Msg, error) {
	raw, err := new(net.Dialer).DialContext(ctx, network, s.Address)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	defer probe.Bind(ctx, raw)()
	conn := &dns.Conn{Conn: raw, UDPSize: dns.MaxMsgSize} // some send more than was asked for
	if err := conn.WriteMsg(m); err != nil {
		return nil, err
	}
	if network == "udp" {
		defer repeat(conn, m.Copy())()
	}
	garbage := false
	for {
		res, err := conn.ReadMsg()
		switch {
		case err == nil && answers(res, m):
			return res, nil
		case err != nil && isNetwork(err):
			if garbage {
				return nil, errGarbage
			}
			return nil, err
		case network == "tcp":
			return nil, errGarbage // the stream cannot be trusted any more
		}
		garbage = true
	}
}

// repeat sends the question again and again until stopped.
func repeat(conn *dns.Conn, m *dns.Msg) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(again)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				if conn.WriteMsg(m) != nil {
					return // the reader sees why
				}
			}
		}
	}()
	return func() { close(quit); <-done }
}

// answers tells an answer to the question from anything else that may come to the port.
func answers(res, m *dns.Msg) bool {
	if res.Id != m.Id || !res.Response || res.Opcode != dns.OpcodeQuery {
		return false
	}
	if len(res.Question) == 0 {
		return res.Rcode == dns.RcodeFormatError || res.Rcode == dns.RcodeNotImplemented // of a server that could not read it
	}
	got, want := res.Question[0], m.Question[0]
	return len(res.Question) == 1 && strings.EqualFold(got.Name, want.Name) && got.Qtype == want.Qtype && got.Qclass == want.Qclass
}

// isNetwork tells an error of the connection from one of the message's text.
func isNetwork(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// outcome sorts an error of ask.
func outcome(ctx context.Context, err error) rto.Outcome {
	if errors.Is(err, errGarbage) {
		return rto.Malformed
	}
	return probe.OutcomeOf(ctx, err)
}
