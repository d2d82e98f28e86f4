package platform

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// policy is a policy of the broker.
type policy struct {
	Vhost      string `json:"vhost"`
	Name       string `json:"name"`
	Pattern    string `json:"pattern"`
	Definition struct {
		Mode   string          `json:"ha-mode"`
		Params json.RawMessage `json:"ha-params"`
		Sync   string          `json:"ha-sync-mode"`
	} `json:"definition"`
}

// mirrors is how many mirrors the policy asks for in a cluster of so many running nodes; false where that cannot be said.
func (p policy) mirrors(running int) (int, bool) {
	switch p.Definition.Mode {
	case "all":
		return running - 1, true
	case "exactly":
		var n int
		if json.Unmarshal(p.Definition.Params, &n) != nil {
			return 0, false
		}
		return min(n, running) - 1, true
	case "nodes":
		var names []string
		if json.Unmarshal(p.Definition.Params, &names) != nil {
			return 0, false
		}
		return min(len(names), running) - 1, true
	}
	return 0, false
}

// lastMirroring is the last major version of RabbitMQ that mirrors queues (release notes of 4.0.1). 4.0.5 refuses a new policy that asks for
// mirrors as "not recognised"; one from before an upgrade stays and does nothing.
const lastMirroring = 3

// policies shows what policies ask for, and what becomes of it.
func (r *rabbit) policies(ctx context.Context, b *emit.Batch) error {
	var all []policy
	if err := r.get(ctx, "/api/policies", &all); err != nil {
		return err
	}
	queues, err := r.allQueues(ctx)
	if err != nil {
		return err
	}
	nodes, err := r.allNodes(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		b.Add(metric.PlatformRabbitPolicy, 1, p.Vhost, p.Name, p.Pattern, p.Definition.Mode, p.Definition.Sync)
		under := queuesUnder(p, queues)
		b.Add(metric.PlatformRabbitPolicyQueues, float64(len(under)), p.Vhost, p.Name)
		if effective, known := r.effective(p, under, runningOf(nodes)); known {
			b.Add(metric.PlatformRabbitPolicyEffective, truth(effective), p.Vhost, p.Name)
		}
	}
	r.outside(b, queues)
	if b.Len() == 0 {
		return exporter.Empty(nil)
	}
	return nil
}

func queuesUnder(p policy, queues []queue) []queue {
	var under []queue
	for _, q := range queues {
		if q.Vhost == p.Vhost && q.Policy == p.Name {
			under = append(under, q)
		}
	}
	return under
}

// effective reports whether the queues under a policy have the mirrors that it asks for; known is false for one that asks for none.
func (r *rabbit) effective(p policy, under []queue, running int) (effective, known bool) {
	want, known := p.mirrors(running)
	if !known {
		return false, false
	}
	major, _, _ := strings.Cut(r.version, ".")
	if n, err := strconv.Atoi(major); err != nil || n > lastMirroring {
		return false, err == nil
	}
	for _, q := range under {
		if q.Type == "classic" && !q.Exclusive && len(q.Mirrors) < want {
			return false, true
		}
	}
	return true, true
}

// outside shows the classic queues that no policy is in effect for. Quorum queues and streams have copies without one.
func (r *rabbit) outside(b *emit.Batch, queues []queue) {
	counts := map[string]int{}
	for _, q := range queues {
		counts[q.Vhost] += 0
		if q.Policy != "" || r.volatile(q) || q.Type != "classic" {
			continue
		}
		counts[q.Vhost]++
		b.Add(metric.PlatformRabbitOutsideInfo, 1, q.Vhost, q.Name)
	}
	for vhost, n := range counts {
		b.Add(metric.PlatformRabbitOutside, float64(n), vhost)
	}
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
