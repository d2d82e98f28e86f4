// Package kamailio says which questions to put to a Kamailio SIP proxy and which metric family each answer becomes. It
// opens no socket itself, never asks for what lists callers, contacts or passwords (dlg.list, ul.dump, uac.reg_dump), and
// leaves out what Kamailio did not answer.
package kamailio

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/exporter"
)

// DefaultAddress is where Kamailio's packages put the ctl module's socket.
const DefaultAddress = "unix:///run/kamailio/kamailio_ctl"

// DefaultScriptGauges matches the names of script variables that are taken for levels, not counters.
const DefaultScriptGauges = `(_active|_current|_gauge)$`

// defaultDetail is how many dispatcher targets tell everything, which takes up to 14 series each.
const defaultDetail = 100

// Options say which Kamailio to observe, and how.
type Options struct {
	// Address says how to ask; see AddressHelp.
	Address string
	// Collectors are the names of those that run; see Collectors.
	Collectors []string
	// ScriptGauges matches script variables that go up and down; nil is DefaultScriptGauges.
	ScriptGauges *regexp.Regexp
	// DispatcherDetail is how many dispatcher targets tell more than whether they are up; 0 is 100.
	DispatcherDetail int
	// Now tells the time, by which the daemon's uptime becomes a start time.
	Now func() time.Time
}

// Collectors lists the collectors in the order in which they run: cheap and important ones first.
func Collectors() []exporter.CollectorInfo {
	return []exporter.CollectorInfo{
		{Name: "info", Help: "version and start time", Default: true},
		{Name: "core", Help: "requests and replies by method, class and code", Default: true},
		{Name: "callsetup", Help: "outcomes of initial INVITEs, as counted by observability.cfg", Default: true},
		{Name: "sl", Help: "stateless replies by code", Default: true},
		{Name: "tmx", Help: "transactions and their replies", Default: true},
		{Name: "shm", Help: "shared memory", Default: true},
		{Name: "script", Help: "variables of the statistics module", Default: true},
		{Name: "tcp", Help: "TCP and TLS connections against their limits", Default: true},
		{Name: "tls", Help: "queue of the tls module", Default: true},
		{Name: "dialog", Help: "calls tracked by the dialog module", Default: true},
		{Name: "processes", Help: "processes by kind", Default: true},
		{Name: "pkg", Help: "private memory of each process", Default: true},
		{Name: "dispatcher", Help: "dispatcher sets and targets", Default: true},
	}
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
	if o.ScriptGauges == nil {
		o.ScriptGauges = regexp.MustCompile(DefaultScriptGauges)
	}
	if o.DispatcherDetail == 0 {
		o.DispatcherDetail = defaultDetail
	}
	stats := &statistics{rpc: rpc}
	all := []exporter.Scraper{
		&information{rpc: rpc, start: startTime{now: o.Now}},
		core{stats},
		callSetup{stats},
		stateless{stats},
		transactions{stats},
		sharedMemory{stats},
		script{stats, o.ScriptGauges},
		tcp{rpc, stats},
		tls{rpc},
		dialog{rpc, stats},
		processes{rpc},
		privateMemory{rpc},
		dispatcher{rpc, o.DispatcherDetail},
	}
	selected, err := pick(all, o.Collectors)
	if err != nil {
		return nil, err
	}
	check := func(ctx context.Context) error {
		stats.forget()
		_, err := rpc.call(ctx, "core.version")
		return err
	}
	return &exporter.Target{Check: check, Scrapers: selected}, nil
}

// pick keeps the scrapers of the named collectors, in their own order.
func pick(all []exporter.Scraper, names []string) ([]exporter.Scraper, error) {
	var picked []exporter.Scraper
	known := make([]string, len(all))
	for i, s := range all {
		known[i] = s.Name()
		if slices.Contains(names, s.Name()) {
			picked = append(picked, s)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("kamailio has no collector %q", name)
		}
	}
	return picked, nil
}
