package rtpengine

import (
	"context"
	"net/netip"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/bencode"
)

// control reads the commands that each client of RTPEngine sent. This exporter is one of them and leaves itself out.
type control struct{ engine *engine }

// Name is that of the collector in its flag and in its outcome: control.
func (control) Name() string { return "control" }

// Scrape reads controlstatistics of the statistics.
func (c control) Scrape(ctx context.Context, b *emit.Batch) error {
	section, err := c.engine.section(ctx, "controlstatistics")
	if err != nil {
		return err
	}
	list, _ := section.Lookup("proxies")
	clients := 0
	for _, m := range list.Members() {
		p := newProxy(m.Value)
		p.own = p.address.IsValid() && p.address == c.engine.ng.LocalAddr()
		errors, counted := number(m.Value, "errorcount")
		if p.own && counted {
			errors = c.engine.othersErrors(errors) // before anybody else sends from there, so that its first ones count
		}
		if p.own && !p.controls() {
			continue
		}
		clients++
		p.emit(b)
		if counted {
			b.Add(metric.RTPEngineControlErrors, errors, p.label)
		}
	}
	if clients == 0 {
		return exporter.Empty(nil)
	}
	return nil
}

// proxy is one client of RTPEngine, which knows it by its address alone.
type proxy struct {
	label   string
	address netip.Addr
	// own is true if the exporter asks from that address. Where nobody else does, the client is left out; where a SIP proxy
	// shares it, the commands that both send are, because nobody knows whose they are.
	own      bool
	commands []command
}

// command is how often a client sent a command, and how long RTPEngine was busy with it, in seconds.
type command struct {
	name           string
	count, seconds float64
}

func newProxy(dict bencode.Value) proxy {
	p := proxy{label: text(dict, "proxy")}
	if address, err := netip.ParseAddr(p.label); err == nil {
		p.address = address.Unmap()
	}
	for _, m := range dict.Members() {
		short, ok := strings.CutSuffix(m.Key, "count")
		count, counted := numeric(m.Value)
		if !ok || !counted || short == "error" {
			continue
		}
		seconds, _ := number(dict, short+"duration")
		p.commands = append(p.commands, command{commandName(short), count, seconds})
	}
	return p
}

// controls tells whether the client ever sent a command that this exporter does not send.
func (p proxy) controls() bool {
	for _, c := range p.commands {
		if c.count > 0 && !asksFor(c.name) {
			return true
		}
	}
	return false
}

func (p proxy) emit(b *emit.Batch) {
	for _, c := range p.commands {
		if (p.own && asksFor(c.name)) || (c.count == 0 && !usual(c.name)) {
			continue
		}
		b.Add(metric.RTPEngineControlRequests, c.count, p.label, c.name)
		b.Add(metric.RTPEngineControlSeconds, c.seconds, p.label, c.name)
	}
}

// asksFor tells whether this exporter sends a command.
func asksFor(name string) bool {
	switch name {
	case "ping", "statistics", "list", "query", "cli":
		return true
	}
	return false
}

// usual tells whether a command has series from the start, so that its first use shows as an increase.
func usual(name string) bool {
	switch name {
	case "ping", "offer", "answer", "delete", "query", "list", "statistics":
		return true
	}
	return false
}

// commandName spells a command as ng does, for the short form in RTPEngine's statistics; one that is not known stays short.
func commandName(short string) string {
	names := [...]struct{ short, name string }{
		{"startrec", "start recording"}, {"stoprec", "stop recording"}, {"pauserec", "pause recording"},
		{"startfwd", "start forwarding"}, {"stopfwd", "stop forwarding"},
		{"blkdtmf", "block DTMF"}, {"unblkdtmf", "unblock DTMF"},
		{"blkmedia", "block media"}, {"unblkmedia", "unblock media"},
		{"playmedia", "play media"}, {"stopmedia", "stop media"}, {"playdtmf", "play DTMF"}, {"stats", "statistics"},
		{"slnmedia", "silence media"}, {"unslnmedia", "unsilence media"},
		{"blkslnmedia", "block silence media"}, {"unblkslnmedia", "unblock silence media"},
		{"pub", "publish"}, {"subreq", "subscribe request"}, {"subans", "subscribe answer"}, {"unsub", "unsubscribe"},
		{"injstart", "inject start"}, {"injstop", "inject stop"}, {"conn", "connect"}, {"trnsfm", "transform"},
		{"crtansw", "create answer"},
	}
	for _, n := range names {
		if n.short == short {
			return n.name
		}
	}
	return short
}
