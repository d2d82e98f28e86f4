package secretfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/secretfile"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, content, want, wrong string }{
		{"a line", "secret\n", "secret", ""},
		{"no end of line", "secret", "secret", ""},
		{"an end of line of Windows", "secret\r\nmore", "secret", ""},
		{"spaces belong to it", " se cret \n", " se cret ", ""},
		{"an empty file", "", "", "its first line is empty"},
		{"an empty line", "\nsecret", "", "its first line is empty"},
		{"a whole disk", strings.Repeat("x", 5000), "", "larger than 4096 bytes"},
	} {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := secretfile.Read(path, "token file")
		if got != c.want || (err != nil) != (c.wrong != "") || err != nil && (!strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	if _, err := secretfile.Read(filepath.Join(t.TempDir(), "none"), "token file"); err == nil || !strings.HasPrefix(err.Error(), "token file: ") {
		t.Errorf("a file that is not there: %v", err)
	}
}
