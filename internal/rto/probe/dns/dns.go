// Package dns probes where DNS sends customers: it asks authoritative servers and resolvers for a name, follows SRV and NAPTR to
// addresses, and says which region they belong to and for how long caches may still say so. It asks for one name in one way only; it
// refuses to transfer zones, to follow referrals as a resolver would, and to repeat in a result what a server wrote.
package dns

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// Prober probes one name. It holds no connection between probes.
type Prober struct {
	Config
}

var _ probe.Prober = (*Prober)(nil)

// New checks the configuration.
func New(c Config) (*Prober, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.Need == 0 {
		c.Need = len(c.Servers)
	}
	return &Prober{c}, nil
}

// Probe asks all servers at once.
func (p *Prober) Probe(ctx context.Context) rto.ProbeResult {
	ctx, cancel := probe.Bounded(ctx)
	defer cancel()
	return p.Run(func() probe.Finding { return p.all(ctx) })
}

func (p *Prober) all(ctx context.Context) probe.Finding {
	found := make([]probe.Finding, len(p.Servers))
	var wg sync.WaitGroup
	for i, s := range p.Servers {
		wg.Go(func() { found[i] = p.one(ctx, s) })
	}
	wg.Wait()
	return p.together(found)
}

// one asks one server.
func (p *Prober) one(ctx context.Context, s Server) probe.Finding {
	w := &walk{Config: p.Config, server: s}
	err := w.follow(ctx, p.Name, p.Type.code())
	if err != nil {
		o := outcome(ctx, err)
		f := probe.Failed(ctx, "question", err)
		f.Outcome = o
		if o == rto.Malformed {
			f.Detail = "what came is no answer"
		}
		if w.questions > 1 {
			f.Grade, f.Code = rto.Answered, w.code
		}
		return f
	}
	f := probe.Finding{Outcome: rto.OK, Grade: rto.Answered, Code: w.code, TTL: w.ttl}
	switch {
	case w.weak != "":
		f.Detail = w.weak
		return f
	case len(w.ends) == 0:
		f.Detail = "the answer leads to no address"
		return f
	}
	f.Region = w.ends[0].region
	for _, e := range w.ends {
		if len(p.Places) > 0 && e.region == "" {
			f.Region, f.Detail = "", "the answer leads to an address that is in no known region"
			return f
		}
		if e.region != f.Region {
			f.Region, f.Detail = "", "the answer leads to several regions"
			f.Grade = rto.Accepted
			return f
		}
	}
	f.Grade = rto.Accepted
	return f
}

// together makes one finding of all servers': good if enough of them are, and else that of the first that is not.
func (p *Prober) together(found []probe.Finding) probe.Finding {
	good, bad := -1, -1
	n, ttl := 0, time.Duration(0)
	for i, f := range found {
		ttl = max(ttl, f.TTL)
		if f.Outcome == rto.OK && f.Grade >= p.Want && (p.Region == "" || f.Region == p.Region) {
			n++
			good = i
		} else if bad < 0 || found[bad].Grade > f.Grade {
			bad = i
		}
	}
	f := probe.Finding{}
	if n >= p.Need {
		f = found[good]
	} else {
		f = found[bad]
	}
	f.TTL = ttl
	if len(found) > 1 && n < len(found) {
		f.Detail = strings.TrimSuffix(fmt.Sprintf("%d of %d servers give the wanted answer: %s", n, len(found), found[bad].Detail), ": ")
	}
	return f
}

func equalNames(a, b string) bool { return strings.EqualFold(dns.Fqdn(a), dns.Fqdn(b)) }
