package sipprobe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// hop is one place to ask (RFC 3263).
type hop struct {
	transport Transport
	addr      netip.AddrPort
}

// maxHops bounds how many places of one name are tried: more would only spend the deadline.
const maxHops = 4

// locate finds where a probe goes, best first (RFC 3263, 4): an address or a port given is taken as it is; NAPTR chooses the
// transport where none is given; SRV the hosts; A and AAAA their addresses.
func (p *Prober) locate(ctx context.Context, probe Probe) ([]hop, error) {
	if ip, err := netip.ParseAddr(probe.Host); err == nil {
		t := Transport(cmp.Or(string(probe.Transport), string(UDP)))
		return []hop{{t, netip.AddrPortFrom(ip, cmp.Or(probe.Port, t.defaultPort()))}}, nil
	}
	n, err := p.names()
	if err != nil {
		return nil, err
	}
	if probe.Port != 0 || probe.Transport == WSS { // RFC 7118 has no SRV of its own
		t := Transport(cmp.Or(string(probe.Transport), string(UDP)))
		return n.hosts(ctx, t, probe.Host, cmp.Or(probe.Port, t.defaultPort()))
	}
	services, err := n.services(ctx, probe)
	if err != nil {
		return nil, err
	}
	for _, s := range services {
		hops, err := n.targets(ctx, s)
		if len(hops) > 0 || err != nil {
			return hops, err
		}
	}
	t := Transport(cmp.Or(string(probe.Transport), string(UDP)))
	return n.hosts(ctx, t, probe.Host, t.defaultPort())
}

// service is a name that SRV is asked for.
type service struct {
	transport Transport
	name      string
}

// services are those of a domain, best first.
func (n *names) services(ctx context.Context, probe Probe) ([]service, error) {
	host := strings.TrimSuffix(probe.Host, ".")
	own := []service{{UDP, "_sip._udp." + host}, {TCP, "_sip._tcp." + host}, {TLS, "_sips._tcp." + host}}
	if probe.Transport != AnyTransport {
		return slices.DeleteFunc(own, func(s service) bool { return s.transport != probe.Transport }), nil
	}
	records, err := n.ask(ctx, host, dns.TypeNAPTR)
	if err != nil {
		return nil, err
	}
	var pointers []*dns.NAPTR
	for _, r := range records {
		if p, ok := r.(*dns.NAPTR); ok && strings.EqualFold(p.Flags, "s") && naptrTransport(p.Service) != AnyTransport {
			pointers = append(pointers, p)
		}
	}
	if len(pointers) == 0 {
		return own, nil
	}
	slices.SortStableFunc(pointers, func(a, b *dns.NAPTR) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Preference, b.Preference))
	})
	chosen := make([]service, len(pointers))
	for i, p := range pointers {
		chosen[i] = service{naptrTransport(p.Service), p.Replacement}
	}
	return chosen, nil
}

// naptrTransport is the transport of a NAPTR service field, AnyTransport for one that is not ours (RFC 3263, 4.1).
func naptrTransport(field string) Transport {
	switch strings.ToUpper(field) {
	case "SIP+D2U":
		return UDP
	case "SIP+D2T":
		return TCP
	case "SIPS+D2T":
		return TLS
	}
	return AnyTransport
}

// targets are the addresses behind an SRV name, none where it does not exist.
func (n *names) targets(ctx context.Context, s service) ([]hop, error) {
	records, err := n.ask(ctx, s.name, dns.TypeSRV)
	if err != nil {
		return nil, err
	}
	var all []*dns.SRV
	for _, r := range records {
		if srv, ok := r.(*dns.SRV); ok {
			all = append(all, srv)
		}
	}
	if len(all) == 1 && all[0].Target == "." {
		return nil, fail(FailDNS, "%s is decidedly not offered: its SRV record points to the root (RFC 2782)", s.name)
	}
	var hops []hop
	var errs []error
	for _, srv := range bySRV(all, rand.IntN) {
		more, err := n.hosts(ctx, s.transport, srv.Target, srv.Port)
		errs = append(errs, err)
		hops = append(hops, more...)
		if len(hops) >= maxHops {
			return hops[:maxHops], nil
		}
	}
	if len(hops) == 0 {
		return nil, errors.Join(errs...)
	}
	return hops, nil
}

// bySRV orders records by priority, and those of one priority by chance in proportion to their weights (RFC 2782).
func bySRV(all []*dns.SRV, intN func(int) int) []*dns.SRV {
	left := slices.Clone(all)
	slices.SortStableFunc(left, func(a, b *dns.SRV) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Weight, b.Weight))
	})
	var out []*dns.SRV
	for len(left) > 0 {
		total, same := 0, 0
		for _, r := range left {
			if r.Priority == left[0].Priority {
				total, same = total+int(r.Weight), same+1
			}
		}
		at, pick := 0, intN(total+1)
		for sum := int(left[0].Weight); sum < pick && at < same-1; sum += int(left[at].Weight) {
			at++
		}
		out = append(out, left[at])
		left = slices.Delete(left, at, at+1)
	}
	return out
}

// names asks the DNS.
type names struct {
	servers []string
	system  bool // hosts are looked up as the host is configured to
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

// resolvConf is where hosts say whom to ask (resolver(5)).
const resolvConf = "/etc/resolv.conf"

func (p *Prober) names() (*names, error) {
	if p.Resolver != "" {
		return &names{servers: []string{p.Resolver}, dial: p.Dial}, nil
	}
	n := &names{system: true, dial: p.Dial}
	c, err := dns.ClientConfigFromFile(resolvConf)
	if err != nil {
		return nil, fail(FailDNS, "no DNS server is known: %w", err)
	}
	for _, s := range c.Servers {
		n.servers = append(n.servers, net.JoinHostPort(s, c.Port))
	}
	return n, nil
}

// hosts are the addresses of a name. None is an error: somebody points there.
func (n *names) hosts(ctx context.Context, t Transport, name string, port uint16) ([]hop, error) {
	if ip, err := netip.ParseAddr(strings.TrimSuffix(name, ".")); err == nil {
		return []hop{{t, netip.AddrPortFrom(ip, port)}}, nil
	}
	ips, err := n.addresses(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(ips) == 0 {
		return nil, fail(FailDNS, "%s has no address", strings.TrimSuffix(name, "."))
	}
	hops := make([]hop, 0, len(ips))
	for _, ip := range ips[:min(len(ips), maxHops)] {
		hops = append(hops, hop{t, netip.AddrPortFrom(ip.Unmap(), port)})
	}
	return hops, nil
}

func (n *names) addresses(ctx context.Context, name string) ([]netip.Addr, error) {
	if n.system {
		ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		if err != nil {
			return nil, dnsFailure(ctx, name, err)
		}
		return ips, nil
	}
	var ips []netip.Addr
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		records, err := n.ask(ctx, name, kind)
		if err != nil {
			return nil, err
		}
		for _, r := range records { // aliases come with what they stand for
			if ip, ok := addressOf(r); ok {
				ips = append(ips, ip)
			}
		}
	}
	return ips, nil
}

// addressOf is the address in an A or AAAA record; false for all other records.
func addressOf(r dns.RR) (netip.Addr, bool) {
	switch a := r.(type) {
	case *dns.A:
		return netip.AddrFromSlice(a.A.To4())
	case *dns.AAAA:
		return netip.AddrFromSlice(a.AAAA)
	}
	return netip.Addr{}, false
}

// ask returns the records of a name, none where there are none. It asks the servers one after the other, over TCP where the
// answer did not fit a datagram.
func (n *names) ask(ctx context.Context, name string, kind uint16) ([]dns.RR, error) {
	question := new(dns.Msg)
	question.SetQuestion(dns.Fqdn(name), kind)
	question.SetEdns0(dns.DefaultMsgSize, false)
	err := fail(FailDNS, "no DNS server is known")
	for _, server := range n.servers {
		var answer *dns.Msg
		if answer, err = n.exchange(ctx, server, question); err != nil {
			err = dnsFailure(ctx, name, err)
			continue
		}
		switch answer.Rcode {
		case dns.RcodeSuccess, dns.RcodeNameError:
			return answer.Answer, nil
		}
		err = fail(FailDNS, "%s %s: the DNS server says %s", dns.TypeToString[kind], name, rcode(answer.Rcode))
	}
	return nil, err
}

func rcode(code int) string {
	return cmp.Or(dns.RcodeToString[code], strconv.Itoa(code))
}

func (n *names) exchange(ctx context.Context, server string, question *dns.Msg) (*dns.Msg, error) {
	for _, network := range []string{"udp", "tcp"} {
		conn, err := n.dial(ctx, network, server)
		if err != nil {
			return nil, err
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		client := &dns.Client{Net: network, UDPSize: dns.DefaultMsgSize}
		if deadline, ok := ctx.Deadline(); ok {
			_ = conn.SetDeadline(deadline) // the context closes it in any case
		}
		answer, _, err := client.ExchangeWithConnContext(ctx, question, &dns.Conn{Conn: conn, UDPSize: dns.DefaultMsgSize})
		stop()
		if closeErr := conn.Close(); err == nil && closeErr != nil && !errors.Is(closeErr, net.ErrClosed) {
			err = closeErr
		}
		if err != nil || !answer.Truncated {
			return answer, err
		}
	}
	return nil, fmt.Errorf("truncated over TCP")
}

// dnsFailure says which name could not be resolved, without the library's repetition of it.
func dnsFailure(ctx context.Context, name string, err error) error {
	name = strings.TrimSuffix(name, ".")
	var d *net.DNSError
	switch {
	case ctx.Err() != nil, isTimeout(err) && !errors.As(err, &d): // the socket's deadline is that of ctx
		return fail(FailDNS, "%s: no answer from the DNS in time", name)
	case errors.As(err, &d) && d.IsNotFound:
		return fail(FailDNS, "%s has no address", name)
	case errors.As(err, &d):
		return fail(FailDNS, "%s: %s", name, d.Err)
	}
	return fail(FailDNS, "%s: %w", name, err)
}
