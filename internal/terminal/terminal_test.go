package terminal_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/voipbin/observability/internal/terminal"
)

func TestIs(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	r, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	gone, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []io.Closer{file, r, pipe, device} {
		t.Cleanup(func() { _ = c.Close() }) // nothing was written
	}
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.Writer{file, pipe, &bytes.Buffer{}, io.Discard, gone, (*os.File)(nil)} {
		if terminal.Is(w) {
			t.Errorf("%T is taken for a terminal", w)
		}
	}
	if !terminal.Is(device) {
		t.Error("a character device is not taken for one")
	}
}
