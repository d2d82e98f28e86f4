package sipprobe

import (
	"context"
	"slices"
	"time"

	"github.com/emiago/sipgo/sip"
)

// The timers of RFC 3261, 17.1, which RFC 6026 left as they are.
const (
	t1 = 500 * time.Millisecond // first retransmission
	t2 = 4 * time.Second        // longest pause between retransmissions
)

// transaction is a client's (RFC 3261, 17.1), or a 2xx to a re-INVITE that waits for its ACK (13.3.1.4).
type transaction struct {
	req   *sip.Request
	reply *sip.Response // what is sent, for the latter kind

	begun    time.Time
	interval time.Duration
	due      time.Time // of the next retransmission; zero is never

	provisional   *sip.Response
	final         *sip.Response
	finalAt       time.Time
	onProvisional func(ctx context.Context, res *sip.Response, at time.Time)
	onFinal       func(ctx context.Context, res *sip.Response)
}

func (t *transaction) message() sip.Message {
	if t.reply != nil {
		return t.reply
	}
	return t.req
}

// matches reports whether an answer is to this request (RFC 3261, 17.1.3).
func (t *transaction) matches(res *sip.Response) bool {
	if t.reply != nil {
		return false
	}
	mine, _ := t.req.Via().Params.Get("branch")
	theirs, _ := res.Via().Params.Get("branch")
	return mine == theirs && res.CSeq().MethodName == t.req.Method && res.CSeq().SeqNo == t.req.CSeq().SeqNo
}

// begin sends the request for the first time.
func (c *conversation) begin(ctx context.Context, t *transaction) error {
	if c.broken != nil {
		return c.broken
	}
	t.begun = c.now()
	if err := c.link.send(ctx, t.message()); err != nil {
		return err
	}
	if !c.link.transport.reliable() {
		t.interval = t1
		t.due = t.begun.Add(t1)
	}
	c.active = append(c.active, t)
	return nil
}

// end forgets a transaction.
func (c *conversation) end(t *transaction) {
	c.active = slices.DeleteFunc(c.active, func(a *transaction) bool { return a == t })
}

// nextDue is the transaction whose retransmission comes next, if any.
func (c *conversation) nextDue() *transaction {
	var next *transaction
	for _, t := range c.active {
		if !t.due.IsZero() && (next == nil || t.due.Before(next.due)) {
			next = t
		}
	}
	return next
}

// resend sends once more. The pause doubles each time: without bound for INVITE, to T2 for the others (timers A and E).
func (c *conversation) resend(ctx context.Context, t *transaction) error {
	if t.reply == nil {
		c.resent++
	}
	t.interval *= 2
	if t.reply != nil || t.req.Method != sip.INVITE || t.interval < t1 {
		t.interval = min(t.interval, t2)
	}
	t.due = c.now().Add(t.interval)
	c.transmit(ctx, t.message())
	return nil
}

// answered takes an answer to a transaction.
func (c *conversation) answered(ctx context.Context, t *transaction, res *sip.Response, at time.Time) {
	if res.IsProvisional() {
		t.provisional = res
		switch {
		case t.due.IsZero():
		case t.req.Method == sip.INVITE:
			t.due = time.Time{} // the far end has it, and sees to its answer itself
		default:
			t.interval = t2
			t.due = at.Add(t2)
		}
		if t.onProvisional != nil {
			t.onProvisional(ctx, res, at)
		}
		return
	}
	t.final, t.finalAt, t.due = res, at, time.Time{}
	if t.onFinal != nil {
		t.onFinal(ctx, res)
	}
}
