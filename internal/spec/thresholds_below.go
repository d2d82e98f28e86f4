package spec

import (
	"cmp"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// HostsThresholds are the limits at which the machines below the daemons alert.
type HostsThresholds struct {
	CPU            float64       // share of the time of all processors that may be used
	SoftIRQ        float64       // share of one processor's time that packets may take: beyond it they are lost
	Memory         Floor         // what programs can still have
	Disk           Floor         // of the root file system
	DiskFullWithin time.Duration // as it fills now
	Clock          time.Duration // how far off the kernel may take its clock to be
	Bandwidth      float64       // share of the machine's that may be used
	Pos            diag.Position
}

// MonitoringThresholds are the limits at which Prometheus, Alertmanager and the exporters alert about themselves.
type MonitoringThresholds struct {
	Storage       Limits        // share of the server's storage
	SlowRules     float64       // share of the time until a group's next evaluation that one may take
	Notifications Limits        // share that is lost
	TargetsFor    time.Duration // how long targets of a job may be down
	ExportersFor  time.Duration // how long an exporter may not tell everything
	DiffersFor    time.Duration // how long what runs may differ from the spec
	Pos           diag.Position
}

// NetworkThresholds are the limits at which the edge alerts.
type NetworkThresholds struct {
	UnreachableFor time.Duration // of a public address
	Errors         Limits        // answers of the load balancer that are the server's errors, as a share of all
	PathErrors     float64       // of one path alone
	Latency        time.Duration // that one request in twenty may exceed
	BucketErrors   float64       // requests to a bucket that fail, as a share of all
	LeastShare     float64       // of the calls of the average proxy that each should have
	Subnet         float64       // share of a subnet's addresses that may be taken
	Pos            diag.Position
}

// StoresThresholds are the limits at which what holds data alerts.
type StoresThresholds struct {
	DownFor    time.Duration // a server that does not answer
	WrongFor   time.Duration // a state that a reload or a resynchronisation may pass through
	DiffersFor time.Duration // what runs and is not what the spec says
	Used       Limits        // share of connections or memory
	ReadersLag time.Duration // how far a replica may be behind: longer than any request, so that a caller does not meet what it wrote
	Pos        diag.Position
}

func usualHosts() HostsThresholds {
	return HostsThresholds{
		CPU: 0.85, SoftIRQ: 0.5, Memory: Floor{Free: 0.1, For: 5 * time.Minute}, Disk: Floor{Free: 0.1, For: 15 * time.Minute},
		DiskFullWithin: 4 * 24 * time.Hour, Clock: 50 * time.Millisecond, Bandwidth: 0.8,
	}
}

func usualMonitoring() MonitoringThresholds {
	return MonitoringThresholds{
		Storage: Limits{Warn: 0.8, Page: 0.95, For: 15 * time.Minute}, SlowRules: 0.8, Notifications: Limits{Warn: 0.01, Page: 0.5, For: 5 * time.Minute},
		TargetsFor: 10 * time.Minute, ExportersFor: 15 * time.Minute, DiffersFor: 15 * time.Minute,
	}
}

func usualNetwork() NetworkThresholds {
	return NetworkThresholds{
		UnreachableFor: 2 * time.Minute, Errors: Limits{Warn: 0.01, Page: 0.05, For: 5 * time.Minute}, PathErrors: 0.05, Latency: time.Second,
		BucketErrors: 0.01, LeastShare: 0.1, Subnet: 0.8,
	}
}

func usualStores() StoresThresholds {
	return StoresThresholds{
		DownFor: time.Minute, WrongFor: 5 * time.Minute, DiffersFor: 15 * time.Minute, Used: Limits{Warn: 0.8, Page: 0.95, For: 5 * time.Minute},
		ReadersLag: 30 * time.Second,
	}
}

// hostsThresholds decodes the limits of machines. Each has a usual value, as have those of the three below.
func hostsThresholds(v config.Value) HostsThresholds {
	usual := usualHosts()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) HostsThresholds {
		return HostsThresholds{
			Pos: m.Pos(), CPU: shareOr(m.Optional("cpu"), usual.CPU), SoftIRQ: shareOr(m.Optional("softirq"), usual.SoftIRQ),
			Memory: floorOr(m.Optional("memory"), usual.Memory), Disk: floorOr(m.Optional("disk"), usual.Disk),
			DiskFullWithin: cmp.Or(m.Optional("disk_full_within").Duration(time.Hour, maxHorizon), usual.DiskFullWithin),
			Clock:          cmp.Or(m.Optional("clock").Duration(time.Millisecond, time.Minute), usual.Clock),
			Bandwidth:      shareOr(m.Optional("bandwidth"), usual.Bandwidth),
		}
	})
}

func monitoringThresholds(v config.Value) MonitoringThresholds {
	usual := usualMonitoring()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) MonitoringThresholds {
		return MonitoringThresholds{
			Pos: m.Pos(), Storage: limitsOr(m.Optional("storage"), usual.Storage), SlowRules: shareOr(m.Optional("slow_rules"), usual.SlowRules),
			Notifications: limitsOr(m.Optional("notifications"), usual.Notifications),
			TargetsFor:    wait(m, "targets_for", usual.TargetsFor), ExportersFor: wait(m, "exporters_for", usual.ExportersFor),
			DiffersFor: wait(m, "differs_for", usual.DiffersFor),
		}
	})
}

func networkThresholds(v config.Value) NetworkThresholds {
	usual := usualNetwork()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) NetworkThresholds {
		path := m.Optional("path_errors")
		n := NetworkThresholds{
			Pos: m.Pos(), UnreachableFor: wait(m, "unreachable_for", usual.UnreachableFor), Errors: limitsOr(m.Optional("errors"), usual.Errors),
			PathErrors: shareOr(path, usual.PathErrors), Latency: cmp.Or(m.Optional("latency").Duration(time.Millisecond, time.Hour), usual.Latency),
			BucketErrors: shareOr(m.Optional("bucket_errors"), usual.BucketErrors), LeastShare: shareOr(m.Optional("least_share"), usual.LeastShare),
			Subnet: shareOr(m.Optional("subnet"), usual.Subnet),
		}
		if n.PathErrors > 0 && n.Errors.Warn > 0 && n.PathErrors < n.Errors.Warn {
			path.Reject("one path alerts sooner than all of them together (errors.warn)", "a single path has few requests: give it the larger share")
		}
		return n
	})
}

func storesThresholds(v config.Value) StoresThresholds {
	usual := usualStores()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) StoresThresholds {
		return StoresThresholds{
			Pos: m.Pos(), DownFor: wait(m, "down_for", usual.DownFor), WrongFor: wait(m, "wrong_for", usual.WrongFor),
			DiffersFor: wait(m, "differs_for", usual.DiffersFor), Used: limitsOr(m.Optional("used"), usual.Used),
			ReadersLag: cmp.Or(m.Optional("readers_lag").Duration(time.Second, time.Hour), usual.ReadersLag),
		}
	})
}
