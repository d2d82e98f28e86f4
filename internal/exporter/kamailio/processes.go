package kamailio

import (
	"context"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// processReady is the status of a process that has finished its start; one that waits in it, for example for an RTPEngine
// that does not answer, has 0 (seen on 6.1.5).
const processReady = "1"

// processes counts Kamailio's processes by kind, so that a lost worker and one that hangs in its start show.
type processes struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: processes.
func (processes) Name() string { return "processes" }

// Scrape asks core.psa.
func (p processes) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := p.rpc.call(ctx, "core.psa")
	if err != nil {
		return err
	}
	if len(answer.list()) == 0 {
		return exporter.Empty(errNothingListed)
	}
	count, ready := map[string]int{}, map[string]int{}
	for _, process := range answer.list() {
		if _, ok := process.field("description"); !ok {
			continue
		}
		kind := processKind(process.str("description"))
		count[kind]++
		if process.str("status") == processReady {
			ready[kind]++
		}
	}
	for kind, n := range count {
		b.Add(metric.KamailioProcesses, float64(n), kind)
		b.Add(metric.KamailioProcessesReady, float64(ready[kind]), kind)
	}
	return nil
}

// processKind takes the number of the child and its socket off a process's description: "udp receiver child=0
// sock=127.0.0.1:5060" is a "udp receiver". An absent description, as before 5.6 in pkg.stats, gives "unknown".
func processKind(description string) string {
	for _, mark := range []string{" child=", " sock=", " timer="} {
		description, _, _ = strings.Cut(description, mark)
	}
	if description = strings.TrimSpace(description); description == "" {
		return "unknown"
	}
	return description
}
