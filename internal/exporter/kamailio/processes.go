package kamailio

import (
	"context"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// processes counts Kamailio's processes by kind, so that a lost worker shows.
type processes struct{ rpc caller }

func (processes) Name() string { return "processes" }

func (p processes) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := p.rpc.call(ctx, "core.psx")
	if err != nil {
		return err
	}
	if len(answer.list()) == 0 {
		return exporter.Empty(errNothingListed)
	}
	count := map[string]int{}
	for _, process := range answer.list() {
		count[processKind(process.str("DSC"))]++
	}
	for kind, n := range count {
		b.Add(metric.KamailioProcesses, float64(n), kind)
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
