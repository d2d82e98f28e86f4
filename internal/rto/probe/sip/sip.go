// Package sip probes a critical path over SIP by the SIP prober: it says in the tracker's terms what that found. It refuses to speak SIP
// itself, so that there is one prober in the project.
package sip

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
	"github.com/voipbin/observability/internal/sipprobe"
)

// Config is one critical path over SIP.
type Config struct {
	probe.Target
	// Probe is what is done: OPTIONS shows grade 2 at most, REGISTER 3, INVITE 4.
	Probe sipprobe.Probe
	// RegionHeader is the header of the final answer that names the region. It is looked at if a region is wanted.
	RegionHeader string
}

// Prober probes one path. The SIP prober under it is the caller's, who closes it.
type Prober struct {
	Config
	sip *sipprobe.Prober
}

var _ probe.Prober = (*Prober)(nil)

// New checks the configuration.
func New(c Config, sip *sipprobe.Prober) (*Prober, error) {
	if err := c.Check(limit(c.Probe.Method)); err != nil {
		return nil, err
	}
	if err := c.Probe.Validate(); err != nil {
		return nil, fmt.Errorf("path %s: %w", c.Path, err)
	}
	if c.Region == "" {
		return &Prober{c, sip}, nil
	}
	if c.RegionHeader == "" {
		return nil, fmt.Errorf("path %s: a region is wanted, but no header names it", c.Path)
	}
	match, err := regexp.Compile(`^\s*` + regexp.QuoteMeta(c.Region) + `\s*$`)
	if err != nil {
		return nil, err
	}
	rules := []sipprobe.HeaderRule{{Name: c.RegionHeader, Match: match}}
	c.Probe.Expect.Headers = append(rules, c.Probe.Expect.Headers...)
	return &Prober{c, sip}, nil
}

func limit(m sipprobe.Method) rto.Grade {
	switch m {
	case sipprobe.Invite:
		return rto.Served
	case sipprobe.Register:
		return rto.Registered
	}
	return rto.Accepted
}

// Probe makes one probe.
func (p *Prober) Probe(ctx context.Context) rto.ProbeResult {
	ctx, cancel := probe.Bounded(ctx)
	defer cancel()
	return p.Run(func() probe.Finding { return p.finding(ctx, p.sip.Run(ctx, p.Config.Probe)) })
}

// finding translates. The header of the region is the first that was expected.
func (p *Prober) finding(ctx context.Context, r sipprobe.Result) probe.Finding {
	f := probe.Finding{Outcome: p.outcomeOf(ctx, r), Grade: rto.Grade(r.Grade), Code: r.Status}
	if r.Outcome != sipprobe.OK {
		f.Detail = detail(r.Outcome)
	}
	if r.Outcome == sipprobe.FailRejected || r.Outcome == sipprobe.FailExpected {
		f.Grade = min(f.Grade, rto.Answered) // a 2xx too, if it is another than the one that was asked for
	}
	if p.Region == "" || len(r.Expectations) == 0 {
		return f
	}
	if r.Expectations[0] {
		f.Region = p.Region
	} else if r.Outcome == sipprobe.FailExpected {
		f.Detail = "not from the region that has to answer"
	}
	return f
}

// outcomeOf sorts the SIP prober's outcomes. A final answer is an answer, good or not: the grade says what it is worth.
func (p *Prober) outcomeOf(ctx context.Context, r sipprobe.Result) rto.Outcome {
	switch r.Outcome {
	case sipprobe.OK, sipprobe.FailRejected, sipprobe.FailExpected, sipprobe.FailBinding, sipprobe.FailSDP, sipprobe.FailOneWay, sipprobe.FailEnded:
		return rto.OK
	case sipprobe.FailTimeout, sipprobe.FailRinging, sipprobe.FailNoMedia:
		return rto.TimedOut
	case sipprobe.FailConnect:
		return refusal(ctx, r.Err)
	case sipprobe.FailAuth:
		if p.Want <= rto.Answered {
			return rto.OK // the challenge is the answer
		}
		return rto.Denied
	case sipprobe.FailAccount:
		return rto.Denied
	case sipprobe.FailGarbage:
		return rto.Malformed
	}
	return rto.Broken
}

// refusal tells nobody listening from no answer and from no network.
func refusal(ctx context.Context, err error) rto.Outcome {
	if errors.Is(err, sipprobe.ErrRefused) {
		return rto.Refused
	}
	if o := probe.OutcomeOf(ctx, err); o != rto.OK {
		return o
	}
	return rto.Broken
}

// detail says it in words; the prober's own error would name addresses.
func detail(o sipprobe.Outcome) string {
	texts := map[sipprobe.Outcome]string{
		sipprobe.FailDNS: "the name does not resolve", sipprobe.FailConnect: "no connection", sipprobe.FailTLS: "the TLS handshake failed",
		sipprobe.FailCert: "the certificate is not to be trusted", sipprobe.FailTimeout: "no answer in time",
		sipprobe.FailRinging: "only provisional answers in time", sipprobe.FailClosed: "the server closed the connection",
		sipprobe.FailGarbage: "what came is no answer", sipprobe.FailAccount: "the password cannot be read",
		sipprobe.FailAuth: "the account was refused", sipprobe.FailRejected: "the answer is no good one",
		sipprobe.FailExpected: "the answer lacks a header", sipprobe.FailBinding: "the account was not bound",
		sipprobe.FailSDP: "no common codec", sipprobe.FailNoMedia: "no audio came back", sipprobe.FailOneWay: "audio in one direction only",
		sipprobe.FailEnded: "the far end hung up", sipprobe.FailLocal: "the prober's own host could not do its part",
	}
	return texts[o]
}
