//go:build integration

package integration

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// asteriskSuites names Debian suites, with blanks between, whose Asterisks are tested; the default is "sid bullseye", which are 22 and 16.
const asteriskSuites = "ASTERISK_SUITES"

// asterisks are the suites whose Asterisk is tested.
func asterisks() []string {
	if suites := strings.Fields(os.Getenv(asteriskSuites)); len(suites) > 0 {
		return suites
	}
	return []string{"sid", "bullseye"}
}

// prepareAsterisk gets an Asterisk of a suite that is not running yet, and ends it with the test.
func prepareAsterisk(t testing.TB, suite string) *asterisk.Single {
	t.Helper()
	helper, err := lab.Self()
	if err != nil {
		t.Fatal(err)
	}
	s, err := asterisk.Prepare(t.Context(), suite, filepath.Join(repo, ".lab", "trees"), helper)
	if errors.Is(err, pkgtree.ErrNoNetwork) {
		t.Skipf("no Asterisk to be had: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// startAsterisk starts an Asterisk of a suite.
func startAsterisk(t testing.TB, suite string, change func(*asterisk.Single)) *asterisk.Single {
	t.Helper()
	s := prepareAsterisk(t, suite)
	if change != nil {
		change(s)
	}
	if err := s.Start(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	t.Logf("Asterisk %s", s.Program.Package)
	return s
}

// TestAsteriskStarts starts and stops what all other tests of Asterisk need.
func TestAsteriskStarts(t *testing.T) {
	t.Parallel()
	for _, suite := range asterisks() {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			s := startAsterisk(t, suite, nil)
			version, err := s.Version(t.Context())
			if err != nil || version == "" {
				t.Fatalf("version: %q, %v", version, err)
			}
			t.Log(version)
		})
	}
}

// reloadAsterisk reloads everything.
func reloadAsterisk(t *testing.T, s *asterisk.Single) {
	t.Helper()
	conn, err := s.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	time.Sleep(1100 * time.Millisecond) // Asterisk tells the time of a reload in whole seconds
	if _, err := conn.Do(t.Context(), ami.NewAction("Reload")); err != nil {
		t.Fatal(err)
	}
}
