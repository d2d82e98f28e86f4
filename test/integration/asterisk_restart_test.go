//go:build integration

package integration

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// TestAsteriskRestarted kills Asterisk and starts it again, several times, and looks for what is left over.
func TestAsteriskRestarted(t *testing.T) {
	for _, suite := range asterisks() {
		t.Run(suite, func(t *testing.T) {
			var c exporter.Credentials
			s := startAsterisk(t, suite, func(s *asterisk.Single) { c = withObserver(t, s) })
			done := leftovers(t)
			target := observeAsterisk(t, s, c, nil)
			first := until(t, target, "up", 10*time.Second, up)
			const watched, alone = 3, 1 // restarts
			booting := 0
			for range watched {
				s.Process.Stop()
				wantNothing(t, until(t, target, "down", 10*time.Second, func(x exportertest.Scrape) bool { return !x.Up }))
				if err := s.Start(t.Context(), false); err != nil {
					t.Fatal(err)
				}
				booting += watchBoot(t, target)
			}
			if booting == 0 {
				t.Errorf("no scrape of %d boots came while modules were loaded", watched)
			}
			for range alone {
				s.Process.Stop()
				if err := s.Start(t.Context(), true); err != nil {
					t.Fatal(err)
				}
				awaitObserver(t, s)
			}
			last := asteriskSuite().Scrape(t, target)
			if diff := cmp.Diff(first.Outcomes, last.Outcomes); diff != "" {
				t.Errorf("outcomes at first and at last (-want +got):\n%s", diff)
			}
			if gaps, _ := sample(last, "asterisk_ami_gaps_total"); gaps != watched+alone {
				t.Errorf("want %d gaps, got %v", watched+alone, gaps)
			}
			done(target)
		})
	}
}

// wantNothing wants no value of an Asterisk that is not there, but for what was counted before.
func wantNothing(t *testing.T, down exportertest.Scrape) {
	t.Helper()
	for name, outcome := range down.Outcomes {
		if outcome != exporter.OutcomeTransport {
			t.Errorf("down: %s: want transport, got %s", name, outcome)
		}
	}
	counted := func(line string) bool {
		return slices.ContainsFunc([]string{"_total", "_bucket", "_sum", "_count"}, func(s string) bool { return strings.Contains(line, s) })
	}
	for line := range strings.Lines(down.Text) {
		own := strings.HasPrefix(line, "asterisk_exporter_") || strings.HasPrefix(line, "asterisk_ami_")
		if strings.HasPrefix(line, "asterisk_") && !own && !strings.HasPrefix(line, "asterisk_up 0") && !counted(line) {
			t.Errorf("a value of an Asterisk that is not there: %s", line)
		}
	}
}

// watchBoot scrapes an Asterisk until it has loaded its modules: nothing may be called absent that is only not there yet. It returns how
// many scrapes found it loading.
func watchBoot(t *testing.T, target *exporter.Target) (booting int) {
	t.Helper()
	until(t, target, "booted", 20*time.Second, func(x exportertest.Scrape) bool {
		booted, known := sample(x, "asterisk_fully_booted")
		loading := x.Up && known && booted == 0
		if loading {
			booting++
		}
		for name, outcome := range x.Outcomes {
			if outcome == exporter.OutcomeAbsent {
				t.Errorf("%s is absent while Asterisk boots", name)
			}
			if loading && name == "queues" && outcome != exporter.OutcomeFault {
				t.Errorf("queues: want fault while Asterisk boots, got %s", outcome)
			}
		}
		return x.Up && booted == 1
	})
	return booting
}

// awaitObserver waits until the exporter has logged in again although nobody scrapes it. The pause between two attempts is 15 s at most.
func awaitObserver(t *testing.T, s *asterisk.Single) {
	t.Helper()
	const within = 20 * time.Second
	ctx, cancel := context.WithTimeoutCause(t.Context(), within, fmt.Errorf("the exporter is not back within %s", within))
	defer cancel()
	conn, err := s.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for {
		answer, err := conn.Do(ctx, ami.NewAction("Command", "Command", "manager show connected"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range answer.Response.Output() {
			if user := strings.Fields(line); len(user) > 0 && user[0] == "observer" {
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatal(context.Cause(ctx))
		case <-time.After(50 * time.Millisecond): // between two questions
		}
	}
}

// TestAsteriskReloaded: a reload of everything shows, and breaks nothing.
func TestAsteriskReloaded(t *testing.T) {
	for _, suite := range asterisks() {
		t.Run(suite, func(t *testing.T) {
			var c exporter.Credentials
			s := startAsterisk(t, suite, func(s *asterisk.Single) { c = withObserver(t, s) })
			done := leftovers(t)
			target := observeAsterisk(t, s, c, nil)
			first := until(t, target, "up", 10*time.Second, up)
			at, _ := sample(first, "asterisk_last_reload_timestamp_seconds")
			start, _ := sample(first, "asterisk_start_time_seconds")
			reloadAsterisk(t, s)
			got := until(t, target, "reloaded", 20*time.Second, func(x exportertest.Scrape) bool {
				now, _ := sample(x, "asterisk_last_reload_timestamp_seconds")
				return now > at
			})
			if again, _ := sample(got, "asterisk_start_time_seconds"); again != start {
				t.Errorf("a reload moved the start from %v to %v", start, again)
			}
			last := until(t, target, "as before", 10*time.Second, func(x exportertest.Scrape) bool { return cmp.Equal(first.Outcomes, x.Outcomes) })
			if gaps, _ := sample(last, "asterisk_ami_gaps_total"); gaps != 0 {
				t.Errorf("want the connection to outlive a reload, got %v gaps", gaps)
			}
			done(target)
		})
	}
}

// TestAsteriskWithoutPJSIP: what needs a module that is missing is absent, and nothing else; once the module is loaded it is there at the
// next scrape.
func TestAsteriskWithoutPJSIP(t *testing.T) {
	for _, suite := range asterisks() {
		t.Run(suite, func(t *testing.T) {
			var c exporter.Credentials
			s := startAsterisk(t, suite, func(s *asterisk.Single) {
				c = withObserver(t, s)
				s.Without = []string{"res_pjsip.so", "app_queue.so"}
			})
			done := leftovers(t)
			target := observeAsterisk(t, s, c, nil)
			wantAbsent := func(names ...string) {
				t.Helper()
				got := asteriskSuite().Scrape(t, target)
				asteriskSuite().Check(t, got)
				for name, outcome := range got.Outcomes {
					if slices.Contains(names, name) != (outcome == exporter.OutcomeAbsent) {
						t.Errorf("%s: got %s", name, outcome)
					}
				}
				if !strings.Contains(got.Text, "\nasterisk_module_loaded{module=\"res_pjsip\"} 0\n") || !got.Up {
					t.Error("want the missing module shown")
				}
			}
			wantAbsent("endpoints", "contacts", "registrations", "queues")
			conn, err := s.Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_, err = conn.Do(t.Context(), ami.NewAction("ModuleLoad", "Module", "app_queue.so", "LoadType", "load"))
			conn.Close()
			if err != nil {
				t.Fatal(err)
			}
			wantAbsent("endpoints", "contacts", "registrations")
			done(target)
		})
	}
}
