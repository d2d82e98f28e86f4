package filelock_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/lab/filelock"
)

// TestLock holds a lock against another taker, which waits until it is given up or told to stop.
func TestLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := filelock.Lock(t.Context(), path, "fills it", func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	said, enough := "", errors.New("enough")
	_, err = filelock.Lock(ctx, path, "fills it", func(s string) {
		said = s
		stop(enough)
	})
	if !errors.Is(err, enough) || said != "waiting for another run that fills it" {
		t.Errorf("held by another: %v, after %q", err, said)
	}
	again, err := filelock.Lock(t.Context(), path, "fills it", func(string) { unlock() })
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestLockInNoFolder(t *testing.T) {
	t.Parallel()
	_, err := filelock.Lock(t.Context(), filepath.Join(t.TempDir(), "none", "lock"), "", func(string) {})
	if err == nil || !strings.HasPrefix(err.Error(), "lock: ") {
		t.Errorf("want an error of the lock, got %v", err)
	}
}
