package asterisk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/ports"
	"github.com/voipbin/observability/internal/lab/supervise"
)

// defaultSuite is the suite whose Asterisk is taken where the host has none: Debian has it in 11 (bullseye, 16.28) and in sid (22).
const defaultSuite = "sid"

// Program is an Asterisk that can be started: the one in PATH, or one of a package tree.
type Program struct {
	path string // of the one in PATH
	room *pkgtree.Room
	// Package is the version of the package, empty for the one in PATH.
	Package string
}

// Obtain finds the Asterisk of a Debian suite, "bullseye" or "sid", below the folder of trees, building the tree if it is not there yet.
// Without a suite it is the one in PATH, or that of sid if there is none. Helper is the command line of a program that passes its
// arguments to lab.Helper. Visible are the folders that it can see: those of the configurations that it will be started with. Errors wrap
// pkgtree.ErrNoNetwork where that is the cause. Release metadata past its date is accepted, as pkgtree documents.
func Obtain(ctx context.Context, suite, trees string, helper []string, visible ...string) (*Program, error) {
	if suite == "" {
		if path, err := exec.LookPath("asterisk"); err == nil {
			return &Program{path: path}, nil
		}
		suite = defaultSuite
	}
	tree, err := pkgtree.Ensure(ctx, pkgtree.Request{
		Name: "asterisk", Packages: []string{"asterisk", "asterisk-modules"}, Suite: suite, AllowExpired: true,
	}, trees, nil)
	if err != nil {
		return nil, err
	}
	room, err := pkgtree.NewRoom(ctx, tree, helper, visible...)
	if err != nil {
		return nil, fmt.Errorf("asterisk: %w", err)
	}
	return &Program{room: room, Package: tree.Version("asterisk")}, nil
}

// complete names the folders that the program's own idea of them does not hold for.
func (p *Program) complete(c Config) (Config, error) {
	if p.room == nil {
		return c, nil
	}
	var err error
	if c.Modules, err = p.room.Glob("/usr/lib/*/asterisk/modules"); err != nil {
		c.Modules, err = p.room.Glob("/usr/lib/asterisk/modules") // before Debian 12
	}
	c.Data = p.room.Path("/usr/share/asterisk")
	return c, err
}

func (p *Program) command(ctx context.Context, c Config) (*exec.Cmd, error) {
	ctx = context.WithoutCancel(ctx) // the daemon's life is the supervisor's business
	if p.room == nil {
		return exec.CommandContext(ctx, p.path, c.Args()...), nil
	}
	return p.room.Command(ctx, "asterisk", c.Args()...)
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
	cmd, err := p.command(ctx, c)
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

// Prepare gets what one Asterisk of a suite needs, without starting it: change the Config, then Start it. Trees and helper are as for
// Obtain.
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
	if s.Program, err = Obtain(ctx, suite, trees, helper, s.Dir); err != nil {
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
