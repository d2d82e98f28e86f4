package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/exporter"
)

// Scrapers of a target that tells run although the check failed, and the target is down all the same.
func TestScrapersTellWhatAFailedCheckFound(t *testing.T) {
	t.Parallel()
	f := func(tells bool, want seen) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			var logs bytes.Buffer
			o := observer(t, &exporter.Target{
				Name: "x", Tells: tells, Scrapers: []exporter.Scraper{reads("a", fakeA)},
				Check: func(context.Context) error { return exporter.Failed(exporter.OutcomeTimeout, errors.New("no answer")) },
			}, &logs)
			got := observe(t, o, time.Second)
			if got.Up != want.Up || got.Outcomes["a"] != want.Outcomes["a"] || len(got.Read) != len(want.Read) {
				t.Errorf("tells %v: want %+v, got %+v", tells, want, got)
			}
			synctest.Wait() // a flight logs after it has let its callers go
			in(t, logs.String(), "no answer")
		})
	}
	f(false, seen{Outcomes: map[string]string{"a": exporter.OutcomeTimeout}})
	f(true, seen{Outcomes: map[string]string{"a": exporter.OutcomeOK}, Read: []string{"a"}})
}

// keeper makes targets that work by themselves, and notes which do.
type keeper struct {
	mu      sync.Mutex
	running map[string]int
	began   map[string]int
}

func (k *keeper) program() exporter.Program {
	p := fakeProgram(func(c exporter.TargetConfig) (*exporter.Target, error) {
		t := &exporter.Target{Check: answers}
		if c.Module != nil {
			t.Run = func(ctx context.Context) {
				k.add(c.Name, 1)
				<-ctx.Done()
				k.add(c.Name, -1)
			}
		}
		return t, nil
	})
	p.Module = func(m *config.Map, folder string) any {
		if v := m.Optional("every"); v.Present() {
			return v.Duration(time.Second, time.Hour).String() + " in " + filepath.Base(folder)
		}
		return nil
	}
	p.AlwaysOn = func(c exporter.TargetConfig) bool { return c.Module != nil }
	return p
}

func (k *keeper) add(name string, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running[name] += n
	if n > 0 {
		k.began[name]++
	}
}

func (k *keeper) are(name string, running, began int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.running[name] == running && k.began[name] == began
}

func newKeeper() *keeper { return &keeper{running: map[string]int{}, began: map[string]int{}} }

// A target that is always on is observed from the start, without a scrape, and until it is no longer configured.
func TestTargetsThatAreAlwaysOn(t *testing.T) {
	t.Parallel()
	k := newKeeper()
	path := filepath.Join(t.TempDir(), "fleet.yaml")
	const file = `
modules:
  own: {every: %s}
targets:
  - {name: k1, address: a, module: own}
  - {name: k2, address: b}
`
	writeConfig(t, path, fmt.Sprintf(file, "10s"))
	r := start(t, k.program(), "--config.file="+path)
	eventually(t, "k1 works by itself", func() bool { return k.are("k1", 1, 1) && k.are("k2", 0, 0) })

	if a := r.get(t, "/probe?target=k1"); a.status != 200 {
		t.Errorf("probe: %d", a.status)
	}
	r.hangup <- os.Interrupt
	eventually(t, "the same configuration leaves it alone", func() bool { return k.are("k1", 1, 1) })

	writeConfig(t, path, fmt.Sprintf(file, "20s"))
	r.hangup <- os.Interrupt
	eventually(t, "another setting replaces it", func() bool { return k.are("k1", 1, 2) })

	writeConfig(t, path, "targets: [{name: k2, address: b}]\n")
	r.hangup <- os.Interrupt
	eventually(t, "it is over", func() bool { return k.are("k1", 0, 2) })

	writeConfig(t, path, fmt.Sprintf(file, "10s"))
	r.hangup <- os.Interrupt
	eventually(t, "it is back", func() bool { return k.are("k1", 1, 3) })
	if code := r.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if !k.are("k1", 0, 3) {
		t.Error("it goes on after the end")
	}
}

// Checking a configuration starts nothing, and finds mistakes in the exporter's own keys.
func TestCheckOfAModulesOwnKeys(t *testing.T) {
	t.Parallel()
	k := newKeeper()
	path := filepath.Join(t.TempDir(), "fleet.yaml")
	check := func(every string, wantCode int, wantError string) {
		t.Helper()
		writeConfig(t, path, "modules: {own: {every: "+every+"}}\ntargets: [{name: k1, address: a, module: own}]\n")
		code, _, stderr := once(t, k.program(), "--config.check", "--config.file="+path)
		if code != wantCode {
			t.Errorf("every %s: exit code %d", every, code)
		}
		in(t, stderr, wantError)
	}
	check("10s", 0, "")
	check("10", 1, "fleet.yaml:1:24: modules.own.every: ")
	if !k.are("k1", 0, 0) {
		t.Error("the check has started it")
	}
	writeConfig(t, path, "modules: {own: {evry: 10s}}\ntargets: [{name: k1, address: a, module: own}]\n")
	_, _, stderr := once(t, k.program(), "--config.check", "--config.file="+path)
	in(t, stderr, `did you mean "every"`)
}
