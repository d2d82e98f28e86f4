package kamailio

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// sharedMemory turns the statistics of group shmem into sizes. core.shmmem has them too, but wraps at 4 GiB before 6.0.
type sharedMemory struct{ stats *statistics }

// Name is that of the collector in its flag and in its outcome: shm.
func (sharedMemory) Name() string { return "shm" }

// Scrape reads the group shmem of the statistics.
func (s sharedMemory) Scrape(ctx context.Context, b *emit.Batch) error {
	values, err := s.stats.group(ctx, "shmem", "kex")
	if err != nil {
		return err
	}
	emitPlain(b, values, []plain{
		{metric.KamailioShmSize, "total_size"},
		{metric.KamailioShmFree, "free_size"},
		{metric.KamailioShmUsed, "used_size"},
		{metric.KamailioShmRealUsed, "real_used_size"},
		{metric.KamailioShmMaxUsed, "max_used_size"},
		{metric.KamailioShmFragments, "fragments"},
	})
	return nil
}

// privateMemory reads each process's private memory pool by pkg.stats.
type privateMemory struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: pkg.
func (privateMemory) Name() string { return "pkg" }

// Scrape asks pkg.stats.
func (p privateMemory) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := p.rpc.call(ctx, "pkg.stats")
	if err != nil {
		return err
	}
	if len(answer.list()) == 0 {
		return exporter.Empty(errNothingListed)
	}
	table := []struct {
		family *metric.Family
		field  string
	}{
		{metric.KamailioPkgSize, "total_size"},
		{metric.KamailioPkgFree, "free"},
		{metric.KamailioPkgUsed, "used"},
		{metric.KamailioPkgRealUsed, "real_used"},
		{metric.KamailioPkgFragments, "total_frags"},
	}
	for _, process := range answer.list() {
		kind, index := processKind(process.str("desc")), process.str("entry")
		for _, row := range table {
			if v, ok := process.number(row.field); ok && v >= 0 {
				b.Add(row.family, v, kind, index)
			}
		}
	}
	return nil
}
