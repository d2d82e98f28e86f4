package platform

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/metric"
)

func suite() exportertest.Suite {
	return exportertest.Suite{Families: metric.Platform(), Kit: metric.PlatformKit}
}

// everything are the names of all collectors.
func everything() []string {
	var names []string
	for _, c := range Collectors() {
		names = append(names, c.Name)
	}
	return names
}

// secret is a file with a password, and the password.
func secret(t *testing.T) (path, password string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("hush-hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, "hush-hush"
}

// at is a target at an address.
func at(t *testing.T, address string, change ...func(*Options)) *exporter.Target {
	t.Helper()
	o := Options{Name: "it", Address: address, Collectors: everything(), Module: DefaultModule(), Receiver: NewReceiver(), Now: exportertest.Now}
	for _, c := range change {
		c(&o)
	}
	target, err := NewTarget(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if target.Close != nil {
			_ = target.Close()
		}
	})
	return target
}

// holds fails the test unless the scrape has all the lines.
func holds(t *testing.T, s exportertest.Scrape, lines ...string) {
	t.Helper()
	suite().Check(t, s)
	for _, want := range lines {
		if !strings.Contains(s.Text, "\n"+want+"\n") {
			t.Errorf("no %s in\n%s", want, s.Text)
		}
	}
}

// TestGoldensCoverTheCatalogue runs after the goldens are written or read by their own tests.
func TestGoldensCoverTheCatalogue(t *testing.T) {
	t.Parallel()
	suite().Covered(t, "testdata/golden/*.prom", map[string]string{
		metric.PlatformKit.SeriesDropped.Name: "nothing is dropped below the limits",
	})
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"rabbitmq://broker":                       "",
		"rabbitmqs://broker:15671":                "",
		"redis://cache":                           "",
		"rediss://[2001:db8::1]:6380":             "",
		"backup:/var/backups":                     "",
		"backup+https://storage.example/b?prefix": "",
		"":                          "scheme",
		"broker:15672":              "scheme",
		"http://broker:15672":       "scheme",
		"rabbitmq://broker/vhost":   "without more",
		"rabbitmq://":               "without more",
		"redis://cache/1":           "without more",
		"redis://user@cache":        "without more",
		"backup:relative":           "whole path",
		"backup://host/path":        "whole path",
		"backup+http:///x":          "without credentials",
		"deploys:/x":                "token",
		"rabbitmq://broker:1:2":     "brackets",
		"redis://broker:99999":      "65535",
		"backup+https://u:p@host/x": "without credentials",
	} {
		_, err := NewTarget(Options{Address: address, Module: DefaultModule(), Receiver: NewReceiver(), Now: exportertest.Now})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", address, err)
		case want != "" && (err == nil || !regexp.MustCompile(want).MatchString(err.Error()) || strings.Contains(err.Error(), "u:p")):
			t.Errorf("%q: want %q, got %v", address, want, err)
		}
	}
}

func TestAlwaysOn(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{"redis://x": true, "deploys:/x": true, "rabbitmq://x": false, "backup:/x": false, "?": false} {
		if got := AlwaysOn(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

// running runs what a target does between scrapes until the function returned is called.
func running(t *testing.T, target *exporter.Target) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); target.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}
