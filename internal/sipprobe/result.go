package sipprobe

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Grade says how much of the service a probe has proven. Each grade holds those below it.
type Grade int

// The grades. That a server answered does not mean that it serves, and that it answers a call does not mean that anybody
// can hear.
const (
	GradeNone       Grade = iota
	GradeAnswered         // a final answer came, whatever its code
	GradeServed           // it was a 2xx
	GradeRegistered       // it bound the account to an address
	GradeMedia            // audio came back, so both directions work
)

// Outcome says how a probe ended, and where it failed.
type Outcome string

// The outcomes.
const (
	OK           Outcome = "ok"
	FailDNS      Outcome = "dns"          // the name does not resolve, or the DNS does not answer
	FailConnect  Outcome = "connect"      // nobody listens, or the network is down
	FailTLS      Outcome = "tls"          // the handshake failed
	FailCert     Outcome = "certificate"  // the certificate is not to be trusted
	FailTimeout  Outcome = "timeout"      // no answer came in time
	FailRinging  Outcome = "unanswered"   // provisional answers came, and no final one in time
	FailClosed   Outcome = "closed"       // the server closed the connection instead of answering
	FailGarbage  Outcome = "malformed"    // something came that is no answer to what was asked
	FailAccount  Outcome = "account"      // the password cannot be read
	FailAuth     Outcome = "unauthorized" // challenged without an account, or again after the credentials
	FailRejected Outcome = "rejected"     // a final answer with a code that is not a good one
	FailExpected Outcome = "unexpected"   // a good code, but not the headers that were asked for
	FailBinding  Outcome = "unbound"      // a 2xx to REGISTER that does not list the binding
	FailSDP      Outcome = "codec"        // the call was answered with no audio that we speak
	FailNoMedia  Outcome = "silence"      // no audio came back
	FailOneWay   Outcome = "one_way"      // audio runs in one direction only
	FailEnded    Outcome = "ended"        // the far end hung up before its time
	FailLocal    Outcome = "local"        // this host could not do its part: no ports, no sockets
)

// ErrRefused is in Result.Err of a FailConnect whose reason is that the host is there and nobody listens. One that ran out of time has
// os.ErrDeadlineExceeded in it.
var ErrRefused = errors.New("nobody listens there")

// Outcomes lists every outcome.
func Outcomes() []Outcome {
	return []Outcome{
		OK, FailDNS, FailConnect, FailTLS, FailCert, FailTimeout, FailRinging, FailClosed, FailGarbage, FailAccount, FailAuth,
		FailRejected, FailExpected, FailBinding, FailSDP, FailNoMedia, FailOneWay, FailEnded, FailLocal,
	}
}

// Result is what a probe found. Of what it did not get to see a pointer is nil.
type Result struct {
	Method Method
	// Began and Ended are when the probe did, by the prober's clock.
	Began, Ended time.Time
	Grade        Grade
	Outcome      Outcome
	// Err says more about an outcome that is not OK. It holds no credentials and nothing that the server sent but codes.
	Err error

	// Transport and Peer are what was asked, once that is known.
	Transport Transport
	Peer      netip.AddrPort
	// Resolve, Connect and Handshake are what DNS, TCP and TLS took (with WSS the upgrade belongs to Handshake).
	Resolve, Connect, Handshake *time.Duration
	// Certificate is the server's.
	Certificate *Certificate

	// Status is the code of the last final answer, 0 when there was none.
	Status int
	// Retransmissions counts requests that had to be sent again over UDP. One is a packet lost, or an answer late by half a
	// second.
	Retransmissions int
	// Strays counts what came and was none of our business: other calls' answers, garbage.
	Strays int
	// Delay is from the first request to its final answer: of OPTIONS the round trip, of REGISTER the registration request
	// delay (RFC 6076, 4.1), of INVITE the time to the answer. Challenges are within it, because users wait for them too.
	Delay *time.Duration
	// RequestDelay is from the first INVITE to the first answer beyond 100 that is no challenge: the session request delay
	// (RFC 6076, 4.3).
	RequestDelay *time.Duration
	// PostDial is from the first INVITE to the ringing (180) or the audio in its place (183).
	PostDial *time.Duration
	// DisconnectDelay is from BYE to its answer (RFC 6076, 4.4, session disconnect delay).
	DisconnectDelay *time.Duration
	// Expectations has, for each of Expect.Headers in their order, whether the final answer met it; nil without one.
	Expectations []bool
	// Media is what became of the audio of an answered call.
	Media *MediaReport
	// Released says whether what the probe had set up (call or binding) was let go of before it ended; nil when there was
	// nothing. A call that is not yet ended is seen to in the background.
	Released *bool
}

// Certificate is what a server showed of itself.
type Certificate struct {
	// NotAfter is the earliest end of a certificate in the chain that was shown.
	NotAfter time.Time
	// Verified says whether it was found to be good for the name; it is false with SkipVerify too.
	Verified bool
	// Version is TLS 1.2 or TLS 1.3.
	Version string
}

// failure is an error that says which outcome it is.
type failure struct {
	outcome Outcome
	err     error
}

// Error is the cause's message.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.err }

func fail(o Outcome, format string, args ...any) error {
	return &failure{o, fmt.Errorf(format, args...)}
}

// outcomeOf sorts an error.
func outcomeOf(err error) Outcome {
	var f *failure
	switch {
	case err == nil:
		return OK
	case errors.As(err, &f):
		return f.outcome
	}
	return FailLocal
}

func ptr[T any](v T) *T { return &v }
