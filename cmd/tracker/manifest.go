package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/archive"
	"github.com/voipbin/observability/internal/rto/mysql"
	"github.com/voipbin/observability/internal/rto/mysql/binlog"
	"github.com/voipbin/observability/internal/tracker"
)

// manifestFlags are those of tracker manifest.
type manifestFlags struct {
	drill                       string
	data                        []string
	address, user, passwordFile string
	note                        bool
	client                      client
}

// manifestTimeout bounds the reading of a log.
const manifestTimeout = 10 * time.Minute

func manifestCommands(app *kingpin.Application) []command {
	f := &manifestFlags{}
	c := app.Command("manifest", "Read from the old source's own log what was lost. It must be fenced first: no clients, read-only.")
	c.Arg("drill", "Id of the drill or failover.").Required().StringVar(&f.drill)
	c.Flag("data", "Data folder of a tracker, where the promotion is taken down.").Required().StringsVar(&f.data)
	c.Flag("address", "host:port of the old source.").Required().StringVar(&f.address)
	c.Flag("user", "Account with REPLICATION SLAVE and REPLICATION CLIENT there.").Required().StringVar(&f.user)
	c.Flag("password-file", "File with its password.").StringVar(&f.passwordFile)
	c.Flag("note", "Take the manifest down in the drill's record, by the tracker at --url.").BoolVar(&f.note)
	f.client.flags(c, "Address of a tracker; give several to have each take it down.")
	return []command{{c, func(ctx context.Context, w world) error { return f.run(ctx, w) }}}
}

// run reads the manifest, prints it, and has it taken down if asked to.
func (f *manifestFlags) run(ctx context.Context, w world) error {
	ctx, cancel := context.WithTimeout(ctx, manifestTimeout)
	defer cancel()
	found, err := archive.Find(f.drill, archive.Since(f.drill), logs(f.data)...)
	if err != nil {
		return err
	}
	r, err := archive.Report(found, nil, logs(f.data)...)
	if r.Drill == "" {
		return err // a report that is refused has positions all the same
	}
	kept := r.RPO.Kept
	if kept.Empty() {
		return fmt.Errorf("drill %s: no promotion was taken down: what the survivor kept is not known", f.drill)
	}
	m, err := f.read(ctx, w, r.RPO.Store, kept)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintln(w.stdout, string(text))
	if !f.note {
		return nil
	}
	_, err = f.client.take(ctx, w, f.drill, map[string]any{"kind": rto.EventManifest, "manifest": m})
	return err
}

// errNotFenced refuses to read a source that may still grow: writes after the failure would be counted as lost.
var errNotFenced = errors.New("the old source takes writes: fence it first (no clients, SET GLOBAL read_only=ON)")

func (f *manifestFlags) read(ctx context.Context, w world, store string, kept rto.Position) (rto.Manifest, error) {
	secret, err := password(f.passwordFile)
	if err != nil {
		return rto.Manifest{}, err
	}
	began := w.now()
	now := func() rto.Instant { return rto.InstantOf(began).Add(w.now().Sub(began)) }
	account := mysql.Account{Address: f.address, User: f.user, Password: secret}
	sampler, err := mysql.New(account, now, mysql.Options{Store: store, Bare: true, Limit: tracker.SlowLook})
	if err != nil {
		return rto.Manifest{}, err
	}
	look := sampler.Source(ctx)
	version := sampler.Version()
	if err := sampler.Close(); err != nil {
		return rto.Manifest{}, err
	}
	switch {
	case look.Outcome != rto.OK:
		return rto.Manifest{}, fmt.Errorf("old source %s: %s", f.address, look.Outcome)
	case !look.ReadOnly:
		return rto.Manifest{}, errNotFenced
	}
	return binlog.Read(ctx, binlog.Request{
		Account: account, Flavour: version.Flavour, Store: store, Server: look.Server, Kept: kept, Until: look.At, Clock: look.Clock,
	})
}
