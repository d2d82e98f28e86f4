package exporter_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/exporter"
)

// A login is taken from flags, and only where the program has one.
func TestLoginFlags(t *testing.T) {
	t.Parallel()
	var got exporter.Credentials
	p := fakeProgram(func(c exporter.TargetConfig) (*exporter.Target, error) {
		got = c.Credentials
		return fixed()(c)
	})
	args := []string{"--config.check", "--kamailio.address=x", "--kamailio.username=monitor", "--kamailio.password-file=secret.txt"}
	p.Login = false
	if code, _, _ := once(t, p, args...); code != 2 {
		t.Errorf("without a login: want code 2, got %d", code)
	}
	p.Login = true
	code, _, wrong := once(t, p, args...)
	if want := (exporter.Credentials{Username: "monitor", PasswordFile: "secret.txt"}); code != 0 || got != want {
		t.Errorf("want %v, got %d, %v: %s", want, code, got, wrong)
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "password")
	c := exporter.Credentials{Username: "monitor", PasswordFile: path}
	f := func(content, want, wantErr string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := c.Password()
		if got != want {
			t.Errorf("%.20q: want %q, got %q", content, want, got)
		}
		switch {
		case wantErr == "" && err != nil:
			t.Errorf("%.20q: %v", content, err)
		case wantErr != "" && (err == nil || !strings.Contains(err.Error(), wantErr)):
			t.Errorf("%.20q: want an error that says %q, got %v", content, wantErr, err)
		}
	}
	f("secret", "secret", "")
	f("secret\n", "secret", "")
	f("secret\r\n# rotated yearly\n", "secret", "")
	f(" with spaces \n", " with spaces ", "")
	f("", "", "its first line is empty")
	f("\nsecret", "", "its first line is empty")
	f(strings.Repeat("x", 5000), "", "is larger than 4096 bytes")

	if got, err := (exporter.Credentials{}).Password(); got != "" || err != nil {
		t.Errorf("without a file: want no password and no error, got %q, %v", got, err)
	}
	if _, err := (exporter.Credentials{PasswordFile: path + "-missing"}).Password(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: want an error that says so, got %v", err)
	}
}
