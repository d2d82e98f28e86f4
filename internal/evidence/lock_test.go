package evidence

import (
	"errors"
	"syscall"
	"testing"
)

// TestCopyOfTheLock: a process that is being started holds a copy of each open file until it runs its program. A log that is closed meanwhile
// can be opened again.
func TestCopyOfTheLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := lockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := syscall.Dup(int(first.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Close(copied); err != nil {
			t.Error(err)
		}
	})
	if _, err := lockDir(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("while it is held: want %v, got %v", ErrLocked, err)
	}
	if err := unlock(first); err != nil {
		t.Fatal(err)
	}
	second, err := lockDir(dir)
	if err != nil {
		t.Fatalf("after it was given back: %v", err)
	}
	if err := unlock(second); err != nil {
		t.Error(err)
	}
}
