package exporter_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
)

// TestOwnLimit: a collector that lists much has a limit of its own, until the user says otherwise.
func TestOwnLimit(t *testing.T) {
	t.Parallel()
	const many = 2500 // above the default, below the collector's own
	long := scraper{name: "c", scrape: func(_ context.Context, b *emit.Batch) error {
		for i := range many {
			b.Add(fakeC, 1, fmt.Sprint(i))
		}
		return nil
	}}
	program := func(own int) exporter.Program {
		p := fakeProgram(fixed(long))
		p.Collectors = []exporter.CollectorInfo{{Name: "c", Help: "all of them", Default: true, Limit: own}}
		return p
	}
	f := func(own int, args []string, want int) {
		t.Helper()
		r := start(t, program(own), append(args, "--kamailio.address=x")...)
		if got := strings.Count(r.get(t, "/metrics").body, "\nkamailio_c{"); got != want {
			t.Errorf("own limit %d, flags %q: want %d series, got %d", own, args, want, got)
		}
	}
	f(0, nil, 2000)
	f(3000, nil, many)
	f(2100, nil, 2100)
	f(3000, []string{"--collector.limit=2000"}, 2000) // what the user says counts, even if it is the default
	f(10, []string{"--collector.limit=0"}, many)
}

func TestOwnLimitInAFleet(t *testing.T) {
	t.Parallel()
	p := fakeProgram(dialling)
	p.Collectors[2].Limit, p.Collectors[2].Default = 4, true
	path := filepath.Join(t.TempDir(), "fleet.yaml")
	writeConfig(t, path, `
modules:
  few: {limit: 2}
targets:
  - {name: k1, address: "tcp:`+newDaemon(t, well).address()+`"}
`)
	r := start(t, p, "--config.file="+path)
	in(t, r.get(t, "/probe?target=k1").body, `kamailio_exporter_series_dropped{collector="c",reason="limit"} 1`)
	in(t, r.get(t, "/probe?target=k1&module=few").body, `kamailio_exporter_series_dropped{collector="c",reason="limit"} 3`)
}

func TestHelpNamesOwnLimits(t *testing.T) {
	t.Parallel()
	p := twoCollectors()
	p.Collectors[1].Limit = 4321
	_, stdout, _ := once(t, p, "--help")
	in(t, strings.Join(strings.Fields(stdout), " "), "Collector b has 4321 by default.")
}
