package pkgtree

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// enteredPath is PATH inside a tree: the caller's has folders that are not there.
const enteredPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Enter is the second half of Room.Command: it runs in the new namespaces, mounts what the program needs below the tree, makes the tree
// the root directory and becomes the program. Args are those after EnterCommand. It returns only if that cannot be done.
func Enter(args []string) error {
	sep := slices.Index(args, "--")
	if sep < 1 || sep+1 >= len(args) {
		return errors.New("enter tree: want ROOT [FOLDER...] -- PROGRAM [ARGUMENT...]")
	}
	root, visible, program := args[0], args[1:sep], args[sep+1:]
	cwd, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("enter tree: %w", err)
	}
	if err := mountAll(root, visible); err != nil {
		return fmt.Errorf("enter tree: %w", err)
	}
	if err := syscall.Chroot(root); err != nil {
		return fmt.Errorf("enter tree: chroot %s: %w", root, err)
	}
	if os.Chdir(cwd) != nil { // not visible inside
		if err := os.Chdir("/"); err != nil {
			return fmt.Errorf("enter tree: %w", err)
		}
	}
	env := append(slices.DeleteFunc(os.Environ(), isPath), enteredPath)
	return fmt.Errorf("enter tree: start %s: %w", program[0], syscall.Exec(program[0], program, env))
}

func isPath(assignment string) bool {
	return len(assignment) >= 5 && assignment[:5] == "PATH="
}

// mountAll makes the kernel's file systems and the visible folders appear below root. Nothing of it leaves this mount namespace, and all
// of it ends with the last process in it.
func mountAll(root string, visible []string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	for _, dir := range append([]string{"/proc", "/dev"}, visible...) {
		at := filepath.Join(root, dir)
		if err := os.MkdirAll(at, 0o755); err != nil {
			return err
		}
		// What is mounted below a folder has to come along: without it, a user namespace is refused the folder (mount_namespaces(7)).
		if err := syscall.Mount(dir, at, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
			return fmt.Errorf("bind %s: %w", dir, err)
		}
	}
	return nil
}
