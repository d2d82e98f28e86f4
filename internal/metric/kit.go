package metric

// Kit is the set of families that each of our exporters emits about itself and its target, whatever the system.
type Kit struct {
	Up                *Family
	CollectorSuccess  *Family
	CollectorDuration *Family
	CollectorOutcome  *Family
	SeriesDropped     *Family

	BuildInfo           *Family
	ConfigReloadSuccess *Family
	ConfigReloadTime    *Family
}

// Outcomes lists what a collector's run can end in. The first four are healthy: values were read (ok), the daemon has
// nothing to list (empty), it lacks the module (absent), or the feature is switched off in it (disabled). The other
// four are failures, named by their reason.
func Outcomes() []string {
	return []string{"ok", "empty", "absent", "disabled", "timeout", "transport", "fault", "decode"}
}

// newKit spells the self-observation families of the exporter for one system, for example "kamailio".
func newKit(system string, e *Emitter) Kit {
	collector := Label{Name: "collector", Help: "Part of the exporter.", Bound: "the exporter's list of collectors"}
	return Kit{
		Up: &Family{
			Name: system + "_up", Type: Gauge, Emitter: e,
			Help:   "Whether the daemon answered a request in this scrape (1) or not (0).",
			Source: "the daemon's protocol",
		},
		CollectorSuccess: &Family{
			Name: system + "_exporter_collector_success", Type: Gauge, Emitter: e, Labels: []Label{collector},
			Help:   "Whether the collector's run was healthy (1): values read, nothing to list, module absent or feature disabled; 0 means that it failed.",
			Source: "the exporter",
		},
		CollectorDuration: &Family{
			Name: system + "_exporter_collector_duration_seconds", Type: Gauge, Unit: Seconds, Emitter: e, Labels: []Label{collector},
			Help:   "How long the collector's run took, in seconds.",
			Source: "the exporter",
		},
		CollectorOutcome: &Family{
			Name: system + "_exporter_collector_outcome", Type: Gauge, Emitter: e,
			Labels: []Label{collector, {Name: "outcome", Help: "How the run ended.", Values: Outcomes()}},
			Help:   "How the collector's run ended; the value is always 1. Alert on the success, look here for the reason.",
			Source: "the exporter",
		},
		SeriesDropped: &Family{
			Name: system + "_exporter_series_dropped", Type: Gauge, Emitter: e,
			Labels: []Label{collector, {Name: "reason", Help: "Why they were left out.", Values: []string{"limit", "duplicate", "invalid"}}},
			Help:   "Series that the collector left out of this scrape: beyond its limit, repeated by the daemon, or not a valid sample; no series where none were.",
			Source: "the exporter",
		},
		BuildInfo: &Family{
			Name: system + "_exporter_build_info", Type: Gauge, Emitter: e,
			Labels: []Label{
				{Name: "version", Help: "Version of the exporter.", Bound: "one at a time"},
				{Name: "revision", Help: "Commit that it was built from.", Bound: "one at a time"},
				{Name: "goversion", Help: "Go version that built it.", Bound: "one at a time"},
			},
			Help:   "What the exporter was built from; the value is always 1.",
			Source: "the exporter",
		},
		ConfigReloadSuccess: &Family{
			Name: system + "_exporter_config_last_reload_successful", Type: Gauge, Emitter: e,
			Help:   "Whether the last attempt to load the file of --config.file succeeded (1) or not (0), in which case the configuration before is still in use; only with that flag.",
			Source: "the exporter",
		},
		ConfigReloadTime: &Family{
			Name: system + "_exporter_config_last_reload_success_timestamp_seconds", Type: Gauge, Unit: Seconds, Emitter: e,
			Help:   "When the file of --config.file was last loaded, as seconds since 1970; only with that flag.",
			Source: "the exporter",
		},
	}
}

// Target lists the kit's families about one target and the scrape of it.
func (k Kit) Target() []*Family {
	return []*Family{k.Up, k.CollectorSuccess, k.CollectorDuration, k.CollectorOutcome, k.SeriesDropped}
}

// Process lists the kit's families about the exporter's own process.
func (k Kit) Process() []*Family {
	return []*Family{k.BuildInfo, k.ConfigReloadSuccess, k.ConfigReloadTime}
}

// Families lists the kit's families.
func (k Kit) Families() []*Family { return append(k.Target(), k.Process()...) }
