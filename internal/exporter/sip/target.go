// Package sip makes probes of SIP servers and says which metric family each part of their results becomes. It refuses to
// probe what is not configured, to put what a server wrote into a label, and to count what a probe did not get to see.
package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/sipprobe"
)

// AddressHelp says which forms an address has.
const AddressHelp = "SIP server to probe: a domain, whose DNS says where (RFC 3263), host:port, or an IP address."

// Options say which server to probe, and how.
type Options struct {
	// Name is the target's in logs.
	Name string
	// Address is host or host:port; a scheme sip: is allowed before it.
	Address string
	// Account is who asks, where the server wants to know.
	Account exporter.Credentials
	Module  Module
	// Timeout bounds a probe that no scrape asked for, and so does the module's interval.
	Timeout time.Duration
	// Collectors are the names of those that run; see Collectors.
	Collectors []string
	Logger     *slog.Logger
	Now        func() time.Time
}

// Collectors lists the collectors. They show parts of one result, so none costs anything.
func Collectors() []exporter.CollectorInfo {
	return []exporter.CollectorInfo{
		{Name: "probe", Help: "success, grade, outcome, status code and delays of signalling", Default: true},
		{Name: "connection", Help: "time of DNS, TCP and TLS, and the certificate", Default: true},
		{Name: "media", Help: "loss, jitter, round trip and estimated MOS of a call's audio", Default: true},
	}
}

// NewTarget returns the server at an address, ready to be probed. It sends nothing yet.
func NewTarget(o Options) (*exporter.Target, error) {
	probe, err := o.probe()
	if err != nil {
		return nil, err
	}
	prober := sipprobe.New(sipprobe.Config{Now: o.Now, Resolver: o.Module.Resolver})
	w := newWatch(o, func(ctx context.Context) sipprobe.Result { return prober.Run(ctx, probe) })
	target, err := w.target()
	if err != nil {
		return nil, errors.Join(err, prober.Close())
	}
	target.Close = prober.Close
	return target, nil
}

// target shows what the watch sees.
func (w *watch) target() (*exporter.Target, error) {
	scrapers, err := exporter.Pick("sip", []exporter.Scraper{signalling{w}, connection{w}, media{w}}, w.Collectors)
	if err != nil {
		return nil, err
	}
	t := &exporter.Target{Name: w.Name, Check: w.check, Tells: true, Scrapers: scrapers, Events: w.totals.events(w.Collectors)}
	if w.Module.Interval > 0 {
		t.Run = w.run
	}
	return t, nil
}

// probe is what the module asks of this address.
func (o Options) probe() (sipprobe.Probe, error) {
	host, port, err := parseAddress(o.Address)
	if err != nil {
		return sipprobe.Probe{}, err
	}
	p := o.Module.Probe
	p.Host, p.Port = host, port
	p.Account = sipprobe.Account{Username: o.Account.Username, Password: o.Account.Password}
	if p.Method == "" {
		p.Method = sipprobe.Options
	}
	return p, p.Validate()
}

// parseAddress reads host, host:port, or either after sip:. An IPv6 address with a port is in brackets.
func parseAddress(s string) (host string, port uint16, err error) {
	if strings.Contains(s, "@") {
		return "", 0, errors.New("an address is a server, without a user: name the called user in the module, and the account by username")
	}
	if strings.ContainsAny(s, ";?/") {
		return "", 0, errors.New("an address is host or host:port: name the transport in the module")
	}
	s = strings.TrimPrefix(s, "sip:")
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.String(), 0, nil
	}
	host, text, err := net.SplitHostPort(s)
	if err != nil {
		return s, 0, nil // a host alone; whether it is one is for the probe to say
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("port %q is not a number from 1 to 65535", text)
	}
	return host, uint16(n), nil
}
