package lab

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"
)

// Lab is a whole laboratory: telephony and what watches it.
type Lab struct {
	*Telephony
	*Monitoring
	// Media is nil in a laboratory without it, Observers in one without media and without a prober.
	Media     *Media
	Observers *Observers
	// Recovery is nil in a laboratory without it.
	Recovery *Recovery

	run   *Run
	since time.Time // it is up

	patience time.Duration // for a check's numbers to agree; 0 means agreeWithin

	mu     sync.Mutex // guards what follows, and the processes that faults replace
	broken []string
}

// Up sets up what is missing, starts everything, and returns when every target was scraped. Close it.
func Up(ctx context.Context, o Options) (*Lab, error) {
	if err := o.Ports.check(); err != nil {
		return nil, err
	}
	tools, err := Setup(ctx, o)
	if err != nil {
		return nil, err
	}
	run, err := NewRun(ctx, o, tools)
	if err != nil {
		return nil, err
	}
	l := &Lab{run: run}
	if err := l.start(ctx); err != nil {
		return nil, errors.Join(err, run.Close())
	}
	l.since = time.Now()
	return l, nil
}

func (l *Lab) start(ctx context.Context) error {
	step := l.run.opts.Steps.Do
	if l.run.opts.Media {
		if err := l.startMedia(ctx); err != nil {
			return err
		}
	}
	err := step("Kamailio and its gateways", func(func(string)) error {
		var err error
		l.Telephony, err = l.run.StartTelephony(ctx, Gateways(), l.Media)
		return err
	})
	if err != nil {
		return err
	}
	l.run.opts.Steps.Note("   %s: %s", l.Version, l.run.tools.kamailio.Origin())
	if l.run.opts.Recovery {
		err := step("MariaDB, its replica and the tracker", func(func(string)) error {
			var err error
			l.Recovery, err = l.run.StartRecovery(ctx, l.Config.SIP())
			return err
		})
		if err != nil {
			return err
		}
	}
	err = step("exporters, Prometheus and Alertmanager with the generated configuration", func(func(string)) error {
		var err error
		if l.run.opts.observed() {
			if l.Observers, err = l.run.StartObservers(ctx, l.Telephony, l.Media); err != nil {
				return err
			}
		}
		l.Monitoring, err = l.run.StartMonitoring(ctx, l.Telephony, l.Observers, l.Recovery)
		return err
	})
	if err != nil {
		return err
	}
	return step("first scrape of every target", func(func(string)) error {
		ctx, cancel := context.WithTimeout(ctx, firstScrapeWithin)
		defer cancel()
		return l.AwaitScraped(ctx)
	})
}

func (l *Lab) startMedia(ctx context.Context) error {
	err := l.run.opts.Steps.Do("RTPEngine and Asterisk", func(func(string)) error {
		var err error
		l.Media, err = l.run.StartMedia(ctx)
		return err
	})
	if err != nil {
		return err
	}
	t := l.run.tools
	l.run.opts.Steps.Note("   RTPEngine %s: %s", cmp.Or(t.rtpengine.Package, "of this host"), t.rtpengine.Origin())
	l.run.opts.Steps.Note("   Asterisk %s: %s", l.Media.AsteriskVersion, t.asterisk.Origin())
	return nil
}

// Run is the laboratory's folder, ports and processes.
func (l *Lab) Run() *Run { return l.run }

// UsualMix is the call mix without end of this laboratory.
func (l *Lab) UsualMix() []Leg {
	if l.Media == nil {
		return UsualMix()
	}
	return append(UsualMix(), UsualMediaMix()...)
}

// BoundedMix is the mix of a check, with n times the calls that need no media in the same time, and whole times the calls that need
// some in as many times the time: RTPEngine's ports do not let more of them be at once.
func (l *Lab) BoundedMix(n, whole int) []Leg {
	mix := Scaled(BoundedMix(), n)
	if l.Media != nil {
		mix = append(mix, Repeated(BoundedMediaMix(), whole)...)
	}
	return mix
}

// Close stops everything. The run folder stays.
func (l *Lab) Close() error { return l.run.Close() }
