package kamailio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// CompatMethods lists the methods that kamailio_exporter 1.x knows.
func CompatMethods() []string {
	return append(CompatDefaultMethods(), "dispatcher.list", "tls.info", "dlg.stats_active")
}

// CompatDefaultMethods lists the methods that kamailio_exporter 1.x reads unless it is told otherwise.
func CompatDefaultMethods() []string {
	return []string{"tm.stats", "sl.stats", "core.shmmem", "core.uptime", "core.tcp_info"}
}

// compat repeats the metrics of kamailio_exporter 1.x under its names, from better sources where there are any: that
// exporter shows 0 for what Kamailio sends as doubles (shared memory and stateless replies from 5.7 on), and fails as a
// whole where one method does.
type compat struct {
	rpc     caller
	stats   *statistics
	methods []string
	scrapes *tally
}

// tally counts the scrapes of a target.
type tally struct{ total, failed atomic.Uint64 }

func (t *tally) count(err error) {
	t.total.Add(1)
	if err != nil {
		t.failed.Add(1)
	}
}

// Name is that of the collector in its flag and in its outcome: compat.
func (*compat) Name() string { return "compat" }

// Scrape asks the methods of an older exporter one after the other.
func (c *compat) Scrape(ctx context.Context, b *emit.Batch) error {
	b.Add(metric.CompatScrapes, float64(c.scrapes.total.Load()))
	b.Add(metric.CompatFailedScrapes, float64(c.scrapes.failed.Load()))
	own := b.Len()
	var failures, absences []error
	for _, method := range c.methods {
		switch err := c.read(ctx, b, method); {
		case err == nil:
		case exporter.Healthy(exporter.OutcomeOf(err)):
			absences = append(absences, err)
		case exporter.OutcomeOf(err) == exporter.OutcomeTransport, exporter.OutcomeOf(err) == exporter.OutcomeTimeout:
			return err // the next ones would fare no better
		default:
			failures = append(failures, err)
		}
	}
	if b.Len() > own {
		return errors.Join(failures...)
	}
	return errors.Join(append(failures, absences...)...)
}

func (c *compat) read(ctx context.Context, b *emit.Batch, method string) error {
	switch method {
	case "tm.stats":
		return c.merge(ctx, b, method, "tmx", compatTransactions())
	case "sl.stats":
		return c.merge(ctx, b, method, "sl", compatStateless())
	case "core.shmmem":
		return c.merge(ctx, b, method, "shmem", compatSharedMemory())
	case "dispatcher.list":
		return c.dispatcher(ctx, b)
	}
	answer, err := c.rpc.call(ctx, method)
	if method == "core.tcp_info" {
		err = withoutTCP(err)
	}
	if err != nil {
		return err
	}
	emitFields(b, answer, compatFields(method))
	return nil
}

// compatFields are the families of the methods whose answers are passed on as they are.
func compatFields(method string) []field {
	switch method {
	case "core.uptime":
		return []field{{metric.CompatUptime, "uptime", 1}}
	case "core.tcp_info":
		return []field{
			{metric.CompatTCPReaders, "readers", 1},
			{metric.CompatTCPMaxConnections, "max_connections", 1},
			{metric.CompatTCPMaxTLSConnections, "max_tls_connections", 1},
			{metric.CompatTCPConnections, "opened_connections", 1},
			{metric.CompatTCPTLSConnections, "opened_tls_connections", 1},
			{metric.CompatTCPWriteQueue, "write_queued_bytes", 1},
		}
	case "tls.info":
		return []field{
			{metric.CompatTLSConnections, "opened_connections", 1},
			{metric.CompatTLSMaxConnections, "max_connections", 1},
		}
	case "dlg.stats_active":
		return []field{
			{metric.CompatDialogsStarting, "starting", 1},
			{metric.CompatDialogsConnecting, "connecting", 1},
			{metric.CompatDialogsAnswering, "answering", 1},
			{metric.CompatDialogsOngoing, "ongoing", 1},
			{metric.CompatDialogsAll, "all", 1},
		}
	}
	return nil
}

// compatRow is a family that has two sources: a statistic, in full width, and a member of a method's answer, which some
// versions or all cut to 32 bits. The statistic is empty where there is none.
type compatRow struct {
	family            *metric.Family
	statistic, member string
	code              []string
}

func compatTransactions() []compatRow {
	rows := []compatRow{
		{metric.CompatTMCurrent, "inuse_transactions", "current", nil},
		{metric.CompatTMWaiting, "", "waiting", nil},
		{metric.CompatTMTotal, "UAS_transactions", "total", nil},
		{metric.CompatTMTotalLocal, "UAC_transactions", "total_local", nil},
		{metric.CompatTMRplReceived, "rpl_received", "rpl_received", nil},
		{metric.CompatTMRplGenerated, "rpl_generated", "rpl_generated", nil},
		{metric.CompatTMRplSent, "rpl_sent", "rpl_sent", nil},
		{metric.CompatTMCreated, "", "created", nil},
		{metric.CompatTMFreed, "", "freed", nil},
		{metric.CompatTMDelayedFree, "", "delayed_free", nil},
	}
	for _, code := range metric.CompatTMCodes.Labels[0].Values {
		rows = append(rows, compatRow{metric.CompatTMCodes, code + "_transactions", code, []string{code}})
	}
	return rows
}

func compatStateless() []compatRow {
	var rows []compatRow
	for _, code := range metric.CompatSLCodes.Labels[0].Values {
		rows = append(rows, compatRow{metric.CompatSLCodes, code + "_replies", code, []string{code}})
	}
	return rows
}

func compatSharedMemory() []compatRow {
	return []compatRow{
		{metric.CompatShmTotal, "total_size", "total", nil},
		{metric.CompatShmFree, "free_size", "free", nil},
		{metric.CompatShmUsed, "used_size", "used", nil},
		{metric.CompatShmRealUsed, "real_used_size", "real_used", nil},
		{metric.CompatShmMaxUsed, "max_used_size", "max_used", nil},
		{metric.CompatShmFragments, "fragments", "fragments", nil},
	}
}

// merge reads rows from the statistics of a group, and what is not there, as without module kex, from the method.
func (c *compat) merge(ctx context.Context, b *emit.Batch, method, group string, rows []compatRow) error {
	values, err := c.stats.group(ctx, group, "kex")
	if err != nil && !exporter.Healthy(exporter.OutcomeOf(err)) {
		return err
	}
	var rest []compatRow
	for _, row := range rows {
		if v, ok := values[row.statistic]; ok {
			emitValue(b, row.family, v, row.code...)
			continue
		}
		rest = append(rest, row)
	}
	if len(rest) == 0 {
		return nil
	}
	answer, err := c.rpc.call(ctx, method)
	if err != nil {
		return err
	}
	for _, row := range rest {
		emitFields(b, answer, []field{{row.family, row.member, 1}}, row.code...)
	}
	return nil
}

func (c *compat) dispatcher(ctx context.Context, b *emit.Batch) error {
	_, entries, err := listDestinations(ctx, c.rpc)
	if err != nil {
		return err
	}
	// The old labels do not tell apart what duid does: two entries of one address and state are one series, of which none is lost.
	type key struct{ uri, flags, set string }
	seen := make(map[key]struct{}, len(entries))
	for _, t := range entries {
		k := key{t.uri, t.reply.str("FLAGS"), t.set}
		if _, twin := seen[k]; twin {
			continue
		}
		seen[k] = struct{}{}
		b.Add(metric.CompatDispatcherTarget, 1, k.uri, k.flags, k.set)
	}
	return nil
}

// ParseCompatMethods reads methods of kamailio_exporter 1.x with commas between. The error names one that it does not know
// and the choice.
func ParseCompatMethods(s string) ([]string, error) {
	methods := strings.Split(s, ",")
	for i, m := range methods {
		methods[i] = strings.TrimSpace(m)
	}
	return methods, checkCompatMethods(methods)
}

// checkCompatMethods finds a method that kamailio_exporter 1.x does not know.
func checkCompatMethods(methods []string) error {
	for _, m := range methods {
		if !slices.Contains(CompatMethods(), m) {
			return fmt.Errorf("kamailio_exporter 1.x has no method %q: choose from %s", m, strings.Join(CompatMethods(), ", "))
		}
	}
	return nil
}
