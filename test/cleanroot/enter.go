package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// enterCommand is the first argument with which the program starts itself inside new namespaces.
const enterCommand = "enter-root"

// lentVariables are the settings of the network that an environment may hold.
func lentVariables() []string {
	return []string{
		"GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
		"SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "npm_config_registry", "npm_config_cafile",
	}
}

// environment is all that a command inside is told.
func environment() []string {
	env := []string{
		"PATH=/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin", "HOME=" + userHome, "USER=user", "LOGNAME=user", "SHELL=/bin/bash",
		"LANG=C.UTF-8", "TERM=dumb",
	}
	for _, name := range lentVariables() {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// run runs a command line in the folder inside the root and measures it. Its namespace of processes ends with it, so that nothing stays.
func (r *root) run(ctx context.Context, folder, command string, stdout, stderr io.Writer) (outcome, error) {
	self, err := os.Executable()
	if err != nil {
		return outcome{}, err
	}
	var kept tail
	cmd := exec.CommandContext(ctx, self, enterCommand, r.tree.Root, r.dir, r.goroot, folder, command)
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = io.MultiWriter(stdout, &kept), io.MultiWriter(stderr, &kept)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	start := r.now()
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return outcome{}, context.Cause(ctx)
	case err != nil && !errors.As(err, &exit):
		return outcome{}, fmt.Errorf("user namespaces are needed: %w", err)
	case exit != nil && exit.ExitCode() < 0:
		return outcome{}, fmt.Errorf("%s: %w", command, err)
	}
	state := cmd.ProcessState
	return outcome{
		command: command, code: state.ExitCode(), wall: r.now().Sub(start), processor: state.UserTime() + state.SystemTime(), last: kept.lines(),
	}, nil
}

// enter is what the program does as the first process of its namespaces: it makes the root the root directory, read-only but for the user's
// folders, runs the command there as an ordinary user, and is the parent of processes that lose theirs.
func enter(args []string, stderr io.Writer) (int, error) {
	if len(args) != 5 {
		return 1, errors.New("enter: want ROOT FOLDER GOROOT DIRECTORY COMMAND")
	}
	if err := mountAll(args[0], args[1], args[2]); err != nil {
		return 1, err
	}
	if err := os.Chdir(args[3]); err != nil {
		return 1, err
	}
	child, err := os.StartProcess("/bin/bash", []string{"bash", "-c", args[4]}, &os.ProcAttr{
		Env: os.Environ(), Files: []*os.File{nil, os.Stdout, os.Stderr},
		Sys: &syscall.SysProcAttr{ // a namespace in which the only user is an ordinary one, without capabilities
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: userID, HostID: 0, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: userID, HostID: 0, Size: 1}},
		},
	})
	if err != nil {
		return 1, fmt.Errorf("start as a user: %w", err)
	}
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return 1, fmt.Errorf("wait: %w", err)
		}
		if pid != child.Pid {
			continue
		}
		if left := running(); len(left) > 0 {
			fmt.Fprintf(stderr, "left running: %s\n", strings.Join(left, ", "))
		}
		if status.Signaled() {
			return 128 + int(status.Signal()), nil
		}
		return status.ExitStatus(), nil
	}
}

// running are the names of processes that live, but for this one.
func running() []string {
	var names []string
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well-formed
	for _, path := range stats {
		if filepath.Base(filepath.Dir(path)) == strconv.Itoa(os.Getpid()) {
			continue
		}
		text, err := os.ReadFile(path) // PID (NAME) STATE ..., proc(5)
		if err != nil {
			continue // it has ended
		}
		open, end := strings.IndexByte(string(text), '('), strings.LastIndexByte(string(text), ')')
		if open >= 0 && end > open && !strings.HasPrefix(string(text[end+1:]), " Z") {
			names = append(names, string(text[open+1:end]))
		}
	}
	return names
}

// mountAll lays the root out and makes it the root directory. Not by chroot: a process in one may make no user namespace (clone(2)), which
// the laboratory has to.
func mountAll(root, dir, goroot string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := bind(root, root, false, true); err != nil {
		return err
	}
	if err := syscall.Mount("proc", filepath.Join(root, "proc"), "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount proc: %w", err)
	}
	for _, m := range []struct {
		from, to            string
		recursive, readOnly bool
	}{
		{"/dev", "dev", true, false},
		{"/sys", "sys", true, false},
		{goroot, "usr/local/go", false, true},
		{filepath.Join(dir, "home"), userHome, false, false},
		{filepath.Join(dir, "tmp"), "tmp", false, false},
		{filepath.Join(dir, "var-tmp"), "var/tmp", false, false},
		{filepath.Join(dir, "run"), "run", false, false},
	} {
		if err := bind(m.from, filepath.Join(root, m.to), m.recursive, m.readOnly); err != nil {
			return err
		}
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := syscall.PivotRoot(".", "."); err != nil { // the old root lies over the new one then: pivot_root(2)
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := syscall.Unmount(".", syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("leave the host's root: %w", err)
	}
	return nil
}

// bind makes a folder appear at another place.
func bind(from, to string, recursive, readOnly bool) error {
	flags := uintptr(syscall.MS_BIND)
	if recursive {
		flags |= syscall.MS_REC
	}
	if err := syscall.Mount(from, to, "", flags, ""); err != nil {
		return fmt.Errorf("bind %s: %w", from, err)
	}
	if !readOnly {
		return nil
	}
	var at syscall.Statfs_t
	if err := syscall.Statfs(to, &at); err != nil {
		return err
	}
	flags = syscall.MS_BIND | syscall.MS_REMOUNT | syscall.MS_RDONLY | uintptr(at.Flags)&(syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC|syscall.MS_NOATIME|syscall.MS_NODIRATIME)
	const relative = 1 << 12 // ST_RELATIME of statfs(2), which is not the flag of mount(2)
	if at.Flags&relative != 0 {
		flags |= syscall.MS_RELATIME
	}
	if err := syscall.Mount("", to, "", flags, ""); err != nil {
		return fmt.Errorf("make %s read-only: %w", to, err)
	}
	return nil
}
