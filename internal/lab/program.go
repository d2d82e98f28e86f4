package lab

import (
	"context"
	"path/filepath"

	"github.com/voipbin/observability/internal/lab/daemon"
	"github.com/voipbin/observability/internal/lab/pkgtree"
)

// obtain finds a program on this host or gets a tree with its package.
func obtain(ctx context.Context, o Options, req pkgtree.Request, name string) (*daemon.Program, error) {
	if req.Suite == "" {
		if p, ok := daemon.OnHost(name); ok {
			o.Steps.Note("-- %s: the one of this host, %s", name, p.Origin())
			return p, nil
		}
	}
	if req.AllowExpired {
		o.Steps.Note("   warning: metadata of suite %s past its date is accepted, as asked", req.Suite)
	}
	var p *daemon.Program
	err := o.Steps.Do(name+" from packages, without installing", func(detail func(string)) error {
		var err error
		p, err = daemon.FromPackages(ctx, name, req, o.trees(), detail)
		return err
	})
	return p, err
}

// trees is the folder of package trees.
func (o Options) trees() string { return filepath.Join(o.Dir, "trees") }
