package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/promslog"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/httpserver"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/clock"
	"github.com/voipbin/observability/internal/rto/report"
	"github.com/voipbin/observability/internal/rto/store"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
)

// replayed is how much of the evidence is read again at a start to know what was known: as long as old ticks of the clock matter.
const replayed = 2 * time.Hour

// serveFlags are those of tracker serve.
type serveFlags struct {
	config    string
	spec      source
	listen    []string
	webConfig string
	check     bool
	logLevel  string
}

func serveCommand(app *kingpin.Application) []command {
	var f serveFlags
	c := app.Command("serve", "Watch, write down what is seen, and show it.")
	c.Flag("config.file", "The tracker's configuration.").Required().StringVar(&f.config)
	f.spec.flags(c)
	c.Flag("web.listen-address", "Where to listen; may be given several times.").Default(":9745").StringsVar(&f.listen)
	c.Flag("web.config.file", "TLS, client certificates and basic authentication, as exporter-toolkit has them.").StringVar(&f.webConfig)
	c.Flag("config.check", "Say what is wrong with the configuration, and end.").BoolVar(&f.check)
	c.Flag("log.level", "Least level that is logged.").Default("info").EnumVar(&f.logLevel, "debug", "info", "warn", "error")
	return []command{{c, func(ctx context.Context, w world) error { return serve(ctx, w, f) }}}
}

// serve runs the tracker until ctx ends.
func serve(ctx context.Context, w world, f serveFlags) error {
	cfg, recovery, sum, err := readConfig(f.config, f.spec)
	if err != nil {
		return err
	}
	if err := httpserver.Validate(f.webConfig); err != nil {
		return err
	}
	if f.check {
		fmt.Fprintf(w.stdout, "%s is right: %d stores, %d stocks, %d paths\n", f.config, len(cfg.Stores), len(cfg.Stocks), len(cfg.Paths))
		return nil
	}
	level := promslog.NewLevel()
	if err := level.Set(f.logLevel); err != nil {
		return err
	}
	logger := promslog.New(&promslog.Config{Level: level, Writer: w.stderr})
	if os.Getenv("GOGC") == "" {
		// Each look at a thousand objectives makes as much garbage as all that is kept: half as much of it stands around.
		debug.SetGCPercent(50)
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	dir := evidenceDir(cfg.Data)
	log, err := evidence.Open(dir, evidence.Options{Name: cfg.Vantage, OnTrouble: func(err error) { logger.Warn("evidence", "err", err) }})
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	logger.Info("evidence is open", "key", log.Key().String(), "records", log.Head().Seq)
	s := station{world: w, flags: f, cfg: cfg, recovery: recovery, sum: sum, log: log, logger: logger}
	return errors.Join(s.run(ctx), log.Close())
}

// evidenceDir is where below the data folder the log is.
func evidenceDir(data string) string { return filepath.Join(data, "evidence") }

// readConfig reads the spec and the configuration, and the sum of both, which the session's record names.
func readConfig(file string, from source) (tracker.Config, spec.Recovery, string, error) {
	described, err := from.load()
	if err != nil {
		return tracker.Config{}, spec.Recovery{}, "", err
	}
	if !described.Recovery.Described() {
		return tracker.Config{}, spec.Recovery{}, "", fmt.Errorf("%s: no recovery.yaml: it says what is promised", from.folder)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return tracker.Config{}, spec.Recovery{}, "", fmt.Errorf("configuration: %w", err)
	}
	cfg, err := tracker.ReadConfig(file, filepath.Dir(file), data, described.Recovery)
	if err != nil {
		return tracker.Config{}, spec.Recovery{}, "", err
	}
	promised, err := os.ReadFile(filepath.Join(from.folder, "recovery.yaml"))
	if err != nil {
		return tracker.Config{}, spec.Recovery{}, "", fmt.Errorf("spec: %w", err)
	}
	read := [][]byte{data, promised}
	if from.profile != "" {
		read = append(read, []byte(from.profile))
	}
	sum := sha256.Sum256(bytes.Join(read, []byte{0}))
	return cfg, described.Recovery, hex.EncodeToString(sum[:]), nil
}

// station is what a tracker runs with.
type station struct {
	world    world
	flags    serveFlags
	cfg      tracker.Config
	recovery spec.Recovery
	sum      string // of what the two above were read from
	log      *evidence.Log
	logger   *slog.Logger
}

// run runs the tracker on its open log: what reads what is there first, then the service, what was known before, and what serves and looks.
func (s station) run(ctx context.Context) (err error) {
	clock, session, err := newClock(s.world, s.log, s.cfg, s.sum)
	if err != nil {
		return err
	}
	parts, err := wire(s.cfg, clock.Now, s.logger)
	if err != nil {
		return err
	}
	defer func() { _ = parts.close() }() // nothing was written through them
	index, err := openIndex(ctx, s.cfg.Data, s.recovery.RPO(), shortest(s.cfg.Stores), s.log, clock.Now, s.logger)
	if err != nil {
		return unlessEnded(ctx, err)
	}
	budgets, err := followObjectives(s.cfg, s.flags.spec, s.world.now, s.logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, budgets.close()) }()
	service, err := tracker.New(s.options(clock, parts, index, budgets))
	if err != nil {
		return err
	}
	index.service, index.reports = service, &reports{service: service, dir: s.log.Dir(), made: map[string]report.Summary{}}
	before, err := restore(ctx, service, index, s.log, clock.Now())
	if err != nil {
		return unlessEnded(ctx, fmt.Errorf("evidence: %w", err))
	}
	alerts, err := watchAlerts(s.cfg, service, s.world, clock.Now, s.logger)
	if err != nil {
		return err
	}
	var gate gate
	serve, err := s.site(ctx, budgets, &gate, web.Options{
		Service: service, Reports: index.reports, Earlier: index.reports.earlier, Webhook: alerts.webhook, Now: clock.Now, Logger: s.logger,
	})
	if err != nil {
		return err
	}
	// What writes into the evidence waits until the session has begun in it.
	writing := func(ctx context.Context) error {
		if err := service.Begin(ctx, session, before); err != nil {
			return unlessEnded(ctx, err) // whether the disk took the records is what closing the log tells
		}
		gate.open()
		return together(ctx,
			func(ctx context.Context) error { service.Run(ctx); return nil },
			alerts.run,
			(&pruner{log: s.log, index: index.store, service: service, looks: s.cfg.Looks, now: clock.Now, logger: s.logger}).run)
	}
	return together(ctx,
		serve,
		writing,
		func(ctx context.Context) error { parts.pulse.Run(ctx); return nil },
		parts.readProvider,
		budgets.run,
		index.run,
		func(ctx context.Context) error { return lookForTraps(ctx, service, parts.pairs) })
}

// unlessEnded is the error of a step of the start; none where the tracker was told to end meanwhile, which is what the step failed of.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// options are those of the service that looks.
func (s station) options(now *clock.Clock, parts *parts, index *indexer, budgets objectivesWatch) tracker.Options {
	o := tracker.Options{
		Vantage: s.cfg.Vantage, Version: buildVersion(), Recovery: s.recovery, Stores: parts.stores, Stocks: parts.stocks, Paths: parts.paths,
		Stability: s.cfg.Stability, Expected: s.cfg.Alerts.Expected, Journal: &journal{log: s.log, logger: s.logger, took: index.took},
		Now: now.Now, Offset: now.Offset, Logger: s.logger, Hooks: s.cfg.Hooks, Maintenance: budgets.active(s.world.now),
	}
	o.From, o.To = regions(s.recovery)
	return o
}

// site listens, and returns what serves pages and API there, behind a gate.
func (s station) site(ctx context.Context, budgets objectivesWatch, g *gate, o web.Options) (func(context.Context) error, error) {
	handler, err := pages(s.cfg, budgets, o)
	if err != nil {
		return nil, err
	}
	listeners, err := httpserver.Listen(ctx, s.flags.listen)
	if err != nil {
		return nil, err
	}
	for _, l := range listeners {
		s.logger.Info("listening", "address", l.Addr().String())
	}
	return func(ctx context.Context) error {
		return httpserver.Serve(ctx, listeners, g.before(handler), httpserver.Options{WebConfig: s.flags.webConfig, Logger: s.logger})
	}, nil
}

// pages is the handler of pages and API.
func pages(cfg tracker.Config, budgets objectivesWatch, o web.Options) (http.Handler, error) {
	var err error
	if o.Operators, err = readOperators(cfg.Operators); err != nil {
		return nil, err
	}
	if budgets.follower != nil {
		o.Budgets, o.Courses, o.Maintenance = budgets.follower, budgets.follower, budgets.book
		o.Policies, o.Periods, o.WhatIf = budgets.policies, budget.NewOpenReports(budgets.reports, budgets.closer, budgets.follower), budgets.whatIf
	}
	return web.New(o)
}

// shortest is the interval of the samplers; a second where none is configured.
func shortest(stores []tracker.StoreConfig) time.Duration {
	least := time.Second
	for _, s := range stores {
		least = min(least, s.Interval)
	}
	return least
}

// regions are where the failover goes from and to: the standby region has the trackers that matter.
func regions(r spec.Recovery) (from, to string) {
	if len(r.Trackers.Nodes) > 0 {
		to = r.Trackers.Nodes[0].Region
	}
	return "", to
}

// together runs several parts until ctx ends or one fails; then all end.
func together(ctx context.Context, parts ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() {
			err := part(ctx)
			cancel()
			ended <- err
		}()
	}
	var all error
	for range parts {
		all = errors.Join(all, <-ended)
	}
	return all
}

// restore reads again what counts: all drills, from the index, and the newest part of what was seen, from the log. It returns the instant of the newest
// record, 0 without one.
func restore(ctx context.Context, s *tracker.Service, x *indexer, log *evidence.Log, now rto.Instant) (rto.Instant, error) {
	if _, err := x.store.CatchUp(ctx, log); err != nil {
		return 0, err
	}
	if err := restoreDrills(ctx, s, x.store); err != nil {
		return 0, err
	}
	since := now.Add(-replayed)
	seq, err := log.Since(int64(since))
	if err != nil {
		return 0, err
	}
	for r, err := range log.Read(seq) {
		if err != nil {
			return 0, err
		}
		kind, at := rto.RecordKind(r.Kind), rto.Instant(r.At)
		if kind == rto.RecordDrill || at < since {
			continue
		}
		if err := s.Restore(kind, at, r.Body); err != nil {
			return 0, fmt.Errorf("record %d: %w", r.Seq, err)
		}
	}
	return rto.Instant(log.Head().At), nil
}

// restoreDrills takes all drills from the index, oldest first.
func restoreDrills(ctx context.Context, s *tracker.Service, index *store.Store) error {
	drills, err := index.Drills(ctx, store.Range{To: math.MaxInt64}, maxDrills)
	if err != nil {
		return err
	}
	for _, d := range slices.Backward(drills) {
		if err := restoreDrill(ctx, s, index, d.ID); err != nil {
			return err
		}
	}
	return nil
}

// restoreDrill takes all events of a drill, page by page.
func restoreDrill(ctx context.Context, s *tracker.Service, index *store.Store, id string) error {
	for after := uint64(0); ; {
		events, err := index.EventsAfter(ctx, id, after, maxDrills)
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			if err := s.RestoreEvent(e.DrillEvent); err != nil {
				return fmt.Errorf("record %d: %w", e.Seq, err)
			}
			after = e.Seq
		}
	}
}

// maxDrills bounds what is read of the index at once.
const maxDrills = 10_000
