package kamailio

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// dispatcher reads the dispatcher's sets and targets. The number of targets by set and state is always complete, every
// target tells whether it is up, and some tell everything: a carrier's list of a thousand gateways must not cost fourteen
// series each. Those that Kamailio has given up come first, because an alert reads their state.
type dispatcher struct {
	rpc    caller
	detail int // targets that tell everything
}

// Name is that of the collector in its flag and in its outcome: dispatcher.
func (dispatcher) Name() string { return "dispatcher" }

// Scrape asks dispatcher.list.
func (d dispatcher) Scrape(ctx context.Context, b *emit.Batch) error {
	sets, targets, err := readDestinations(ctx, d.rpc)
	if err != nil {
		return err
	}
	count := make(map[string]map[string]int, len(sets))
	for _, set := range sets {
		count[set] = make(map[string]int, len(metric.DispatcherStates()))
	}
	for _, t := range targets {
		count[t.set][t.state]++
	}
	b.Add(metric.KamailioDispatcherSets, float64(len(count)))
	for set, states := range count {
		for _, state := range metric.DispatcherStates() {
			b.Add(metric.KamailioDispatcherSetTargets, float64(states[state]), set, state)
		}
	}
	for _, t := range targets {
		t.emitUp(b)
	}
	if d.detail < len(targets) {
		slices.SortStableFunc(targets, func(x, y destination) int { return cmp.Compare(x.urgency(), y.urgency()) })
	}
	for _, t := range targets[:min(d.detail, len(targets))] {
		t.emitDetail(b)
	}
	return nil
}

// urgency says which targets are to tell everything if not all may, lowest first. Nobody acts on those that were disabled by
// hand, so however many there are, they do not hide one that stopped to answer.
func (t destination) urgency() int {
	return slices.Index([]string{"inactive", "disabled", "", "trying", "active"}, t.state)
}

// readDestinations asks for all sets, of which some may have no targets, and all targets in their order. Entries of a set that
// no label tells apart are one target: it is as well as the best of them, since Kamailio routes there while one takes calls.
func readDestinations(ctx context.Context, rpc caller, args ...any) (sets []string, targets []destination, err error) {
	sets, entries, err := listDestinations(ctx, rpc, args...)
	type key struct{ set, uri, id string }
	places := make(map[key]int, len(entries))
	targets = make([]destination, 0, len(entries))
	for _, t := range entries {
		k := key{t.set, t.uri, t.id}
		place, twin := places[k]
		switch {
		case !twin:
			places[k] = len(targets)
			targets = append(targets, t)
		case t.health() > targets[place].health():
			targets[place] = t
		}
	}
	return sets, targets, err
}

// listDestinations asks for all sets, and all their entries in their order.
func listDestinations(ctx context.Context, rpc caller, args ...any) (sets []string, targets []destination, err error) {
	answer, err := rpc.call(ctx, "dispatcher.list", args...)
	if isRefusal(err, "No Destination Sets") {
		return nil, nil, exporter.Empty(err)
	}
	if err != nil {
		return nil, nil, err
	}
	records, ok := answer.field("RECORDS")
	if !ok && len(answer.entries()) == 0 {
		return nil, nil, exporter.Empty(errNothingListed)
	}
	if !ok {
		return nil, nil, exporter.Failed(exporter.OutcomeDecode, errNoRecords)
	}
	records.each("SET", func(set reply) {
		id := set.str("ID")
		sets = append(sets, id)
		list, _ := set.field("TARGETS")
		list.each("DEST", func(dest reply) { targets = append(targets, newDestination(id, dest)) })
	})
	return sets, targets, nil
}

// destination is one destination of a set.
type destination struct {
	set, uri, id string
	state        string // a word of metric.DispatcherStates, or "" for a letter that is not known
	probed       bool
	reply        reply
}

func newDestination(set string, dest reply) destination {
	attrs, _ := dest.field("ATTRS")
	t := destination{set: set, uri: dest.str("URI"), id: attrs.str("DUID"), reply: dest}
	t.state, t.probed = targetState(dest.str("FLAGS"))
	return t
}

// health ranks states by what they mean for calls, the best highest.
func (t destination) health() int {
	return slices.Index([]string{"", "disabled", "inactive", "trying", "active"}, t.state)
}

// targetState reads FLAGS: the first letter is the state, the second P where Kamailio probes the target and X (or N)
// where it does not. All of AP AX TP TX IP IX DX were seen.
func targetState(flags string) (state string, probed bool) {
	for _, s := range metric.DispatcherStates() {
		if strings.HasPrefix(flags, strings.ToUpper(s[:1])) {
			state = s
		}
	}
	return state, strings.HasSuffix(flags, "P")
}

// emitUp emits nothing for a target whose state is not known.
func (t destination) emitUp(b *emit.Batch) {
	if t.state != "" {
		b.Add(metric.KamailioDispatcherTargetUp, truth(t.state == "active" || t.state == "trying"), t.set, t.uri, t.id)
	}
}

func (t destination) emitDetail(b *emit.Batch) {
	keys := []string{t.set, t.uri, t.id}
	if t.state != "" {
		for _, s := range metric.DispatcherStates() {
			b.Add(metric.KamailioDispatcherTargetState, truth(s == t.state), t.set, t.uri, t.id, s)
		}
	}
	b.Add(metric.KamailioDispatcherTargetProbed, truth(t.probed), keys...)
	if priority, ok := t.reply.number("PRIORITY"); ok { // may be below zero
		b.Add(metric.KamailioDispatcherTargetPriority, priority, keys...)
	}
	if attrs, ok := t.reply.field("ATTRS"); ok {
		emitFields(b, attrs, []field{{metric.KamailioDispatcherTargetWeight, "WEIGHT", 1}}, keys...)
		for _, f := range []field{
			{metric.KamailioDispatcherTargetRelativeWeight, "RWEIGHT", 1},
			{metric.KamailioDispatcherTargetDialogsLimit, "MAXLOAD", 1},
		} {
			if v, _ := attrs.number(f.name); v > 0 { // 0 is none
				b.Add(f.family, v, keys...)
			}
		}
	}
	if runtime, ok := t.reply.field("RUNTIME"); ok {
		emitFields(b, runtime, []field{{metric.KamailioDispatcherTargetDialogs, "DLGLOAD", 1}}, keys...)
	}
	t.emitLatency(b, keys)
}

// emitLatency emits what ds_ping_latency_stats measures. Kamailio states milliseconds; a target that never answered a
// probe shows zeros, which are not a measurement and are left out.
func (t destination) emitLatency(b *emit.Batch, keys []string) {
	latency, ok := t.reply.field("LATENCY")
	if !ok {
		return
	}
	emitFields(b, latency, []field{{metric.KamailioDispatcherTargetTimeouts, "TIMEOUT", 1}}, keys...)
	if highest, _ := latency.number("MAX"); highest == 0 {
		return
	}
	const millisecond = 1e-3
	for _, stat := range []string{"avg", "std", "est", "max"} {
		emitFields(b, latency, []field{{metric.KamailioDispatcherTargetLatency, strings.ToUpper(stat), millisecond}}, t.set, t.uri, t.id, stat)
	}
}

// truth is 1 for true and 0 for false.
func truth(v bool) float64 {
	if v {
		return 1
	}
	return 0
}
