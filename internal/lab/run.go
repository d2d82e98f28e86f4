package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/voipbin/observability/internal/lab/ports"
	"github.com/voipbin/observability/internal/lab/sipp"
	"github.com/voipbin/observability/internal/lab/supervise"
)

// Run is one laboratory: a folder, ports, and the daemons started so far.
type Run struct {
	opts   Options
	tools  *Tools
	folder *Folder
	ports  *ports.Block
	super  *supervise.Supervisor
	closed atomic.Bool

	mu         sync.Mutex // guards what follows
	callers    []sipp.Caller
	closers    []func() error
	prometheus int // its port, once somebody has asked for it
}

// NewRun prepares a laboratory in which nothing runs yet. Close it.
func NewRun(ctx context.Context, o Options, t *Tools) (*Run, error) {
	r := &Run{opts: o, tools: t}
	if err := r.prepare(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Run) prepare(ctx context.Context) error {
	var err error
	if r.folder, err = ClaimFolder(r.opts.Dir); err != nil {
		return err
	}
	for _, dir := range []string{logDir, sippDir, kamailioDir} {
		if err := os.MkdirAll(r.path(dir), 0o755); err != nil {
			return err
		}
	}
	if r.ports, err = ports.Claim(); err != nil {
		return err
	}
	if r.super, err = supervise.New(r.path(logDir), r.opts.Helper); err != nil {
		return err
	}
	for _, p := range r.tools.programs() {
		if err := p.Enter(ctx, r.opts.Helper, r.folder.Visible()...); err != nil {
			return err
		}
	}
	return nil
}

// The folders below a run folder.
const (
	logDir      = "log"
	sippDir     = "sipp"
	kamailioDir = "kamailio"
)

func (r *Run) path(elem ...string) string {
	return filepath.Join(append([]string{r.folder.Path}, elem...)...)
}

// Folder is the run folder.
func (r *Run) Folder() string { return r.folder.Path }

// Deaths tells daemons that ended unasked.
func (r *Run) Deaths() <-chan supervise.Death { return r.super.Deaths() }

// check refuses an occupied port before anything is set up for it.
func (p FixedPorts) check() error {
	block, err := ports.Claim()
	if err != nil {
		return err
	}
	defer func() { _ = block.Close() }()
	for what, port := range map[string]int{
		"Prometheus": p.Prometheus, "Alertmanager": p.Alertmanager, "kamailio_exporter": p.Exporter, "Kamailio": p.SIP,
	} {
		if port == 0 {
			continue
		}
		if err := block.Hold(port); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

// port is the fixed port the user asked for, held from now on, or a free one.
func (r *Run) port(fixed int, what string) (int, error) {
	if fixed == 0 {
		return r.ports.Free()
	}
	if err := r.ports.Hold(fixed); err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	return fixed, nil
}

// prometheusPort is where Prometheus will listen. The tracker has to know it before Prometheus runs, and Prometheus scrapes the tracker.
func (r *Run) prometheusPort() (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if r.prometheus == 0 {
		r.prometheus, err = r.port(r.opts.Ports.Prometheus, "Prometheus")
	}
	return r.prometheus, err
}

// onClose adds something to be done at the end, after the daemons have stopped.
func (r *Run) onClose(f func() error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closers = append(r.closers, f)
}

// Close stops everything, the last started first, and gives folder and ports back. The folder's files stay. A second call does nothing.
func (r *Run) Close() error {
	if r.closed.Swap(true) {
		return nil
	}
	var errs []error
	if r.super != nil {
		errs = append(errs, r.super.Close())
	}
	r.mu.Lock()
	closers := r.closers
	r.closers = nil
	r.mu.Unlock()
	for i := len(closers) - 1; i >= 0; i-- {
		errs = append(errs, closers[i]())
	}
	if r.ports != nil {
		errs = append(errs, r.ports.Close())
	}
	if r.folder != nil {
		errs = append(errs, r.folder.Close())
	}
	return errors.Join(errs...)
}
