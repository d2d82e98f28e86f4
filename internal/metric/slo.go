package metric

// Tracker is the service that follows objectives and recovery.
var Tracker = &Emitter{Name: "tracker", Ours: true}

// SLOMaintenanceActive tells rules that what happens to an objective now does not count.
var SLOMaintenanceActive = &Family{
	Name: "slo_maintenance_active", Type: Gauge, Emitter: Tracker, Stability: Experimental,
	Labels: []Label{{Name: "slo", Help: "Name of the objective.", Bound: "objectives in the spec"}},
	Help:   "Whether announced maintenance is under way (1), so that the objective's events count for nothing; no series, or 0, means none.",
	Source: "maintenance windows that people enter; any exporter or textfile may stand in for the tracker",
}

// SLO returns the series about objectives that rules read.
func SLO() []*Family { return []*Family{SLOMaintenanceActive} }
