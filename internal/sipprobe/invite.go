package sipprobe

import (
	"context"
	"errors"
	"time"

	"github.com/emiago/sipgo/sip"
)

// call is one INVITE and what follows from it.
type call struct {
	*conversation
	media   *media
	invite  *transaction // the last one
	began   time.Time
	acks    map[string]*sip.Request // of failures, by branch
	dialogs []*dialog               // one, unless a proxy forked and several answered
	ringing *time.Duration
	first   *time.Duration
	version int // of our session description
}

// call makes a call, talks, and ends it. It returns by the deadline of ctx; what is left to be done for ending the call then
// goes on in the background.
func (p *Prober) call(ctx, work context.Context, c *conversation, r *Result) error {
	m, err := p.openMedia(c.link.local().Addr(), c.probe.Media)
	if err != nil {
		return errors.Join(err, c.link.close())
	}
	k := &call{conversation: c, media: m, acks: make(map[string]*sip.Request), version: 1}
	c.requests, c.late = k.asked, k.answeredLate
	err = k.converse(work, r)
	c.count(r)
	p.hangUp(ctx, k, r)
	return err
}

// converse is the call up to its end.
func (k *call) converse(ctx context.Context, r *Result) error {
	t, err := k.establish(ctx)
	r.RequestDelay, r.PostDial = k.first, k.ringing
	if t.final != nil {
		r.Delay = ptr(t.finalAt.Sub(k.began))
	}
	if err := k.judge(t, err, r); err != nil || !t.final.IsSuccess() {
		return err
	}
	s, err := readSession(t.final.Body())
	if err != nil {
		return err
	}
	k.media.aim(s)
	k.talk(ctx)
	ended := k.dialogs[0].ended
	r.Media = k.media.settle(t.finalAt, ended || ctx.Err() != nil)
	if r.Media.Echoed > 0 || (isTrue(r.Media.In) && isTrue(r.Media.Out)) {
		r.Grade = GradeMedia
	}
	return verdict(r, ended, k.broken)
}

func isTrue(b *bool) bool  { return b != nil && *b }
func isFalse(b *bool) bool { return b != nil && !*b }

// verdict says whether the audio was as it has to be.
func verdict(r *Result, ended bool, broken error) error {
	m := r.Media
	switch {
	case ended:
		return fail(FailEnded, "the far end hung up after %d packets", m.Sent)
	case broken != nil:
		return broken
	case r.Grade == GradeMedia:
		return nil
	case isFalse(m.Out):
		return fail(FailOneWay, "the far end reports, and gets none of our audio")
	case isTrue(m.In):
		return fail(FailOneWay, "audio comes, but not ours: %d packets sent, none came back", m.Sent)
	case isTrue(m.Out):
		return fail(FailOneWay, "the far end gets our audio, and nothing comes back")
	}
	return fail(FailNoMedia, "no audio came back for %d packets", m.Sent)
}

// establish sends INVITE until there is an answer that is no challenge.
func (k *call) establish(ctx context.Context) (*transaction, error) {
	req := k.request(sip.INVITE, k.uri(k.probe.User), "")
	req.AppendHeader(&sip.ContactHeader{Address: k.contact()})
	req.AppendHeader(sip.NewHeader("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE"))
	k.describe(req, k.media.describe())
	k.began = k.now()
	return k.authorised(ctx, req, func(t *transaction) {
		k.invite = t
		t.onProvisional = func(_ context.Context, res *sip.Response, at time.Time) { k.progress(res.StatusCode, at) }
		t.onFinal = k.acknowledge
	})
}

// describe puts a session description into a message.
func (k *call) describe(m sip.Message, sdp []byte) {
	kind := sip.ContentTypeHeader("application/sdp")
	m.AppendHeader(&kind)
	m.SetBody(sdp)
}

// progress notes when something was first heard of the call.
func (k *call) progress(code int, at time.Time) {
	if code == sip.StatusTrying || code == sip.StatusUnauthorized || code == sip.StatusProxyAuthRequired {
		return
	}
	if k.first == nil {
		k.first = ptr(at.Sub(k.began))
	}
	if k.ringing == nil && (code == sip.StatusRinging || code == sip.StatusSessionInProgress) {
		k.ringing = ptr(at.Sub(k.began))
	}
}

// acknowledge sends ACK for a final answer to the INVITE (RFC 3261, 13.2.2.4 and 17.1.1.3).
func (k *call) acknowledge(ctx context.Context, res *sip.Response) {
	k.progress(res.StatusCode, k.invite.finalAt)
	if res.IsSuccess() {
		k.answeredCall(ctx, res)
		return
	}
	req := k.invite.req
	ack := sip.NewRequest(sip.ACK, req.Recipient)
	for _, h := range []sip.Header{req.Via(), req.From(), res.To(), req.CallID(), req.MaxForwards()} {
		ack.AppendHeader(sip.HeaderClone(h))
	}
	ack.AppendHeader(&sip.CSeqHeader{SeqNo: req.CSeq().SeqNo, MethodName: sip.ACK})
	ack.SetBody(nil)
	branch, _ := req.Via().Params.Get("branch")
	k.acks[branch] = ack
	k.transmit(ctx, ack)
}

// answeredCall takes a 2xx: a new dialog, or one again whose ACK got lost.
func (k *call) answeredCall(ctx context.Context, res *sip.Response) {
	tag, _ := res.To().Params.Get("tag")
	for _, d := range k.dialogs {
		if d.tag == tag {
			k.transmit(ctx, d.ack)
			return
		}
	}
	if len(k.dialogs) >= maxForks {
		return
	}
	d := newDialog(res, tag, k.invite.req)
	d.ack = k.within(d, sip.ACK, k.invite.req.CSeq().SeqNo)
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		sip.CopyHeaders(name, k.invite.req, d.ack)
	}
	k.dialogs = append(k.dialogs, d)
	k.transmit(ctx, d.ack)
}

// maxForks bounds how many phones may answer one INVITE.
const maxForks = 8

// answeredLate takes answers to the INVITE that come when it has its final one: repetitions, because our ACK got lost, and 2xx
// of further phones.
func (k *call) answeredLate(ctx context.Context, res *sip.Response) {
	if k.invite == nil || res.CSeq().MethodName != sip.INVITE || res.IsProvisional() {
		return
	}
	if res.IsSuccess() {
		k.answeredCall(ctx, res)
		return
	}
	branch, _ := res.Via().Params.Get("branch")
	if ack, ok := k.acks[branch]; ok {
		k.transmit(ctx, ack)
	}
}

// talk sends audio for as long as the call lasts, and serves the far end meanwhile.
func (k *call) talk(ctx context.Context) {
	ctx, over := context.WithCancel(ctx)
	defer over()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer over()
		k.media.talk(ctx, k.probe.talk())
	}()
	for k.step(ctx) == nil && !k.dialogs[0].ended {
	}
	over()
	<-done
}
