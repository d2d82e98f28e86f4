//go:build integration

package integration

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// mariaDBVariable names the Debian suite whose MariaDB is tested instead of that of the host's own: trixie has 11.8.
const mariaDBVariable = "MARIADB_SUITE"

// suiteOf is the suite whose server of a flavour is tested; "" is the usual one.
func suiteOf(flavour mysql.Flavour) string {
	if flavour == mysql.MariaDB {
		return os.Getenv(mariaDBVariable)
	}
	return ""
}

// startPair starts a source and a replica of a suite and ends them with the test.
func startPair(t testing.TB, flavour mysql.Flavour, suite string) *database.Pair {
	t.Helper()
	helper, err := lab.Self()
	if err != nil {
		t.Fatal(err)
	}
	p, err := database.Start(t.Context(), flavour, suite, filepath.Join(repo, ".lab", "trees"), helper)
	if errors.Is(err, pkgtree.ErrNoNetwork) {
		t.Skipf("no %s to be had: %v", flavour, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%s %s, %s", flavour, p.Program.Package, p.Program.Origin())
	return p
}

// trackerClock is the tracker's clock as its edge makes it: it starts at the wall clock and never follows its steps.
func trackerClock() func() rto.Instant {
	began := time.Now()
	return func() rto.Instant { return rto.InstantOf(began).Add(time.Since(began)) }
}

// sampler looks at a server and is closed with the test.
func sampler(t testing.TB, a mysql.Account, now func() rto.Instant, o mysql.Options) *mysql.Sampler {
	t.Helper()
	s, err := mysql.New(a, now, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func flavours() []mysql.Flavour { return []mysql.Flavour{mysql.MariaDB, mysql.MySQL} }

func TestDatabaseLooks(t *testing.T) {
	t.Parallel()
	for _, flavour := range flavours() {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			p := startPair(t, flavour, suiteOf(flavour))
			now := trackerClock()
			o := mysql.Options{Store: "main", Name: "r", Heartbeat: "drheartbeat.heartbeat"}
			source := sampler(t, p.Source.Account(database.Monitor), now, o).Source(t.Context())
			t.Logf("%+v", source)
			replica := sampler(t, p.Replica.Account(database.Monitor), now, o).Replica(t.Context())
			t.Logf("%+v %+v", replica, replica.Threads)
			if source.Outcome != rto.OK || replica.Outcome != rto.OK || !replica.ReceivedKnown || !replica.Applied.Equal(source.At) {
				t.Error("source and replica do not agree")
			}
		})
	}
}

// recoveryVariable is "full" for as many samples and kills as docs/proof/ is made from; anything else is a reduced set.
const recoveryVariable = "RECOVERY"

// proofVariable names a folder; what the recovery tests measured is then written there.
const proofVariable = "RECOVERY_PROOF"

// amount is how much of something to do.
func amount(reduced, full int) int {
	if os.Getenv(recoveryVariable) == "full" {
		return full
	}
	return reduced
}

// proof writes what was measured into the log, and into docs/proof/ where that is asked for.
func proof(t *testing.T, name, text string) {
	t.Helper()
	t.Log("\n" + text)
	dir := os.Getenv(proofVariable)
	if dir == "" || t.Failed() {
		return
	}
	head := fmt.Sprintf("make proof: RECOVERY=full go test -tags integration -run '%s' ./test/integration\ncommit %s\n\n", t.Name(), cmp.Or(os.Getenv("COMMIT"), "unknown"))
	if err := os.WriteFile(filepath.Join(dir, "recovery-"+name+".txt"), []byte(head+text), 0o644); err != nil {
		t.Error(err)
	}
}
