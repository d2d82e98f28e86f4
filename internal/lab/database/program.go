// Package database runs a MySQL or MariaDB source and its replica as child processes on loopback, with the link between them through a
// proxy that can swallow it, for tests that kill, stop, cut and promote. It refuses to keep data: both are made anew each time.
package database

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/voipbin/observability/internal/lab/daemon"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// Program is a database server that can be started.
type Program struct {
	*daemon.Program
	Flavour mysql.Flavour
	// Package is the version of the package.
	Package string
}

// Request says which packages hold a server: of MariaDB the host's own suite without one (bookworm has 10.11, trixie 11.8), of MySQL that of
// sid, the only one that has it (9.7). The -core packages are enough: no client is needed.
func Request(flavour mysql.Flavour, suite string) pkgtree.Request {
	if flavour == mysql.MySQL && suite == "" {
		suite = "sid"
	}
	return pkgtree.Request{Name: string(flavour), Packages: []string{packageName(flavour)}, Suite: suite, AllowExpired: suite != ""}
}

func packageName(flavour mysql.Flavour) string { return string(flavour) + "-server-core" }

// Find finds the server below the folder of trees, building the tree if it is not there yet and telling progress, which may be nil. Errors
// wrap pkgtree.ErrNoNetwork where that is the cause. The host's own server is never taken: it has a configuration of its own.
func Find(ctx context.Context, flavour mysql.Flavour, suite, trees string, progress func(string)) (*Program, error) {
	name := "mysqld"
	if flavour == mysql.MariaDB {
		name = "mariadbd"
	}
	p, err := daemon.FromPackages(ctx, name, Request(flavour, suite), trees, progress)
	if err != nil {
		return nil, err
	}
	return &Program{Program: p, Flavour: flavour, Package: p.Package(packageName(flavour))}, nil
}

// Config is one server.
type Config struct {
	// Dir holds its data, socket and log; it has to be there.
	Dir  string
	Port int
	// ID is the server_id, of its own for each server.
	ID int
	// Further are options that come last and win, such as "--read-only=ON".
	Further []string
}

// Socket is the path of its unix socket, over which root gets in without a password.
func (c Config) Socket() string { return filepath.Join(c.Dir, "s.sock") }

func (c Config) data() string { return filepath.Join(c.Dir, "data") }

// basic are the options that making the data folder and running on it share. mysqld refuses to run as root unless it is told to; inside a
// user namespace one is root as well.
func (p *Program) basic(c Config) []string {
	args := []string{"--no-defaults", "--datadir=" + c.data(), "--tmpdir=" + c.Dir}
	room := p.Room()
	args = append(args, "--lc-messages-dir="+room.Path(p.share()), "--character-sets-dir="+room.Path(p.share()+"/charsets"))
	if os.Geteuid() == 0 || !p.Misplaced() {
		args = append(args, "--user=root")
	}
	return args
}

// share is the folder of messages and character sets; MariaDB moved it with 11.
func (p *Program) share() string {
	if p.Flavour == mysql.MariaDB {
		if _, err := p.Room().Glob("/usr/share/mariadb/errmsg-utf8.txt"); err == nil {
			return "/usr/share/mariadb"
		}
		if _, err := p.Room().Glob("/usr/share/mariadb/charsets"); err == nil {
			return "/usr/share/mariadb"
		}
	}
	return "/usr/share/mysql"
}

// options run a server: GTIDs, a durable binlog of rows, and small buffers.
func (p *Program) options(c Config) []string {
	port := strings.TrimPrefix(c.address(), "127.0.0.1:")
	args := append(p.basic(c),
		"--socket="+c.Socket(), "--pid-file="+filepath.Join(c.Dir, "pid"), "--port="+port, "--bind-address=127.0.0.1",
		"--skip-name-resolve", "--server-id="+itoa(c.ID), "--log-bin="+filepath.Join(c.data(), "binlog"), "--relay-log="+filepath.Join(c.data(), "relay"),
		"--binlog-format=ROW", "--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=64M", "--performance-schema=ON",
		"--max-connections=100",
	)
	if p.Flavour == mysql.MariaDB {
		args = append(args, "--log-slave-updates=ON", "--gtid-strict-mode=ON", "--innodb-log-file-size=32M")
	} else {
		args = append(args, "--gtid-mode=ON", "--enforce-gtid-consistency=ON", "--innodb-redo-log-capacity=64M", "--mysqlx=OFF", "--secure-file-priv=NULL")
	}
	return append(args, c.Further...)
}

// Start starts the server on its data folder, also again after it was killed, and returns when it answers.
func (p *Program) Start(ctx context.Context, s *supervise.Supervisor, name string, c Config, ready func(context.Context) error) (*supervise.Process, error) {
	for _, stale := range []string{c.Socket(), c.Socket() + ".lock"} { // of a server that was killed
		if err := os.RemoveAll(stale); err != nil {
			return nil, err
		}
	}
	cmd, err := p.command(ctx, c, p.options(c)...)
	if err != nil {
		return nil, err
	}
	return s.Start(ctx, supervise.Spec{Name: name, Cmd: cmd, Ready: ready, ReadyWithin: startWithin})
}

func (p *Program) command(ctx context.Context, c Config, args ...string) (*exec.Cmd, error) {
	cmd, err := p.Command(ctx, args...)
	if err == nil {
		cmd.Dir = c.Dir
	}
	return cmd, err
}
