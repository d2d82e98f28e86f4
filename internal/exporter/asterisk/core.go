package asterisk

import (
	"context"
	"math"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// core reads what Asterisk says about itself.
type core struct {
	session *session
	now     func() time.Time

	told    time.Time // when the FullyBooted came that started is made from
	started float64   // seconds since 1970; steady from scrape to scrape
}

// Name is that of the collector in its flag and in its outcome: core.
func (*core) Name() string { return "core" }

// Scrape sends the AMI actions CoreSettings and CoreStatus.
func (c *core) Scrape(ctx context.Context, b *emit.Batch) error {
	c.session.mu.Lock()
	ping := c.session.ping
	c.session.mu.Unlock()
	b.Add(metric.AsteriskPing, ping.Seconds())
	booted, known := c.session.booted()
	if known {
		b.Add(metric.AsteriskFullyBooted, boolean(booted))
	}
	if err := c.session.usable(); err != nil {
		return err
	}
	settings, err := c.session.do(ctx, ami.NewAction("CoreSettings"))
	if err != nil {
		return err
	}
	boot, interfaceVersion := c.session.boot()
	if version, ok := settings.Response.Lookup("AsteriskVersion"); ok {
		b.Add(metric.AsteriskBuildInfo, 1, version, interfaceVersion)
	}
	limit(b, metric.AsteriskCallsLimit, settings.Response, "CoreMaxCalls")
	limit(b, metric.AsteriskLoadLimit, settings.Response, "CoreMaxLoadAvg")
	limit(b, metric.AsteriskFilesLimit, settings.Response, "CoreMaxFilehandles")
	status, err := c.session.do(ctx, ami.NewAction("CoreStatus"))
	if err != nil {
		return err
	}
	value(b, metric.AsteriskActiveChannels, status.Response, "CoreCurrentCalls")
	value(b, metric.AsteriskCallsProcessed, status.Response, "CoreProcessedCalls")
	c.times(b, boot, status.Response)
	return nil
}

// times adds start and last reload. FullyBooted tells how long ago the start was; CoreStatus tells start and reload as local dates, of
// which only the difference is of use, since the time zone is not told.
func (c *core) times(b *emit.Batch, boot, status ami.Message) {
	c.start(boot)
	if c.started == 0 {
		return
	}
	b.Add(metric.AsteriskStartTime, c.started)
	start, ok := localTime(status, "CoreStartupDate", "CoreStartupTime")
	reload, also := localTime(status, "CoreReloadDate", "CoreReloadTime")
	if ok && also && !reload.Before(start) {
		b.Add(metric.AsteriskReloadTime, c.started+reload.Sub(start).Seconds())
	}
}

// start takes the start from what FullyBooted tells. Uptime is in whole seconds: a start that moves with each connection would look like
// a restart.
func (c *core) start(boot ami.Message) {
	const tolerance = 2
	at := c.session.counts.lastBoot()
	if at.Equal(c.told) {
		return
	}
	c.told = at
	uptime, ok := number(boot, "Uptime")
	if !ok {
		c.started = 0
		return
	}
	if started := float64(at.Unix()) - uptime; math.Abs(started-c.started) > tolerance {
		c.started = started
	}
}

// localTime reads a date and a time of an unknown zone.
func localTime(m ami.Message, date, clock string) (time.Time, bool) {
	t, err := time.Parse(time.DateTime, m.Get(date)+" "+m.Get(clock))
	return t, err == nil
}

// value adds a number, unless there is none.
func value(b *emit.Batch, f *metric.Family, m ami.Message, key string, labels ...string) {
	if v, ok := number(m, key); ok {
		b.Add(f, v, labels...)
	}
}

// limit is value for a setting whose 0 stands for none.
func limit(b *emit.Batch, f *metric.Family, m ami.Message, key string) {
	if v, ok := number(m, key); ok && v > 0 {
		b.Add(f, v)
	}
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
