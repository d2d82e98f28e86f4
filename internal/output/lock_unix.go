//go:build unix

package output

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps other writers out of a folder until the returned function is called, or the process ends. It locks the
// folder itself, so that no lock file can be left behind.
func lock(dir string) (func() error, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errors.New("another process is writing there")
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	// Unlocking must not be left to Close: a process that is being started at this moment may hold a copy of the file.
	return func() error { return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close()) }, nil
}
