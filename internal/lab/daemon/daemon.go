// Package daemon finds the program of a daemon, in PATH or in a package tree, and says how to run it. It refuses to start anything: that
// is the supervisor's business.
package daemon

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/voipbin/observability/internal/lab/pkgtree"
)

// Program is a daemon's program: one of this host, or one of a package tree.
type Program struct {
	name string
	path string        // of this host's
	tree *pkgtree.Tree // where it is not this host's
	room *pkgtree.Room // set by Enter
}

// At is the program at a path of this host.
func At(name, path string) *Program { return &Program{name: name, path: path} }

// OnHost looks in PATH and where Debian puts daemons, which is not in the PATH of a user without rights.
func OnHost(name string) (*Program, bool) {
	if path, err := exec.LookPath(name); err == nil {
		return At(name, path), true
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin"} {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return At(name, path), true
		}
	}
	return nil, false
}

// FromPackages is the program of a tree below the folder of trees, which is built if it is not there yet; progress is told meanwhile and
// may be nil. Errors wrap pkgtree.ErrNoNetwork and pkgtree.ErrDiskFull where that is the cause.
func FromPackages(ctx context.Context, name string, req pkgtree.Request, trees string, progress func(string)) (*Program, error) {
	tree, err := pkgtree.Ensure(ctx, req, trees, progress)
	if err != nil {
		return nil, err
	}
	return &Program{name: name, tree: tree}, nil
}

// Enter decides how the program of a tree is run, with these folders visible to it; one of this host sees everything. Helper is the
// command line of a program that passes its arguments to lab.Helper.
func (p *Program) Enter(ctx context.Context, helper []string, visible ...string) error {
	if p.tree == nil {
		return nil
	}
	room, err := pkgtree.NewRoom(ctx, p.tree, helper, visible...)
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	p.room = room
	return nil
}

// Command is the command line that runs it, once entered. The daemon's life is the supervisor's business and not a context's.
func (p *Program) Command(ctx context.Context, args ...string) (*exec.Cmd, error) {
	ctx = context.WithoutCancel(ctx)
	if p.tree == nil {
		return exec.CommandContext(ctx, p.path, args...), nil
	}
	return p.room.Command(ctx, p.name, args...)
}

// Room is where the program of a tree is run; nil for one of this host.
func (p *Program) Room() *pkgtree.Room { return p.room }

// Misplaced says that paths compiled into the program do not hold where it runs, so that it has to be told where its files are.
func (p *Program) Misplaced() bool { return p.room != nil && p.room.Mode() == pkgtree.Loader }

// Package is the version of the named package that it comes from; empty for a program of this host.
func (p *Program) Package(name string) string {
	if p.tree == nil {
		return ""
	}
	return p.tree.Version(name)
}

// Origin says in a few words where the program comes from and how it is run.
func (p *Program) Origin() string {
	switch {
	case p.tree == nil:
		return p.path
	case p.room == nil:
		return fmt.Sprintf("%d packages", len(p.tree.Packages))
	}
	text := fmt.Sprintf("%d packages, by %s", len(p.tree.Packages), p.room.Mode())
	if why := p.room.Why(); why != "" {
		text += " (not by " + why + ")"
	}
	return text
}
