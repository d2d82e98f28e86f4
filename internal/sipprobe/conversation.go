package sipprobe

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/emiago/sipgo/sip"
)

// conversation is all that is said over one link: the requests of one probe, their answers, and what the far end asks in
// between. One goroutine at a time uses it.
type conversation struct {
	prober *Prober
	probe  Probe
	link   *link

	callID string
	tag    string // of From
	cseq   uint32

	active   []*transaction
	broken   error // the link is of no more use
	refused  bool  // a packet was refused and nothing has come since
	received int
	strays   int
	resent   int
	requests func(ctx context.Context, req *sip.Request)  // what the far end asks; nil refuses it
	late     func(ctx context.Context, res *sip.Response) // answers that belong to no active transaction; nil ignores them
}

// maxReceived bounds what a probe reads: a call has some dozens of messages.
const maxReceived = 1000

func newConversation(p *Prober, probe Probe, l *link) *conversation {
	return &conversation{prober: p, probe: probe, link: l, callID: rand.Text(), tag: rand.Text()[:10]}
}

func (c *conversation) now() time.Time { return c.prober.Now() }

// count notes what was seen on the way.
func (c *conversation) count(r *Result) { r.Retransmissions, r.Strays = c.resent, c.strays }

// uri is an address in the probe's domain.
func (c *conversation) uri(user string) sip.Uri {
	u := sip.Uri{Scheme: "sip", User: user, Host: c.probe.domain()}
	if c.probe.Domain == "" {
		u.Port = int(c.probe.Port)
	}
	return u
}

// contact is where the far end reaches the probe.
func (c *conversation) contact() sip.Uri {
	a := c.link.local()
	u := sip.Uri{Scheme: "sip", User: c.user(), Host: a.Addr().String(), Port: int(a.Port())}
	if t := c.link.transport; t != UDP {
		name := string(t)
		if t == WSS {
			name = "ws" // RFC 7118, 5.2.4
		}
		u.UriParams = u.UriParams.Add("transport", name)
	}
	return u
}

// user is who asks.
func (c *conversation) user() string {
	if c.probe.Account.Username != "" {
		return c.probe.Account.Username
	}
	return "probe"
}

// request makes a request with all headers that every one has (RFC 3261, 8.1.1).
func (c *conversation) request(m sip.RequestMethod, to sip.Uri, toTag string) *sip.Request {
	req := sip.NewRequest(m, to)
	c.cseq++
	from := sip.FromHeader{Address: c.uri(c.user()), Params: sip.NewParams()}
	from.Params.Add("tag", c.tag)
	target := sip.ToHeader{Address: to, Params: sip.NewParams()}
	if toTag != "" {
		target.Params.Add("tag", toTag)
	}
	id := sip.CallIDHeader(c.callID)
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(c.via())
	req.AppendHeader(&from)
	req.AppendHeader(&target)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: c.cseq, MethodName: m})
	req.AppendHeader(&hops)
	req.AppendHeader(sip.NewHeader("User-Agent", c.prober.UserAgent))
	req.SetBody(nil)
	return req
}

// via says where the answer goes; rport asks for the port that the request came from (RFC 3581).
func (c *conversation) via() *sip.ViaHeader {
	a := c.link.local()
	v := &sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: c.link.transport.upper(), Host: a.Addr().String(), Port: int(a.Port()),
		Params: sip.NewParams(),
	}
	v.Params.Add("branch", sip.RFC3261BranchMagicCookie+rand.Text())
	v.Params.Add("rport", "")
	return v
}

// again makes a new request of one that was answered: new branch, new number, a header more (RFC 3261, 8.1.3.5).
func (c *conversation) again(req *sip.Request, more sip.Header) *sip.Request {
	next := req.Clone()
	c.cseq++
	next.ReplaceHeader(c.via())
	next.ReplaceHeader(&sip.CSeqHeader{SeqNo: c.cseq, MethodName: req.Method})
	next.RemoveHeader(more.Name())
	next.AppendHeader(more)
	return next
}

// exchange sends a request and waits for its final answer.
func (c *conversation) exchange(ctx context.Context, t *transaction) error {
	if err := c.begin(ctx, t); err != nil {
		return err
	}
	defer c.end(t)
	return c.await(ctx, t)
}

// await runs the conversation until a transaction has its final answer.
func (c *conversation) await(ctx context.Context, t *transaction) error {
	for t.final == nil {
		if err := c.step(ctx); err != nil {
			return c.why(t, err)
		}
	}
	return nil
}

// why says what it means that no final answer came.
func (c *conversation) why(t *transaction, err error) error {
	switch {
	case !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled):
		return err
	case t.provisional != nil:
		return fail(FailRinging, "%s got no final answer in time: the last provisional one was %d", t.req.Method, t.provisional.StatusCode)
	case c.refused:
		return fail(FailConnect, "%s was refused: %w", t.req.Method, ErrRefused)
	case c.strays > 0:
		return fail(FailGarbage, "%s got no answer in time: %d messages came that are none", t.req.Method, c.strays)
	}
	return fail(FailTimeout, "%s got no answer in time", t.req.Method)
}

// step waits for the next thing to happen and deals with it: a message, a retransmission that is due, or the end of ctx,
// whose error it returns.
func (c *conversation) step(ctx context.Context) error {
	if c.broken != nil {
		return c.broken
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var ring <-chan time.Time
	next := c.nextDue()
	if next != nil {
		timer := time.NewTimer(max(next.due.Sub(c.now()), 0))
		defer timer.Stop()
		ring = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-ring:
		return c.resend(ctx, next)
	case p := <-c.link.packets:
		return c.take(ctx, p)
	}
}

// take deals with what came.
func (c *conversation) take(ctx context.Context, p packet) error {
	if c.received++; c.received > maxReceived {
		c.broken = fail(FailGarbage, "more than %d messages came", maxReceived)
		return c.broken
	}
	messages, err := c.link.messages(p)
	for _, m := range messages {
		c.refused = false
		c.dispatch(ctx, m, p.at)
	}
	if err != nil {
		c.strays++
		if !c.link.framed {
			c.broken = fail(FailGarbage, "what the server sends is not SIP")
			return c.broken
		}
	}
	switch {
	case p.err == nil:
	case errors.Is(p.err, syscall.ECONNREFUSED):
		c.refused = true
	case c.link.framed && c.link.transport == UDP:
		c.broken = fail(FailConnect, "the network is gone: %w", p.err)
	default:
		c.broken = fail(FailClosed, "the server closed the connection")
	}
	return nil // what came before the end counts; the next step tells of it
}

// dispatch gives a message to the transaction that it belongs to. A message that the library cannot stomach is a stray one:
// no server may end the process.
func (c *conversation) dispatch(ctx context.Context, m sip.Message, at time.Time) {
	defer func() {
		if recover() != nil {
			c.strays++
		}
	}()
	switch m := m.(type) {
	case *sip.Request:
		if m.CSeq() == nil || m.CallID() == nil || m.From() == nil || m.To() == nil || m.Via() == nil {
			c.strays++
			return
		}
		c.asked(ctx, m)
	case *sip.Response:
		if !c.ours(m) {
			c.strays++
			return
		}
		for _, t := range c.active {
			if t.final == nil && t.matches(m) {
				c.answered(ctx, t, m, at)
				return
			}
		}
		if c.late != nil {
			c.late(ctx, m)
		}
	}
}

// ours reports whether an answer is to this conversation: whoever mixes up calls is not taken for one who answers.
func (c *conversation) ours(res *sip.Response) bool {
	id, from := res.CallID(), res.From()
	if id == nil || from == nil || res.CSeq() == nil || res.Via() == nil || res.To() == nil || res.StatusCode < 100 || res.StatusCode > 699 {
		return false
	}
	tag, _ := from.Params.Get("tag")
	branch, _ := res.Via().Params.Get("branch")
	return id.Value() == c.callID && tag == c.tag && strings.HasPrefix(branch, sip.RFC3261BranchMagicCookie)
}

// asked deals with a request of the far end.
func (c *conversation) asked(ctx context.Context, req *sip.Request) {
	if c.requests != nil {
		c.requests(ctx, req)
		return
	}
	c.reply(ctx, req, 481, "Call Does Not Exist")
}

// reply answers a request of the far end, save ACK, which has no answer.
func (c *conversation) reply(ctx context.Context, req *sip.Request, code int, reason string) {
	if req.IsAck() {
		return
	}
	res := sip.NewResponseFromRequest(req, code, reason, nil)
	if to := res.To(); to != nil {
		if own, had := req.To().Params.Get("tag"); !had || own == "" {
			to.Params.Add("tag", c.tag)
		}
	}
	c.transmit(ctx, res)
}

// transmit sends what no transaction waits for. That it cannot be sent shows in the next step.
func (c *conversation) transmit(ctx context.Context, m sip.Message) {
	if err := c.link.send(ctx, m); err != nil && c.broken == nil && ctx.Err() == nil {
		c.broken = err
	}
}

// seconds writes a header of seconds.
func seconds(name string, d time.Duration) sip.Header {
	return sip.NewHeader(name, strconv.Itoa(int(d.Seconds())))
}
