package exporter_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
)

// picky accepts addresses that begin with fake: only.
func picky(c exporter.TargetConfig) (*exporter.Target, error) {
	if !strings.HasPrefix(c.Address, "fake:") {
		return nil, fmt.Errorf("address %q: want fake:number", c.Address)
	}
	return fixed(reads("a", fakeA), reads("b", fakeB), reads("c", fakeC))(c)
}

func TestGoodConfiguration(t *testing.T) {
	t.Parallel()
	code, out, wrong := once(t, fakeProgram(picky), "--config.check", "--config.file=testdata/fleet/good.yaml")
	if code != 0 || wrong != "" {
		t.Fatalf("want code 0, got %d: %s", code, wrong)
	}
	if want := "kamailio_exporter: testdata/fleet/good.yaml is good: 2 targets\n"; out != want {
		t.Errorf("want %q, got %q", want, out)
	}
}

func TestTheConfigurationReachesTheTargets(t *testing.T) {
	t.Parallel()
	got := map[string]exporter.TargetConfig{}
	p := fakeProgram(func(c exporter.TargetConfig) (*exporter.Target, error) {
		if c.Logger == nil || c.Now == nil {
			t.Errorf("%s: want a logger and a clock", c.Name)
		}
		c.Logger, c.Now = nil, nil
		got[c.Name] = c
		return picky(c)
	})
	if code, _, wrong := once(t, p, "--config.check", "--config.file=testdata/fleet/good.yaml", "--collector.c"); code != 0 {
		t.Fatal(wrong)
	}
	want := map[string]exporter.TargetConfig{
		"kamailio-1": {Name: "kamailio-1", Address: "fake:1", Collectors: []string{"a", "b", "c"}, Timeout: 30 * time.Second},
		"kamailio-2": {
			Name: "kamailio-2", Address: "fake:2", Collectors: []string{"a", "b"}, Timeout: 500 * time.Millisecond,
			Credentials: exporter.Credentials{Username: "monitor", PasswordFile: "testdata/fleet/password"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every mistake of a file is reported at once, each on one line with its place.
func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	code, _, wrong := once(t, fakeProgram(picky), "--config.check", "--config.file=testdata/fleet/bad.yaml")
	if code != 1 {
		t.Errorf("code: want 1, got %d", code)
	}
	want, err := os.ReadFile("testdata/fleet/bad.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), wrong); diff != "" {
		t.Errorf("stderr (-want +got):\n%s", diff)
	}
}

// What is no configuration at all must be refused in one line, whatever it is.
func TestConfigurationsThatAreNone(t *testing.T) {
	t.Parallel()
	f := func(content, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, wrong := once(t, fakeProgram(picky), "--config.file="+path)
		wrong = strings.ReplaceAll(wrong, path, "c.yaml")
		if want = "kamailio_exporter: " + want + "\n"; code != 1 || wrong != want {
			t.Errorf("%.20q: want 1 %q, got %d %q", content, want, code, wrong)
		}
	}
	f("", "c.yaml: the file is empty")
	f("targets:\n", `c.yaml:1:9: targets: has no value: write a value, or leave the key out if it is optional`)
	f("modules: {}\n", `c.yaml:1:1: key "targets" is missing`)
	f("[]\n", `c.yaml:1:1: want a mapping, got a list`)
	f(strings.Repeat("#", 2<<20), `configuration "c.yaml": larger than 1048576 bytes`)
}

// A login that nobody would use is refused, each key at its place.
func TestLoginThatNobodyUses(t *testing.T) {
	t.Parallel()
	p := fakeProgram(picky)
	p.Login = false
	code, _, wrong := once(t, p, "--config.check", "--config.file=testdata/fleet/good.yaml")
	want := `kamailio_exporter: testdata/fleet/good.yaml:17:15: targets[1].username: this exporter logs in nowhere: remove this
testdata/fleet/good.yaml:18:20: targets[1].password_file: this exporter logs in nowhere: remove this
`
	if code != 1 || wrong != want {
		t.Errorf("want 1 %q, got %d %q", want, code, wrong)
	}
}
