package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/alert"
	"github.com/voipbin/observability/internal/secretfile"
	"github.com/voipbin/observability/internal/tracker"
)

// alertWatch follows the alerts of Alertmanager, and mutes some while a drill runs.
type alertWatch struct {
	cfg      tracker.AlertConfig
	vantage  string
	service  *tracker.Service
	wall     func() time.Time
	logger   *slog.Logger
	poller   *alert.Poller
	activity *alert.Activity
	webhook  http.Handler
	mute     *alert.Mute
	held     time.Time
	failing  bool
}

// watchAlerts prepares what follows alerts; it asks nobody yet.
func watchAlerts(cfg tracker.Config, s *tracker.Service, w world, now func() rto.Instant, logger *slog.Logger) (*alertWatch, error) {
	a := &alertWatch{cfg: cfg.Alerts, vantage: cfg.Vantage, service: s, wall: w.now, logger: logger}
	if cfg.Alerts.WebhookTokenFile != "" {
		token, err := secretfile.Read(cfg.Alerts.WebhookTokenFile, "token file of the webhook")
		if err != nil {
			return nil, err
		}
		a.webhook = &alert.Webhook{Token: token, Now: now, Take: a.take}
	}
	if cfg.Alerts.Prometheus != "" {
		a.activity = alert.NewActivity(cfg.Alerts.Prometheus)
	}
	if cfg.Alerts.Alertmanager == "" {
		if len(cfg.Alerts.Mute) > 0 {
			return nil, errors.New("alerts.mute needs alerts.alertmanager: nobody else can be asked to be silent")
		}
		return a, nil
	}
	var err error
	a.poller, err = alert.NewPoller(cfg.Alerts.Alertmanager, now)
	return a, err
}

// run polls until ctx ends, and leaves no silence behind.
func (a *alertWatch) run(ctx context.Context) error {
	if a.poller == nil {
		<-ctx.Done()
		return nil
	}
	err := every(ctx, a.cfg.Poll, func(ctx context.Context) {
		a.poll(ctx)
		a.quieten(ctx)
	})
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), muteTimeout)
	defer cancel()
	if a.mute != nil {
		err = errors.Join(err, a.mute.End(last))
	}
	return err
}

// muteTimeout is how long the end of the tracker may wait for Alertmanager to take a silence back.
const muteTimeout = 3 * time.Second

// poll tells what is new. A failure is told once in a row.
func (a *alertWatch) poll(ctx context.Context) {
	seen, err := a.poller.Poll(ctx)
	if err == nil && len(seen) > 0 {
		err = a.take(ctx, seen)
	}
	if err != nil && !a.failing && ctx.Err() == nil {
		a.logger.Warn("alerts cannot be followed", "err", err)
	}
	a.failing = err != nil
}

// take adds since when the alerts' expressions hold, and has the sightings written down.
func (a *alertWatch) take(ctx context.Context, seen []rto.AlertSeen) error {
	if a.activity != nil {
		active, err := a.activity.Active(ctx)
		if err != nil {
			a.logger.Debug("Prometheus does not tell since when alerts are active", "err", err)
		}
		for i := range seen {
			seen[i].ActiveAt = active[seen[i].Name]
		}
	}
	return a.service.SeeAlerts(ctx, seen)
}

// quieten mutes what the configuration names while a drill runs. A real failover mutes nothing.
func (a *alertWatch) quieten(ctx context.Context) {
	if len(a.cfg.Mute) == 0 {
		return
	}
	d, running := a.service.Running()
	running = running && d.Start.Kind != rto.Real && d.State == rto.Running
	var err error
	switch {
	case !running && a.mute != nil:
		if err = a.mute.End(ctx); err == nil {
			a.mute = nil
		}
	case running && (a.mute == nil || a.wall().Sub(a.held) > alert.MuteFor/3):
		err = a.hold(ctx, d.ID)
	}
	if err != nil && ctx.Err() == nil {
		a.logger.Warn("the drill's silence could not be made or ended", "err", err)
	}
}

func (a *alertWatch) hold(ctx context.Context, drill string) error {
	if a.mute == nil {
		m, err := alert.NewMute(a.cfg.Alertmanager, a.cfg.Mute, "tracker "+a.vantage, fmt.Sprintf("drill %s", drill))
		if err != nil {
			return err
		}
		a.mute = m
	}
	now := a.wall()
	err := a.mute.Hold(ctx, now)
	if err == nil {
		a.held = now
	}
	return err
}
