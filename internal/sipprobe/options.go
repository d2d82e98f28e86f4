package sipprobe

import (
	"context"
	"slices"

	"github.com/emiago/sipgo/sip"
)

// options asks whether the server is there (RFC 3261, 11).
func (c *conversation) options(ctx context.Context, r *Result) error {
	req := c.request(sip.OPTIONS, c.uri(c.probe.User), "")
	req.AppendHeader(&sip.ContactHeader{Address: c.contact()})
	req.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	start := c.now()
	t, err := c.authorised(ctx, req, func(*transaction) {})
	if t.final != nil {
		r.Delay = ptr(t.finalAt.Sub(start))
	}
	return c.judge(t, err, r)
}

// judge notes the final answer and says whether it is a good one. err is why there may be none.
func (c *conversation) judge(t *transaction, err error, r *Result) error {
	if t.final == nil {
		return err
	}
	r.Status = t.final.StatusCode
	r.Grade = GradeAnswered
	if t.final.IsSuccess() {
		r.Grade = GradeServed
	}
	met := c.expected(t.final, r)
	wanted := t.final.IsSuccess()
	if codes := c.probe.Expect.Status; len(codes) > 0 {
		wanted = slices.Contains(codes, r.Status)
	}
	switch {
	case !wanted && err != nil:
		return err
	case !wanted:
		return fail(FailRejected, "%s was answered with %d", t.req.Method, r.Status)
	case !met:
		return fail(FailExpected, "the answer %d to %s lacks a header that it must have", r.Status, t.req.Method)
	}
	return nil
}

// expected looks for the headers that the answer must have.
func (c *conversation) expected(res *sip.Response, r *Result) bool {
	all := true
	for _, rule := range c.probe.Expect.Headers {
		met := slices.ContainsFunc(res.GetHeaders(rule.Name), func(h sip.Header) bool {
			return rule.Match == nil || rule.Match.MatchString(h.Value())
		})
		r.Expectations = append(r.Expectations, met)
		all = all && met
	}
	return all
}
