package rtpengine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/bencode"
	"github.com/voipbin/observability/internal/protocol/ng"
)

var (
	errNoStatistics = errors.New("statistics: no statistics in the answer")
	errNoUptime     = errors.New("statistics: no uptime in the answer")
	errNoCLI        = errors.New("the command line is out of reach: this RTPEngine gives it over HTTP only")
)

// asker is the part of the ng client that is used.
type asker interface {
	Call(ctx context.Context, command string, args ...bencode.Member) (bencode.Value, error)
	CLI(ctx context.Context, command string) (string, error)
	LocalAddr() netip.Addr
}

// engine asks one RTPEngine, for all collectors of a scrape, and remembers between scrapes what else would be asked in vain
// or told twice. The kit runs one scrape of a target at a time.
type engine struct {
	ng          asker
	renegotiate func(context.Context) // told of a restart
	now         func() time.Time

	ping  time.Duration // how long the check of this scrape took
	asked bool          // whether the fields below are of this scrape
	stats bencode.Value
	err   error

	started float64 // start of the daemon, in seconds since 1970; steady from scrape to scrape
	noCLI   bool    // whether the daemon has refused to run command lines
	refused float64 // commands of ours that the daemon has answered with an error since its start, or since ours if that is later

	// before is how many errors of our address the daemon had counted, less those in refused, when we first looked; met says
	// that we did. Whose they were, ours of an earlier life or a SIP proxy's that shares the address, nobody knows.
	before float64
	met    bool
}

// othersErrors takes our own refused commands off the errors that the daemon has counted of our address. It counts from 0 when
// the target is new or the daemon has restarted, as any counter does.
func (e *engine) othersErrors(counted float64) float64 {
	if !e.met {
		e.before, e.met = counted-e.refused, true
	}
	return max(0, counted-e.before-e.refused)
}

// check begins a scrape.
func (e *engine) check(ctx context.Context) error {
	e.forget()
	start := e.now()
	_, err := e.call(ctx, "ping")
	e.ping = e.now().Sub(start)
	if err != nil {
		e.noCLI = false // it may come back as another version
	}
	return err
}

// forget lets go of the answer that the collectors of a scrape share.
func (e *engine) forget() { e.asked, e.stats, e.err = false, bencode.Value{}, nil }

// last is the last collector of a scrape. After it the shared answer is of no more use, and hundreds of idle targets need not
// hold theirs.
type last struct {
	exporter.Scraper
	engine *engine
}

// Scrape lets the collector scrape, and then the engine forget the answer.
func (l last) Scrape(ctx context.Context, b *emit.Batch) error {
	defer l.engine.forget()
	return l.Scraper.Scrape(ctx, b)
}

// call runs a command. Its errors carry the outcome that they mean for a collector.
func (e *engine) call(ctx context.Context, command string, args ...bencode.Member) (bencode.Value, error) {
	reply, err := e.ng.Call(ctx, command, args...)
	if err == nil {
		return reply, nil
	}
	return bencode.Value{}, e.outcome(err)
}

// outcome says what an error of the client means. RTPEngine counts every refusal in its statistics.
func (e *engine) outcome(err error) error {
	var refusal *ng.Refusal
	var decode *ng.DecodeError
	switch {
	case errors.As(err, &refusal):
		e.refused++
		if refusal.UnknownCommand() {
			return exporter.Absent(err)
		}
		return exporter.Failed(exporter.OutcomeFault, err)
	case errors.As(err, &decode):
		return exporter.Failed(exporter.OutcomeDecode, err)
	}
	return err
}

// cli runs a command line and returns what it prints. A daemon that has no way for that is not asked again until it was
// away: it would count the question as an error each time.
func (e *engine) cli(ctx context.Context, command string) (string, error) {
	if e.noCLI {
		return "", exporter.Absent(errNoCLI)
	}
	text, err := e.ng.CLI(ctx, command)
	var refusal *ng.Refusal
	if errors.As(err, &refusal) && refusal.UnknownCommand() {
		e.refused++
		e.noCLI = true
		return "", exporter.Absent(errNoCLI)
	}
	if err != nil {
		return "", e.outcome(err)
	}
	return text, nil
}

// statistics returns the tree that most collectors read, asked for once a scrape.
func (e *engine) statistics(ctx context.Context) (bencode.Value, error) {
	if !e.asked {
		e.stats, e.err = e.readStatistics(ctx)
		// A collector whose share of time ran out must not decide for the next one. The error tells, not ctx: the deadline of a
		// socket can come a moment before that of the context which it was taken from.
		e.asked = !errors.Is(e.err, context.DeadlineExceeded) && !errors.Is(e.err, context.Canceled)
	}
	return e.stats, e.err
}

func (e *engine) readStatistics(ctx context.Context) (bencode.Value, error) {
	reply, err := e.call(ctx, "statistics")
	if err != nil {
		return bencode.Value{}, err
	}
	stats, ok := reply.Lookup("statistics")
	if !ok || stats.Kind() != bencode.Dict {
		return bencode.Value{}, exporter.Failed(exporter.OutcomeDecode, errNoStatistics)
	}
	totals, _ := stats.Lookup("totalstatistics")
	uptime, ok := number(totals, "uptime")
	if !ok {
		return bencode.Value{}, exporter.Failed(exporter.OutcomeDecode, errNoUptime)
	}
	e.observeUptime(ctx, uptime)
	return stats, nil
}

// observeUptime keeps the start of the daemon steady. It tells whole seconds of uptime, so now minus uptime moves by up to a
// second from scrape to scrape; a start that moves would look like a restart.
func (e *engine) observeUptime(ctx context.Context, uptime float64) {
	const tolerance = 2
	start := float64(e.now().Unix()) - uptime
	if math.Abs(start-e.started) <= tolerance {
		return
	}
	if e.started != 0 {
		e.refused, e.noCLI, e.met = 0, false, false
		e.renegotiate(ctx)
	}
	e.started = start
}

// section returns a part of the statistics. Without it the answer is of no version known.
func (e *engine) section(ctx context.Context, name string) (bencode.Value, error) {
	stats, err := e.statistics(ctx)
	if err != nil {
		return bencode.Value{}, err
	}
	section, ok := stats.Lookup(name)
	if !ok {
		return bencode.Value{}, exporter.Failed(exporter.OutcomeDecode, fmt.Errorf("statistics: no %s in the answer", name))
	}
	return section, nil
}

// optional returns a part of the statistics that older versions do not have.
func (e *engine) optional(ctx context.Context, name, since string) (bencode.Value, error) {
	stats, err := e.statistics(ctx)
	if err != nil {
		return bencode.Value{}, err
	}
	section, ok := stats.Lookup(name)
	if !ok {
		return bencode.Value{}, exporter.Absent(fmt.Errorf("rtpengine has no statistics of %s before %s", name, since))
	}
	return section, nil
}
