package sipprobe

import (
	"context"
	"slices"

	"github.com/emiago/sipgo/sip"
)

// dialog is an answered call with one phone (RFC 3261, 12). Its requests go over the probe's own link, whatever the route set
// says: the server that was asked is this probe's outbound proxy, and no server makes a probe talk to others.
type dialog struct {
	tag    string // the far end's
	target sip.Uri
	routes []sip.Header
	to     sip.Uri
	ack    *sip.Request
	ended  bool
}

func newDialog(res *sip.Response, tag string, invite *sip.Request) *dialog {
	d := &dialog{tag: tag, target: invite.Recipient, to: invite.To().Address}
	if c := res.Contact(); c != nil && (c.Address.Scheme == "sip" || c.Address.Scheme == "sips") {
		d.target = c.Address
	}
	for _, h := range res.GetHeaders("Record-Route") {
		d.routes = append(d.routes, sip.NewHeader("Route", h.Value()))
	}
	slices.Reverse(d.routes) // RFC 3261, 12.1.2
	return d
}

// within makes a request in a dialog. seq is the number of the INVITE for its ACK, and else 0 for the next one.
func (c *conversation) within(d *dialog, m sip.RequestMethod, seq uint32) *sip.Request {
	before := c.cseq
	req := c.request(m, d.target, d.tag)
	if seq != 0 {
		c.cseq = before
		req.ReplaceHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: m})
	}
	req.To().Address = d.to
	for _, h := range d.routes {
		req.AppendHeader(sip.HeaderClone(h))
	}
	return req
}

// of finds the dialog that a request of the far end belongs to.
func (k *call) of(req *sip.Request) *dialog {
	theirs, _ := req.From().Params.Get("tag")
	ours, _ := req.To().Params.Get("tag")
	if req.CallID().Value() != k.callID || ours != k.tag {
		return nil
	}
	for _, d := range k.dialogs {
		if d.tag == theirs {
			return d
		}
	}
	return nil
}

// asked deals with what the far end asks during the call.
func (k *call) asked(ctx context.Context, req *sip.Request) {
	d := k.of(req)
	if d == nil {
		k.reply(ctx, req, 481, "Call Does Not Exist")
		return
	}
	switch req.Method {
	case sip.ACK:
		k.confirmed(req)
	case sip.BYE:
		d.ended = true
		k.reply(ctx, req, 200, "OK")
	case sip.INVITE, sip.UPDATE:
		k.changed(ctx, req)
	case sip.OPTIONS, sip.INFO, sip.NOTIFY, sip.MESSAGE:
		k.reply(ctx, req, 200, "OK")
	default:
		k.reply(ctx, req, 501, "Not Implemented")
	}
}

// confirmed ends the retransmission of our 2xx.
func (k *call) confirmed(ack *sip.Request) {
	for _, t := range k.active {
		if t.reply != nil && t.reply.CSeq().SeqNo == ack.CSeq().SeqNo {
			k.end(t)
			return
		}
	}
}

// changed takes a new session description of the far end (RFC 3261, 14.2; RFC 3311): audio goes there from now on.
func (k *call) changed(ctx context.Context, req *sip.Request) {
	for _, t := range k.active { // it comes again because our answer got lost
		if t.reply != nil && t.reply.CSeq().SeqNo == req.CSeq().SeqNo && req.IsInvite() {
			k.transmit(ctx, t.reply)
			return
		}
	}
	direction, payloads := "sendrecv", []uint8{pcmu, pcma}
	if len(req.Body()) > 0 {
		s, err := readSession(req.Body())
		if err != nil {
			k.reply(ctx, req, 488, "Not Acceptable Here")
			return
		}
		k.media.aim(s)
		direction, payloads = opposite(s.direction), []uint8{s.payload}
	}
	res := sip.NewResponseFromRequest(req, 200, "OK", nil)
	res.AppendHeader(&sip.ContactHeader{Address: k.contact()})
	if req.IsInvite() || len(req.Body()) > 0 {
		k.version++
		k.describe(res, describe(k.media.advertise, k.media.port, k.version, direction, payloads...))
	}
	if !req.IsInvite() {
		k.transmit(ctx, res)
		return
	}
	if err := k.begin(ctx, &transaction{reply: res}); err != nil && k.broken == nil && ctx.Err() == nil {
		k.broken = err
	}
}
