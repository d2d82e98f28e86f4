package kamailio

import (
	"context"
	"slices"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// dmq reads the peers that Kamailio replicates to.
type dmq struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: dmq.
func (dmq) Name() string { return "dmq" }

// Scrape asks dmq.list_nodes.
func (d dmq) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := d.rpc.call(ctx, "dmq.list_nodes")
	if err != nil {
		return err
	}
	if len(answer.list()) == 0 {
		return exporter.Empty(errNothingListed)
	}
	for _, node := range answer.list() {
		keys := []string{node.str("host"), node.str("port"), yesNo(node.str("local") == "1")}
		emitFields(b, node, []field{{metric.KamailioDMQNodeFailures, "fail_count", 1}}, keys...)
		state := node.str("status")
		if !slices.Contains(metric.DMQStates(), state) {
			b.Invalid(metric.KamailioDMQNodeUp) // a word of a version to come: what it means is not known
			continue
		}
		b.Add(metric.KamailioDMQNodeUp, truth(state == "active"), keys...)
		for _, s := range metric.DMQStates() {
			b.Add(metric.KamailioDMQNodeState, truth(s == state), append(keys[:3:3], s)...)
		}
	}
	return nil
}

func yesNo(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}
