package metric

// The labels that several families share.
var (
	recoveryStore    = Label{Name: "store", Help: "Name of the store in the spec.", Bound: "stores in the spec"}
	recoveryReplica  = Label{Name: "replica", Help: "Name of the replica in the tracker's configuration.", Bound: "replicas configured"}
	recoveryServer   = Label{Name: "server", Help: "Name of the server in the tracker's configuration.", Bound: "servers configured"}
	recoveryPosition = Label{
		Name: "position", Help: "What of the replica counts: what it has applied, or what it has received, its relay log included.",
		Values: []string{"applied", "received"},
	}
	recoveryBound    = Label{Name: "bound", Help: "Edge of the bracket that provably holds the true value.", Values: []string{"lower", "upper"}}
	recoveryScenario = Label{Name: "scenario", Help: "Kind of disaster.", Bound: "scenarios in the spec"}
	recoveryPath     = Label{Name: "path", Help: "Name of a critical path.", Bound: "paths configured"}
	recoveryPhase    = Label{Name: "phase", Help: "Phase of the recovery.", Values: []string{"detect", "decide", "promote", "repoint", "redirect", "scale", "verify"}}
	recoveryVerdict  = Label{Name: "verdict", Help: "What the measured bracket says of the objective.", Values: []string{"pass", "fail", "not_proven"}}
)

// recoveryFamily shortens the tables below.
func recoveryFamily(t Type, name, collector, source, help string, unit Unit, labels ...Label) *Family {
	return &Family{Name: name, Type: t, Unit: unit, Help: help, Labels: labels, Emitter: Tracker, Collector: collector, Source: source, Stability: Experimental}
}

// The families of the tracker about what would be lost.
var (
	RecoveryExposure = recoveryFamily(Gauge, "recovery_exposure_seconds", "exposure", "GTID clock",
		"Age of the oldest write that would be lost if the source's region died now and this replica took over, as a proven bracket, in seconds; +Inf where nothing bounds it.",
		Seconds, recoveryStore, recoveryReplica, recoveryPosition, recoveryBound)
	RecoveryProven = recoveryFamily(Gauge, "recovery_proven_timestamp_seconds", "exposure", "GTID clock",
		"Up to when every acknowledged write is provably in the replica, as seconds since 1970; 0 where nothing is proven. Alert on time() less this: it grows by itself when the tracker or the source is gone.",
		Seconds, recoveryStore, recoveryReplica, recoveryPosition)
	RecoveryTransactions = recoveryFamily(Gauge, "recovery_transactions_at_risk", "exposure", "GTID sets",
		"Transactions that the source is known to have and the replica not, by the newest looks at both.", None, recoveryStore, recoveryReplica, recoveryPosition)
	RecoveryErrant = recoveryFamily(Gauge, "recovery_errant_transactions", "exposure", "GTID sets",
		"Transactions that the replica has and the source has not: they break the arithmetic and the way back.", None, recoveryStore, recoveryReplica)
	RecoveryEstimate = recoveryFamily(Gauge, "recovery_replica_estimate_seconds", "exposure", "the replica",
		"What others go by, for comparison: Seconds_Behind, heartbeat, performance_schema, the provider's metric; absent where it says nothing.",
		Seconds, recoveryStore, recoveryReplica,
		Label{Name: "estimator", Help: "Which estimate.", Values: []string{"seconds_behind", "heartbeat", "queued_age", "applied_age", "cloud"}})
	RecoveryFenced = recoveryFamily(Gauge, "recovery_source_fenced", "exposure", "read_only",
		"Whether the source provably takes no writes (1): the exposure then stands still.", None, recoveryStore)
	RecoveryWatched = recoveryFamily(Gauge, "recovery_server_seen", "samplers", "samples",
		"Whether the newest look at the server is fresh (1) or it is not seen (0).", None, recoveryStore, recoveryServer, Label{Name: "role", Help: "What the server is for.", Values: []string{"source", "replica", "stock"}})
	RecoverySamples = recoveryFamily(Counter, "recovery_samples_total", "samplers", "samples",
		"Looks at servers, by how they ended.", None, recoveryStore, recoveryServer,
		Label{Name: "outcome", Help: "How the look ended.", Values: []string{"ok", "timeout", "refused", "denied", "transport", "decode", "unfit"}})
	RecoveryVirtual = recoveryFamily(Counter, "recovery_virtual_drill_seconds_total", "virtual drill", "evidence",
		"Time by what a loss of the region would have meant: provably inside the RPO, provably outside, or unprovable (which counts as bad), in seconds.",
		Seconds, recoveryStore, recoveryReplica, recoveryPosition,
		Label{Name: "result", Help: "What could be proven.", Values: []string{"inside", "outside", "unprovable"}})
	RecoveryVirtualShare = recoveryFamily(Gauge, "recovery_virtual_drill_ratio", "virtual drill", "evidence",
		"Share of the time that was provably inside the RPO, 0 to 1; absent where no time has been counted.",
		Ratio, recoveryStore, recoveryReplica, recoveryPosition,
		Label{Name: "period", Help: "Last 30 days, or this calendar month (UTC).", Values: []string{"30d", "month"}})
	RecoveryStock = recoveryFamily(Gauge, "recovery_stock_at_risk", "stocks", "the store",
		"What a store without replication across regions would lose: all that it holds, by kind.", None, recoveryStore,
		Label{Name: "kind", Help: "What is counted, such as keys or messages_ready.", Bound: "kinds that the store's adapter knows, 12 at most"})
	RecoveryStockAge = recoveryFamily(Gauge, "recovery_stock_oldest_age_seconds", "stocks", "the store",
		"Age of the oldest element at risk, in seconds; absent where it cannot be told.", Seconds, recoveryStore)
)

// The families of the tracker about coming back.
var (
	RecoveryObjective = recoveryFamily(Gauge, "recovery_objective_seconds", "objectives", "spec/recovery.yaml",
		"The objective, in seconds: a measured bracket must end below it.", Seconds, recoveryScenario,
		Label{Name: "objective", Help: "Recovery time or recovery point.", Values: []string{"rto", "rpo"}})
	RecoveryPathGood = recoveryFamily(Gauge, "recovery_path_good", "paths", "probes",
		"Whether the last probe of the critical path reached its grade, from the wanted region (1).", None, recoveryPath)
	RecoveryPathGrade = recoveryFamily(Gauge, "recovery_path_grade", "paths", "probes",
		"How far the last probe proved service: 0 no answer, 1 answered, 2 accepted, 3 state read or written, 4 the whole service.", None, recoveryPath)
	RecoveryPathTime = recoveryFamily(Gauge, "recovery_path_probe_timestamp_seconds", "paths", "probes",
		"When the last probe of the path ended, as seconds since 1970.", Seconds, recoveryPath)
	RecoveryPathProbes = recoveryFamily(Counter, "recovery_path_probes_total", "paths", "probes",
		"Probes of critical paths.", None, recoveryPath, Label{Name: "good", Help: "Whether the probe was good.", Values: []string{"true", "false"}})
	RecoveryDrillRunning = recoveryFamily(Gauge, "recovery_drill_running", "drills", "evidence",
		"Whether a drill or a real failover is under way (1).", None)
	RecoveryDrillRemaining = recoveryFamily(Gauge, "recovery_drill_remaining_seconds", "drills", "evidence",
		"What is left of the recovery time objective in the drill that runs, by its shortest reading, in seconds; negative beyond it, absent without one.", Seconds)
	RecoveryLastDrill = recoveryFamily(Gauge, "recovery_last_drill_timestamp_seconds", "drills", "evidence",
		"When the last completed drill of the scenario began, as seconds since 1970; absent without one.", Seconds, recoveryScenario,
		Label{Name: "kind", Help: "How much of the real thing it was.", Values: []string{"tabletop", "partial", "full", "real"}})
	RecoveryLastVerdict = recoveryFamily(Gauge, "recovery_last_drill_verdict", "drills", "evidence",
		"Verdict of the last completed drill of the scenario: 1 for the one that holds, 0 for the others; absent without a drill.", None, recoveryScenario,
		Label{Name: "objective", Help: "Recovery time or recovery point.", Values: []string{"rto", "rpo"}}, recoveryVerdict)
	RecoveryLastRTO = recoveryFamily(Gauge, "recovery_last_drill_rto_seconds", "drills", "evidence",
		"Recovery time of the last completed drill of the scenario, as a proven bracket, in seconds; +Inf where nothing bounds it.", Seconds, recoveryScenario, recoveryBound)
	RecoveryPhaseTime = recoveryFamily(Gauge, "recovery_last_drill_phase_seconds", "drills", "evidence",
		"Duration of a phase of the last completed drill of the scenario, as a proven bracket, in seconds; absent where it was not measured.", Seconds, recoveryScenario, recoveryPhase, recoveryBound)
	RecoveryTrap = recoveryFamily(Gauge, "recovery_readiness_trap", "readiness", "doctor",
		"Whether the trap is set (1): something that will spoil a failover; absent where it could not be looked at.", None, recoveryStore, recoveryServer,
		Label{Name: "trap", Help: "Name of the trap, see tracker doctor.", Bound: "traps that the doctor knows, about 20"})
	RecoveryEvidenceRecords = recoveryFamily(Counter, "recovery_evidence_records_total", "evidence", "evidence log",
		"Records that were written down and synced to disk since the start.", None)
	RecoveryEvidenceWritable = recoveryFamily(Gauge, "recovery_evidence_writable", "evidence", "evidence log",
		"Whether the evidence log takes records (1). While it does not, no second counts as good.", None)
	RecoveryClockStep = recoveryFamily(Gauge, "recovery_clock_offset_seconds", "clock", "wall clock",
		"Wall clock less the tracker's own clock, which never steps, in seconds.", Seconds)
	RecoveryHoles = recoveryFamily(Counter, "recovery_holes_seconds_total", "evidence", "evidence log",
		"Time since the first record in which this tracker did not look, in seconds.", Seconds)
	RecoveryBuildInfo = recoveryFamily(Gauge, "recovery_tracker_info", "", "the program",
		"Version of the tracker and where it stands; the value is always 1.", None,
		Label{Name: "version", Help: "Version of the program.", Bound: "one"}, Label{Name: "vantage", Help: "Name of this tracker.", Bound: "one"})
)

// Recovery lists the families of the tracker about recovery.
func Recovery() []*Family {
	return []*Family{
		RecoveryExposure, RecoveryProven, RecoveryTransactions, RecoveryErrant, RecoveryEstimate, RecoveryFenced, RecoveryWatched, RecoverySamples,
		RecoveryVirtual, RecoveryVirtualShare, RecoveryStock, RecoveryStockAge,
		RecoveryObjective, RecoveryPathGood, RecoveryPathGrade, RecoveryPathTime, RecoveryPathProbes,
		RecoveryDrillRunning, RecoveryDrillRemaining, RecoveryLastDrill, RecoveryLastVerdict, RecoveryLastRTO, RecoveryPhaseTime, RecoveryTrap,
		RecoveryEvidenceRecords, RecoveryEvidenceWritable, RecoveryClockStep, RecoveryHoles, RecoveryBuildInfo,
	}
}
