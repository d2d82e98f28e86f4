package dns

import (
	"context"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// maxQuestions bounds what one server is asked for one probe, maxEnds what is looked at of the answers.
const (
	maxQuestions = 16
	maxEnds      = 64
)

// end is where records lead: a region's name, an address, or both unknown.
type end struct {
	region  string
	address netip.Addr
}

// walk follows records to their ends at one server.
type walk struct {
	Config
	server    Server
	questions int
	ends      []end
	ttl       time.Duration // the longest of any record on the way: so long may a cache still say this
	code      int           // of the first answer
	weak      string        // why the answers are not to be relied on
}

// records asks for records and returns those of the type; nil without an error if there are none.
func (w *walk) records(ctx context.Context, name string, code uint16) ([]dns.RR, *dns.Msg, error) {
	w.questions++
	res, err := ask(ctx, w.server, question{name: name, code: code, dnssec: w.DNSSEC})
	if err != nil {
		return nil, nil, err
	}
	if w.questions == 1 {
		w.code = res.Rcode
		w.weak = w.weakness(res)
	}
	return w.pick(res.Answer, code), res, nil
}

// pick takes the records of a type, and the time that they, and the aliases that lead to them, may be kept.
func (w *walk) pick(all []dns.RR, code uint16) []dns.RR {
	var found []dns.RR
	for _, rr := range all {
		h := rr.Header()
		if h.Rrtype == code || h.Rrtype == dns.TypeCNAME {
			w.ttl = max(w.ttl, time.Duration(h.Ttl)*time.Second)
		}
		if h.Rrtype == code && len(found) < maxEnds {
			found = append(found, rr)
		}
	}
	return found
}

// weakness says why an answer proves nothing, although it came.
func (w *walk) weakness(res *dns.Msg) string {
	switch {
	case res.Rcode != dns.RcodeSuccess:
		return "the answer is an error"
	case w.server.Authoritative && !res.Authoritative:
		return "the server does not say that the answer is its own"
	case w.DNSSEC && w.server.Authoritative && !signed(res.Answer):
		return "the answer is not signed"
	case w.DNSSEC && !w.server.Authoritative && !res.AuthenticatedData:
		return "the resolver did not verify the answer"
	}
	return ""
}

func signed(all []dns.RR) bool {
	for _, rr := range all {
		if rr.Header().Rrtype == dns.TypeRRSIG {
			return true
		}
	}
	return false
}

// follow walks from a name to the ends of its records (RFC 3263, 4.1 and 4.2 in the order NAPTR, SRV, address).
func (w *walk) follow(ctx context.Context, name string, code uint16) error {
	if w.questions >= maxQuestions || len(w.ends) >= maxEnds {
		return nil
	}
	found, res, err := w.records(ctx, name, code)
	if err != nil {
		return err
	}
	for _, rr := range found {
		switch r := rr.(type) {
		case *dns.A:
			w.arrive(r.A)
		case *dns.AAAA:
			w.arrive(r.AAAA)
		case *dns.SRV:
			err = w.host(ctx, r.Target, res)
		case *dns.NAPTR:
			err = w.naptr(ctx, r, res)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) arrive(ip []byte) {
	if address, ok := netip.AddrFromSlice(ip); ok {
		address = address.Unmap()
		w.ends = append(w.ends, end{region: w.region("", address), address: address})
	}
}

// naptr follows one rule: its flag says what the replacement is (RFC 3404, 4.3). Rules that only rewrite lead to no server.
func (w *walk) naptr(ctx context.Context, r *dns.NAPTR, res *dns.Msg) error {
	switch r.Flags {
	case "s", "S":
		if region := w.region(r.Replacement, netip.Addr{}); region != "" {
			w.ends = append(w.ends, end{region: region})
			return nil
		}
		return w.follow(ctx, r.Replacement, dns.TypeSRV)
	case "a", "A":
		return w.host(ctx, r.Replacement, res)
	}
	return nil
}

// host finds the addresses of a host, which the answer may hold already.
func (w *walk) host(ctx context.Context, name string, res *dns.Msg) error {
	if name == "." {
		return nil // RFC 2782: the service is decidedly not there
	}
	if region := w.region(name, netip.Addr{}); region != "" {
		w.ends = append(w.ends, end{region: region})
		return nil
	}
	before := len(w.ends)
	for _, rr := range res.Extra {
		if !equalNames(rr.Header().Name, name) {
			continue
		}
		switch r := rr.(type) {
		case *dns.A:
			w.arrive(r.A)
			w.ttl = max(w.ttl, time.Duration(r.Hdr.Ttl)*time.Second)
		case *dns.AAAA:
			w.arrive(r.AAAA)
			w.ttl = max(w.ttl, time.Duration(r.Hdr.Ttl)*time.Second)
		}
	}
	if len(w.ends) > before {
		return nil
	}
	if err := w.follow(ctx, name, dns.TypeA); err != nil || len(w.ends) > before {
		return err
	}
	return w.follow(ctx, name, dns.TypeAAAA)
}
