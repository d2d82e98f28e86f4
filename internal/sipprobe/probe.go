package sipprobe

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// Method is what a probe does.
type Method string

// The methods, each of which can reach the grade beside it and those below.
const (
	Options  Method = "OPTIONS"  // GradeServed
	Register Method = "REGISTER" // GradeRegistered
	Invite   Method = "INVITE"   // GradeMedia
)

// Transport is how SIP travels.
type Transport string

// The transports. AnyTransport lets the domain's DNS choose (RFC 3263, 4.1), and is UDP where it does not say.
const (
	AnyTransport Transport = ""
	UDP          Transport = "udp"
	TCP          Transport = "tcp"
	TLS          Transport = "tls"
	WSS          Transport = "wss"
)

// reliable reports whether the transport repeats lost packets itself.
func (t Transport) reliable() bool { return t != UDP }

// Secure reports whether the transport has TLS, and so a certificate.
func (t Transport) Secure() bool { return t == TLS || t == WSS }

// upper is the transport as Via has it (RFC 3261, 20.42; RFC 7118, 5.2).
func (t Transport) upper() string { return strings.ToUpper(string(t)) }

// defaultPort is the port without one in address or DNS (RFC 3261, 19.1.2; RFC 7118 takes HTTPS').
func (t Transport) defaultPort() uint16 {
	switch t {
	case TLS:
		return 5061
	case WSS:
		return 443
	}
	return 5060
}

// Probe says what to ask of whom, and what answer is a good one. Method and Host are required.
type Probe struct {
	Method    Method
	Transport Transport
	// Host is a name or an IP address.
	Host string
	// Port is where to ask; 0 leaves it to DNS, and else it is the transport's default.
	Port uint16
	// Domain is what stands in the addresses of the messages; "" is Host.
	Domain string
	// User is whom INVITE calls, and whom OPTIONS asks about; "" in OPTIONS is the server itself.
	User string
	// Account answers challenges; REGISTER and INVITE without a user name give up at the first one.
	Account Account
	// TLS is for TLS and WSS.
	TLS TLSOptions
	// Path is the path of WSS; "" is /.
	Path string
	// Expires is for how long REGISTER binds; 0 is a minute. What was bound is let go before the probe ends.
	Expires time.Duration
	// Media is for INVITE.
	Media MediaOptions
	// Expect says which final answer is a good one.
	Expect Expect
}

// Account is who asks.
type Account struct {
	Username string
	// Password is asked for it when a challenge has to be answered, so that it lives nowhere else; nil is the empty one.
	// Its error must not hold the password.
	Password func() (string, error)
}

// TLSOptions say whom to trust.
type TLSOptions struct {
	// ServerName is the name that the certificate must bear; "" is Probe.Domain (RFC 5922, 7.1 asks for the domain, not for
	// the name that DNS led to).
	ServerName string
	// Roots sign the certificate; nil are those of the host.
	Roots *x509.CertPool
	// Certificates are shown to a server that asks for one.
	Certificates []tls.Certificate
	// SkipVerify takes any certificate; its expiry is told all the same.
	SkipVerify bool
}

// MediaOptions say how INVITE talks.
type MediaOptions struct {
	// Duration is for how long; 0 is DefaultTalk. It is cut to the time that there is.
	Duration time.Duration
	// PortMin and PortMax bound the local ports, for firewalls; 0 and 0 leave the choice to the system.
	PortMin, PortMax uint16
	// Advertise is the address that the far end is told to send to, where it is another than that of the socket.
	Advertise netip.Addr
}

// DefaultTalk is how long a call lasts: long enough that 6 % of loss are seen as 3 to 9 % nineteen times in twenty.
const DefaultTalk = 4 * time.Second

// maxTalk bounds memory: a call of this length has 15000 packets.
const maxTalk = 5 * time.Minute

// Expect says which final answer is a good one.
type Expect struct {
	// Status lists the codes that are; empty is any 2xx.
	Status []int
	// Headers must all be there, in the final answer.
	Headers []HeaderRule
}

// HeaderRule is one header that an answer must have, such as that of the region.
type HeaderRule struct {
	// Name is any form of the name but the compact one.
	Name string
	// Match has to match one of the values; nil takes any.
	Match *regexp.Regexp
}

// Validate reports what no server could answer, and is nil for a good probe.
func (p Probe) Validate() error {
	switch p.Method {
	case Options:
	case Register:
		if p.Account.Username == "" {
			return fmt.Errorf("REGISTER needs a user name")
		}
	case Invite:
		if p.User == "" {
			return fmt.Errorf("INVITE needs a user to call")
		}
	default:
		return fmt.Errorf("method %q is none of OPTIONS, REGISTER and INVITE", p.Method)
	}
	switch p.Transport {
	case AnyTransport, UDP, TCP, TLS, WSS:
	default:
		return fmt.Errorf("transport %q is none of udp, tcp, tls and wss", p.Transport)
	}
	for what, host := range map[string]string{"host": p.Host, "domain": p.domain()} {
		if !wellFormedHost(host) {
			return fmt.Errorf("%s %q is neither a name nor an IP address", what, host)
		}
	}
	for what, user := range map[string]string{"user": p.User, "user name": p.Account.Username} {
		if user != "" && !regexp.MustCompile(`^[A-Za-z0-9_.!~*'()&=+$,;?/%-]+$`).MatchString(user) { // RFC 3261, 25.1: user
			return fmt.Errorf("%s %q has characters that a SIP address has not", what, user)
		}
	}
	m := p.Media
	if m.PortMin > m.PortMax || (m.PortMin > 0 && int(m.PortMax)-int(m.PortMin) < 2) {
		return fmt.Errorf("media ports %d to %d: want at least three, for RTP takes an even one and the next", m.PortMin, m.PortMax)
	}
	return nil
}

func wellFormedHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return len(host) <= 253 && regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?$`).MatchString(host)
}

func (p Probe) domain() string {
	if p.Domain != "" {
		return p.Domain
	}
	return p.Host
}

// talk is how long media runs.
func (p Probe) talk() time.Duration {
	if p.Media.Duration <= 0 {
		return DefaultTalk
	}
	return min(p.Media.Duration, maxTalk)
}

// expires is the lifetime of a binding.
func (p Probe) expires() time.Duration {
	if p.Expires < time.Second {
		return time.Minute
	}
	return p.Expires
}
