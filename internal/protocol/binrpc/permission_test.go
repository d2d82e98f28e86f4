package binrpc

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// asNobody runs f without root's right to pass over file modes, on a thread of its own which ends with it.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock it: the thread must not serve anybody else
		err := syscall.Setfsuid(65534)
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatalf("drop the right: %v", err)
	}
}

func TestPermissionDenied(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // only its owner could enter
		t.Fatal(err)
	}
	path := filepath.Join(dir, "ctl")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	f := func(file string, mode os.FileMode, want ...string) {
		t.Helper()
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		client := NewClient(Address{"unix", path}, Options{})
		defer client.Close()
		var err error
		asNobody(t, func() { _, err = client.Call(t.Context(), "core.version") })
		if !errors.Is(err, fs.ErrPermission) {
			t.Fatalf("want an error that wraps fs.ErrPermission, got %v", err)
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("want %q in the error, got %v", w, err)
			}
		}
	}
	us := fmt.Sprintf("permission denied: this process has uid %d, gid %d", os.Geteuid(), os.Getegid())
	f(path, 0o000, us, fmt.Sprintf("the socket belongs to uid %d, gid %d with mode 0000", os.Geteuid(), os.Getegid()),
		`modparam("ctl", "mode", 0660)`)
	f(dir, 0o000, us, "may not even look into "+dir)
	if err := os.Chmod(dir, 0o700); err != nil { // for the clean-up
		t.Fatal(err)
	}
}
