// Package exporter is the kit that our exporters are made of: what a scraper and a target are, how a scrape keeps its
// deadline and shares one flight with others, and the program around it. It knows no daemon and no protocol, dials
// nothing that was not configured, and never puts a number where none was read.
package exporter

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
)

// Scraper reads one part of a daemon and adds what it read to the batch.
//
// The kit never runs two scrapers of one target at once, nor a scraper beside the target's Check. Scrape must return
// soon after ctx is done, down to the deadline of the socket. Its error says how the run ended (see OutcomeOf); what it
// added before an error stays, so a scraper adds only what it knows to be true. Errors carry no credentials and no raw
// replies: they are logged.
type Scraper interface {
	// Name is the collector's name, as in the catalogue's Family.Collector and the flag --collector.<name>.
	Name() string
	Scrape(ctx context.Context, b *emit.Batch) error
}

// Target is one daemon to be observed.
type Target struct {
	// Name identifies the target in logs: the name in the configuration, or the address.
	Name string
	// Check asks the daemon for anything that it answers cheaply; nil error means that it answered. A connection that is
	// accepted and nothing more is no answer.
	Check func(ctx context.Context) error
	// Scrapers run one after the other in this order, so cheap and important ones come first.
	Scrapers []Scraper
	// Tells says that the scrapers tell what Check found, whatever that was, so they run after a Check that failed as well.
	// It is for a target whose Check is the measurement: a prober, which knows most of what people ask where it gets no answer.
	Tells bool
	// Run works by itself between scrapes, until ctx ends; it may be nil. It runs beside Check and the scrapers.
	Run func(ctx context.Context)
	// Forget lets go of what scrapers share within a scrape, such as an answer that several read from; it may be nil. It is
	// called after the last of them, so that a target among hundreds holds nothing between scrapes.
	Forget func()
	// Events are metrics that grow between scrapes, for a daemon that tells of events by itself. They are shown even
	// while the daemon does not answer: what was counted has happened.
	Events []emit.Collector
	// Close lets connections go; it may be nil. The target is not used afterwards. No scraper runs meanwhile, save one that
	// ignored the end of its context for seconds.
	Close func() error
}

// CollectorInfo describes one collector of an exporter for its flags and its documentation.
type CollectorInfo struct {
	// Name is in lower case, as in the catalogue's Family.Collector.
	Name string
	// Help is one line in lower case without a final period, for --help.
	Help string
	// Default says whether the collector runs unless it is switched off.
	Default bool
	// Limit is how many series the collector may emit in a scrape unless the user says otherwise, for one that lists more
	// than the program's default admits; 0 is that default.
	Limit int
}
