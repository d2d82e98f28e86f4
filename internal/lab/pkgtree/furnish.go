package pkgtree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// furnish does what the packages' own scripts would have done and a daemon needs: one /usr, links which hold wherever the tree lies,
// shared-library links, user names, and host names.
func furnish(ctx context.Context, root string) error {
	for _, dir := range []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"} {
		if err := mergeUsr(root, dir); err != nil {
			return fmt.Errorf("merge /%s into /usr: %w", dir, err)
		}
	}
	if err := relativeLinks(root); err != nil {
		return fmt.Errorf("relative links: %w", err)
	}
	if err := linkLibraries(ctx, root); err != nil {
		return err
	}
	for _, dir := range []string{"dev", "etc", "proc", "run", "tmp", "root"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"etc/passwd":        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
		"etc/group":         "root:x:0:\nnogroup:x:65534:\n",
		"etc/hosts":         "127.0.0.1 localhost\n::1 localhost\n",
		"etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nprotocols: files\n",
		"etc/protocols":     "ip 0 IP\ntcp 6 TCP\nudp 17 UDP\nsctp 132 SCTP\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// mergeUsr moves root/dir into root/usr/dir and leaves a link, as every Debian system since 12 has it.
func mergeUsr(root, dir string) error {
	from, to := filepath.Join(root, dir), filepath.Join(root, "usr", dir)
	info, err := os.Lstat(from)
	switch {
	case err == nil && !info.IsDir(): // the packages brought the link themselves
		return nil
	case err == nil:
		if err := mergeInto(from, to); err != nil {
			return err
		}
		if err := os.RemoveAll(from); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if _, err := os.Stat(to); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return os.Symlink(filepath.Join("usr", dir), from)
}

// mergeInto moves the files below from to the same place below to; what is there already stays.
func mergeInto(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		dest := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(dest, 0o755)
		}
		if _, err := os.Lstat(dest); err == nil {
			return nil
		}
		return os.Rename(path, dest)
	})
}

// relativeLinks rewrites links which begin with "/", so that they point into the tree also when it is not the root directory.
func relativeLinks(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink == 0 {
			return err
		}
		target, err := os.Readlink(path)
		if err != nil || !filepath.IsAbs(target) {
			return err
		}
		rel, err := filepath.Rel(filepath.Dir(path), filepath.Join(root, target))
		if err != nil {
			return err
		}
		if err := os.Remove(path); err != nil {
			return err
		}
		return os.Symlink(rel, path)
	})
}

// linkLibraries makes the links from a library's short name to its file, which no package ships and ldconfig makes at installation.
func linkLibraries(ctx context.Context, root string) error {
	dirs := libraryDirs(root)
	if len(dirs) == 0 {
		return nil
	}
	ldconfig := filepath.Join(root, "sbin", "ldconfig") // statically linked: runs outside its tree
	out, err := exec.CommandContext(ctx, ldconfig, append([]string{"-n"}, dirs...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ldconfig: %w", explain(string(out), err))
	}
	return nil
}

// libraryDirs are the folders in which the dynamic loader has to look when the tree is not the root directory.
func libraryDirs(root string) []string {
	dirs, _ := filepath.Glob(filepath.Join(root, "usr", "lib", "*-linux-gnu*")) // the pattern is a constant and well-formed
	return dirs
}
