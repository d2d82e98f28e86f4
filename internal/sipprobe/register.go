package sipprobe

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// register binds the account to this probe's address for a while, and lets go of the binding (RFC 3261, 10.2).
func (c *conversation) register(ctx, work context.Context, r *Result) error {
	start := c.now()
	t, err := c.bind(work, c.probe.expires())
	if t.final != nil {
		r.Delay = ptr(t.finalAt.Sub(start))
	}
	if err := c.judge(t, err, r); err != nil || !t.final.IsSuccess() {
		return err
	}
	bound := c.bound(t.final)
	if bound {
		r.Grade = GradeRegistered
	}
	// Whatever the answer listed: what may have been bound is let go of.
	off, err := c.bind(ctx, 0)
	r.Released = ptr(err == nil && off.final.IsSuccess())
	if !bound {
		return fail(FailBinding, "the registrar said %d and does not list the binding", r.Status)
	}
	return nil
}

// bind registers for some time; 0 lets go.
func (c *conversation) bind(ctx context.Context, expires time.Duration) (*transaction, error) {
	req := c.request(sip.REGISTER, c.uri(""), "")
	req.To().Address = c.uri(c.user())
	req.AppendHeader(&sip.ContactHeader{Address: c.contact()})
	req.AppendHeader(seconds("Expires", expires))
	return c.authorised(ctx, req, func(*transaction) {})
}

// bound reports whether the answer lists our contact with time left (RFC 3261, 10.3, step 8). A registrar may have put in the
// address that the request came from, so the user and the port or the address are enough.
func (c *conversation) bound(res *sip.Response) bool {
	own := c.contact()
	for _, h := range res.GetHeaders("Contact") {
		contact, ok := h.(*sip.ContactHeader)
		if !ok || contact.Address.User != own.User {
			continue
		}
		if left, ok := contact.Params.Get("expires"); ok {
			if n, err := strconv.Atoi(left); err == nil && n <= 0 {
				continue
			}
		}
		if contact.Address.Port == own.Port || strings.EqualFold(strings.Trim(contact.Address.Host, "[]"), strings.Trim(own.Host, "[]")) {
			return true
		}
	}
	return false
}
