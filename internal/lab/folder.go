package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxRuns is how many laboratories may run side by side below one folder.
const maxRuns = 100

// maxSocketPath is the longest path of a unix socket, sun_path of unix(7) without its final zero byte.
const maxSocketPath = 107

// Folder is the folder of one run; no other run has it until Close.
type Folder struct {
	// Path is the folder, absolute and free of symbolic links.
	Path string
	// Sockets is where unix sockets go: Path, or a folder with a shorter name if sockets in Path would have too long a one.
	Sockets string
	lock    *os.File
}

// ClaimFolder takes the first run folder below dir that no living process holds, and empties it.
func ClaimFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	for n := 1; n <= maxRuns; n++ {
		f, err := claim(filepath.Join(dir, fmt.Sprintf("run-%d", n)))
		if errors.Is(err, syscall.EWOULDBLOCK) {
			continue
		}
		return f, err
	}
	return nil, fmt.Errorf("run folder: %d laboratories run below %s already", maxRuns, dir)
}

func claim(path string) (*Folder, error) {
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	f := &Folder{Path: path, Sockets: path, lock: lock}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, err
	}
	if err := f.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("run folder %s: %w", path, err), f.Close())
	}
	return f, nil
}

// prepare empties the folder of what an earlier run left.
func (f *Folder) prepare() error {
	if err := os.RemoveAll(f.Path); err != nil {
		return err
	}
	if err := os.MkdirAll(f.Path, 0o755); err != nil {
		return err
	}
	if longest := max(len(controlName), len(ctlName), len(asteriskSocket)); len(f.Path)+1+longest <= maxSocketPath {
		return nil
	}
	short, err := os.MkdirTemp("", "lab-")
	if err != nil {
		return err
	}
	f.Sockets = short
	return os.WriteFile(filepath.Join(f.Path, socketsName), []byte(short+"\n"), 0o644)
}

// The names of files in a run folder.
const (
	controlName = "control.sock" // this process listens here for "lab status" and others
	ctlName     = "kamailio.ctl" // Kamailio listens here for BINRPC
	socketsName = "sockets"      // holds the path of the folder for sockets if it is another one
)

// Visible are the folders that daemons must be able to see.
func (f *Folder) Visible() []string {
	if f.Sockets == f.Path {
		return []string{f.Path}
	}
	return []string{f.Path, f.Sockets}
}

// Remove deletes what is in the folder; the lock stays.
func (f *Folder) Remove() error { return os.RemoveAll(f.Path) }

// Close gives the folder back.
func (f *Folder) Close() error {
	var err error
	if f.Sockets != f.Path {
		err = os.RemoveAll(f.Sockets)
	}
	return errors.Join(err, f.lock.Close())
}

// controlSockets maps the numbers of the runs below dir to their control sockets, those of dead runs too.
func controlSockets(dir string) map[int]string {
	found := map[int]string{}
	for n := 1; n <= maxRuns; n++ {
		run := filepath.Join(dir, fmt.Sprintf("run-%d", n))
		if other, err := os.ReadFile(filepath.Join(run, socketsName)); err == nil {
			run = strings.TrimSpace(string(other))
		}
		socket := filepath.Join(run, controlName)
		if _, err := os.Stat(socket); err == nil {
			found[n] = socket
		}
	}
	return found
}
