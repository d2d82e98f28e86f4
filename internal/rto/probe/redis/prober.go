package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	client "github.com/redis/go-redis/v9"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// keyPrefix begins the names of the probes' keys, keyLife is how long Redis keeps one that was not deleted.
const (
	keyPrefix = "voipbin:tracker:probe:"
	keyLife   = 30 * time.Second
)

// Config is one critical path to a Redis. Reading shows grade 3, a value read back grade 4.
type Config struct {
	probe.Target
	Server Server
	// RegionKey is a key in which each region's Redis has the region's name. Without it the run_id says who answered, which is a new one
	// after each start: it can be compared, but not wanted.
	RegionKey string
}

// Prober probes one path. Close it after use.
type Prober struct {
	Config
	link *link
}

var _ probe.Prober = (*Prober)(nil)

// New checks the configuration and does not connect yet.
func New(c Config) (*Prober, error) {
	if err := c.Check(rto.Served); err != nil {
		return nil, err
	}
	if err := c.Server.check(); err != nil {
		return nil, fmt.Errorf("path %s: %w", c.Path, err)
	}
	if c.Region != "" && c.RegionKey == "" {
		return nil, fmt.Errorf("path %s: a region is wanted, but no key names it", c.Path)
	}
	return &Prober{Config: c, link: &link{server: c.Server}}, nil
}

// Close lets the connection go.
func (p *Prober) Close() error {
	p.link.close()
	return nil
}

// Probe asks who it is, sets a key of its own, reads it back and deletes it. A probe that wants no more than reading writes nothing.
func (p *Prober) Probe(ctx context.Context) rto.ProbeResult {
	ctx, cancel := probe.Bounded(ctx)
	defer cancel()
	return p.Run(func() probe.Finding {
		f := probe.Finding{}
		var what string
		err := p.link.with(ctx, func(c *client.Client) (err error) {
			what, err = p.steps(ctx, c, &f)
			return err
		})
		f.Outcome = outcomeOf(ctx, err)
		switch {
		case err == nil:
		case f.Outcome == rto.Denied:
			f.Grade, f.Detail = max(f.Grade, rto.Answered), what+": "+refusal(err)
		case f.Outcome == rto.Malformed:
			f.Detail = what + ": what came is no Redis"
		default:
			f.Detail = probe.Failed(ctx, what, err).Detail
		}
		return f
	})
}

// steps goes as far as it can. What is the step that failed.
func (p *Prober) steps(ctx context.Context, c *client.Client, f *probe.Finding) (what string, err error) {
	about, err := ask(ctx, c, "server", "replication")
	if err != nil {
		return "question who it is", err
	}
	f.Grade, f.Region = rto.Accepted, about["run_id"]
	if p.RegionKey != "" {
		f.Region = ""
		region, err := c.Get(ctx, p.RegionKey).Result()
		if err != nil && !errors.Is(err, client.Nil) {
			return "question for the region", err
		}
		f.Region = region
	}
	key, value := keyPrefix+rand.Text(), rand.Text()
	if p.Want >= rto.Served {
		// NX: a key that is there is not ours. The write is tried first and judged last, so that a replica shows that it can be read.
		if err = c.SetArgs(ctx, key, value, client.SetArgs{Mode: "NX", TTL: keyLife}).Err(); err != nil && outcomeOf(ctx, err) != rto.Denied {
			return "write", err
		}
	}
	got, readErr := c.Get(ctx, key).Result()
	if readErr != nil && !errors.Is(readErr, client.Nil) {
		return "read", readErr
	}
	f.Grade = rto.Registered
	switch {
	case p.Want < rto.Served:
		return "", nil
	case err != nil:
		return "write", err
	case got != value:
		f.Detail = "what was written is not there"
		return "", nil
	}
	f.Grade = rto.Served
	return "removal", c.Del(ctx, key).Err()
}
