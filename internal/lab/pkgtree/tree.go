// Package pkgtree obtains daemons as unpacked Debian packages and runs them without root, without installing anything and without
// touching the system's package state. It refuses to run maintainer scripts, to skip a signature and to name a mirror of its own.
package pkgtree

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/lab/filelock"
)

// layout is part of every request's hash: raise it when the way a tree is built changes, so that old trees are built anew.
const layout = "2"

// ErrNoNetwork is wrapped by Ensure when the host's package mirror cannot be reached.
var ErrNoNetwork = errors.New("no network")

// ErrDiskFull is wrapped by Ensure when the tree does not fit on the disk.
var ErrDiskFull = errors.New("disk full")

// Request says which packages a tree holds.
type Request struct {
	// Name is the folder's name, such as "voip": lower-case letters, digits and dashes.
	Name string
	// Packages are the packages wanted; what they depend on comes by itself, what they recommend does not.
	Packages []string
	// Suite is the suite to take them from; empty means the sources configured on this host, as they are.
	Suite string
	// AllowExpired accepts release metadata past its date. It is for suites other than the host's, such as an archived one; the
	// signature is verified all the same.
	AllowExpired bool
}

// Tree is a complete set of unpacked packages.
type Tree struct {
	// Root is the absolute path of the folder which is the tree's "/".
	Root string
	// Packages is what the tree was built from, sorted by name.
	Packages []Package
}

// Package is one package of a tree as it was downloaded.
type Package struct {
	Name, Version, Arch string
	// SHA256 is the hexadecimal digest of the .deb file, which apt had verified against the signed index.
	SHA256 string
}

// essentials are the packages that every daemon takes for granted and none depends on: a shell, basic tools, ldconfig, user names.
func essentials() []string {
	return []string{"base-passwd", "bash", "coreutils", "dash", "grep", "libc-bin", "sed"}
}

// Ensure returns the tree for req below dir, building it when it is not there yet. It may be called by several processes at once: one
// builds, the others wait. Progress receives a short text now and then while it works; it may be nil. The errors are one line each and
// wrap ErrNoNetwork or ErrDiskFull where that is the cause.
func Ensure(ctx context.Context, req Request, dir string, progress func(string)) (*Tree, error) {
	if progress == nil {
		progress = func(string) {}
	}
	host, err := readHost(osRelease)
	if err != nil {
		return nil, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("tree folder %q: %w", dir, err)
	}
	final := filepath.Join(dir, req.Name+"-"+req.hash(host))
	if tree, err := open(final); err == nil {
		return tree, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("tree folder: %w", err)
	}
	unlock, err := filelock.Lock(ctx, filepath.Join(dir, req.Name+".lock"), "builds the same tree", progress)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if tree, err := open(final); err == nil { // another process built it while this one waited
		return tree, nil
	}
	b := builder{req: req, host: host, work: filepath.Join(dir, req.Name+".partial"), progress: progress}
	if err := b.build(ctx); err != nil {
		return nil, fmt.Errorf("package tree %s: %w", req.Name, err)
	}
	if err := os.Rename(b.work, final); err != nil {
		return nil, fmt.Errorf("package tree %s: %w", req.Name, err)
	}
	return open(final)
}

// hash identifies the tree: the same packages of the same suite on the same kind of host.
func (r Request) hash(h host) string {
	pkgs := slices.Sorted(slices.Values(r.Packages))
	sum := sha256.Sum256([]byte(strings.Join([]string{
		layout, h.codename, runtime.GOARCH, r.Suite, strings.Join(pkgs, " "),
	}, "\n")))
	return hex.EncodeToString(sum[:6])
}

// open reads a finished tree. The folder gets its name last, by rename, so that one that exists is complete.
func open(dir string) (*Tree, error) {
	f, err := os.Open(filepath.Join(dir, manifestName))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pkgs, err := readManifest(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	root, err := filepath.EvalSymlinks(filepath.Join(dir, "root"))
	if err != nil {
		return nil, err
	}
	return &Tree{Root: root, Packages: pkgs}, nil
}

// Version is the version of the named package in the tree, or the empty string.
func (t *Tree) Version(name string) string {
	for _, p := range t.Packages {
		if p.Name == name {
			return p.Version
		}
	}
	return ""
}
