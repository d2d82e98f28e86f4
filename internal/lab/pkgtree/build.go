package pkgtree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// unpackers is how many packages are unpacked at a time: decompression keeps one core busy each.
const unpackers = 4

// builder makes one tree in its work folder, which becomes the tree by rename when all is done.
type builder struct {
	req      Request
	host     host
	work     string
	progress func(string)
}

func (b *builder) build(ctx context.Context) error {
	for _, tool := range []string{"apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(tool); err != nil {
			return startError(tool, err)
		}
	}
	if err := os.RemoveAll(b.work); err != nil { // what an interrupted run left
		return err
	}
	debs, err := b.download(ctx)
	if err != nil {
		return err
	}
	root := filepath.Join(b.work, "root")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	pkgs, err := b.unpack(ctx, debs, root)
	if err != nil {
		return err
	}
	b.progress("completing the tree")
	if err := furnish(ctx, root); err != nil {
		return err
	}
	if err := b.saveManifest(pkgs); err != nil {
		return err
	}
	return os.RemoveAll(b.aptDir())
}

func (b *builder) aptDir() string { return filepath.Join(b.work, "apt") }

func (b *builder) download(ctx context.Context) ([]string, error) {
	sources := ""
	if b.req.Suite != "" && b.req.Suite != b.host.codename {
		var err error
		if sources, err = otherSuite(etcApt, b.host, b.req); err != nil {
			return nil, err
		}
	}
	a, err := newApt(b.aptDir(), sources, b.progress)
	if err != nil {
		return nil, err
	}
	shared := indexFolder(filepath.Dir(b.work), sources)
	borrowIndex(shared, a.lists())
	debs, err := a.download(ctx, append(essentials(), b.req.Packages...))
	if err == nil {
		lendIndex(a.lists(), shared)
	}
	return debs, err
}

// unpack extracts the packages' files, several at a time, and returns what they were.
func (b *builder) unpack(ctx context.Context, debs []string, root string) ([]Package, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		pkgs  []Package
		slots = make(chan struct{}, unpackers)
	)
	for _, deb := range debs {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			pkg, err := unpackOne(ctx, deb, root)
			if err != nil {
				cancel(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			pkgs = append(pkgs, pkg)
			b.progress(fmt.Sprintf("unpacking, %d of %d packages", len(pkgs), len(debs)))
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	slices.SortFunc(pkgs, func(a, b Package) int { return strings.Compare(a.Name, b.Name) })
	return pkgs, nil
}

func unpackOne(ctx context.Context, deb, root string) (Package, error) {
	if ctx.Err() != nil {
		return Package{}, context.Cause(ctx)
	}
	pkg, err := describe(ctx, deb)
	if err != nil {
		return Package{}, err
	}
	out, err := exec.CommandContext(ctx, "dpkg-deb", "-x", deb, root).CombinedOutput()
	if err != nil {
		return Package{}, fmt.Errorf("unpack %s %s: %w", pkg.Name, pkg.Version, explain(string(out), err))
	}
	return pkg, nil
}

func (b *builder) saveManifest(pkgs []Package) error {
	f, err := os.Create(filepath.Join(b.work, manifestName))
	if err != nil {
		return err
	}
	return errors.Join(writeManifest(f, pkgs), f.Sync(), f.Close())
}
