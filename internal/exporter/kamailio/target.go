// Package kamailio says which questions to put to a Kamailio SIP proxy and which metric family each answer becomes. It
// never asks for what lists callers or contacts (dlg.list, ul.dump, htable.dump), looks at nothing but names and states in
// the one answer that holds passwords (uac.reg_dump, off by default), and leaves out what Kamailio did not answer. Beside the
// questions it looks at the kernel's list of sockets, and, if told to, at the certificates that TLS listeners present.
package kamailio

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/sockdiag"
)

// DefaultAddress is where Kamailio's packages put the ctl module's socket.
const DefaultAddress = "unix:///run/kamailio/kamailio_ctl"

// DefaultScriptGauges matches the names of script variables that are taken for levels, not counters.
const DefaultScriptGauges = `(_active|_current|_gauge)$`

// DefaultDispatcherDetail is how many dispatcher targets tell everything, which takes up to 14 series each.
const DefaultDispatcherDetail = 100

// Options say which Kamailio to observe, and how.
type Options struct {
	// Address says how to ask; see AddressHelp.
	Address string
	// Collectors are the names of those that run; see Collectors.
	Collectors []string
	// ScriptGauges matches script variables that go up and down; nil is DefaultScriptGauges.
	ScriptGauges *regexp.Regexp
	// Profiles are the dialog profiles whose calls are counted.
	Profiles []Profile
	// Proc is the folder /proc of the network namespace that Kamailio is in; nil is this process's, for whose sockets the kernel is
	// asked by netlink where it may be.
	Proc fs.FS
	// DispatcherDetail is how many dispatcher targets tell more than whether they are up, and is not below 0.
	DispatcherDetail int
	// CompatMethods are those that collector compat repeats by the names of kamailio_exporter 1.x; nil is
	// CompatDefaultMethods.
	CompatMethods []string
	// Now tells the time, by which the daemon's uptime becomes a start time.
	Now func() time.Time

	dial dialFunc  // of TLS handshakes; nil is net.Dialer's
	ask  askKernel // nil without Proc is sockdiag's
}

// NewTarget returns the Kamailio at an address, ready to be scraped. It does not connect yet.
func NewTarget(o Options) (*exporter.Target, error) {
	rpc, closeRPC, err := dial(o.Address)
	if err != nil {
		return nil, err
	}
	target, err := newTarget(o, rpc)
	if err != nil {
		return nil, errors.Join(err, closeRPC())
	}
	target.Name = o.Address
	target.Close = closeRPC
	return target, nil
}

// newTarget builds the collectors around any way to ask.
func newTarget(o Options, rpc caller) (*exporter.Target, error) {
	o = o.withDefaults()
	if o.DispatcherDetail < 0 {
		return nil, fmt.Errorf("%d dispatcher targets cannot tell more than the others: want 0 or more", o.DispatcherDetail)
	}
	if err := checkCompatMethods(o.CompatMethods); err != nil {
		return nil, err
	}
	questions := source{rpc: rpc, stats: &statistics{rpc: rpc}, scrapes: new(tally)}
	forget := questions.stats.forget
	if slices.Contains(o.Collectors, "compat") {
		once := &remembered{caller: rpc}
		questions.rpc = once
		forget = func() { questions.stats.forget(); once.forget() }
	}
	selected, err := exporter.Pick("kamailio", scrapers(o, questions), o.Collectors)
	if err != nil {
		return nil, err
	}
	for i := range selected {
		selected[i] = understood{selected[i]}
	}
	check := func(ctx context.Context) error {
		_, err := rpc.call(ctx, "core.version")
		questions.scrapes.count(err)
		return err
	}
	return &exporter.Target{Check: check, Scrapers: selected, Forget: forget}, nil
}

func (o Options) withDefaults() Options {
	if o.ScriptGauges == nil {
		o.ScriptGauges = regexp.MustCompile(DefaultScriptGauges)
	}
	if o.Proc == nil {
		o.Proc = os.DirFS("/proc")
		if o.ask == nil {
			o.ask = sockdiag.UDP
		}
	}
	if o.CompatMethods == nil {
		o.CompatMethods = CompatDefaultMethods()
	}
	if o.dial == nil {
		o.dial = new(net.Dialer).DialContext
	}
	return o
}
