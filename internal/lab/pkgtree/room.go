package pkgtree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Mode is a way to run a program of a tree.
type Mode string

// The ways, best first.
const (
	// Namespace makes the tree the root directory inside a user and mount namespace of our own (user_namespaces(7)); needs no right.
	Namespace Mode = "user namespace"
	// Chroot does the same as root, in a mount namespace only.
	Chroot Mode = "chroot"
	// Loader starts the program through the tree's own dynamic loader. Paths compiled into the program then mean the host's files, so
	// that it must be told on its command line where its modules are: see Room.Path.
	Loader Mode = "dynamic loader"
)

// EnterCommand is the first argument with which the helper program has to call Enter.
const EnterCommand = "enter-tree"

// tryWithin bounds the trial of one mode; it takes milliseconds.
const tryWithin = 20 * time.Second

// Room runs programs of one tree in one mode.
type Room struct {
	tree    *Tree
	helper  []string
	visible []string
	mode    Mode
	why     string
}

// NewRoom finds the best mode that works here by trying each. Helper is the command line of a program which passes its arguments after
// EnterCommand to Enter. The folders in visible, absolute paths, are seen inside the tree under the same path and can be written there.
func NewRoom(ctx context.Context, tree *Tree, helper []string, visible ...string) (*Room, error) {
	modes := []Mode{Namespace, Loader}
	if os.Geteuid() == 0 {
		modes = []Mode{Chroot, Namespace, Loader}
	}
	r := &Room{tree: tree, helper: helper, visible: visible}
	var refused []string
	for _, mode := range modes {
		r.mode = mode
		err := r.try(ctx)
		if err == nil {
			r.why = strings.Join(refused, "; ")
			return r, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		refused = append(refused, fmt.Sprintf("%s: %v", mode, err))
	}
	return nil, fmt.Errorf("no way to run programs of %s here: %s", tree.Root, strings.Join(refused, "; "))
}

// try runs a program that does nothing, so that the loader, the libraries and the mounts are all used once.
func (r *Room) try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	cmd, err := r.Command(ctx, "true")
	if err != nil {
		return err
	}
	out, err := cmd.CombinedOutput()
	first := complaint(string(out))
	switch {
	case err == nil:
		return nil
	case first != "":
		return errors.New(first)
	case errors.Is(err, syscall.ENOSPC): // clone(2): beyond /proc/sys/user/max_user_namespaces
		return errors.New("switched off or used up here")
	case errors.Is(err, syscall.EPERM):
		return errors.New("not permitted here")
	}
	return err
}

// Mode is the mode in use.
func (r *Room) Mode() Mode { return r.mode }

// Why says why better modes are not in use; empty if the best is.
func (r *Room) Why() string { return r.why }

// Path is the path by which a program running in the room finds a file of the tree, such as "/usr/lib/x/modules".
func (r *Room) Path(inTree string) string {
	if r.mode == Loader {
		return filepath.Join(r.tree.Root, inTree)
	}
	return inTree
}

// Glob is the match of a pattern inside the tree, as seen by a program in the room; an error if there is none or more than one.
func (r *Room) Glob(pattern string) (string, error) {
	found, err := filepath.Glob(filepath.Join(r.tree.Root, pattern))
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", fmt.Errorf("want one %s in the tree, found %d", pattern, len(found))
	}
	return r.Path(strings.TrimPrefix(found[0], r.tree.Root)), nil
}

// Command is the command that runs the named program of the tree; the caller starts it. Its working directory is Dir where that is
// visible inside the tree.
func (r *Room) Command(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	program, err := r.tree.lookup(name)
	if err != nil {
		return nil, err
	}
	if r.mode == Loader {
		return r.byLoader(ctx, program, args)
	}
	line := append([]string{}, r.helper...)
	line = append(line, EnterCommand, r.tree.Root)
	line = append(line, r.visible...)
	line = append(line, "--", program)
	line = append(line, args...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if r.mode == Namespace {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return cmd, nil
}

// byLoader uses the loader's --library-path and not LD_LIBRARY_PATH, which the program's own children would inherit.
func (r *Room) byLoader(ctx context.Context, program string, args []string) (*exec.Cmd, error) {
	loaders, _ := filepath.Glob(filepath.Join(r.tree.Root, "usr", "lib*", "ld-linux*.so.*")) // 64-bit x86, arm64
	if len(loaders) == 0 {
		loaders, _ = filepath.Glob(filepath.Join(r.tree.Root, "usr", "lib", "*-linux-gnu*", "ld-linux*.so.*"))
	}
	if len(loaders) == 0 {
		return nil, fmt.Errorf("no dynamic loader below %s", r.tree.Root)
	}
	dirs := libraryDirs(r.tree.Root)
	for _, d := range libraryDirs(r.tree.Root) {
		private, _ := filepath.Glob(filepath.Join(d, filepath.Base(program))) // a daemon's own folder, as usr/lib/<triplet>/kamailio
		dirs = append(dirs, private...)
	}
	line := append([]string{"--library-path", strings.Join(dirs, ":"), filepath.Join(r.tree.Root, program)}, args...)
	return exec.CommandContext(ctx, loaders[0], line...), nil
}

// lookup finds a program in the tree's usual folders and returns its path inside the tree.
func (t *Tree) lookup(name string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	for _, dir := range []string{"/usr/sbin", "/usr/bin"} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(filepath.Join(t.Root, path)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no program %q in the tree %s", name, t.Root)
}
