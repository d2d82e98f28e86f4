package kamailio

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// versions are the daemons whose answers are in testdata.
func versions() []string { return []string{"5.4.4", "5.6.3", "6.0.1", "6.1.5"} }

func suite() exportertest.Suite {
	return exportertest.Suite{Families: metric.Kamailio(), Kit: metric.KamailioKit}
}

// everything names all collectors but compat, whose names are not ours.
func everything() []string {
	var names []string
	for _, c := range Collectors() {
		if c.Name != "compat" {
			names = append(names, c.Name)
		}
	}
	return names
}

// healthy are the outcomes of all collectors where nothing is missing.
func healthy() map[string]string {
	want := map[string]string{}
	for _, name := range everything() {
		want[name] = exporter.OutcomeOK
	}
	return want
}

// batch takes what a scraper reads.
func batch(t testing.TB) *emit.Batch {
	t.Helper()
	return emit.NewSet(metric.Kamailio()).Batch(0)
}

// recorded starts a server that answers as a real Kamailio of that version did. The file of a call with arguments has them
// in its name: pike.top.ALL.bin.
func recorded(t testing.TB, version string) *binrpctest.Server {
	t.Helper()
	return binrpctest.Replay(t, "unix", "testdata/kamailio-"+version)
}

// options are those of a target whose every collector has something to read, with the collectors named, or all.
func options(t testing.TB, address string, collectors ...string) Options {
	t.Helper()
	if collectors == nil {
		collectors = everything()
	}
	return Options{
		Address: address, Collectors: collectors, Now: exportertest.Now, Proc: os.DirFS("testdata/proc"),
		Profiles: []Profile{{Name: "inbound"}, {Name: "caller", Value: "c1"}},
		dial:     presenting(t), DispatcherDetail: DefaultDispatcherDetail,
	}
}

// targetOf is a target that is closed with the test.
func targetOf(t testing.TB, o Options) *exporter.Target {
	t.Helper()
	target, err := NewTarget(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := target.Close(); err != nil {
			t.Error(err)
		}
	})
	return target
}

// scraped is a scrape of a target, held to the catalogue.
func scraped(t *testing.T, o Options) exportertest.Scrape {
	t.Helper()
	got := suite().Scrape(t, targetOf(t, o))
	suite().Check(t, got)
	return got
}

// observed is the target at a server, with the collectors named, or all.
func observed(t testing.TB, server *binrpctest.Server, collectors ...string) *exporter.Target {
	t.Helper()
	return targetOf(t, options(t, server.Address().String(), collectors...))
}

// TestGolden compares what the exporter makes of each version's real answers.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			suite().Golden(t, observed(t, recorded(t, version)), "testdata/golden/"+version+".prom")
		})
	}
}

// TestEveryFamilyIsEmitted is the other half of catalogue equality: no entry that nothing emits.
func TestEveryFamilyIsEmitted(t *testing.T) {
	t.Parallel()
	suite().Covered(t, "testdata/golden/*.prom", map[string]string{
		metric.KamailioKit.SeriesDropped.Name: "these servers show nothing that is left out; TestLargeCounters has some",
	})
}

func TestAllHealthy(t *testing.T) {
	t.Parallel()
	lacks := map[string][]string{ // what a version does not have, or the recorded server had not loaded
		"5.4.4": {"mqueue", "mysql", "overload"}, "5.6.3": {"overload"}, "6.0.1": {"mysql"}, "6.1.5": {"mysql"},
	}
	for _, version := range versions() {
		got := suite().Scrape(t, observed(t, recorded(t, version)))
		want := healthy()
		for _, name := range lacks[version] {
			want[name] = exporter.OutcomeAbsent
		}
		if diff := cmp.Diff(want, got.Outcomes); diff != "" || !got.Up {
			t.Errorf("%s: up %v, outcomes (-want +got):\n%s", version, got.Up, diff)
		}
	}
}

func TestUnknownCollector(t *testing.T) {
	t.Parallel()
	_, err := NewTarget(Options{Address: "tcp://127.0.0.1:1", Collectors: []string{"core", "coer"}, Now: exportertest.Now})
	if err == nil || !strings.Contains(err.Error(), `"coer"`) {
		t.Errorf("want an error that names the collector, got %v", err)
	}
}

func TestBadAddress(t *testing.T) {
	t.Parallel()
	if _, err := NewTarget(Options{Address: "ftp://somewhere"}); err == nil {
		t.Error("an address that is none was accepted")
	}
}

// scrubbed stands in the recordings where Kamailio printed a password in clear.
const scrubbed = "scrubbed!"

// TestRecordingsHoldNoSecret guards the files themselves: uac.reg_dump prints passwords in clear.
func TestRecordingsHoldNoSecret(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/kamailio-*/uac.reg_dump.*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded registrations: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if n := strings.Count(text, "auth_password"); n != 3 || strings.Count(text, scrubbed) != n {
			t.Errorf("%s: %d registrations, of which %d hold no password", file, n, strings.Count(text, scrubbed))
		}
	}
}
