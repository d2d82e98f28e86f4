package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/voipbin/observability/internal/lab/pkgtree"
)

// program is a daemon: one in PATH, or one of a package tree.
type program struct {
	name string
	path string        // of the one in PATH
	tree *pkgtree.Tree // if there is none in PATH
	room *pkgtree.Room // set once the run folder is known
}

// obtain finds the program in PATH or gets a tree with its package.
func obtain(ctx context.Context, o Options, req pkgtree.Request, name string) (program, error) {
	if req.Suite == "" {
		if path, ok := findDaemon(name); ok {
			o.Steps.Note("-- %s: the one of this host, %s", name, path)
			return program{name: name, path: path}, nil
		}
	}
	if req.AllowExpired {
		o.Steps.Note("   warning: metadata of suite %s past its date is accepted, as asked", req.Suite)
	}
	p := program{name: name}
	err := o.Steps.Do(name+" from packages, without installing", func(detail func(string)) error {
		var err error
		p.tree, err = pkgtree.Ensure(ctx, req, filepath.Join(o.Dir, "trees"), detail)
		return err
	})
	return p, err
}

// findDaemon looks in PATH and where Debian puts daemons, which is not in the PATH of a user without rights.
func findDaemon(name string) (string, bool) {
	if path, err := exec.LookPath(name); err == nil {
		return path, true
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin"} {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path, true
		}
	}
	return "", false
}

// enter decides how the program of a tree is run, with the folders visible inside.
func (p *program) enter(ctx context.Context, helper []string, visible ...string) error {
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

// command is the command line that runs it. The daemon's life is the supervisor's business and not a context's.
func (p *program) command(ctx context.Context, args ...string) (*exec.Cmd, error) {
	ctx = context.WithoutCancel(ctx)
	if p.room == nil {
		return exec.CommandContext(ctx, p.path, args...), nil
	}
	return p.room.Command(ctx, p.name, args...)
}

// modules is the folder that matches pattern in the tree, where it has to be named because paths compiled into the daemon do not hold.
func (p *program) modules(pattern string) (string, error) {
	if p.room == nil || p.room.Mode() != pkgtree.Loader {
		return "", nil
	}
	return p.room.Glob(pattern)
}

// origin says in a few words where the program comes from and how it is run.
func (p *program) origin() string {
	if p.room == nil {
		return p.path
	}
	text := fmt.Sprintf("%d packages, by %s", len(p.tree.Packages), p.room.Mode())
	if why := p.room.Why(); why != "" {
		text += " (not by " + why + ")"
	}
	return text
}
