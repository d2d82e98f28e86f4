// Package asterisk says which questions to put to an Asterisk and what its events count, and which metric family each becomes. It
// sends no action that changes anything, never asks about single channels by command (that has stalled Asterisks: asterisk/asterisk#1928),
// puts no caller, number or channel name into a label, and leaves out what Asterisk did not tell.
//
// One long connection to the manager interface carries both: events, which become counters and histograms, and the questions of a
// scrape. It is begun by the first scrape and then kept up by itself. A question that is not answered in time does not end it: an
// answer carries the id of its question and cannot be taken for another's, whereas a new connection would cost the events between.
// What was missed between two connections is counted and never filled in.
//
// Of RTCP reports these fields are trusted, on 16.28 and 22.10: Report0FractionLost (256ths), Report0IAJitter once the codec's clock is
// known from two sender reports (SentNTP, SentRTP), RTT of RTCPReceived where the report has an LSR, and MES. SSRC of RTCPReceived is
// not: it is the NTP time of the report in both versions; streams are told apart by the other side's address instead, which stays in
// memory.
package asterisk

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// DefaultAddress is the manager interface's usual place.
const DefaultAddress = "tcp://127.0.0.1:5038"

// AddressHelp says which forms an address has.
const AddressHelp = "Asterisk's manager interface: tcp://host:port, or tls://host:port with TLS (tlsbindaddr)."

// Options say which Asterisk to observe, and how.
type Options struct {
	// Address is tcp://host:port or tls://host:port.
	Address     string
	Credentials exporter.Credentials
	// Collectors are the names of those that run; see Collectors.
	Collectors []string
	// PlainLogin sends the password as it is instead of a digest; see ami.Options.
	PlainLogin bool
	// TLS is for tls addresses; nil is the system's roots.
	TLS *tls.Config
	// RequiredModules are modules whose presence is shown, with or without .so.
	RequiredModules []string
	// ARI is the base address of the REST interface, such as http://127.0.0.1:8088/ari, in which {host} stands for the host of Address;
	// empty switches collector stasis off. ARICredentials are its user's; the zero value is Credentials.
	ARI            string
	ARICredentials exporter.Credentials
	// Applications are Stasis applications that ought to be there.
	Applications []string
	Logger       *slog.Logger
	// Now tells the time.
	Now func() time.Time
}

// Collectors lists the collectors in the order in which they run: cheap and important ones first.
func Collectors() []exporter.CollectorInfo {
	return []exporter.CollectorInfo{
		{Name: "core", Help: "version, start, limits, calls processed", Default: true},
		{Name: "events", Help: "hangups, dials, call durations, queue waits and security events, by events", Default: true},
		{Name: "rtcp", Help: "distributions of loss, jitter, round trip and MES, by events", Default: true},
		{Name: "modules", Help: "whether the modules of --asterisk.required-modules are loaded", Default: true},
		{Name: "registrations", Help: "outbound registrations of PJSIP", Default: true},
		{Name: "bridges", Help: "bridges by technology", Default: true},
		{Name: "conferences", Help: "ConfBridge conferences", Default: true},
		{Name: "parking", Help: "parked calls by lot; needs a user who may also hang up calls", Default: false},
		{Name: "endpoints", Help: "PJSIP endpoints", Default: true},
		{Name: "channels", Help: "channels by technology, state and application", Default: true},
		{Name: "queues", Help: "callers and members of queues", Default: true},
		{Name: "contacts", Help: "PJSIP contacts and their round-trip times", Default: true},
		{Name: "stasis", Help: "Stasis applications, over ARI; needs --asterisk.ari", Default: true},
		{Name: "taskprocessors", Help: "task processors against their high water marks; needs a user who may run any command", Default: false},
		{Name: "voicemail", Help: "voicemail messages by context; Asterisk reads every mailbox from disk", Default: false},
	}
}

// NewTarget returns the Asterisk at an address, ready to be scraped. It does not connect yet.
func NewTarget(o Options) (*exporter.Target, error) {
	address, err := ami.ParseAddress(o.Address)
	if err != nil {
		return nil, err
	}
	rest, err := newARI(o, address.Host)
	if err != nil {
		return nil, err
	}
	for _, m := range o.RequiredModules {
		if m == "" {
			return nil, fmt.Errorf("required modules: an empty name: want such as res_pjsip,app_queue")
		}
	}
	counts := newCounts(o.Now)
	dial := func(ctx context.Context, onEvent func(ami.Message)) (*ami.Conn, error) {
		secret, err := o.Credentials.Password()
		if err != nil {
			return nil, err
		}
		return ami.Dial(ctx, address, ami.Options{
			Username: o.Credentials.Username, Secret: secret, PlainLogin: o.PlainLogin, TLS: o.TLS,
			Events: classes(o.Collectors), OnEvent: onEvent,
		})
	}
	s := newSession(dial, eventNames(o.Collectors), counts, o.Logger, o.Now)
	selected, err := exporter.Pick("asterisk", scrapers(s, o, rest), o.Collectors)
	if err != nil {
		return nil, err
	}
	return &exporter.Target{
		Name: o.Address, Check: s.check, Scrapers: selected, Events: append(counts.events(o.Collectors), s.events()...),
		Close: func() error {
			s.close()
			if rest != nil {
				rest.client.CloseIdleConnections()
			}
			return nil
		},
	}, nil
}

// scrapers are all collectors around one session.
func scrapers(s *session, o Options, rest *ari) []exporter.Scraper {
	return []exporter.Scraper{
		&core{session: s, now: o.Now},
		fed{s, "events"},
		fed{s, "rtcp"},
		modules{s, o.RequiredModules},
		registrations{s},
		bridges{s},
		conferences{s},
		parking{s},
		endpoints{s},
		channels{s},
		queues{s},
		contacts{s},
		stasis{rest, o.Applications},
		taskprocessors{s},
		voicemail{s},
	}
}

// fed is a collector whose families grow by events: a scrape has nothing to ask for.
type fed struct {
	session *session
	name    string
}

// Name is that of the collector that events feed.
func (f fed) Name() string { return f.name }

// Scrape says whether events can come. That the user may not read their classes is told nowhere: Asterisk then looks quiet.
func (f fed) Scrape(context.Context, *emit.Batch) error { return f.session.usable() }

// transport is the part of http.Client that is used.
type transport interface {
	Do(r *http.Request) (*http.Response, error)
	CloseIdleConnections()
}
