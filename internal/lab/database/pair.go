package database

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/voipbin/observability/internal/lab/blackhole"
	"github.com/voipbin/observability/internal/lab/ports"
	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// poll is the pause between two looks at something that is awaited.
const poll = 10 * time.Millisecond

// Pair is a source with a replica, replicating by GTID through Link.
type Pair struct {
	Program         *Program
	Source, Replica *Server
	// Link is between the replica and its source: pausing it is a partition that neither notices.
	Link *blackhole.Proxy

	dir   string
	super *supervise.Supervisor
	ports *ports.Block
	links []*blackhole.Proxy
}

// Start makes and starts a pair: accounts and tables are there and have replicated. Trees are as for Find, helper as for
// daemon.Program.Enter.
func Start(ctx context.Context, flavour mysql.Flavour, suite, trees string, helper []string) (*Pair, error) {
	// A socket's path is short, and a test's own folder often too deep for it.
	dir, err := os.MkdirTemp("", "database-lab-")
	if err != nil {
		return nil, err
	}
	p := &Pair{dir: dir}
	if err := p.start(ctx, flavour, suite, trees, helper); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Pair) start(ctx context.Context, flavour mysql.Flavour, suite, trees string, helper []string) error {
	trees, err := filepath.Abs(trees)
	if err != nil {
		return err
	}
	if p.Program, err = Find(ctx, flavour, suite, trees, nil); err != nil {
		return err
	}
	if err := p.Program.Enter(ctx, helper, p.dir); err != nil {
		return err
	}
	if p.super, err = supervise.New(p.dir, helper); err != nil {
		return err
	}
	if p.ports, err = ports.Claim(); err != nil {
		return err
	}
	tree, err := treeRoot(ctx, Request(flavour, suite), trees)
	if err != nil {
		return err
	}
	if p.Source, err = p.server("source", 1); err != nil {
		return err
	}
	if p.Replica, err = p.server("replica", 2); err != nil {
		return err
	}
	p.Replica.Further = []string{"--read-only=ON"}
	if err := p.Program.initialise(ctx, p.Source.Config, tree); err != nil {
		return err
	}
	if err := copyData(ctx, p.Source.data(), p.Replica.data()); err != nil {
		return err
	}
	for _, s := range []*Server{p.Source, p.Replica} {
		p.ports.Release(s.Port)
		if err := s.Start(ctx); err != nil {
			return err
		}
	}
	return p.replicate(ctx)
}

func (p *Pair) server(name string, id int) (*Server, error) {
	s := &Server{name: name, program: p.Program, super: p.super}
	s.Dir, s.ID = filepath.Join(p.dir, name), id
	if err := os.Mkdir(s.Dir, 0o755); err != nil {
		return nil, err
	}
	var err error
	if s.Port, err = p.ports.Free(); err != nil {
		return nil, err
	}
	s.root, err = mysql.Open(mysql.Account{Address: s.Socket(), User: "root"}, 4)
	return s, err
}

// copyData makes the replica's data folder from the source's, which takes a second where making it takes ten. MySQL's auto.cnf holds the
// server's UUID, of which there must be two.
func copyData(ctx context.Context, from, to string) error {
	if out, err := exec.CommandContext(ctx, "cp", "-a", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("copy the data folder: %w: %s", err, lastLine(string(out)))
	}
	return os.RemoveAll(filepath.Join(to, "auto.cnf"))
}

// replicate makes accounts and tables, and lets them be the first things that replicate.
func (p *Pair) replicate(ctx context.Context) error {
	var err error
	if p.Link, err = p.Proxy(p.Source); err != nil {
		return err
	}
	if err := p.Source.Do(ctx, statements(p.Program.Flavour)...); err != nil {
		return err
	}
	port := p.Link.Addr().Port()
	follow := fmt.Sprintf("CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=%d, SOURCE_USER='repl', SOURCE_PASSWORD='%s', "+
		"SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1, SOURCE_RETRY_COUNT=86400", port, Repl.password())
	if p.Program.Flavour == mysql.MariaDB {
		follow = fmt.Sprintf("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=%d, MASTER_USER='repl', MASTER_PASSWORD='%s', "+
			"MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1", port, Repl.password())
	}
	if err := p.Replica.Do(ctx, follow, "START "+p.Word()); err != nil {
		return err
	}
	return p.CaughtUp(ctx, startWithin)
}

// Word is what the flavour calls a replica in its statements.
func (p *Pair) Word() string {
	if p.Program.Flavour == mysql.MariaDB {
		return "SLAVE"
	}
	return "REPLICA"
}

// Proxy is another way to a server, for a test that spoils the tracker's own view of it. It ends with the pair.
func (p *Pair) Proxy(s *Server) (*blackhole.Proxy, error) {
	target, err := netip.ParseAddrPort(s.address())
	if err != nil {
		return nil, err
	}
	link, err := blackhole.Start(target)
	if err == nil {
		p.links = append(p.links, link)
	}
	return link, err
}

// CaughtUp waits until the replica has applied all that the source had when it was asked.
func (p *Pair) CaughtUp(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, errors.New("the replica did not catch up"))
	defer cancel()
	position, wait := "SELECT @@GLOBAL.gtid_executed", "SELECT WAIT_FOR_EXECUTED_GTID_SET('%s', %d)"
	if p.Program.Flavour == mysql.MariaDB {
		position, wait = "SELECT @@GLOBAL.gtid_binlog_pos", "SELECT MASTER_GTID_WAIT('%s', %d)"
	}
	at, err := p.Source.Text(ctx, position)
	if err != nil {
		return err
	}
	late, err := p.Replica.Number(ctx, fmt.Sprintf(wait, at, int(within.Seconds())+1))
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	case late != 0:
		return errors.New("the replica did not catch up")
	}
	return nil
}

// Promote makes the replica take writes: it stops receiving, applies what it has received if drain is set, forgets its source, and lets
// clients write.
func (p *Pair) Promote(ctx context.Context, drain bool) error {
	w := p.Word()
	thread := " IO_THREAD"
	if err := p.Replica.Do(ctx, "STOP "+w+thread); err != nil {
		return err
	}
	if drain {
		if err := p.drain(ctx); err != nil {
			return err
		}
	}
	all := []string{"STOP " + w, "RESET " + w + " ALL", "SET GLOBAL read_only = 0"}
	if p.Program.Flavour == mysql.MySQL {
		all = []string{"STOP " + w, "RESET " + w + " ALL", "SET GLOBAL super_read_only = 0", "SET GLOBAL read_only = 0"}
	}
	return p.Replica.Do(ctx, all...)
}

// drain waits until the replica has applied what it received.
func (p *Pair) drain(ctx context.Context) error {
	for {
		sampler, err := mysql.New(p.Replica.Account(Monitor), instant, mysql.Options{Bare: true})
		if err != nil {
			return err
		}
		s := sampler.Replica(ctx)
		_ = sampler.Close() // a connection for one question
		if s.ReceivedKnown && s.Applied.Contains(s.Received) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("drain the relay log: %w", context.Cause(ctx))
		case <-time.After(poll):
		}
	}
}

// Close ends everything and removes all data.
func (p *Pair) Close() error {
	var errs []error
	for _, l := range p.links {
		errs = append(errs, l.Close())
	}
	for _, s := range []*Server{p.Source, p.Replica} {
		if s == nil || s.root == nil {
			continue
		}
		if s.Process != nil {
			_ = s.Kill() // its data goes with it: an orderly end would be waited for in vain
		}
		_ = s.root.Close() // says that the server is gone
	}
	if p.super != nil {
		errs = append(errs, p.super.Close())
	}
	if p.ports != nil {
		errs = append(errs, p.ports.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(p.dir))...)
}
