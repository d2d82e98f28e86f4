package lab

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// The laboratory's tracker is one of the spec's, watching the spec's store.
const (
	trackerInstance = "tracker-dr"
	trackerDir      = "tracker"
	tokenName       = "token" // of who may enter maintenance and run drills
	recoveryStore   = "mysql"
	recoveryReplica = "dr"
)

// The writer's pace: a write in a quarter of a second shows a loss to that.
const (
	writeEvery  = 250 * time.Millisecond
	writeWithin = time.Second
)

// Recovery is a replicated database with a gentle writer, and the tracker that says what of it would be lost.
type Recovery struct {
	// Pair is a MariaDB source and its replica.
	Pair *database.Pair
	// Tracker is its program; its URL is that of its pages too.
	Tracker *Exporter
	// Token is the file with the token of the tracker's operator.
	Token string
}

// database obtains MariaDB. The error says how to do without it.
func (t *Tools) database(ctx context.Context, o Options) error {
	err := o.Steps.Do("mariadb from packages, without installing", func(detail func(string)) error {
		_, err := pkgtree.Ensure(ctx, database.Request(mysql.MariaDB, ""), o.trees(), detail)
		return err
	})
	if err != nil {
		return fmt.Errorf("%w: --without-recovery does without MariaDB and the tracker", err)
	}
	return nil
}

// StartRecovery starts the pair, the writer and the tracker, whose one critical path is the proxy at sip.
func (r *Run) StartRecovery(ctx context.Context, sip string) (*Recovery, error) {
	pair, err := database.Start(ctx, mysql.MariaDB, "", r.opts.trees(), r.opts.Helper)
	if err != nil {
		return nil, err
	}
	r.onClose(pair.Close)
	if err := r.startWriter(ctx, pair); err != nil {
		return nil, err
	}
	config, err := r.writeTracker(pair, sip)
	if err != nil {
		return nil, fmt.Errorf("configuration of the tracker: %w", err)
	}
	x, err := r.newExporter("tracker", "serve", "--config.file="+config, "--spec="+filepath.Join(r.opts.Repo, "spec"))
	if err != nil {
		return nil, err
	}
	return &Recovery{Pair: pair, Tracker: x, Token: filepath.Join(filepath.Dir(config), tokenName)}, x.Start(ctx)
}

// startWriter writes into the source until the laboratory ends, whether or not it takes writes.
func (r *Run) startWriter(ctx context.Context, pair *database.Pair) error {
	db, err := mysql.Open(pair.Source.Account(database.Writer), 1)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // ended when the laboratory is closed
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(writeEvery)
		defer tick.Stop()
		for seq := 1; ; seq++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			limited, stop := context.WithTimeout(ctx, writeWithin)
			_, _ = db.ExecContext(limited, "INSERT INTO lab.ledger (seq, t_us) VALUES (?, ?)", seq, time.Now().UnixMicro()) // a source that is down is a fault
			stop()
		}
	}()
	r.onClose(func() error {
		cancel()
		<-done
		return db.Close()
	})
	return nil
}

// writeTracker writes the tracker's configuration; JSON is YAML as well.
func (r *Run) writeTracker(pair *database.Pair, sip string) (string, error) {
	dir := r.path(trackerDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	const passwordName = "monitor-password"
	server := func(name string, s *database.Server) map[string]string {
		a := s.Account(database.Monitor)
		return map[string]string{"name": name, "address": a.Address, "user": a.User, "password_file": passwordName}
	}
	config := map[string]any{
		"vantage": trackerInstance, "data": "data",
		"stores": []any{map[string]any{
			"name": recoveryStore, "interval": "250ms", "timeout": "250ms", "source": server("primary", pair.Source),
			"replicas": []any{server(recoveryReplica, pair.Replica)},
		}},
		"paths": []any{map[string]any{"name": "edge", "kind": "sip", "method": "OPTIONS", "address": sip, "interval": "2s", "timeout": "2s"}},
	}
	port, err := r.prometheusPort()
	if err != nil {
		return "", err
	}
	config["objectives"] = map[string]any{"prometheus": "http://" + loopback(port), "interval": "5s"}
	config["operators"] = []any{map[string]string{"name": "laboratory", "token_file": tokenName}}
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "tracker.yaml")
	return file, errors.Join(
		os.WriteFile(filepath.Join(dir, tokenName), []byte(rand.Text()), 0o600),
		os.WriteFile(filepath.Join(dir, passwordName), []byte(pair.Source.Account(database.Monitor).Password), 0o600),
		os.WriteFile(file, text, 0o600),
	)
}

// recoveryFaults are those of the database.
func recoveryFaults() []Fault {
	with := func(do func(context.Context, *Recovery) error) func(context.Context, *Lab) error {
		return func(ctx context.Context, l *Lab) error {
			if l.Recovery == nil {
				return errors.New("this laboratory runs without recovery")
			}
			return do(ctx, l.Recovery)
		}
	}
	return []Fault{
		{
			"partition", "the link between the database's source and its replica swallows everything, and neither notices: after a minute RecoveryExposureHigh",
			with(func(_ context.Context, r *Recovery) error { r.Pair.Link.Pause(); return nil }),
			with(func(_ context.Context, r *Recovery) error { r.Pair.Link.Resume(); return nil }),
		},
		{
			"source-down", "the database's source is killed (SIGKILL): what the replica lacks cannot be proven any more, after a minute RecoveryExposureHigh",
			with(func(_ context.Context, r *Recovery) error { return r.Pair.Source.Kill() }),
			with(func(ctx context.Context, r *Recovery) error { return r.Pair.Source.Start(ctx) }),
		},
	}
}
