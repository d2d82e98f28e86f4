package lab

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Lab is a whole laboratory: telephony and what watches it.
type Lab struct {
	*Telephony
	*Monitoring
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
	err := step("Kamailio and its gateways", func(func(string)) error {
		var err error
		l.Telephony, err = l.run.StartTelephony(ctx, Gateways())
		return err
	})
	if err != nil {
		return err
	}
	l.run.opts.Steps.Note("   %s: %s", l.Version, l.run.tools.kamailio.Origin())
	err = step("kamailio_exporter, Prometheus and Alertmanager with the generated configuration", func(func(string)) error {
		var err error
		l.Monitoring, err = l.run.StartMonitoring(ctx, l.Telephony)
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

// Run is the laboratory's folder, ports and processes.
func (l *Lab) Run() *Run { return l.run }

// Close stops everything. The run folder stays.
func (l *Lab) Close() error { return l.run.Close() }
