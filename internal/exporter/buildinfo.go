package exporter

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"github.com/prometheus/common/version"
)

// buildVersion is the version that the linker was given as Prometheus' tools do, else that of the module, which Go takes
// from the repository's tag.
func buildVersion() string {
	v := version.Version
	if info, ok := debug.ReadBuildInfo(); ok && v == "" {
		v = info.Main.Version
	}
	return cmp.Or(v, "unknown")
}

// versionText is what --version prints.
func versionText(program string) string {
	return fmt.Sprintf("%s, version %s (revision: %s, go: %s, platform: %s/%s)",
		program, buildVersion(), version.GetRevision(), version.GoVersion, version.GoOS, version.GoArch)
}
