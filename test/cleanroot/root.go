package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/steps"
)

// The user inside: the first that Debian's installer makes.
const (
	userHome = "/home/user"
	userID   = 1000
)

// named are the packages that the README asks for; Go is lent, since Debian's is older.
func named() []string { return []string{"make", "git", "ca-certificates"} }

// bare are the packages of the smallest Debian, debootstrap's variant "minbase": those of the priority "required", and apt.
func bare() []string {
	return []string{
		"apt", "base-files", "base-passwd", "bash", "bsdutils", "coreutils", "dash", "debconf", "debian-archive-keyring", "debianutils", "diffutils",
		"dpkg", "findutils", "grep", "gzip", "hostname", "init-system-helpers", "libc-bin", "login", "mawk", "mount",
		"ncurses-base", "ncurses-bin", "passwd", "perl-base", "sed", "sysvinit-utils", "tar", "tzdata", "util-linux",
	}
}

// folders are those below the program's folder that the user inside can write.
func folders() []string { return []string{"home", "tmp", "var-tmp", "run"} }

// root is the bare system and the folders that its user can write.
type root struct {
	tree   *pkgtree.Tree
	dir    string
	goroot string
	now    func() time.Time
}

func (r *root) home() string { return filepath.Join(r.dir, "home") }

// makeRoot unpacks the packages and does what their scripts would have done, as far as a user sees it.
func makeRoot(ctx context.Context, s settings, say *steps.Reporter) (*root, error) {
	if _, err := os.Stat(filepath.Join(s.goroot, "bin", "go")); err != nil {
		return nil, fmt.Errorf("no Go distribution: %w: name it with -go", err)
	}
	r := &root{dir: s.dir, goroot: s.goroot, now: s.now}
	err := say.Do("bare system of "+strings.Join(slices.Concat(named(), s.extra), ", ")+" and Go", func(detail func(string)) error {
		var err error
		r.tree, err = pkgtree.Ensure(ctx, pkgtree.Request{
			Name: "bare", Packages: slices.Concat(bare(), named(), s.extra),
		}, filepath.Join(s.dir, "trees"), detail)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, sub := range folders() {
		if err := os.MkdirAll(filepath.Join(s.dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	return r, errors.Join(r.settle(), r.lend())
}

// settle does what maintainer scripts do.
func (r *root) settle() error {
	for _, dir := range []string{"dev", "proc", "sys", "tmp", "run", "var/tmp", "usr/local/go", userHome} {
		if err := os.MkdirAll(filepath.Join(r.tree.Root, dir), 0o755); err != nil {
			return err
		}
	}
	for link, to := range map[string]string{"usr/bin/awk": "mawk", "usr/bin/which": "which.debianutils"} { // update-alternatives(1)
		err := os.Symlink(to, filepath.Join(r.tree.Root, link))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	users := fmt.Sprintf("root:x:0:0:root:/root:/bin/bash\n_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n"+
		"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\nuser:x:%[1]d:%[1]d::%[2]s:/bin/bash\n", userID, userHome)
	groups := fmt.Sprintf("root:x:0:\nnogroup:x:65534:\nuser:x:%d:\n", userID)
	return errors.Join(
		os.WriteFile(filepath.Join(r.tree.Root, "etc/passwd"), []byte(users), 0o644),
		os.WriteFile(filepath.Join(r.tree.Root, "etc/group"), []byte(groups), 0o644),
	)
}

// lend copies the host's settings of the network: how names are found, whom to trust, and where apt has its packages from.
func (r *root) lend() error {
	for _, path := range []string{"/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt", "/etc/apt", "/usr/share/keyrings"} {
		if err := r.copy(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("lend %s: %w", path, err)
		}
	}
	return nil
}

// copy copies a file, or all files of a folder that can be read, to the same place below the root.
func (r *root) copy(path string) error {
	return filepath.WalkDir(path, func(file string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrPermission) { // passwords for mirrors are not ours
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(file) // through links: only the content is lent
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) && file != path {
			return nil
		}
		if err != nil {
			return err
		}
		to := filepath.Join(r.tree.Root, file)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) { // a link of a package would lead elsewhere
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
}

// bundle writes the commit to a file that can be cloned, and returns its hash.
func bundle(ctx context.Context, repo, file string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", "-C", repo, "rev-parse", "HEAD").Output()
	if err != nil {
		return "", fmt.Errorf("commit of %s: %w", repo, err)
	}
	if out, err := exec.CommandContext(ctx, "git", "-C", repo, "bundle", "create", "-q", file, "HEAD").CombinedOutput(); err != nil {
		return "", fmt.Errorf("bundle of %s: %w: %s", repo, err, strings.TrimSpace(string(out)))
	}
	return strings.TrimSpace(string(out)), nil
}
