package exporter

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/httpserver"
	"github.com/voipbin/observability/internal/metric"
)

// site is a running exporter: either one target, or a fleet.
type site struct {
	program Program
	options options
	logger  *slog.Logger
	now     func() time.Time
	set     *emit.Set
	process *processMetrics

	single *Observer // nil with --config.file
	fleet  *fleet    // nil without
	ready  atomic.Bool
	bodies bodies

	loading sync.Mutex // held while the configuration is loaded, so that the last one asked for is the one in use
}

// newSite prepares what the flags ask for. The error is fit for the person who started the program.
func newSite(p Program, o options, logger *slog.Logger, now func() time.Time) (*site, error) {
	set := emit.NewSet(slices.Concat(p.Families, metric.OwnProcess()))
	process, err := newProcessMetrics(p.Kit, set, o.noSelf)
	if err != nil {
		return nil, err
	}
	s := &site{program: p, options: o, logger: logger, now: now, set: set, process: process}
	if o.configFile != "" {
		s.fleet = newFleet(s.observer, p.AlwaysOn, now, logger)
		return s, s.load()
	}
	s.single, err = s.observer(TargetConfig{
		Name: o.address, Address: o.address, Collectors: o.collectors, Credentials: o.credentials, Timeout: o.deadlines.Max,
	}, o.limit)
	if err != nil {
		return nil, fmt.Errorf("--%s.address: %w", p.System, err)
	}
	return s, nil
}

// observer makes the target and all that is needed to scrape it. It dials nothing.
func (s *site) observer(c TargetConfig, limit int) (*Observer, error) {
	if err := withoutCredentials(c.Address, s.program.Login); err != nil {
		return nil, err
	}
	c.Logger, c.Now = s.logger, s.now
	t, err := s.program.NewTarget(c)
	if err != nil {
		return nil, err
	}
	t.Name = c.Name
	how := Observing{Set: s.set, Kit: s.program.Kit, Limit: limit, Logger: s.logger, Now: s.now}
	if limit == ownLimits {
		how.Limit, how.Limits = defaultCollectorLimit, s.program.ownLimits()
	}
	return NewObserver(t, how)
}

// load reads the configuration file and puts it to use. With an error the configuration before stays in use.
func (s *site) load() error {
	s.loading.Lock()
	defer s.loading.Unlock()
	c, err := readFleetConfig(s.options.configFile, s.program, module{
		Collectors: s.options.collectors, Limit: s.options.limit, Timeout: s.options.deadlines.Max,
	}, s.fleet.try)
	s.process.loaded(err == nil, s.now())
	if err != nil {
		return err
	}
	s.fleet.use(c)
	return nil
}

// reload is load for a running exporter.
func (s *site) reload() error {
	if err := s.load(); err != nil {
		s.logger.Error("configuration not loaded, the one before stays in use", "file", s.options.configFile, "err", err)
		return err
	}
	s.logger.Info("configuration loaded", "file", s.options.configFile, "targets", len(s.fleet.config().Targets))
	return nil
}

// summary is what --config.check prints.
func (s *site) summary() string {
	if s.fleet == nil {
		return fmt.Sprintf("%s: target %s is good", s.program.Name, s.options.address)
	}
	return fmt.Sprintf("%s: %s is good: %d targets", s.program.Name, s.options.configFile, len(s.fleet.config().Targets))
}

func (s *site) close() {
	if s.single != nil {
		if err := s.single.Close(); err != nil {
			s.logger.Warn("connection not closed cleanly", "err", err)
		}
	}
	if s.fleet != nil {
		s.fleet.close()
	}
}

// serve listens and serves until ctx ends.
func (s *site) serve(ctx context.Context, hangup <-chan os.Signal) error {
	handler, err := s.routes()
	if err != nil {
		return err
	}
	listeners, err := s.listen(ctx)
	if err != nil {
		return err
	}
	s.logger.Info("starting", "program", s.program.Name, "version", buildVersion())
	var background sync.WaitGroup
	defer background.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	background.Go(func() { s.onHangup(ctx, hangup) })
	if s.fleet != nil {
		s.fleet.start()
		background.Go(func() { s.fleet.closeIdleUntil(ctx) })
	} else {
		s.single.Start()
	}
	s.ready.Store(true)
	context.AfterFunc(ctx, func() { s.ready.Store(false) })
	return httpserver.Serve(ctx, listeners, handler, httpserver.Options{
		WebConfig: s.options.webConfig, Logger: s.logger,
		WriteTimeout: s.options.deadlines.Max + writeMargin,
	})
}

// writeMargin is how long a client may take to read an answer that came at the last moment.
const writeMargin = 30 * time.Second

func (s *site) listen(ctx context.Context) ([]net.Listener, error) {
	if s.options.systemd {
		return httpserver.Inherited()
	}
	return httpserver.Listen(ctx, s.options.listen)
}

// onHangup reloads on every SIGHUP. Without a configuration file there is nothing to reload, and the signal is harmless.
func (s *site) onHangup(ctx context.Context, hangup <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			if s.fleet != nil {
				_ = s.reload() // logged, and in the metrics
			}
		}
	}
}
