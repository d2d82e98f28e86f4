package scrapecfg

import (
	"fmt"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/spec"
)

// storage returns the retention for Prometheus versions that take it from the file. Before 3.11 the file either did not
// know the keys, or held the time a million times too long (prometheus/prometheus#18200): there the flags
// --storage.tsdb.retention.time and .size must say it, and FlagsFor does.
func storage(p spec.Prometheus) *Storage {
	if !retentionInFile(p.Version) {
		return nil
	}
	s := &Storage{}
	s.TSDB.Retention = Retention{Time: config.FormatDuration(p.Retention), Size: sizeText(p.StorageBytes)}
	return s
}

// retentionInFile reports whether prometheus.yml can say how much is kept.
func retentionInFile(v spec.Version) bool { return v.AtLeast(3, 11) }

// sizeText writes a number of bytes for Prometheus, whose larger units are powers of 1024 under the names of powers of 1000.
func sizeText(n int64) string { return fmt.Sprintf("%dB", n) }

// FeatureFlags returns the flags that switch on what the rules need of a Prometheus of the described version; none where it is
// on by itself.
func FeatureFlags(p spec.Prometheus) []string {
	if p.Version.AtLeast(3, 16) || !p.Anchored() {
		return nil
	}
	return []string{"--enable-feature=" + spec.ExtendedRanges}
}

// FlagsFor returns the flags that a Prometheus of the described version needs because its configuration file cannot say
// the same; none from 3.11 on.
func FlagsFor(p spec.Prometheus) []string {
	if retentionInFile(p.Version) {
		return nil
	}
	return []string{
		"--storage.tsdb.retention.time=" + config.FormatDuration(p.Retention),
		"--storage.tsdb.retention.size=" + sizeText(p.StorageBytes),
	}
}
