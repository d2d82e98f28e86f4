package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/voipbin/observability/internal/lab/npm"
)

// pageName is the name of the page that draws boards among the tools, and the folder of its source.
const pageName = "preview"

// PageFolder is where the built page belongs below a laboratory's folder: its name has the hash of the source.
func PageFolder(dir, repo string) (string, error) {
	h := sha256.New()
	source := filepath.Join(repo, pageName)
	err := filepath.WalkDir(source, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.Name() == "node_modules" {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if e.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %d\n%s", strings.TrimPrefix(path, source), len(text), text) // never fails, says hash.Hash
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("source of the page: %w", err)
	}
	return filepath.Join(dir, "page-"+hex.EncodeToString(h.Sum(nil)[:6])), nil
}

// Page is the folder of the page that draws boards, built if it is not there; bin/preview leads to it, where obsgen looks for it.
func Page(ctx context.Context, o Options) (string, error) {
	folder, err := PageFolder(o.Dir, o.Repo)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		if err := buildPage(ctx, o, folder); err != nil {
			return "", err
		}
	}
	// Also where the page was built for another clone: the compiler looks for its types there.
	source := filepath.Join(o.Repo, pageName)
	if packages, err := npm.Folder(NodeFolder(o.Dir), source); err == nil && npm.Complete(packages) {
		if err := link(filepath.Join(packages, "node_modules"), filepath.Join(source, "node_modules")); err != nil {
			return "", err
		}
	}
	bin := filepath.Join(o.Repo, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", err
	}
	return folder, link(folder, filepath.Join(bin, pageName))
}

// buildPage bundles the page with what its package-lock.json pins. The folder gets its name last, so that one that exists is whole.
func buildPage(ctx context.Context, o Options, folder string) error {
	node, err := Node(ctx, o)
	if err != nil {
		return err
	}
	packages, err := NodePackages(ctx, o, node, pageName)
	if err != nil {
		return err
	}
	source := filepath.Join(o.Repo, pageName)
	if err := link(filepath.Join(packages, "node_modules"), filepath.Join(source, "node_modules")); err != nil {
		return err
	}
	return o.Steps.Do("page that draws boards", func(func(string)) error {
		partial, err := os.MkdirTemp(o.Dir, "page.*")
		if err != nil {
			return err
		}
		cmd, err := node.Command(ctx, filepath.Join(source, "build.mjs"), partial)
		if err != nil {
			return err
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return errors.Join(fmt.Errorf("bundle the page: %w: %s", err, strings.TrimSpace(string(out))), os.RemoveAll(partial))
		}
		if err := os.Chmod(partial, 0o755); err != nil {
			return err
		}
		if err := os.Rename(partial, folder); err != nil && !errors.Is(err, fs.ErrExist) { // another process was quicker
			return err
		}
		return nil
	})
}

// link makes a symbolic link, or lets one that is there lead elsewhere, so that nobody finds none.
func link(to, path string) error {
	if old, err := os.Readlink(path); err == nil && old == to {
		return nil
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%s is in the way: remove it", path)
	}
	partial := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.Symlink(to, partial); err != nil {
		return err
	}
	return os.Rename(partial, path)
}
