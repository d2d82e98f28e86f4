package sipprobe

import (
	"context"
	"time"

	"github.com/emiago/sipgo/sip"
)

// release is what came of ending a call.
type release struct {
	clean      bool
	disconnect *time.Duration
	resent     int
	strays     int
}

// hangUp ends the call and notes how that went, if it is done by the deadline of ctx. If not it goes on in the background, for
// as long as a far end that does not answer may take to give up by itself.
//
//nolint:contextcheck // the end of the call is seen to although the probe is over
func (p *Prober) hangUp(ctx context.Context, k *call, r *Result) {
	unknown := len(k.dialogs) == 0 && (k.invite == nil || k.invite.final != nil || k.invite.provisional == nil)
	end, cancel := context.WithTimeout(p.ctx, lingerLimit)
	done := make(chan release, 1)
	p.linger.Go(func() {
		defer cancel()
		rel := k.release(end)
		k.media.close()
		if err := k.link.close(); err != nil {
			rel.clean = false
		}
		done <- rel
	})
	select {
	case rel := <-done:
		r.DisconnectDelay, r.Retransmissions, r.Strays = rel.disconnect, rel.resent, rel.strays
		if !unknown {
			r.Released = &rel.clean
		}
	case <-ctx.Done():
		if !unknown {
			r.Released = ptr(false)
		}
	}
}

// release takes down all that the INVITE has set up: it is cancelled if it is not answered yet, and every phone that did
// answer gets its BYE.
func (k *call) release(ctx context.Context) release {
	rel := release{clean: true}
	if t := k.invite; t != nil && t.final == nil && k.broken == nil {
		rel.clean = k.cancel(ctx, t)
	}
	for i := 0; i < len(k.dialogs); i++ { // a late answer may add one
		d := k.dialogs[i]
		if d.ended {
			continue
		}
		took, ok := k.bye(ctx, d)
		rel.clean = rel.clean && ok
		if i == 0 {
			rel.disconnect = took
		}
	}
	rel.resent, rel.strays = k.resent, k.strays
	return rel
}

// bye ends a dialog, over a new connection if the server has closed the one there was (RFC 3261, 18).
func (k *call) bye(ctx context.Context, d *dialog) (*time.Duration, bool) {
	for range 2 {
		start := k.now()
		t, err := k.authorised(ctx, k.within(d, sip.BYE, 0), func(*transaction) {})
		if t.final != nil || d.ended { // a 481 says that there is nothing to end; both may hang up at once
			d.ended = true
			return ptr(k.now().Sub(start)), true
		}
		if err == nil || ctx.Err() != nil || !k.link.transport.reliable() || k.redial(ctx) != nil {
			break
		}
	}
	return nil, false
}

// redial opens the link anew, to the same place.
func (k *call) redial(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, writePatience)
	defer cancel()
	peer, ok := peerOf(k.link)
	if !ok {
		return fail(FailConnect, "no address to connect to again")
	}
	l, err := k.prober.open(ctx, k.probe, hop{k.link.transport, peer}, new(Result))
	if err != nil {
		return err
	}
	_ = k.link.close() // it is broken
	k.link, k.broken, k.active = l, nil, nil
	return nil
}

// cancel takes back an INVITE that has no final answer, and waits for one. CANCEL must not go before a provisional answer
// (RFC 3261, 9.1), so it may have to wait for that too; the INVITE itself is not repeated any more.
func (k *call) cancel(ctx context.Context, t *transaction) bool {
	t.due = time.Time{}
	k.active = append(k.active, t)
	defer k.end(t)
	var c *transaction
	send := func(ctx context.Context) {
		if c == nil {
			c = &transaction{req: cancelOf(t.req)}
			if err := k.begin(ctx, c); err != nil && k.broken == nil {
				k.broken = err
			}
		}
	}
	t.onProvisional = func(ctx context.Context, _ *sip.Response, _ time.Time) { send(ctx) }
	if t.provisional != nil {
		send(ctx)
	}
	err := k.await(ctx, t)
	if c != nil {
		k.end(c)
	}
	return err == nil
}

// cancelOf makes the CANCEL of a request (RFC 3261, 9.1).
func cancelOf(req *sip.Request) *sip.Request {
	c := sip.NewRequest(sip.CANCEL, req.Recipient)
	for _, h := range []sip.Header{req.Via(), req.From(), req.To(), req.CallID(), req.MaxForwards()} {
		c.AppendHeader(sip.HeaderClone(h))
	}
	c.AppendHeader(&sip.CSeqHeader{SeqNo: req.CSeq().SeqNo, MethodName: sip.CANCEL})
	c.SetBody(nil)
	return c
}
