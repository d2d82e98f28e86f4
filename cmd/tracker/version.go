package main

import (
	"cmp"
	"runtime/debug"

	"github.com/prometheus/common/version"
)

// buildVersion is the version that the linker was given, else that of the module.
func buildVersion() string {
	v := version.Version
	if info, ok := debug.ReadBuildInfo(); ok && v == "" {
		v = info.Main.Version
	}
	return cmp.Or(v, "unknown")
}
