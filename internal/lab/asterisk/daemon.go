package asterisk

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/voipbin/observability/internal/lab/daemon"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/ports"
	"github.com/voipbin/observability/internal/lab/supervise"
)

// defaultSuite is the suite whose Asterisk is taken where the host has none: Debian has it in 11 (bullseye, 16.28) and in sid (22).
const defaultSuite = "sid"

// Program is an Asterisk that can be started.
type Program struct {
	*daemon.Program
	// Package is the version of the package, empty for one of this host.
	Package string
}

// Find finds the Asterisk of a Debian suite, "bullseye" or "sid", below the folder of trees, building the tree if it is not there yet and
// telling progress, which may be nil. Without a suite it is the one of this host, or that of sid if there is none. Errors wrap
// pkgtree.ErrNoNetwork where that is the cause. Release metadata past its date is accepted, as pkgtree documents.
func Find(ctx context.Context, suite, trees string, progress func(string)) (*Program, error) {
	if suite == "" {
		if p, ok := daemon.OnHost("asterisk"); ok {
			return &Program{Program: p}, nil
		}
		suite = defaultSuite
	}
	p, err := daemon.FromPackages(ctx, "asterisk", pkgtree.Request{
		Name: "asterisk", Packages: []string{"asterisk", "asterisk-modules"}, Suite: suite, AllowExpired: true,
	}, trees, progress)
	if err != nil {
		return nil, err
	}
	return &Program{Program: p, Package: p.Package("asterisk")}, nil
}

// complete names the folders that the program's own idea of them does not hold for.
func (p *Program) complete(c Config) (Config, error) {
	room := p.Room()
	if room == nil {
		return c, nil
	}
	var err error
	if c.Modules, err = room.Glob("/usr/lib/*/asterisk/modules"); err != nil {
		c.Modules, err = room.Glob("/usr/lib/asterisk/modules") // before Debian 12
	}
	c.Data = room.Path("/usr/share/asterisk")
	return c, err
}

// Start writes the configuration and starts Asterisk, also again after it was stopped. It returns when Asterisk is ready, or runs if
// ready is false.
func (p *Program) Start(ctx context.Context, s *supervise.Supervisor, c Config, ready bool) (*supervise.Process, error) {
	c, err := p.complete(c)
	if err != nil {
		return nil, err
	}
	if err := c.Write(); err != nil {
		return nil, err
	}
	cmd, err := p.Command(ctx, c.Args()...)
	if err != nil {
		return nil, err
	}
	spec := supervise.Spec{Name: "asterisk-" + strconv.Itoa(c.SIPPort), Cmd: cmd}
	if ready {
		spec.Ready = c.Ready
	}
	return s.Start(ctx, spec)
}

// Single is one running Asterisk with all that it needs, for a test that wants no whole laboratory.
type Single struct {
	Config
	Program *Program
	// Process is nil until Start, and the latest one after it.
	Process *supervise.Process

	super *supervise.Supervisor
	ports *ports.Block
	temp  string // a folder to remove
}

// Prepare gets what one Asterisk of a suite needs, without starting it: change the Config, then Start it. Trees are as for Find,
// helper as for daemon.Program.Enter.
func Prepare(ctx context.Context, suite, trees string, helper []string) (*Single, error) {
	// Asterisk's control socket lies in the run folder, and a test's own folder is often too deep for a socket's path.
	dir, err := os.MkdirTemp("", "asterisk-lab-")
	if err != nil {
		return nil, err
	}
	s := &Single{temp: dir, Config: Config{Dir: dir}}
	if err := s.prepare(ctx, suite, trees, helper); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Single) prepare(ctx context.Context, suite, trees string, helper []string) error {
	trees, err := filepath.Abs(trees)
	if err != nil {
		return err
	}
	if s.Program, err = Find(ctx, suite, trees, nil); err != nil {
		return err
	}
	if err := s.Program.Enter(ctx, helper, s.Dir); err != nil {
		return err
	}
	if s.super, err = supervise.New(s.Dir, helper); err != nil {
		return err
	}
	if s.ports, err = ports.Claim(); err != nil {
		return err
	}
	for _, port := range []*int{&s.SIPPort, &s.AMIPort, &s.HTTPPort, &s.TLSPort} {
		if *port, err = s.ports.Free(); err != nil {
			return err
		}
	}
	s.Certificate = filepath.Join(s.Dir, "manager.pem")
	return writeCertificate(s.Certificate)
}

// Ports gives further ports to callers and answerers of this Asterisk.
func (s *Single) Ports() *ports.Block { return s.ports }

// Supervisor runs callers and answerers beside this Asterisk.
func (s *Single) Supervisor() *supervise.Supervisor { return s.super }

// Start starts Asterisk and waits until it is ready; with ready false only until it runs.
func (s *Single) Start(ctx context.Context, ready bool) error {
	s.ports.Release(s.SIPPort, s.AMIPort, s.HTTPPort, s.TLSPort)
	p, err := s.Program.Start(ctx, s.super, s.Config, ready)
	if err == nil {
		s.Process = p
	}
	return err
}

// Close ends everything and removes the run folder.
func (s *Single) Close() error {
	var errs []error
	if s.super != nil {
		errs = append(errs, s.super.Close())
	}
	if s.ports != nil {
		errs = append(errs, s.ports.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(s.temp))...)
}
