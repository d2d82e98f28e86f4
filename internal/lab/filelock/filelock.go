// Package filelock lets one process at a time fill a folder that several use. It locks against other processes only, and never removes the file:
// that would let two of them lock two different files of one name.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// poll is how often a waiting process looks whether the lock is free: flock(2) cannot be interrupted by a context.
const poll = 200 * time.Millisecond

// Lock takes the exclusive lock on the file of that path, which it makes where there is none. While another process holds it, progress is told so,
// with what that one does. The kernel drops it when the process ends, however it ends.
func Lock(ctx context.Context, path, does string, progress func(string)) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		progress("waiting for another run that " + does)
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, context.Cause(ctx))
		case <-time.After(poll):
		}
	}
}
