// Package rtpengine says which questions to put to an RTPEngine media relay and which metric family each answer becomes. It
// opens no socket itself, never sends a command that changes anything (the protocol has no other protection), puts no
// call-id, address of a caller or tag into a label, and leaves out what RTPEngine did not answer.
package rtpengine

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/ng"
)

// DefaultAddress is listen-ng of the configuration that Debian's package installs.
const DefaultAddress = "udp://127.0.0.1:2223"

// AddressHelp says which forms an address has.
const AddressHelp = "RTPEngine's control port: udp://host:port (listen-ng), tcp://host:port (listen-tcp-ng) or http://host:port (listen-http)."

// MaxQualityCalls is the most that Options.QualityCalls can be: no more calls are listed.
const MaxQualityCalls = listed

// The defaults of Options.
const (
	DefaultQualityCalls    = 10
	DefaultQualityInterval = 10 * time.Second
)

// Options say which RTPEngine to observe, and how.
type Options struct {
	// Address is udp://host:port, tcp://host:port or http://host:port of listen-ng, listen-tcp-ng or listen-http.
	Address string
	// Format of the questions: json, bencode, or auto, which finds out and is what "" stands for.
	Format string
	// Source is the address to ask from; see ng.Options. For a daemon on an IPv4 loopback address, the zero Addr is one that
	// nothing else uses, so that RTPEngine does not take the exporter for the SIP proxy beside it.
	Source netip.Addr
	// Collectors are the names of those that run; see Collectors.
	Collectors []string
	// QualityCalls is how many live calls collector quality asks about in a scrape, at most; 0 is DefaultQualityCalls.
	QualityCalls int
	// QualityInterval is the time in which it asks about a call at most once; 0 is DefaultQualityInterval.
	QualityInterval time.Duration
	// Proc is /proc, for collector process; nil is this host's.
	Proc fs.FS
	// Now tells the time, by which the daemon's uptime becomes a start time.
	Now func() time.Time
	// Shuffle puts n things in random order; nil is rand.Shuffle.
	Shuffle func(n int, swap func(i, j int))
}

// Collectors lists the collectors in the order in which they run: cheap and important ones first. All but the last four read
// one answer that is asked for once.
func Collectors() []exporter.CollectorInfo {
	return []exporter.CollectorInfo{
		{Name: "info", Help: "response time and start time", Default: true},
		{Name: "sessions", Help: "sessions now, and how sessions ended", Default: true},
		{Name: "ports", Help: "pools of ports", Default: true},
		{Name: "control", Help: "commands, errors and time by client, without this exporter", Default: true},
		{Name: "relay", Help: "packets and bytes through the daemon and through the kernel", Default: true},
		{Name: "reports", Help: "sums of what RTCP reports say about quality", Default: true},
		{Name: "interfaces", Help: "traffic and quality by interface", Default: true},
		{Name: "transcoders", Help: "transcoding by chain of codecs", Default: true},
		{Name: "pollers", Help: "threads that relay packets", Default: true},
		{Name: "limits", Help: "limits of sessions, load, CPU, bandwidth and files; over HTTP, or from 26.0 on", Default: true},
		{Name: "families", Help: "sessions by address family; over HTTP, or from 26.0 on", Default: true},
		{Name: "process", Help: "descriptors, memory and CPU of a daemon on this host, from /proc", Default: false},
		{Name: "build", Help: "version; reads the whole configuration, passwords included, to find it", Default: false},
		{Name: "quality", Help: "distributions of quality, sampled from live calls", Default: true},
	}
}

// NewTarget returns the RTPEngine at an address, ready to be scraped. It does not connect yet.
func NewTarget(o Options) (*exporter.Target, error) {
	address, err := ng.ParseAddress(o.Address)
	if err != nil {
		return nil, err
	}
	o = o.withDefaults(address)
	format, err := ng.ParseFormat(o.Format)
	if err != nil {
		return nil, err
	}
	client := ng.NewClient(address, ng.Options{Format: format, Source: o.Source, Timeout: exporter.LongestScrape})
	target, err := newTarget(o, address, client, client.Renegotiate)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	target.Name = o.Address
	target.Close = client.Close
	return target, nil
}

func (o Options) withDefaults(address ng.Address) Options {
	if host, err := netip.ParseAddr(address.Host); err == nil && host.Is4() && host.IsLoopback() && !o.Source.IsValid() {
		o.Source = netip.AddrFrom4([4]byte{127, 0, 97, 42})
	}
	if o.Format == "" {
		o.Format = ng.Auto.String()
	}
	if o.QualityCalls == 0 {
		o.QualityCalls = DefaultQualityCalls
	}
	if o.QualityInterval == 0 {
		o.QualityInterval = DefaultQualityInterval
	}
	if o.Proc == nil {
		o.Proc = os.DirFS("/proc")
	}
	if o.Shuffle == nil {
		o.Shuffle = rand.Shuffle
	}
	return o
}

// newTarget builds the collectors around any way to ask.
func newTarget(o Options, address ng.Address, client asker, renegotiate func(context.Context)) (*exporter.Target, error) {
	e := &engine{ng: client, renegotiate: renegotiate, now: o.Now}
	seen := newDistributions()
	all := []exporter.Scraper{
		information{e},
		&sessions{engine: e},
		ports{e},
		control{e},
		relay{e},
		reports{e},
		interfaces{e},
		transcoders{e},
		pollers{e},
		limits{e},
		families{e},
		process{engine: e, proc: o.Proc, host: address.Host, pageSize: os.Getpagesize()},
		build{e},
		&quality{
			engine: e, limit: listed, cut: address.Network == "udp", most: o.QualityCalls, interval: o.QualityInterval,
			shuffle: o.Shuffle, seen: seen,
		},
	}
	selected, err := exporter.Pick("rtpengine", all, o.Collectors)
	if err != nil {
		return nil, err
	}
	if n := len(selected); n > 0 {
		selected[n-1] = last{selected[n-1], e}
	}
	target := &exporter.Target{Check: e.check, Scrapers: selected}
	if slices.Contains(o.Collectors, "quality") {
		target.Events = seen.events()
	}
	return target, nil
}
