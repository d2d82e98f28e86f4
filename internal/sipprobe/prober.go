// Package sipprobe asks a SIP server as a telephone would (OPTIONS, REGISTER, or a call to an echo with audio both ways) and
// says in a typed result how far the service goes and how long each step took. It knows no metric. It refuses to flood (one
// probe is one transaction after the other, on a socket of its own), to leave a call up (what it set up it takes down, in the
// background if its time is over), to redirect itself to where a server points, and to repeat credentials or what a server
// wrote in its errors.
//
// Messages, and the reading of them, are sipgo's; the transactions are this package's own, because a prober needs what an
// endpoint library hides: one socket a probe, the moment at which each message came, retransmissions counted, stray
// messages seen, and nothing that outlives the probe.
package sipprobe

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// defaultDeadline is how long a probe may take whose context has no deadline: RFC 3261's 64*T1, after which no answer is to
// be expected.
const defaultDeadline = 32 * time.Second

// lingerLimit is how long the end of a call is seen to after the probe: the far end has given up by then (RFC 3261, 64*T1).
const lingerLimit = 32 * time.Second

// Config is what all probes of a Prober have in common.
type Config struct {
	// Now tells the time; required.
	Now func() time.Time
	// Resolver is host:port of the DNS server to ask; "" is what the host is configured to ask, its hosts file included.
	Resolver string
	// Dial opens sockets; nil is the host's network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Listen opens the sockets of media; nil is the host's network.
	Listen func(network, address string) (net.PacketConn, error)
	// UserAgent is what the probes call themselves; "" is DefaultUserAgent.
	UserAgent string
}

// DefaultUserAgent is the User-Agent header of a probe's requests, by which logs can tell them from customers'.
const DefaultUserAgent = "voipbin-sip-probe"

// Prober makes probes. It is safe for concurrent use.
type Prober struct {
	Config

	stop   context.CancelFunc
	ctx    context.Context //nolint:containedctx // ends what probes have left to be done, at Close
	linger sync.WaitGroup
}

// New returns a prober, to be closed after use.
func New(c Config) *Prober {
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	if c.Listen == nil {
		c.Listen = func(network, address string) (net.PacketConn, error) {
			return new(net.ListenConfig).ListenPacket(context.Background(), network, address) // does not block
		}
	}
	if c.UserAgent == "" {
		c.UserAgent = DefaultUserAgent
	}
	p := &Prober{Config: c}
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// closeGrace is how long Close waits for calls to be ended properly.
const closeGrace = 2 * time.Second

// Close waits for what is still being done for calls whose probe is over, ends it if that takes too long, and lets all go. No
// probe may be under way.
func (p *Prober) Close() error {
	grace := time.AfterFunc(closeGrace, p.stop)
	p.linger.Wait()
	grace.Stop()
	p.stop()
	return nil
}

// Run makes one probe. It returns by the deadline of ctx, and keeps some of the time before it for ending what it began. The
// probe must be a valid one.
func (p *Prober) Run(ctx context.Context, probe Probe) Result {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, defaultDeadline)
		defer cancel()
	}
	r := &Result{Method: probe.Method, Began: p.Now()}
	err := p.run(ctx, probe, r)
	r.Outcome, r.Err, r.Ended = outcomeOf(err), err, p.Now()
	return *r
}

// run makes the probe and fills the result, which is nobody else's any more when it returns.
func (p *Prober) run(ctx context.Context, probe Probe, r *Result) error {
	if err := probe.Validate(); err != nil {
		return fail(FailLocal, "%w", err)
	}
	work, cancel := context.WithTimeout(ctx, p.workTime(ctx, probe.Method))
	defer cancel()
	l, err := p.reach(work, probe, r)
	if err != nil {
		return err
	}
	c := newConversation(p, probe, l)
	switch probe.Method {
	case Invite:
		return p.call(ctx, work, c, r)
	case Register:
		err = c.register(ctx, work, r)
	default:
		err = c.options(work, r)
	}
	c.count(r)
	return errors.Join(err, l.close())
}

// workTime is the time until the deadline without what is kept for ending the call or the binding: a fifth, within bounds.
func (p *Prober) workTime(ctx context.Context, m Method) time.Duration {
	deadline, _ := ctx.Deadline()
	left := deadline.Sub(p.Now())
	if m == Options {
		return left
	}
	return left - min(max(left/5, 100*time.Millisecond), 2*time.Second)
}
