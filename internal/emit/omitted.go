package emit

import "github.com/voipbin/observability/internal/metric"

// Invalid counts a value of f that the daemon showed but that cannot be true, and is therefore left out.
func (b *Batch) Invalid(*metric.Family) { b.dropped.Invalid++ }

// BeyondLimit counts n samples that the collector left out itself because it has a limit of its own.
func (b *Batch) BeyondLimit(n int) { b.dropped.Limit += n }
