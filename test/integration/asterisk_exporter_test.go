//go:build integration

package integration

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	exporterasterisk "github.com/voipbin/observability/internal/exporter/asterisk"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/metric"
)

// observerFile is the manager user that is documented for the exporter.
const observerFile = "deploy/asterisk/observability.conf"

// withObserver gives an Asterisk that user, with a secret that is not the one published.
func withObserver(t testing.TB, s *asterisk.Single) exporter.Credentials {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repo, observerFile))
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Replace(string(text), "change-this", "hunter2", 1)
	file, password := filepath.Join(s.Dir, "observer.conf"), filepath.Join(s.Dir, "password")
	for path, text := range map[string]string{file: own, password: "hunter2\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.ManagerFiles = append(s.ManagerFiles, file)
	return exporter.Credentials{Username: "observer", PasswordFile: password}
}

func asteriskSuite() exportertest.Suite {
	return exportertest.Suite{Families: metric.Asterisk(), Kit: metric.AsteriskKit}
}

// byDefault are the collectors that run unless they are switched off.
func byDefault() []string {
	var names []string
	for _, c := range exporterasterisk.Collectors() {
		if c.Default {
			names = append(names, c.Name)
		}
	}
	return names
}

// observeAsterisk makes a target of a running Asterisk.
func observeAsterisk(t testing.TB, s *asterisk.Single, c exporter.Credentials, change func(*exporterasterisk.Options)) *exporter.Target {
	t.Helper()
	o := exporterasterisk.Options{
		Address: s.AMI(), Credentials: c, Collectors: byDefault(), RequiredModules: []string{"res_pjsip", "app_nothing.so"},
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: time.Now,
	}
	if change != nil {
		change(&o)
	}
	target, err := exporterasterisk.NewTarget(o)
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

// sample is the value of one series, and whether it is there.
func sample(x exportertest.Scrape, series string) (float64, bool) {
	for line := range strings.Lines(x.Text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name == series {
			v, err := strconv.ParseFloat(value, 64)
			return v, err == nil
		}
	}
	return 0, false
}

// total is the sum of all series of a family whose labels hold a text.
func total(x exportertest.Scrape, family, labels string) float64 {
	sum := 0.0
	for line := range strings.Lines(x.Text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		base, rest, _ := strings.Cut(name, "{")
		if !ok || base != family || !strings.Contains(rest, labels) {
			continue
		}
		v, _ := strconv.ParseFloat(value, 64)
		sum += v
	}
	return sum
}

// TestAsteriskWithDocumentedUser: with the rights that are documented, everything that is on by default works on a real Asterisk, and with
// rights to run commands so does the rest.
func TestAsteriskWithDocumentedUser(t *testing.T) {
	t.Parallel()
	for _, suite := range asterisks() {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			var c exporter.Credentials
			s := startAsterisk(t, suite, func(s *asterisk.Single) { c = withObserver(t, s) })
			got := asteriskSuite().Scrape(t, observeAsterisk(t, s, c, nil))
			asteriskSuite().Check(t, got)
			want := map[string]string{}
			for _, name := range byDefault() {
				want[name] = exporter.OutcomeOK
			}
			for _, name := range []string{"bridges", "conferences", "channels"} {
				want[name] = exporter.OutcomeEmpty
			}
			want["stasis"] = exporter.OutcomeDisabled
			if diff := cmp.Diff(want, got.Outcomes); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			for _, series := range []string{
				"asterisk_fully_booted 1", `asterisk_module_loaded{module="res_pjsip"} 1`, `asterisk_module_loaded{module="app_nothing"} 0`,
				"asterisk_ami_connected 1", `asterisk_pjsip_endpoint_up{endpoint="dead"} 0`, `asterisk_queue_callers{queue="support"} 0`,
			} {
				if !strings.Contains(got.Text, "\n"+series+"\n") {
					t.Errorf("missing: %s", series)
				}
			}
			start, ok := sample(got, "asterisk_start_time_seconds")
			if age := float64(time.Now().Unix()) - start; !ok || age < 0 || age > 60 {
				t.Errorf("start: want within a minute, got %v seconds ago", age)
			}
			t.Log(got.Text)
			admin := filepath.Join(s.Dir, "admin")
			if err := os.WriteFile(admin, []byte(asterisk.Secret), 0o600); err != nil {
				t.Fatal(err)
			}
			all := observeAsterisk(t, s, exporter.Credentials{Username: asterisk.Admin, PasswordFile: admin}, func(o *exporterasterisk.Options) {
				o.Collectors, o.ARI = []string{"taskprocessors", "parking", "stasis"}, "http://{host}:"+strconv.Itoa(s.HTTPPort)+"/ari"
				o.Applications = []string{asterisk.Application}
			})
			rest := asteriskSuite().Scrape(t, all)
			asteriskSuite().Check(t, rest)
			if diff := cmp.Diff(map[string]string{"taskprocessors": "ok", "parking": "ok", "stasis": "empty"}, rest.Outcomes); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			t.Log(rest.Text)
			if !slices.Contains(strings.Split(rest.Text, "\n"), `asterisk_stasis_application_subscribed{application="voipbin"} 0`) {
				t.Error("want the application that is not there shown as 0")
			}
		})
	}
}
