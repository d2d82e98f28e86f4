package rabbit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// Config is one critical path through a RabbitMQ. A message that the broker took shows grade 3, one that came back grade 4.
type Config struct {
	probe.Target
	Broker Broker
	// Regions says in which region a cluster is, by its name: RabbitMQ tells a client the cluster's name, which is that of its first node
	// unless it was given another. Without it the cluster's name itself is the region.
	Regions map[string]string
}

// Prober probes one path. Close it after use.
type Prober struct {
	Config
	turn    chan struct{} // holds a token while nobody uses session
	session *session      // nil if there is none
}

var _ probe.Prober = (*Prober)(nil)

// New checks the configuration and does not connect yet.
func New(c Config) (*Prober, error) {
	if err := c.Check(rto.Served); err != nil {
		return nil, err
	}
	if host, port, err := net.SplitHostPort(c.Broker.Address); err != nil || host == "" || port == "" {
		return nil, fmt.Errorf("path %s: rabbitmq: want host:port as the address", c.Path)
	}
	if c.Broker.Credentials == nil {
		return nil, fmt.Errorf("path %s: rabbitmq: an account is needed", c.Path)
	}
	p := &Prober{Config: c, turn: make(chan struct{}, 1)}
	p.turn <- struct{}{}
	return p, nil
}

// closeGrace is how long Close waits for the broker to say good-bye.
const closeGrace = time.Second

// Close lets the connection go, and its queue. The prober is not to be used again.
func (p *Prober) Close() error {
	<-p.turn
	if p.session == nil {
		return nil
	}
	grace := time.AfterFunc(closeGrace, p.session.cut)
	defer grace.Stop()
	_ = p.session.conn.Close() // of a connection that broke long ago: there is nothing to be done about it
	p.session.cut()
	p.session = nil
	return nil
}

// Probe sends a message through the connection of the probe before, or through a new one if there is none or it is broken. After any
// failure the connection is given up.
func (p *Prober) Probe(ctx context.Context) rto.ProbeResult {
	ctx, cancel := probe.Bounded(ctx)
	defer cancel()
	return p.Run(func() probe.Finding {
		select {
		case <-p.turn:
		case <-ctx.Done():
			return probe.Finding{Outcome: rto.TimedOut, Detail: "the probe before is still under way"}
		}
		defer func() { p.turn <- struct{}{} }()
		return p.attempt(ctx)
	})
}

func (p *Prober) attempt(ctx context.Context) probe.Finding {
	f := probe.Finding{}
	what, err := p.steps(ctx, &f)
	f.Outcome = outcomeOf(ctx, err)
	if err == nil {
		return f
	}
	if p.session != nil {
		p.session.cut()
		p.session = nil
	}
	switch f.Outcome {
	case rto.Denied:
		f.Detail = what + ": the broker refused"
		if errors.Is(err, errAccount) {
			f.Detail = "the credentials cannot be read"
		} else {
			f.Grade = max(f.Grade, rto.Answered)
		}
	case rto.Malformed:
		f.Detail = what + ": what came is no AMQP"
	default:
		f.Detail = probe.Failed(ctx, what, err).Detail
	}
	return f
}

func (p *Prober) steps(ctx context.Context, f *probe.Finding) (what string, err error) {
	if p.session != nil && p.session.conn.IsClosed() {
		p.session.cut()
		p.session = nil // it broke between two probes, which is news for the next one only if it cannot be made anew
	}
	if p.session == nil {
		if p.session, err = p.Config.Broker.open(ctx, &f.Grade); err != nil {
			p.session = nil
			return "connection", err
		}
	}
	f.Region = p.session.cluster
	if p.Region != "" || len(p.Regions) > 0 {
		f.Region = p.Regions[p.session.cluster]
	}
	return "message", p.session.roundTrip(ctx, &f.Grade)
}
