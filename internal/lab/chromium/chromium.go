// Package chromium obtains a Chromium, this host's own or one of Debian's packages that are unpacked and not installed, with fonts that are
// the same on every machine. It refuses to start it: that is package browser's business.
package chromium

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/lab/pkgtree"
)

// Program is a Chromium that can be started.
type Program struct {
	// Path is the program.
	Path string
	// Env is what it needs in its environment, as NAME=VALUE.
	Env []string
	// Fonts is the folder of the fonts that it draws with; empty if it has to make do with this host's.
	Fonts string
	// Origin says in a few words where it comes from.
	Origin string
}

// Request says which packages hold it.
func Request() pkgtree.Request {
	return pkgtree.Request{Name: "chromium", Packages: []string{"chromium"}}
}

// Obtain is this host's Chromium as Find has it, or one of packages, built below the folder of trees if it is not there yet, telling
// progress, which may be nil. Errors wrap pkgtree.ErrNoNetwork where that is the cause. Without fonts of packages, one of this host draws
// with the host's.
func Obtain(ctx context.Context, getenv func(string) string, trees string, progress func(string)) (*Program, error) {
	var p *Program
	path, err := Find(getenv)
	switch {
	case err == nil:
		p = &Program{Path: path, Origin: path}
	case !errors.Is(err, ErrNone):
		return nil, err
	default:
		if p, err = fromPackages(ctx, trees, progress); err != nil {
			return nil, err
		}
	}
	fonts, err := Fonts(ctx, trees, progress)
	switch {
	case err == nil:
		p.Fonts = fonts.Dir
		p.Env = append(p.Env, fonts.Env)
	case p.Path != path:
		return nil, err // a tree has none of its own
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	return p, nil
}

// fromPackages is the Chromium of a tree. It is started directly and not inside the tree, because its processes start others of the same
// file and find what belongs to it beside that file: the host's loader and C library, of the same suite, with the tree's other libraries.
func fromPackages(ctx context.Context, trees string, progress func(string)) (*Program, error) {
	tree, err := pkgtree.Ensure(ctx, Request(), trees, progress)
	if err != nil {
		return nil, err
	}
	libraries, err := linkLibraries(tree.Root)
	if err != nil {
		return nil, fmt.Errorf("libraries of %s: %w", tree.Root, err)
	}
	return &Program{
		Path:   filepath.Join(tree.Root, "usr", "lib", "chromium", "chromium"),
		Env:    []string{"LD_LIBRARY_PATH=" + libraries},
		Origin: fmt.Sprintf("%d packages, version %s", len(tree.Packages), tree.Version("chromium")),
	}, nil
}

// linkLibraries makes a folder beside the tree with links to all of its libraries but those of the C library, which have to be of one
// build with the loader, and that is the host's. The folder gets its name last, so that one that exists is complete.
func linkLibraries(root string) (string, error) {
	final := filepath.Join(filepath.Dir(root), "linked")
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	work, err := os.MkdirTemp(filepath.Dir(root), "linked-*")
	if err != nil {
		return "", err
	}
	var found []string
	// PulseAudio's client asks for its other half at a path of the root, where a host without it has none.
	for _, below := range []string{".", "pulseaudio"} {
		files, err := filepath.Glob(filepath.Join(root, "usr", "lib", "*-linux-gnu*", below, "*.so*"))
		if err != nil {
			return "", err
		}
		found = append(found, files...)
	}
	for _, file := range found {
		if ofC(filepath.Base(file)) {
			continue
		}
		target, err := filepath.Rel(work, file)
		if err != nil {
			return "", err
		}
		if err := os.Symlink(target, filepath.Join(work, filepath.Base(file))); err != nil {
			return "", err
		}
	}
	if err := os.Chmod(work, 0o755); err != nil {
		return "", err
	}
	err = os.Rename(work, final)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, os.ErrExist) { // another process was quicker
		return final, os.RemoveAll(work)
	}
	return final, err
}

// ofC reports whether a file belongs to the C library, by the list of the package libc6.
func ofC(file string) bool {
	name, _, _ := strings.Cut(file, ".so")
	return strings.HasPrefix(name, "ld-linux") || strings.HasPrefix(name, "libnss_") || slices.Contains([]string{
		"libBrokenLocale", "libanl", "libc", "libc_malloc_debug", "libdl", "libm", "libmemusage", "libmvec", "libnsl", "libpcprofile",
		"libpthread", "libresolv", "librt", "libthread_db", "libutil",
	}, name)
}
