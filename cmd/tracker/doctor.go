package main

import (
	"context"
	"fmt"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
	"github.com/voipbin/observability/internal/tracker"
)

// examination is a source and one of its replicas.
type examination struct {
	store, source, replica string
	sourceSampler          *mysql.Sampler
	replicaSampler         *mysql.Sampler
}

// examine looks for traps on all servers. The replica is read first: what it then has and the source lacks is its own.
func examine(ctx context.Context, pairs []examination) []tracker.Trap {
	var out []tracker.Trap
	examined := map[string]bool{}
	for _, p := range pairs {
		replica := p.replicaSampler.ReplicaFacts(ctx)
		source := p.sourceSampler.SourceFacts(ctx)
		for _, f := range mysql.Examine(source, replica) {
			server := p.replica
			if f.Server == "source" {
				server = p.source
			}
			key := server + " " + string(f.Trap)
			if examined[key] {
				continue // the source of several replicas
			}
			examined[key] = true
			out = append(out, tracker.Trap{Store: p.store, Server: server, Name: string(f.Trap), State: tracker.TrapState(f.State), Measured: f.Measured, Fix: f.Fix})
		}
	}
	return out
}

// doctorCommands look at a real set-up: one line a trap, and how to mend it.
func doctorCommands(app *kingpin.Application) []command {
	var config string
	var from source
	c := app.Command("doctor", "Look for what will spoil a failover; ends in a failure if there is anything.")
	c.Flag("config.file", "The tracker's configuration.").Required().StringVar(&config)
	from.flags(c)
	return []command{{c, func(ctx context.Context, w world) error {
		cfg, _, _, err := readConfig(config, from)
		if err != nil {
			return err
		}
		began := w.now()
		now := func() rto.Instant { return rto.InstantOf(began).Add(w.now().Sub(began)) }
		p, err := wire(cfg, now, nil)
		if err != nil {
			return err
		}
		defer func() { _ = p.close() }() // nothing was written
		return w.print(examine(ctx, p.pairs))
	}}}
}

// print shows findings, the bad ones with what to do, and fails if there is a trap or something that could not be looked at.
func (w world) print(traps []tracker.Trap) error {
	bad := 0
	for _, t := range traps {
		fmt.Fprintf(w.stdout, "%-7s %s %s: %s", t.State, t.Server, t.Name, t.Measured)
		if t.State != tracker.TrapClear {
			bad++
			fmt.Fprintf(w.stdout, ": %s", t.Fix)
		}
		fmt.Fprintln(w.stdout)
	}
	if bad > 0 {
		fmt.Fprintf(w.stderr, "tracker: %d of %d checks are not good\n", bad, len(traps))
		return errReported
	}
	return nil
}

// examineTimeout bounds one examination of all servers.
const examineTimeout = 30 * time.Second
