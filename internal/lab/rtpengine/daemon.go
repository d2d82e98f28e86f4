package rtpengine

import (
	"context"
	"errors"

	"github.com/voipbin/observability/internal/lab/daemon"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/ports"
	"github.com/voipbin/observability/internal/lab/supervise"
)

// packageName is Debian's package.
const packageName = "rtpengine-daemon"

// Program is an RTPEngine that can be started.
type Program struct {
	*daemon.Program
	// Package is the version of the package, empty for one of this host.
	Package string
}

// Installed is the RTPEngine of this host, if it has one.
func Installed() (*Program, bool) {
	p, ok := daemon.OnHost("rtpengine")
	return &Program{Program: p}, ok
}

// FromPackages is the RTPEngine of a Debian suite below the folder of trees, of the host's own without one; the tree is built if it is not
// there yet, and progress told meanwhile, which may be nil. Errors wrap pkgtree.ErrNoNetwork where that is the cause. Release metadata past
// its date is accepted of a suite that is named: bookworm has 10.5, trixie 12.5, sid 26.0.
func FromPackages(ctx context.Context, suite, trees string, progress func(string)) (*Program, error) {
	p, err := daemon.FromPackages(ctx, "rtpengine", pkgtree.Request{
		Name: "rtpengine", Packages: []string{packageName}, Suite: suite, AllowExpired: suite != "",
	}, trees, progress)
	if err != nil {
		return nil, err
	}
	return &Program{Program: p, Package: p.Package(packageName)}, nil
}

// Start starts it, also again after it was stopped, and returns when it is ready.
func (p *Program) Start(ctx context.Context, s *supervise.Supervisor, c Config) (*supervise.Process, error) {
	cmd, err := p.Command(ctx, c.Args()...)
	if err != nil {
		return nil, err
	}
	return s.Start(ctx, supervise.Spec{Name: "rtpengine", Cmd: cmd, Ready: c.Ready})
}

// Place finds the ports of an instance and holds them; Release lets go of them.
func Place(block *ports.Block) (Config, error) {
	first, err := block.FreeRun(Ports + 1)
	if err != nil {
		return Config{}, err
	}
	c := Config{PortMin: (first + 1) &^ 1}
	for _, port := range []*int{&c.UDPPort, &c.TCPPort, &c.HTTPPort} {
		if *port, err = block.Free(); err != nil {
			return Config{}, err
		}
	}
	return c, nil
}

// Release lets go of the held ports, just before RTPEngine takes them.
func (c Config) Release(block *ports.Block) {
	block.Release(c.UDPPort, c.TCPPort, c.HTTPPort)
	for port := c.PortMin - 1; port <= c.PortMin+Ports; port++ { // one more was held at either side for an even first
		block.Release(port)
	}
}

// Single is one running RTPEngine with all that it needs, for a test that wants no whole laboratory.
type Single struct {
	Config
	Program *Program
	// Process is nil until Start, and the latest one after it.
	Process *supervise.Process

	super *supervise.Supervisor
	ports *ports.Block
}

// Prepare gets what one RTPEngine needs, without starting it: change the Config, then Start it. Logs go to dir, which has to be there;
// helper is as for daemon.Program.Enter.
func Prepare(ctx context.Context, p *Program, dir string, helper []string) (*Single, error) {
	s := &Single{Program: p}
	if err := s.prepare(ctx, dir, helper); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Single) prepare(ctx context.Context, dir string, helper []string) error {
	if err := s.Program.Enter(ctx, helper, dir); err != nil {
		return err
	}
	var err error
	if s.super, err = supervise.New(dir, helper); err != nil {
		return err
	}
	if s.ports, err = ports.Claim(); err != nil {
		return err
	}
	s.Config, err = Place(s.ports)
	return err
}

// Start starts RTPEngine and waits until it is ready.
func (s *Single) Start(ctx context.Context) error {
	s.Release(s.ports)
	p, err := s.Program.Start(ctx, s.super, s.Config)
	if err == nil {
		s.Process = p
	}
	return err
}

// Close ends everything.
func (s *Single) Close() error {
	var errs []error
	if s.super != nil {
		errs = append(errs, s.super.Close())
	}
	if s.ports != nil {
		errs = append(errs, s.ports.Close())
	}
	return errors.Join(errs...)
}
